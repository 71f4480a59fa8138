"""Mutation testing of the decision core: every small change of its logic must be noticed by a test."""
