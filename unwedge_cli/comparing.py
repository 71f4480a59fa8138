"""Field by field: a decision as it was recorded, and as it is made now."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.model.decision import Decision

ABSENT = "(nothing)"


class Difference(NamedTuple):
    """One field with two values. `path` reads `reasons[3].text`; a side without the field is ABSENT."""

    path: str
    recorded: Any
    decided: Any

    def __str__(self) -> str:
        return f"{self.path}\n    recorded: {self.recorded}\n    decided:  {self.decided}"


def differences(recorded: Mapping[str, Any], decided: Decision) -> list[Difference]:
    """Every field that differs, in the order of the decision's fields; empty when they are equal.

    A field that the record was made without counts with its default.
    """
    before, after = dict(_leaves(_completed(recorded))), dict(_leaves(to_json(decided)))
    paths = [*after, *(path for path in before if path not in after)]
    return [
        Difference(path, before.get(path, ABSENT), after.get(path, ABSENT))
        for path in paths
        if before.get(path, ABSENT) != after.get(path, ABSENT)
    ]


def _completed(recorded: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record with defaults for fields that are newer than it. Its own unknown fields stay."""
    try:
        complete = to_json(from_json(Decision, dict(recorded)))
    except DecodeError:
        return recorded  # a verdict or a shape of another version: the fields speak for themselves
    return {**complete, **_merged(recorded, complete)}


def _merged(recorded: Any, complete: Any) -> Any:
    if isinstance(recorded, dict) and isinstance(complete, dict):
        return {
            **complete,
            **{key: _merged(value, complete.get(key)) for key, value in recorded.items()},
        }
    if isinstance(recorded, list) and isinstance(complete, list):
        return [_merged(one, other) for one, other in zip(recorded, complete, strict=True)]
    return recorded


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}[{number}]")
    # Nothing is not told apart from emptiness: an action beside none differs in what the action says.
    elif value not in (None, {}, []):
        yield path, value
