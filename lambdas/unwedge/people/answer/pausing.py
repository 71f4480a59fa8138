"""Turning the kill switch from the dashboard: a person pauses Unwedge everywhere, or lets it run again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from unwedge.act.kill_switch import RUN
from unwedge.model.codec import DecodeError, from_json
from unwedge.people.answer.approver import Reply
from unwedge.record.reporter import Reporter

PAUSE, RESUME = "pause", "resume"
_LONGEST = 200


class Turn(NamedTuple):
    """A person turns the switch. `reason` is for those who wonder later."""

    turn: str
    by: str
    reason: str = ""


def parse_turn(data: Mapping[str, Any]) -> Turn | Reply:
    """A request as a turn of the switch, or why it is none. Never raises."""
    try:
        turn = from_json(Turn, dict(data))
    except DecodeError as error:
        return Reply(False, f"This does not turn the switch: {error}.")
    if turn.turn not in (PAUSE, RESUME):
        return Reply(False, f"The switch is turned to pause or resume, not {turn.turn[:40]!r}.")
    if not turn.by.strip():
        return Reply(False, "Turning the switch needs a name that it is recorded under.")
    return Turn(turn.turn, _plain(turn.by), _plain(turn.reason))


def take_turn(turn: Turn, now: datetime, set_switch: Callable[[str], None], reporter: Reporter) -> Reply:
    """Set the switch and say so. Raises AWS errors of the switch."""
    who = f"by {turn.by} at {now:%Y-%m-%d %H:%M:%SZ}"
    if turn.turn == RESUME:
        set_switch(RUN)
        sentence = f"Unwedge runs again, resumed {who}. Open incidents are looked at as they come up."
    else:
        # never the one word that lets it run, whatever the reason says
        set_switch(f"paused {who}: {turn.reason or 'no reason given'}")
        sentence = f"Unwedge is paused {who}: it stops no task of any service until somebody resumes it."
    reporter.turned(turn.turn, turn.by, turn.reason)
    return Reply(True, sentence)


def _plain(text: str) -> str:
    """Bounded text on one line: a parameter is shown in many places."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_LONGEST]
