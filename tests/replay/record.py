"""Writes the recorded situations of this folder: `python -m tests.replay.record`.

A situation that is recorded stays as it is, its settings too, and only its decision is made again: that is
how a wanted change of behaviour is accepted, and `git diff` shows it. Cases without a file are added.
With `--fresh` all are written anew from tests/replay/cases.py, for a change of the model itself.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tests.replay.cases import CASES, Case
from tests.replay.rehearsed import rehearsed_incident
from tests.replay.variations import TABLE, table
from unwedge.decide.decide import decide
from unwedge.model.codec import to_json
from unwedge.record.versions import KEY, VERSION
from unwedge_cli.recorded import read_record

FOLDER = Path(__file__).parent


def recording(case: Case) -> dict[str, Any]:
    """A case as its file holds it."""
    return {
        KEY: VERSION,
        "title": case.title,
        "decision": to_json(decide(case.situation, case.settings)),
        "situation": to_json(case.situation),
        "settings": to_json(case.settings),
    }


def decided_again(data: dict[str, Any], where: str) -> dict[str, Any]:
    """A recording with the decision of today."""
    return {**data, "decision": to_json(read_record(data, where).again())}


def new_recordings() -> dict[str, dict[str, Any]]:
    """Every recording, made anew, by the name of its file: the cases, and one whole rehearsed incident."""
    recordings = {case.name: recording(case) for case in CASES}
    for number, entry in enumerate(rehearsed_incident().ledger.entries, 1):
        data = json.loads(json.dumps(entry.data))
        name = f"{data['decision']['verdict']}-rehearsed-{number}"
        recordings[name] = {"title": f"Decision {number} of a rehearsed incident.", **data}
    return recordings


def main(fresh: bool) -> None:
    """Write what is missing or decided differently, remove what has no case, and say so."""
    kept = {} if fresh else {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
    rehearsed = {name: data for name, data in kept.items() if "-rehearsed-" in name}
    wanted = new_recordings()
    if rehearsed:
        # The simulation is not what is recorded: its situations stay, however it changes.
        wanted = {name: data for name, data in wanted.items() if "-rehearsed-" not in name} | rehearsed
    for path in FOLDER.glob("*.json"):
        if path.stem not in wanted:
            path.unlink()
            print(f"{path.name}: removed")
    for name, data in wanted.items():
        path = FOLDER / f"{name}.json"
        text = json.dumps(decided_again(kept.get(name, data), name), indent=1) + "\n"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(path.name)
    if not TABLE.exists() or TABLE.read_text() != table():
        TABLE.write_text(table())
        print(TABLE.name)


if __name__ == "__main__":
    main("--fresh" in sys.argv[1:])
