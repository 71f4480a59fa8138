"""Whatever waits, a service that opted in is told about: the longest silence of an incident."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.replay.cases import CASES, Case
from tests.support.situations import (
    contender,
    deployed,
    holder,
    incident,
    log,
    new_task,
    opened,
    service,
    successor,
    wedged,
)
from unwedge.decide.decide import decide
from unwedge.model.decision import Decision, IncidentStep, Verdict
from unwedge.model.log import LogStatus
from unwedge.model.settings import Settings
from unwedge.model.situation import Failure, ReadFailure, Scope, Situation

SETTINGS = Settings()


def _tells(decision: Decision) -> bool:
    """Somebody hears of it, something is done, it is over, or more is read in the same pass."""
    over = decision.incident in (IncidentStep.RECOVERED, IncidentStep.WITHDRAWN)
    asks = decision.verdict in (Verdict.APPROVAL_NEEDED, Verdict.READ_MORE)
    return decision.escalate or decision.action is not None or over or asks


def _aged(situation: Situation, seconds: float) -> Situation:
    """The situation with an incident that was opened so many seconds ago, in mode enforce."""
    at = situation.observed_at - timedelta(seconds=seconds)
    known = situation.incident or incident()
    aged = replace(known, opened_at=at, failed_at=at)
    tagged = replace(situation.service, tag="enforce") if situation.service else None
    return replace(situation, incident=aged, service=tagged)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("tag", ["enforce", "approve"])
def test_no_verdict_waits_in_silence_for_longer_than_fifteen_minutes(case: Case, tag: str) -> None:
    """Every kind of situation that is recorded, in an incident that is fifteen minutes old."""
    aged = _aged(case.situation, SETTINGS.silence)
    if aged.service:
        aged = replace(aged, service=replace(aged.service, tag=tag))
    decision = decide(aged, case.settings)
    assert _tells(decision), decision
    assert decision.requeue or decision.incident is not IncidentStep.KEEP or decision.action, decision


def test_the_wait_before_is_left_to_the_gates_and_the_sentence_says_how_long_it_was() -> None:
    """At most once per incident and verdict; observed services are not called about."""
    waits = wedged(holder(), contender())
    early, late = (decide(_aged(waits, seconds), SETTINGS) for seconds in (899, 900))
    assert (early.verdict, early.escalate) == (Verdict.AWAITING_SUCCESSOR, False)
    assert (late.verdict, late.escalate) == (Verdict.AWAITING_SUCCESSOR, True)
    assert "open for 15 min: a person should look" in late.sentence
    observed = replace(_aged(waits, 900), service=service(tag="observe"))
    assert not decide(observed, SETTINGS).escalate


def test_an_incident_whose_service_cannot_be_read_is_told_about_too() -> None:
    """Its mode is unknown then, and it may have opted in."""
    failure = ReadFailure("ecs:DescribeServices", Failure.UNAVAILABLE, "Throttling", "slow down")
    unread = replace(_aged(wedged(), 900), service=None, failures=(failure,))
    assert decide(unread, SETTINGS).escalate


@pytest.mark.parametrize("status", [LogStatus.UNSUPPORTED, LogStatus.DENIED])
def test_a_service_that_opted_in_hears_at_once_that_its_log_cannot_be_read(status: LogStatus) -> None:
    """FireLens, no stream prefix, no permission: it would wait for ever behind a lock."""
    for tag, told in (("enforce", True), ("approve", True), ("observe", False)):
        unread = wedged(logs=(log(status=status, detail="why"),), service=service(tag=tag))
        assert decide(unread, SETTINGS).escalate is told
    alone = wedged(logs=(log(status=status, detail="why"),), service=service(tag="enforce"))
    nothing_shared = tuple(
        replace(item, containers=tuple(replace(spec, mounts=()) for spec in item.containers))
        for item in alone.task_definitions
    )
    assert not decide(replace(alone, task_definitions=nothing_shared), SETTINGS).escalate


@pytest.mark.parametrize("status", [LogStatus.EMPTY, LogStatus.MISSING])
def test_a_stream_that_never_comes_is_told_after_the_patience_for_late_lines(status: LogStatus) -> None:
    """A minute, and no stop."""
    tasks = (holder(), contender(failed=60), successor())
    late = wedged(*tasks, logs=(log(status=status),), service=service(tag="enforce"))
    assert (decide(late, SETTINGS).verdict, decide(late, SETTINGS).escalate) == (Verdict.CANNOT_VERIFY, True)


def test_a_log_that_stays_unavailable_is_told_about_in_the_end() -> None:
    """Throttled for a quarter of an hour."""
    for failed, told in ((899, False), (900, True)):
        tasks = (holder(), contender(failed=failed), successor())
        unread = wedged(*tasks, logs=(log(status=LogStatus.UNAVAILABLE),), service=service(tag="enforce"))
        decision = decide(unread, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.AWS_UNAVAILABLE, told)
        assert decision.requeue


LONG = SETTINGS.silence


@pytest.mark.parametrize(
    ("situation", "verdict"),
    [
        pytest.param(wedged(), Verdict.STOP_HOLDER, id="it acts"),
        pytest.param(wedged(service=service(tag="approve")), Verdict.APPROVAL_NEEDED, id="it asks"),
        pytest.param(wedged(service=service(desired_count=2)), Verdict.MISCONFIGURED, id="it is told anyway"),
        pytest.param(wedged(scope=Scope.SERVICE), Verdict.READ_MORE, id="it goes on in the same pass"),
    ],
)
def test_what_tells_a_person_by_itself_or_goes_on_is_no_silence(
    situation: Situation, verdict: Verdict
) -> None:
    """However old the incident is, its sentence is only about what it does."""
    young, old = (
        replace(_aged(situation, seconds), service=situation.service) for seconds in (100, LONG + 1)
    )
    told, still = decide(young, SETTINGS), decide(old, SETTINGS)
    assert (told.verdict, still.verdict) == (verdict, verdict)
    assert still.escalate is told.escalate
    assert "a person should look" not in still.sentence


def test_only_the_last_word_of_a_decision_speaks_of_the_silence() -> None:
    """The gates that were passed have nothing to tell a person."""
    decision = decide(_aged(wedged(holder(), contender()), LONG), SETTINGS)
    spoke = ["a person should look" in reason.text for reason in decision.reasons]
    assert spoke == [False] * (len(spoke) - 1) + [True]
    assert decision.reasons[-1].numbers["seconds_open"] == LONG


def test_an_incident_that_ends_after_long_calls_nobody_to_look() -> None:
    """There is nothing left to see."""
    over = _aged(wedged(new_task(), service=deployed(), incident=incident(), logs=(opened(),)), LONG + 1)
    decision = decide(over, SETTINGS)
    assert (decision.verdict, decision.escalate) == (Verdict.WITHDRAWN, False)
    assert "a person should look" not in decision.sentence
