"""Seeded schedules of faults against the real stages: what must always hold is checked after every step."""
