"""Values that a plan does not know, and the symbols that stand for them."""

from collections.abc import Iterator
from typing import Any, Final

# No plan that people write is nested as deeply; what is deeper counts as unknown.
DEPTH: Final = 64
_LONGEST_NAME: Final = 120


class Unknown:
    """Stands for a value that is known only after the plan has been applied."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class Doubtful(str):
    """A symbol for one value, where another symbol may name the same value."""

    __slots__ = ()


def symbolic(value: object) -> bool:
    """Whether a string has a symbol in it."""
    return isinstance(value, str) and "${" in value


def hides(value: Any, depth: int = 0) -> bool:
    """Whether anything in a value is unknown."""
    if depth > DEPTH or isinstance(value, Unknown):
        return True
    return any(hides(item, depth + 1) for item in _items(value))


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def named(name: object) -> str:
    """A name from a plan, fit to stand in a sentence: one short line."""
    line = "".join(character if character.isprintable() else " " for character in str(name))
    return line if len(line) <= _LONGEST_NAME else f"{line[:_LONGEST_NAME]}…"


def mapping(value: object) -> dict[str, Any]:
    """An object; what is none has nothing in it."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """A list; what is none has nothing in it."""
    return value if isinstance(value, list) else []


def mappings(value: object) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [item for item in listed(value) if isinstance(item, dict)]
