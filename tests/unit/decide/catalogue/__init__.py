"""The catalogue of programs."""
