"""Every IAM action of the functions, with its resources and the reason for each wildcard.

The list is the whole of what they may do: a test compares it with the calls in the product's code,
both ways.
"""
