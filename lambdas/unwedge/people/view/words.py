"""Verdicts, times and tasks in words and shapes, the same on every page.

A tone is told three ways: by a word, by a shape and by a colour. No reader needs the colour.
"""

from datetime import datetime
from enum import StrEnum

from unwedge.model.service import Task
from unwedge.people.advice import ADVICE
from unwedge.people.view.html import Html, el, join
from unwedge.people.wording import brief, lasted

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


class Tone(StrEnum):
    """What a decision means to the reader."""

    GOOD = "good"
    ACTED = "acted"
    ASKS = "asks"
    TROUBLE = "trouble"
    HELD = "held"
    WAITING = "waiting"


_GOOD = frozenset({"recovered", "healthy", "withdrawn"})
_ASKS = frozenset({"approval-needed"})
_HELD = frozenset(
    {
        "would-stop",
        "paused",
        "rejected",
        "cooling-down",
        "budget-spent",
        "not-watched",
        "rollback-in-progress",
        "rollout-paused",
    }
)
_DONE = frozenset({"stopped", "updated", "already-gone"})


def tone_of(verdict: str, *, escalated: bool, outcome: str | None = None) -> Tone:
    """The tone of a decision. Whatever called a person is trouble, until it is over."""
    if outcome in _DONE:
        return Tone.ACTED
    if verdict in _GOOD:
        return Tone.GOOD
    if escalated or verdict in ("nothing-runs", "split-brain"):
        return Tone.TROUBLE
    if verdict in _ASKS:
        return Tone.ASKS
    return Tone.HELD if verdict in _HELD else Tone.WAITING


_SHAPES = {
    Tone.GOOD: el("path", d="M2 7.5 5.5 11 12 3", class_="uw-line"),
    Tone.ACTED: el("rect", x="2", y="2", width="10", height="10"),
    Tone.ASKS: el("path", d="M7 0 14 7 7 14 0 7Z"),
    Tone.TROUBLE: el("path", d="M7 1 14 13H0Z"),
    Tone.HELD: el("path", d="M1 5.5H13V8.5H1Z"),
    Tone.WAITING: el("circle", cx="7", cy="7", r="5", class_="uw-line"),
}


def mark(tone: Tone, word: object) -> Html:
    """A word with the shape of its tone before it."""
    shape = el("svg", _SHAPES[tone], viewBox="0 0 14 14", class_="uw-shape", aria_hidden="true")
    return el("span", shape, word, class_=f"uw-mark uw-{tone}")


def verdict_mark(verdict: str, *, escalated: bool, outcome: str | None = None) -> Html:
    """A verdict with its tone; one that called a person says so."""
    tone = tone_of(verdict, escalated=escalated, outcome=outcome)
    told = mark(tone, verdict.replace("-", " "))
    return join(told, el("span", "needs a person", class_="uw-tag")) if escalated else told


def clock(at: datetime) -> Html:
    """Time of day in UTC; the whole date on hover."""
    return el("time", f"{at:%H:%M:%SZ}", datetime=at.isoformat(), title=f"{at:%Y-%m-%d %H:%M:%SZ}")


def moment(at: datetime | None) -> str:
    """A time in UTC, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%SZ}" if at else "unknown"


def seconds(value: float | None) -> str:
    """A measured time."""
    return lasted(value) if value is not None else "-"


def duration(value: float) -> str:
    """A length of time in the unit that fits."""
    for size, unit in _UNITS:
        if abs(value) >= 2 * size:
            return f"{value / size:.0f} {unit}"
    return f"{value:.0f} s"


def number(value: float) -> str:
    """A number without needless digits: nobody reads microseconds."""
    return f"{value:.1f}".removesuffix(".0")


def last_part(arn: str | None) -> str:
    """The id of a task, the name of a service or cluster, or family and revision."""
    return arn.rsplit("/", 1)[-1] if arn else "-"


def subject(arn: str) -> str:
    """What an answer is about: what would be done, in words."""
    kind = arn.split(":")[5].split("/")[0] if arn.count(":") >= 5 else ""
    words = {"task": "stop task", "service": "drain service", "task-definition": "roll back to"}
    return f"{words.get(kind, 'act on')} {last_part(arn)}"


def what_to_do(verdict: str) -> str:
    """What a person can do about a verdict that called one."""
    return ADVICE.get(verdict, "Read why, gate by gate, and decide by hand: Unwedge does nothing about it.")


def who(task: Task) -> str:
    """A task with its revision; its whole id stands in the table of tasks."""
    return f"{brief(task.id)} ({task.revision})"
