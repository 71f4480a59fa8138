"""Names and reasons that people give, as they are recorded and shown."""

_LONGEST = 200


def plain(text: str) -> str:
    """Bounded text on one line, of visible characters: it is shown in many places, and a name of invisible
    ones is none."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_LONGEST]
