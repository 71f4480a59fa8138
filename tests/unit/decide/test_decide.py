"""Every gate and every verdict of the decision."""

from pathlib import Path

from tests.support.situations import (
    wedged,
)
from tests.support.verdicts import SETTINGS
from unwedge.decide.decide import decide
from unwedge.model.decision import Decision, Verdict


def test_every_verdict_is_reached_by_some_test() -> None:
    """A verdict that no test names is a verdict nobody has seen."""
    source = "".join(path.read_text() for path in sorted(Path(__file__).parent.rglob("test_*.py")))
    unseen = [item.name for item in Verdict if f"Verdict.{item.name}" not in source]
    assert unseen == []


def test_a_decision_is_a_plain_value() -> None:
    """The same situation gives an equal decision."""
    first: Decision = decide(wedged(), SETTINGS)
    assert first == decide(wedged(), SETTINGS)
