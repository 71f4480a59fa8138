"""Scenarios as data: their model, how their files are read, and the services that they describe."""
