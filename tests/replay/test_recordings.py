"""Recorded situations are decided again: a change of behaviour shows here as a readable difference."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.replay.cases import CASES
from tests.replay.record import FOLDER
from unwedge.model.codec import to_json
from unwedge.model.task_definition import ContainerSpec
from unwedge_cli.comparing import differences
from unwedge_cli.recorded import Recorded, read_file

FILES = sorted(FOLDER.glob("*.json"))
LARGEST = 64 * 1024
# Version 1 took whoever ran for 20 s for a holder, and two access points for two locks. It did not read the
# lines in which a program says that it opened its store, so that these cannot be told any more from its
# records.
JUDGED_ANEW = {
    "cannot-verify": "cannot-verify",
    "no-successor": "cannot-verify",
    "other-failure-quotation": "cannot-verify",
    "stop-holder-without-successor": "cannot-verify",
    "other-volume": "lock-undetermined",
    "primary-holds-rehearsed-8": "cannot-verify",
    "recovered-rehearsed-7": "cannot-verify",
    "successor-started-rehearsed-5": "verifying",
    "verifying-rehearsed-6": "cannot-verify",
    "recovered": "verifying",
    "split-brain": "lock-unclear",
    "withdrawn": "verifying",
}
# What may heal by itself opened an incident at once.
OPENS_LATER = frozenset({"holder-stopping", "lock-free", "successor-started"})
HOW_TO_ACCEPT = "If this change is wanted: python -m tests.replay.record"
# What a container's environment and command line would look like, and what credentials look like.
SECRET_KEYS = re.compile(r"environ|secret|password|token|credential|command|entry_?point|^args?$", re.I)
SECRET_TEXTS = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{12}|BEGIN [A-Z ]*PRIVATE KEY|(password|passwd|secret|token|api_?key)\s*[=:]"
    r"|(^|\s)--[a-z]|arn:aws:(secretsmanager|ssm):",
    re.I,
)


def _name(path: Path) -> str:
    return path.stem


def _recorded(path: Path) -> Recorded:
    (record,) = read_file(path)
    return record


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, and every text, however deep."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, item
            yield from _leaves(item)
    if isinstance(value, list):
        for item in value:
            yield "", item
            yield from _leaves(item)


def secrets_in(data: Any) -> list[str]:
    """What looks secret in a recording."""
    found = [key for key, _ in _leaves(data) if SECRET_KEYS.search(key)]
    texts = [item for _, item in _leaves(data) if isinstance(item, str)]
    return [*found, *(text for text in texts if SECRET_TEXTS.search(text))]


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_recorded_situation_is_decided_as_it_was_recorded(path: Path) -> None:
    """Every field of the decision, its sentences and numbers included."""
    record = _recorded(path)
    found = differences(record.decision, record.again())
    told = "\n".join(str(difference) for difference in found)
    assert not found, f"{path.name} is decided differently.\n{told}\n{HOW_TO_ACCEPT}"


@pytest.mark.parametrize("path", sorted((FOLDER / "version_1").glob("*.json")), ids=_name)
def test_a_record_of_an_earlier_version_is_decided_again(path: Path) -> None:
    """Under the names and the numbers of today: as it was, but for what is judged by more facts since."""
    assert "record_version" not in json.loads(path.read_text())
    record = _recorded(path)
    again = record.again()
    assert record.settings_recorded
    assert record.unknown == ("settings.trial",)
    assert again.verdict == JUDGED_ANEW.get(path.stem, record.decision["verdict"])
    if path.stem not in JUDGED_ANEW:
        fields = ("action", "requeue", "escalate", "incident", "contender", "evidence", "mode")
        for name in fields:
            opened = name == "incident" and path.stem in OPENS_LATER
            was = "keep" if opened else record.decision[name]
            assert to_json(getattr(again, name)) == was, name


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_recording_is_complete_and_understood(path: Path) -> None:
    """It has its settings, no field that the model lost, and is named after its verdict."""
    record = _recorded(path)
    assert record.settings_recorded
    assert record.unknown == (), "The model lost these fields: python -m tests.replay.record --fresh"
    assert path.stem.startswith(record.decision["verdict"])


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_recording_is_small_and_holds_nothing_that_looks_secret(path: Path) -> None:
    """At most 64 KB; no environment values, no command lines."""
    assert path.stat().st_size <= LARGEST
    assert secrets_in(json.loads(path.read_text())) == []


@pytest.mark.parametrize(
    "planted",
    [
        {"containers": [{"environment": [{"name": "A", "value": "b"}]}]},
        {"command": ["prometheus"]},
        {"containers": [["prometheus", "--storage.tsdb.path=/prometheus"]]},
        {"lines": [{"text": "DB_PASSWORD=hunter2"}]},
        {"text": "AKIAIOSFODNN7EXAMPLE"},
    ],
)
def test_what_looks_secret_is_found(planted: Any) -> None:
    """The check above can fail."""
    assert secrets_in({"situation": planted})


def test_the_model_has_no_place_for_environment_or_command_line() -> None:
    """Not even an empty one."""
    fields = set(ContainerSpec.__dataclass_fields__)
    assert fields == {
        "name",
        "essential",
        "health_check",
        "log_driver",
        "log_region",
        "log_group",
        "log_stream",
        "data_path",
        "mounts",
        "image",
        "working_directory",
        "overrides_start",
        "path_unclear",
        "launch",
    }


def test_every_case_is_recorded_and_every_recording_has_its_case() -> None:
    """So that none is forgotten on either side."""
    of_cases = {path.stem for path in FILES if "-rehearsed-" not in path.stem}
    assert of_cases == {case.name for case in CASES}
    assert len(CASES) == len({case.name for case in CASES})


def test_a_change_of_behaviour_is_told_field_by_field() -> None:
    """The comparison above can fail, and says what changed from what to what."""
    record = _recorded(FOLDER / "stop-holder.json")
    before = {**record.decision, "sentence": "Stop it.", "verdict": "would-stop"}
    told = [str(difference) for difference in differences(before, record.again())]
    assert told[0] == "verdict\n    recorded: would-stop\n    decided:  stop-holder"
    assert len(told) == 2
    assert told[1].startswith("sentence\n    recorded: Stop it.\n    decided:  Stop task holder")
