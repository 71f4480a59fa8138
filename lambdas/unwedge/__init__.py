"""Unwedge frees Amazon ECS services that are wedged on a storage lock."""
