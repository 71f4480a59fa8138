"""What goes wrong with input: values of wrong types, missing and repeated parts, hostile text."""

import copy
import json
from random import Random
from typing import Any

HOSTILE = (
    "",
    " ",
    "\x00",
    "\x1b[2J\x1b]0;owned\x07",
    "<script>alert(1)</script>",
    "'\"`;--",
    "\u202eevil",
    "\ud800",
    "x" * 100_000,
    "arn:aws:ecs:eu-west-1:999999999999:cluster/theirs",
    "service:other",
    "ecs-svc/0",
    "2025-13-45T99:99:99Z",
    "9" * 400,
    "NaN",
    'err="opening storage failed: lock DB directory: resource temporarily unavailable"',
)
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 1e308, float("inf"), [], {}, [[]], [None] * 500, {"a": {"b": {}}},
)  # fmt: skip


def changed(value: Any, random: Random) -> Any:
    """A copy of some JSON with one to four things gone wrong in it."""
    root = {"root": copy.deepcopy(value)}
    for _ in range(random.randint(1, 4)):
        _damage(root, random)
    return root["root"]


def _damage(root: dict[str, Any], random: Random) -> None:
    places = list(_places(root))
    holder, key = random.choice(places)
    match random.randrange(6):
        case 0:
            holder[key] = copy.deepcopy(random.choice(STRANGE))
        case 1:
            holder[key] = random.choice(HOSTILE)
        case 2 if isinstance(holder, dict) and holder is not root:
            del holder[key]
        case 3 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case 4:
            other, name = random.choice(places)
            holder[key] = copy.deepcopy(other[name])
        case _:
            holder[key] = scrambled(str(holder[key]), random)


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for key in list(value):
            yield value, key
            yield from _places(value[key])
    elif isinstance(value, list):
        for index in range(min(len(value), 20)):
            yield value, index
            yield from _places(value[index])


def scrambled(text: str, random: Random) -> str:
    """Text with something inserted, cut out, repeated, quoted or wrapped."""
    at, to = sorted((random.randint(0, len(text)), random.randint(0, len(text))))
    match random.randrange(8):
        case 0:
            return text[:at] + random.choice(HOSTILE)[:50] + text[at:]
        case 1:
            return text[:at] + text[to:]
        case 2:
            return text[:at] + text[at:to] * 2 + text[to:]
        case 3:
            return json.dumps({"level": "error", "msg": text})
        case 4:
            return f"level=error msg={json.dumps(text)}"
        case 5:
            return text[:at] + random.choice("\"'\\={}[]:, \n\t\x00") + text[to:]
        case 6:
            return text.swapcase()
        case _:
            return f"{text[:at]} {text} {text[to:]}"
