"""Names and reasons that people give, as they are recorded and shown."""

_LONGEST = 200
# Letters and symbols by their category, which show nothing: Hangul's fillers and the empty Braille pattern.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def plain(text: str) -> str:
    """Bounded text on one line, of visible characters: it is shown in many places, and a name of invisible
    ones is none."""
    visible = "".join(char if char.isprintable() and char not in _BLANK else " " for char in text)
    return " ".join(visible.split())[:_LONGEST]
