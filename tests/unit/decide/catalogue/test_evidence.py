"""Whose lock line counts: judged by the container's image and its own lines, and by what a run has proven."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    NEW_CODE,
    OLD_CODE,
    contender,
    definition,
    holder,
    service,
    successor,
    wedged,
)
from tests.unit.decide.catalogue.said import AT, LIFE, code, stamped, stream
from unwedge.decide.catalogue.programs import SIGNATURES, signature_named
from unwedge.decide.catalogue.signature import Signature, Trigger, Word
from unwedge.decide.decide import decide
from unwedge.decide.signatures import find_doubt, find_evidence, meaning, opened, unkept
from unwedge.model.decision import Decision, IncidentStep, Verdict
from unwedge.model.service import Container
from unwedge.model.settings import Settings
from unwedge.model.task_definition import TaskDefinition
from unwedge.record.private import without_lines

IMAGES = {
    "Prometheus": "prom/prometheus:v3.1.0",
    "VictoriaMetrics": "victoriametrics/victoria-metrics:v1.110.0",
    "Qdrant": "qdrant/qdrant:v1.9.0",
    "Neo4j": "neo4j:4.4",
    "Syncthing": "syncthing/syncthing:1.27",
}
by_program = pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.program)


def named(program: str) -> Signature:
    """The signature of a program of the catalogue."""
    found = signature_named(program)
    assert found is not None
    return found


def running(image: str) -> tuple[TaskDefinition, ...]:
    """Both revisions, with this image in the container that takes the lock."""
    found = []
    for revision in (OLD_CODE, NEW_CODE):
        one = definition(revision)
        copied, main = one.containers
        found.append(replace(one, containers=(copied, replace(main, image=image))))
    return tuple(found)


def decided(program: str, image: str, settings: Settings | None = None, tag: str = "enforce") -> Decision:
    """The decision on a wedged service whose contender ended with this program's lock line."""
    signature = named(program)
    ended = (Container("copy-config", 0), Container("prometheus", min(signature.exit_codes)))
    situation = wedged(
        holder(),
        contender(containers=ended),
        successor(),
        service=service(tag=tag),
        task_definitions=running(image),
        logs=(stream(signature.lines[0], *signature.follows),),
    )
    return decide(situation, settings or Settings())


@by_program
def test_a_lock_line_is_evidence_though_others_follow_it(signature: Signature) -> None:
    """In each of its shapes, in a container of an image that nobody knows."""
    for line in signature.lines:
        found = find_evidence([stream("starting", line, *signature.follows, "bye")], LIFE, code(signature))
        if signature.trigger is Trigger.UNSAFE:
            assert found is None
        else:
            assert found is not None, line
            assert (found.program, found.trigger) == (signature.program, signature.trigger)


@by_program
def test_another_error_after_it_takes_its_place(signature: Signature) -> None:
    """What ended the program is the last thing of weight that it said."""
    for later in ('level=error msg="bad config"', "panic: runtime error", "FATAL could not bind"):
        assert find_evidence([stream(signature.lines[0], later)], LIFE, code(signature)) is None, later


@by_program
def test_the_exit_code_is_the_programs_own(signature: Signature) -> None:
    """Killed, or ended well: not for want of its lock."""
    for other in (0, 137, 143):
        assert find_evidence([stream(signature.lines[0])], LIFE, {"prometheus": other}) is None


def test_a_known_image_is_judged_by_its_own_signature_alone() -> None:
    """The lock line of another program is a doubt that names both."""
    victoria, images = named("VictoriaMetrics"), {"prometheus": IMAGES["Prometheus"]}
    log = stream(victoria.lines[0])
    assert find_evidence([log], LIFE, code(victoria), images) is None
    doubt = find_doubt([log], LIFE, code(victoria), images)
    assert doubt is not None
    assert (
        "this is how VictoriaMetrics says it, and the image of container prometheus is of Prometheus"
        in doubt.why
    )
    own = {"prometheus": IMAGES["VictoriaMetrics"]}
    assert find_evidence([log], LIFE, code(victoria), own) is not None
    without = {"prometheus": "jenkins/jenkins:lts"}
    assert find_evidence([log], LIFE, code(victoria), without) is None
    assert find_doubt([log], LIFE, code(victoria), without) is not None


def test_a_container_that_speaks_as_two_programs_is_no_evidence() -> None:
    """A hostile mixture, or a wrapper that forwards what another one says."""
    victoria, syncthing = named("VictoriaMetrics"), named("Syncthing")
    log = stream(victoria.lines[0], "[start] 04:52:36 INFO: syncthing v1.19.2")
    assert find_evidence([log], LIFE, code(victoria)) is None
    doubt = find_doubt([log], LIFE, code(victoria))
    assert doubt is not None
    assert "also speaks as Syncthing does" in doubt.why
    assert find_evidence([stream(syncthing.lines[0], victoria.lines[0])], LIFE, code(victoria)) is not None


