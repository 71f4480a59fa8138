"""No line of other people's failures is kept, and their records are decided again all the same."""

import json

import pytest

from tests.replay.cases import CASES, Case
from tests.support.situations import incident, log, wedged
from unwedge.decide.decide import decide
from unwedge.model.codec import to_json
from unwedge.model.outcome import NOTHING
from unwedge.model.settings import Settings
from unwedge.record.after import entry_for, incident_after
from unwedge.record.private import without_lines
from unwedge.signal.signals import Cause, Signal

SECRET = 'level=error err="dial tcp: password=hunter2"'


def _entry(case: Case) -> str:
    decision = decide(case.situation, case.settings)
    after = incident_after(decision, case.situation, case.settings)
    signal = Signal(case.situation.cluster_arn, case.situation.service_name, Cause.TASK)
    made = entry_for(decision, case.situation, NOTHING, signal, case.settings, after)
    return json.dumps(made.data)


def test_a_failure_that_is_no_incident_leaves_no_line_in_the_ledger() -> None:
    """Neither in the situation nor in the sentence; with an incident the lines are needed."""
    other = wedged(logs=(log(SECRET, "panic: hunter2"),))
    assert "hunter2" not in _entry(Case("x", "x", other, Settings()))
    ours = wedged(logs=(log(SECRET),), incident=incident())
    assert "hunter2" in _entry(Case("x", "x", ours, Settings()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_situation_without_its_lines_is_decided_as_it_was(case: Case) -> None:
    """The marks mean what the lines meant; only what quotes a line has another sentence."""
    whole, less = decide(case.situation, case.settings), decide(without_lines(case.situation), case.settings)
    if case.situation.incident or whole.escalate:
        return
    assert to_json(less) == to_json(whole)
