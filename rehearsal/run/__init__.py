"""One rehearsal from set-up to verdict, and many services at once."""
