"""The catalogue of programs: how each treats its data directory, and how it speaks of its lock."""
