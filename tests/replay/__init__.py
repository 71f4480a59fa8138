"""Recorded situations with the decisions that were made of them."""
