"""The ordered gates of a decision. Each is a pure function from a case to a ruling."""
