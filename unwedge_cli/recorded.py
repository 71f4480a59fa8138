"""Recorded decisions: what the ledger keeps of each, from its JSON to the model and back to a decision."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unwedge.decide.decide import decide
from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.model.decision import Decision
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation
from unwedge.record.versions import current

INCIDENT_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]+", re.ASCII)


class RecordError(Exception):
    """A recorded decision cannot be read. Carries where it stands and what is wrong with it."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem)
        self.where = where
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


@dataclass(frozen=True)
class Recorded:
    """One decision as it was recorded, with all that it was made from.

    `decision` and `outcome` stay plain JSON, because they are compared and shown, never acted on.
    `settings_recorded` is False for a record without settings: then `settings` has the defaults.
    `unknown` are the fields of the record that this version of the model does not have.
    `shortened`: its situation was too large to be kept, and the decision does not follow from what was.
    """

    situation: Situation
    settings: Settings
    settings_recorded: bool
    decision: Mapping[str, Any]
    outcome: Mapping[str, Any]
    cause: str | None
    unknown: tuple[str, ...]
    shortened: bool = False

    def again(self) -> Decision:
        """The decision that this version makes of the same situation under the same settings."""
        return decide(self.situation, self.settings)


def read_record(data: Any, where: str) -> Recorded:
    """One ledger entry from its JSON. Raises RecordError."""
    if not isinstance(data, dict) or not isinstance(data.get("situation"), dict):
        raise RecordError(where, "this is not a recorded decision: it has no `situation`.")
    if not isinstance(data.get("decision"), dict):
        raise RecordError(where, "this is not a recorded decision: it has no `decision`.")
    data = current(data)
    raw_settings = data.get("settings")
    try:
        situation = from_json(Situation, data["situation"])
        settings = Settings() if raw_settings is None else from_json(Settings, raw_settings)
    except DecodeError as error:
        raise RecordError(where, f"the record cannot be read at {error}.") from error
    outcome, cause = data.get("outcome"), data.get("cause")
    unknown = [f"situation{path}" for path in _beyond(data["situation"], to_json(situation))]
    unknown += [f"settings{path}" for path in _beyond(raw_settings or {}, to_json(settings))]
    return Recorded(
        situation,
        settings,
        raw_settings is not None,
        data["decision"],
        outcome if isinstance(outcome, dict) else {},
        cause if isinstance(cause, str) else None,
        tuple(unknown),
        shortened=data.get("shortened") is True,
    )


def read_file(path: Path) -> list[Recorded]:
    """Every decision in a file; `-` is standard input. Raises RecordError.

    A file holds one ledger entry, a list of them, what `unwedge explain --json` printed, or items as
    `aws dynamodb get-item` and `query` print them.
    """
    try:
        data = json.loads(sys.stdin.read() if str(path) == "-" else path.read_text())
    except OSError as error:
        raise RecordError(str(path), f"the file cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise RecordError(str(path), f"the file is not JSON: {error}.") from error
    entries = list(_entries(data, str(path)))
    if not entries:
        raise RecordError(str(path), "there is no decision in it.")
    several = len(entries) > 1
    return [
        read_record(entry, f"{path}, decision {number}" if several else str(path))
        for number, entry in enumerate(entries, 1)
    ]


def _entries(data: Any, where: str) -> Iterator[Any]:
    if isinstance(data, list):
        for item in data:
            yield from _entries(item, where)
        return
    for several in ("decisions", "Items"):
        if isinstance(data, dict) and isinstance(data.get(several), list):
            yield from _entries(data[several], where)
            return
    if isinstance(data, dict) and isinstance(data.get("Item"), dict):
        data = data["Item"]
    if isinstance(data, dict) and isinstance(data.get("data"), dict):
        try:
            data = json.loads(data["data"]["S"])
        except (KeyError, TypeError, ValueError) as error:
            raise RecordError(where, "the item's `data` is no JSON string.") from error
    yield data


def _beyond(raw: Any, known: Any, path: str = "") -> Iterator[str]:
    """The paths of `raw` that did not survive the trip through the model."""
    if isinstance(raw, dict) and isinstance(known, dict):
        for key, value in raw.items():
            if key in known:
                yield from _beyond(value, known[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    if isinstance(raw, list) and isinstance(known, list):
        for number, (value, kept) in enumerate(zip(raw, known, strict=False)):
            yield from _beyond(value, kept, f"{path}[{number}]")
