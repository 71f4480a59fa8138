"""What came of a decision's action."""

from enum import StrEnum
from typing import NamedTuple


class OutcomeKind(StrEnum):
    """How acting on a decision ended."""

    NOTHING_TO_DO = "nothing-to-do"
    STOPPED = "stopped"
    UPDATED = "updated"
    ALREADY_GONE = "already-gone"
    NO_LONGER_TRUE = "no-longer-true"
    CLAIMED_ELSEWHERE = "claimed-elsewhere"
    DENIED = "denied"
    BUDGET_SPENT = "budget-spent"
    UNKNOWN = "unknown"


# After these something was called, or a claim given back, that the record has to tell of.
TOOK_EFFECT = frozenset(
    {
        OutcomeKind.STOPPED,
        OutcomeKind.UPDATED,
        OutcomeKind.ALREADY_GONE,
        OutcomeKind.DENIED,
        OutcomeKind.UNKNOWN,
    }
)


class Outcome(NamedTuple):
    """What came of a decision's action: a kind and one sentence."""

    kind: OutcomeKind
    sentence: str


NOTHING = Outcome(OutcomeKind.NOTHING_TO_DO, "The decision asks for no action.")
