"""Fuzzing: input that nobody sends on purpose. Nothing crashes, and nothing is stopped without evidence."""
