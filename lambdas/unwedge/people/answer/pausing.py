"""Changing the kill switch from the dashboard: a person pauses Unwedge everywhere, or lets it run again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from unwedge.act.kill_switch import RUN
from unwedge.model.codec import DecodeError, from_json
from unwedge.people.answer.approver import Reply
from unwedge.people.answer.names import plain
from unwedge.record.reporter import Reporter

PAUSE, RESUME = "pause", "resume"


class KillSwitchChange(NamedTuple):
    """A person pauses or resumes: `kill_switch` is one of the two words. `reason` is for those who wonder
    later."""

    kill_switch: str
    by: str
    reason: str = ""


def parse_change(data: Mapping[str, Any]) -> KillSwitchChange | Reply:
    """A request as a change of the kill switch, or why it is none. Never raises."""
    try:
        change = from_json(KillSwitchChange, dict(data))
    except DecodeError as error:
        return Reply(False, f"This does not change the kill switch: {error}.")
    if change.kill_switch not in (PAUSE, RESUME):
        return Reply(False, f"The kill switch takes pause or resume, not {change.kill_switch[:40]!r}.")
    if not plain(change.by):
        return Reply(False, "Changing the kill switch needs a name that it is recorded under.")
    return KillSwitchChange(change.kill_switch, plain(change.by), plain(change.reason))


def change_kill_switch(
    change: KillSwitchChange, now: datetime, set_to: Callable[[str], None], reporter: Reporter
) -> Reply:
    """Set the kill switch and say so. Raises AWS errors of the parameter."""
    who = f"by {change.by} at {now:%Y-%m-%d %H:%M:%SZ}"
    if change.kill_switch == RESUME:
        set_to(RUN)
        sentence = f"Unwedge runs again, resumed {who}. Open incidents are looked at as they come up."
    else:
        # never the one word that lets it run, whatever the reason says
        set_to(f"paused {who}: {change.reason or 'no reason given'}")
        sentence = f"Unwedge is paused {who}: it stops no task of any service until somebody resumes it."
    reporter.kill_switch_changed(change.kill_switch, change.by, change.reason)
    return Reply(True, sentence)
