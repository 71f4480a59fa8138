"""The only writes on the user's resources, and the kill switch that forbids them."""
