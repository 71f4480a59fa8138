"""The verdict on a situation."""

from unwedge.decide.decide import decide
from unwedge.model.decision import Verdict
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation

SETTINGS = Settings()


def verdict(situation: Situation, settings: Settings = SETTINGS) -> Verdict:
    """The verdict, after making sure that only a stop verdict carries an action."""
    decision = decide(situation, settings)
    assert (decision.action is not None) == (decision.verdict is Verdict.STOP_HOLDER)
    assert decision.reasons[-1].gate == decision.gate
    assert decision.reasons[-1].text == decision.sentence
    return decision.verdict
