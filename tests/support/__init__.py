"""Stand-ins for the edges of the product."""
