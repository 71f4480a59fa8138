"""The catalogue as a table: every entry complete, and no two programs mistaken for each other."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.decide.catalogue.said import stamped
from unwedge.decide.catalogue.entry import Entry, OnHeld
from unwedge.decide.catalogue.programs import (
    PROGRAMS,
    SIGNATURES,
    default_data_path,
    needs_allowance,
    program_of,
    signature_named,
)
from unwedge.decide.catalogue.signature import Signature, Trigger, Word
from unwedge.decide.signatures import meaning

_NAMED = [f"{entry.program}-{number}" for number, entry in enumerate(PROGRAMS)]
_OF_THE_LOCK = {Word.HELD, Word.OPENED, Word.UNCLEAR}
by_program = pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.program)


@pytest.mark.parametrize("entry", PROGRAMS, ids=_NAMED)
def test_every_entry_says_where_it_is_known_from(entry: Entry) -> None:
    """A source, for whatever it claims; with a signature also the versions."""
    assert len(entry.source) > 3
    if entry.signature:
        assert entry.versions
        assert entry.on_held is OnHeld.EXITS or entry.program == "Redis"


@by_program
def test_every_signature_reads_its_own_lines(signature: Signature) -> None:
    """Each shape of the lock line, the line that the store is opened, and what may follow."""
    assert signature.lines
    assert signature.exit_codes
    for line in signature.lines:
        assert meaning(signature, stamped(line)).word is Word.HELD, line
        assert meaning(signature, f"\x1b[31m{stamped(line)}\x1b[0m\r").word is Word.HELD, line
    if signature.opened:
        assert meaning(signature, stamped(signature.opened)).word is Word.OPENED
    for line in signature.follows:
        assert meaning(signature, stamped(line)).word in (Word.OTHER, Word.HELD), line


@by_program
def test_no_near_miss_is_a_lock_line(signature: Signature) -> None:
    """Each names at least one: permission denied, another cause, a left-over."""
    assert signature.near_misses
    for line in signature.near_misses:
        assert meaning(signature, stamped(line)).word is not Word.HELD, line


@by_program
def test_no_line_of_a_program_means_anything_to_another_one(signature: Signature) -> None:
    """Neither its lock line nor the line with which it opens its store."""
    for other in SIGNATURES:
        if other is signature:
            continue
        for line in (*other.lines, *([other.opened] if other.opened else [])):
            word = meaning(signature, stamped(line)).word
            # Qdrant's and ArangoDB's stores are RocksDBs; their lines have its text, in their own form.
            allowed = {Word.UNCLEAR} if signature.program == "RocksDB" else set()
            assert word not in _OF_THE_LOCK - allowed, (other.program, line)


@by_program
def test_a_quoted_lock_line_is_no_lock_line(signature: Signature) -> None:
    """In a message of somebody else's, in JSON, and with a tail."""
    for line in signature.lines:
        for quoting in (
            f"2026-01-01 user wrote: {stamped(line)}",
            f"level=info msg={stamped(line)!r}",
            f"{stamped(line)} (said another host)",
        ):
            if quoting.endswith("host)") and signature.trigger is Trigger.UNSAFE:
                continue  # they may have any tail, and lead to nothing
            assert meaning(signature, quoting).word is not Word.HELD, quoting


@by_program
def test_no_cut_of_a_lock_line_is_one(signature: Signature) -> None:
    """Half-written lines prove nothing."""
    if signature.trigger is Trigger.UNSAFE:
        return
    for line in signature.lines:
        told = stamped(line)
        for end in range(len(told) - 2):
            held = meaning(signature, told[:end]).word is Word.HELD
            assert not held or told[:end].rstrip(" ,.") == told[: len(told)].rstrip(" ,."), told[:end]


@by_program
@given(st.text())
def test_no_text_makes_a_signature_fail(signature: Signature, line: str) -> None:
    """Whatever a container prints, reading it ends."""
    assert signature.read(line).word is not Word.HELD


@by_program
def test_a_hostile_line_takes_no_more_time_than_its_length(signature: Signature) -> None:
    """The beginning of a lock line, a thousand times over."""
    for line in signature.lines:
        began = time.perf_counter()
        for hostile in (
            stamped(line)[:-4] * 200,
            stamped(line)[:40] * 1000,
            "x" * 60000,
            "a: " * 20000,
            '"' * 9999,
        ):
            signature.read(hostile)
        assert time.perf_counter() - began < 1.0


def test_an_image_is_known_in_whatever_registry_it_lies() -> None:
    """By the end of its name; a tag tells programs of one repository apart, and no tag tells nothing."""
    cases = {
        "victoriametrics/victoria-metrics:v1.110.0": "VictoriaMetrics",
        "registry.example/qdrant/qdrant": "Qdrant",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/tools/atlantis:v0.30.0": "Atlantis",
        "influxdb:1.8": "InfluxDB 1",
        "influxdb:2.7-alpine": "InfluxDB 2",
        "docker.io/library/influxdb:2": "InfluxDB 2",
        "registry.example/home-assistant/home-assistant:2025.11.2": "Home Assistant",
        "nats:2.9-alpine": "NATS JetStream",
    }
    assert {image: (known := program_of(image)) and known.program for image in cases} == cases
    for image in (
        "influxdb",
        "influxdb:latest",
        "nats:2.10",
        "somebody/jenkins-agent",
        "atlantis-tools:1",
        "",
    ):
        assert program_of(image) is None, image
    early = program_of("homeassistant/home-assistant:2025.3")
    assert early is not None
    assert early.on_held is OnHeld.WRITES


def test_an_image_started_by_another_command_keeps_its_data_where_that_is_known() -> None:
    """Qdrant's entry point may be replaced; VictoriaMetrics' takes flags."""
    assert default_data_path("qdrant/qdrant", overrides_start=False) == "/qdrant/storage"
    assert default_data_path("qdrant/qdrant", overrides_start=True) is None
    victoria = "victoriametrics/victoria-metrics:v1.93.0"
    assert default_data_path(victoria, overrides_start=True) == "/victoria-metrics-data"


def test_only_what_a_run_has_proven_is_safe() -> None:
    """The programs of tests/programs; an ambiguous one cannot be allowed."""
    safe = {found.program for found in SIGNATURES if found.trigger is Trigger.SAFE}
    assert safe == {"Prometheus", "VictoriaMetrics", "RocksDB", "Redis", "Syncthing"}
    assert signature_named("qdrant") is not None
    assert signature_named("nothing") is None
    assert "Neo4j" not in needs_allowance()
    assert "Qdrant" in needs_allowance()


def test_no_image_and_no_flag_is_of_two_programs() -> None:
    """But for those that their tags tell apart."""
    images = [image for entry in PROGRAMS if not entry.tags for image in entry.images]
    assert len(images) == len(set(images))
    owners = {flag: entry.program for entry in PROGRAMS for flag in entry.flags}
    assert all(owners[flag] == entry.program for entry in PROGRAMS for flag in entry.flags)