def test_the_opened_line_of_another_program_proves_nothing() -> None:
    """Nor does any line of a program of which none is known."""
    victoria = named("VictoriaMetrics")
    assert victoria.opened is not None
    log = stream(victoria.opened)
    assert opened(log, None, None) is not None
    assert opened(log, None, None, {"prometheus": IMAGES["VictoriaMetrics"]}) is not None
    for image in (IMAGES["Prometheus"], IMAGES["Qdrant"], "jenkins/jenkins"):
        assert opened(log, None, None, {"prometheus": image}) is None
    assert [found.program for found in SIGNATURES if found.opened] == ["Prometheus", "VictoriaMetrics"]


def test_a_proven_program_is_freed() -> None:
    """VictoriaMetrics and Syncthing as Prometheus."""
    for program in ("VictoriaMetrics", "Syncthing", "Prometheus"):
        assert decided(program, IMAGES[program]).verdict is Verdict.STOP_HOLDER, program


@pytest.mark.parametrize("tag", ["enforce", "approve"])
def test_an_unproven_signature_stops_nothing_unless_its_program_is_allowed(tag: str) -> None:
    """It says what it would do, which setting allows it, and people hear of it; nobody is asked."""
    decision = decided("Qdrant", IMAGES["Qdrant"], tag=tag)
    assert (decision.verdict, decision.action, decision.approval_request) == (Verdict.WOULD_STOP, None, None)
    assert decision.escalate
    assert decision.incident is IncidentStep.OPEN
    assert "In mode enforce we would stop task holder" in decision.sentence
    assert "the lock line of Qdrant is not proven" in decision.sentence
    assert "allow it with the setting `signatures`" in decision.sentence
    allowed = decided("Qdrant", IMAGES["Qdrant"], Settings(allowed_programs=("qdrant",)), tag=tag)
    wanted = Verdict.STOP_HOLDER if tag == "enforce" else Verdict.APPROVAL_NEEDED
    assert allowed.verdict is wanted
    other = decided("Qdrant", IMAGES["Qdrant"], Settings(allowed_programs=("Atlantis",)), tag=tag)
    assert other.verdict is Verdict.WOULD_STOP


def test_in_mode_observe_nobody_is_called_about_an_unproven_signature() -> None:
    """It is shown, as everything else in that mode."""
    decision = decided("Qdrant", IMAGES["Qdrant"], tag="observe")
    assert (decision.verdict, decision.escalate) == (Verdict.WOULD_STOP, False)
    assert "not proven" in decision.sentence


def test_an_ambiguous_line_is_told_and_no_setting_makes_it_evidence() -> None:
    """Neo4j says the same of a directory that it may not write to."""
    decision = decided("Neo4j", IMAGES["Neo4j"], Settings(allowed_programs=("Neo4j",)))
    assert (decision.verdict, decision.action) == (Verdict.CANNOT_VERIFY, None)
    assert "Neo4j prints it for other reasons than a held lock, too" in decision.sentence


def test_a_foreign_lock_line_is_told_and_stops_nothing() -> None:
    """Prometheus' words in the container of another image."""
    decision = decided("Prometheus", "grafana/grafana:11.0.0")
    assert (decision.verdict, decision.action) == (Verdict.CANNOT_VERIFY, None)
    assert "the image of container prometheus is of Grafana with SQLite" in decision.sentence


def test_a_program_that_waits_is_said_to_have_no_lock_line() -> None:
    """Who opted in for it hears by name that the mode does nothing."""
    log = stream("started", "could not bind").lines
    situation = wedged(task_definitions=running("jenkins/jenkins:lts"), logs=(stream()._replace(lines=log),))
    assert "Unwedge knows no lock line of Jenkins" in decide(situation, Settings()).sentence


def test_a_record_without_its_lines_is_decided_as_before() -> None:
    """Programs need not agree whether a line reports an error; the mark in its place says who."""
    situation = wedged()
    lines = ("2026 ERROR of a wrapper", 'level=error msg="x"', "hello", *named("VictoriaMetrics").lines)
    kept = without_lines(replace(situation, logs=(stream(*lines),))).logs[0].lines
    for before, after in zip(lines, kept, strict=True):
        for signature in SIGNATURES:
            assert meaning(signature, after.text).word is meaning(signature, stamped(before)).word
    assert "wrapper" not in kept[0].text
    assert meaning(named("Kafka"), unkept(["Kafka", "RocksDB"])).word is Word.FAILED
    assert meaning(named("Prometheus"), unkept(["Kafka", "RocksDB"])).word is Word.OTHER


def test_the_lines_own_time_counts_for_every_program() -> None:
    """A line of another hour, though CloudWatch dates it now."""
    victoria = named("VictoriaMetrics")
    late = victoria.lines[0].replace("{time}", "2025-11-13T19:00:00.000Z")
    assert meaning(victoria, stamped(victoria.lines[0])).at is not None
    assert abs((meaning(victoria, stamped(victoria.lines[0])).at or AT) - AT).total_seconds() < 1
    assert find_evidence([stream(late)], LIFE, code(victoria)) is None
