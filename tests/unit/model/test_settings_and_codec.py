"""Policy from the environment, and JSON that keeps what it is given."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.situations import incident, stop, wedged
from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.model.service import Task
from unwedge.model.settings import Mode, Settings, SettingsError, WithoutSuccessor, settings_from
from unwedge.model.situation import Situation
from unwedge.record.ledger import ServiceRecord


def test_an_empty_environment_is_the_default_settings() -> None:
    """Observe out of the box."""
    assert settings_from({}) == Settings()
    assert settings_from({}).default_mode is Mode.OBSERVE


def test_every_setting_is_read() -> None:
    """One variable each."""
    settings = settings_from(
        {
            "UNWEDGE_DEFAULT_MODE": "enforce",
            "UNWEDGE_CLUSTERS": "arn:a,arn:b",
            "UNWEDGE_STOPS_PER_INCIDENT": "3",
            "UNWEDGE_EVIDENCE_PATIENCE_SECONDS": "90",
            "UNWEDGE_COOLDOWN_SECONDS": "700",
            "UNWEDGE_STOPS_PER_SERVICE_DAY": "5",
            "UNWEDGE_STOPS_PER_ACCOUNT_HOUR": "7",
            "UNWEDGE_SUCCESSOR_PATIENCE_SECONDS": "600",
            "UNWEDGE_WITHOUT_SUCCESSOR": "stop",
        }
    )
    assert settings == Settings(
        default_mode=Mode.ENFORCE,
        clusters=("arn:a", "arn:b"),
        stops_per_incident=3,
        evidence_patience=90,
        cooldown=700,
        stops_per_service_day=5,
        stops_per_account_hour=7,
        successor_patience=600,
        without_successor=WithoutSuccessor.STOP,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UNWEDGE_DEFAULT_MODE", "Enforce"),
        ("UNWEDGE_STOPS_PER_INCIDENT", "0"),
        ("UNWEDGE_STOPS_PER_INCIDENT", "two"),
        ("UNWEDGE_STOPS_PER_INCIDENT", "-1"),
        ("UNWEDGE_EVIDENCE_PATIENCE_SECONDS", "1.5"),
        ("UNWEDGE_SUCCESSOR_PATIENCE_SECONDS", "²"),
        ("UNWEDGE_WITHOUT_SUCCESSOR", "panic"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_what_is_allowed(name: str, value: str) -> None:
    """The function must not guess its limits."""
    with pytest.raises(SettingsError, match=f"{name} is '{value}'; allowed: "):
        settings_from({name: value})


def test_a_record_and_a_situation_read_back_equal() -> None:
    """Nothing is lost on the way to the ledger."""
    situation = wedged(incident=incident(stop()))
    assert from_json(Situation, to_json(situation)) == situation
    record = ServiceRecord("c", "s", 3, situation.incident, "look")
    assert from_json(ServiceRecord, to_json(record)) == record


def test_unknown_keys_are_ignored_and_missing_ones_take_their_default() -> None:
    """Records of other versions stay readable."""
    data = {"arn": "a", "deployment_id": "d", "task_definition": "t", "last_status": "", "desired_status": ""}
    assert from_json(Task, {**data, "newer": 1}) == Task("a", "d", "t", "", "")


@dataclass(frozen=True)
class Sample:
    """One field of each kind."""

    count: int
    when: datetime | None = None
    mode: Mode = Mode.OFF
    parts: tuple[str, ...] = ()
    share: float = 0.0


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({}, "$"),
        ([], "$"),
        ({"count": True}, "$.count"),
        ({"count": "1"}, "$.count"),
        ({"count": 1, "when": "noon"}, "$.when"),
        ({"count": 1, "when": 5}, "$.when"),
        ({"count": 1, "mode": "loud"}, "$.mode"),
        ({"count": 1, "parts": "abc"}, "$.parts"),
        ({"count": 1, "parts": ["a", 2]}, "$.parts[1]"),
        ({"count": 1, "share": "half"}, "$.share"),
    ],
)
def test_data_of_the_wrong_shape_says_where(data: Any, path: str) -> None:
    """The path leads to the offending value."""
    with pytest.raises(DecodeError) as caught:
        from_json(Sample, data)
    assert caught.value.path == path


def test_times_come_back_in_utc() -> None:
    """Whatever offset they were written with."""
    read = from_json(Sample, {"count": 1, "when": "2025-01-01T01:00:00+01:00", "share": 1})
    assert read == Sample(1, datetime(2025, 1, 1, tzinfo=UTC), share=1.0)


def test_the_allowed_programs_come_from_the_environment() -> None:
    """By name, whatever the letters' case; none by default."""
    told = settings_from({"UNWEDGE_SIGNATURES": "Qdrant, IPFS Kubo,"})
    assert told.allowed_programs == ("Qdrant", "IPFS Kubo")
    assert told.allows("qdrant")
    assert not told.allows("Atlantis")
    assert settings_from({}).allowed_programs == ()
