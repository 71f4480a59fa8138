"""The checks: facts in, results out, all pure. Whatever was not read makes one UNKNOWN and never PASS."""
