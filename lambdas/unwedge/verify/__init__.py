"""After a deployment: whether the service works, found out and not assumed."""
