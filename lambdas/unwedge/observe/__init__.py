"""AWS reads into one situation. From outside: the observer, the parsers, and reads as values."""
