"""What is known of a container and the contended lock: one row of the table of grips."""

from enum import StrEnum
from typing import NamedTuple


class Relation(StrEnum):
    """How two locks compare. UNKNOWN: nothing proves that they are the same, or that they are not."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class Grip(StrEnum):
    """What is known of a container and the lock at a moment."""

    HOLDS = "holds"
    MAY_HOLD = "may-hold"
    CANNOT_HOLD = "cannot-hold"


class GripRow(NamedTuple):
    """One container's grip, and the fact that it rests on. `relation`: its lock beside the contended one.
    `lease`: only a file system that has not noticed its end may still keep its lock."""

    task_arn: str
    container: str
    grip: Grip
    fact: str
    relation: Relation = Relation.UNKNOWN
    lease: bool = False
