"""Whatever is seen, its record fits, and wherever possible the decision follows from what is kept."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.situations import (
    LOCK_LINE,
    NEW_CODE,
    ago,
    arn,
    contender,
    died,
    holder,
    incident,
    log,
    stop,
    stopped,
    successor,
    wedged,
)
from unwedge.decide.decide import decide
from unwedge.model.codec import to_json
from unwedge.model.log import LogLine
from unwedge.model.outcome import NOTHING
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation
from unwedge.record.after import entry_for, incident_after
from unwedge.record.bounded import MOST_BYTES, fitting
from unwedge.signal.signals import Cause, Signal

SETTINGS = Settings()
MOST_OF_A_RECORD = 100_000


def _bytes(situation: Situation) -> int:
    decision = decide(situation, SETTINGS)
    signal = Signal(situation.cluster_arn, situation.service_name, Cause.TASK)
    after = incident_after(decision, situation, SETTINGS)
    made = entry_for(decision, situation, NOTHING, signal, SETTINGS, after)
    return len(json.dumps(made.data))


def _wide() -> Situation:
    """Forty lines of wide text before the lock line, and seven hundred tasks."""
    failed = contender()
    wide = tuple(LogLine(ago(30 - i / 100), "\U0001f980" * 1000) for i in range(40))
    said = died(failed)
    crowd = [
        contender(failed=100 + n, arn=arn(f"ended-{n:04}"), task_definition=f"{NEW_CODE}{n}")
        for n in range(700)
    ]
    return wedged(holder(), failed, successor(), *crowd, logs=(said._replace(lines=wide + said.lines),))


def test_what_is_small_is_kept_whole() -> None:
    """The usual case."""
    small = wedged()
    assert fitting(small, decide(small, SETTINGS), SETTINGS) == (small, decide(small, SETTINGS), True)


def test_wide_text_and_seven_hundred_tasks_fit_and_are_decided_as_they_were() -> None:
    """Of what is left out the decision is independent."""
    wide = _wide()
    assert len(json.dumps(to_json(wide))) > 4 * MOST_BYTES
    made = decide(wide, SETTINGS)
    kept = fitting(wide, made, SETTINGS)
    assert kept.whole
    assert decide(kept.situation, SETTINGS) == kept.decision
    assert replace(kept.decision, grips=made.grips) == made
    assert any(line.text == died(contender()).lines[0].text for line in kept.situation.logs[0].lines)
    assert _bytes(wide) <= MOST_OF_A_RECORD


def test_what_does_not_follow_from_what_can_be_kept_says_so() -> None:
    """Hundreds of tasks that all run beside each other: their number is the decision."""
    crowd = [holder(arn=arn(f"running-{n:04}"), started_at=ago(9000)) for n in range(900)]
    found = wedged(*crowd, contender(), successor())
    kept = fitting(found, decide(found, SETTINGS), SETTINGS)
    assert not kept.whole
    assert len(json.dumps(to_json(kept.situation))) <= MOST_BYTES
    signal = Signal(found.cluster_arn, found.service_name, Cause.TASK)
    made = entry_for(kept.decision, found, NOTHING, signal, SETTINGS, None)
    assert made.data["shortened"] is True
    assert len(json.dumps(made.data)) <= MOST_OF_A_RECORD


@given(
    st.integers(0, 300),
    st.integers(0, 40),
    st.sampled_from(["x", "\U0001f980", '"', "\\", LOCK_LINE]),
    st.integers(1, 1000),
    st.booleans(),
)
def test_any_situation_fits(tasks: int, lines: int, text: str, times: int, opened: bool) -> None:
    """Tasks, lines and their width in every combination."""
    crowd = [
        stopped(holder(arn=arn(f"t{n:04}"), started_at=ago(90_000 + n)), n + 1)
        if n % 2
        else contender(failed=20 + n, arn=arn(f"c{n:04}"))
        for n in range(tasks)
    ]
    logs = tuple(log(*[(text * times)[:1000]] * lines, task=name) for name in ("contender", "c0000", "c0002"))
    found = wedged(holder(), contender(), successor(), *crowd, logs=logs)
    if opened:
        many = tuple(stop(f"t{n:04}", 40 + n) for n in range(5))
        found = replace(found, incident=incident(*many), observed_at=found.observed_at + timedelta(seconds=1))
    assert _bytes(found) <= MOST_OF_A_RECORD
