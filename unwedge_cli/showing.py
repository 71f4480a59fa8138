"""A decision for people: its gates in order with their numbers, who is who, and what followed."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from unwedge.model.codec import to_json
from unwedge.model.decision import Decision, Reason
from unwedge_cli.printing import Cell, columns, duration, moment, number, say, task
from unwedge_cli.recorded import Recorded


def heading(console: Console, position: int, total: int, record: Recorded) -> None:
    """Which decision this is, and under which settings it was made."""
    situation = record.situation
    cluster = situation.cluster_arn.rsplit("/", 1)[-1]
    which = f"Decision {position} of {total}: " if total > 1 else ""
    say(console, f"{which}{situation.service_name} in {cluster}, {moment(situation.observed_at)}", "bold")
    if not record.settings_recorded:
        say(console, "  The record has no settings: decided under the default settings.", "yellow")
    if record.shortened:
        say(console, "  The situation was too large to be recorded whole: expect another decision.", "yellow")
    if record.unknown:
        fields = ", ".join(record.unknown[:5])
        say(console, f"  This version does not know these fields of the record: {fields}", "yellow")


def gates(console: Console, decision: Decision) -> None:
    """Every gate that was asked, in order; the last one ruled."""
    rows: list[list[Cell]] = []
    for reason in decision.reasons:
        rules = reason is decision.reasons[-1]
        state = (decision.verdict.value, "bold") if rules else ("passed", "green")
        rows.append([f"gate {reason.gate}", reason.code, state, told(reason)])
    columns(console, rows)


def told(reason: Reason) -> str:
    """A gate's text with its numbers."""
    numbers = ", ".join(f"{name} {number(value)}" for name, value in reason.numbers.items())
    return f"{reason.text} [{numbers}]" if numbers else reason.text


def parties(console: Console, decision: Decision) -> None:
    """Who is who, the evidence, the action and the next pass."""
    action = acted_on(to_json(decision)) or "none"
    look = decision.requeue
    again = f"in {look.seconds} s" if look else "only on the next signal"
    rows: list[list[Cell]] = [
        ["verdict", (decision.verdict.value, "bold")],
        ["mode", decision.mode],
        ["contender", task(decision.contender)],
        ["holder", task(decision.holder)],
        ["successor", task(decision.successor)],
        ["evidence", decision.evidence or "-"],
        ["action", action],
        ["incident", decision.incident.value + (", escalated to a person" if decision.escalate else "")],
        ["look again", again],
        ["times", times(decision)],
    ]
    columns(console, rows)


def acted_on(decision: Mapping[str, Any]) -> str | None:
    """What a decision, as JSON, wants done, with the id of the task or the name of the service."""
    action = decision.get("action")
    if not isinstance(action, dict):
        return None
    if action.get("task_arn"):
        return f"stop {task(action['task_arn'])}"
    name = action.get("service_name")
    if action.get("task_definition"):
        return f"send {name} back to {task(action['task_definition'])}"
    return f"scale {name} to {action.get('desired_count')}"


def times(decision: Decision) -> str:
    """The measured seconds, as far as there are any."""
    measured = decision.times
    parts = {
        "to detect": measured.to_detect,
        "to stop": measured.to_stop,
        "to recover": measured.to_recover,
        "gap": measured.gap,
    }
    return ", ".join(f"{name} {duration(value)}" for name, value in parts.items() if value is not None) or "-"


def outcome(console: Console, record: Recorded) -> None:
    """What came of the decision, by its record."""
    text = outcome_of(record.outcome)
    if text:
        columns(console, [["outcome", f"{text} (as recorded)"]])


def outcome_of(recorded: Mapping[str, Any]) -> str:
    """An outcome's kind and sentence."""
    return ": ".join(str(recorded[key]) for key in ("kind", "sentence") if recorded.get(key))
