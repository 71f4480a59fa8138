"""A recorded decision beside the one that other settings would have made, for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from unwedge.model.codec import to_json
from unwedge.model.decision import Decision, Verdict
from unwedge.model.settings import Settings
from unwedge_cli.printing import Cell, columns, moment, number, say
from unwedge_cli.recorded import Recorded
from unwedge_cli.showing import acted_on, heading, told


@dataclass(frozen=True)
class Alternative:
    """One recorded decision, and the one that other settings would have made of the same situation."""

    number: int
    record: Recorded
    settings: Settings
    decision: Decision

    @property
    def differs(self) -> bool:
        """Whether verdict or action would have been another."""
        return self.record.decision.get("verdict") != self.decision.verdict.value or self.acts_otherwise

    @property
    def acts_otherwise(self) -> bool:
        """Whether something else would have been done, or nothing."""
        return acted_on(self.record.decision) != acted_on(to_json(self.decision))


def print_alternatives(
    console: Console, found: list[Alternative], total: int, changes: Mapping[str, Any]
) -> None:
    """One line for each of several; in full the most telling one that differs, gate by gate."""
    asked = ", ".join(f"{name.replace('default_mode', 'mode')} {value}" for name, value in changes.items())
    say(console, f"What if: {asked}", "bold")
    if len(found) > 1:
        rows: list[list[Cell]] = [["", "", "recorded", "what if"]]
        rows += [_line(one) for one in found]
        columns(console, rows, indent=0)
    others = [one for one in found if one.differs]
    if not others and len(found) > 1:
        say(console, "Every decision would have been the same.")
        return
    # What would have been stopped, or not, tells more than another reason to wait.
    shown = next((one for one in others if one.acts_otherwise), (others or found)[0])
    _print_one(console, shown, total)
    if len(found) > 1:
        say(
            console,
            "Later decisions are about what the recorded settings led to; under the other one the service "
            "might have gone another way from here.",
            "yellow",
        )


def _line(one: Alternative) -> list[Cell]:
    recorded, decided = str(one.record.decision.get("verdict", "-")), one.decision.verdict.value
    when = moment(one.record.situation.observed_at)
    return [str(one.number), when, recorded, (decided, "bold yellow") if one.differs else "same"]


def _print_one(console: Console, one: Alternative, total: int) -> None:
    heading(console, one.number, total, one.record)
    recorded = _recorded_gates(one.record)
    decided = {(str(reason.gate), reason.code): told(reason) for reason in one.decision.reasons}
    for gate, code in dict.fromkeys((*decided, *recorded)):
        before, after = (side.get((gate, code), "not asked") for side in (recorded, decided))
        say(console, f"  gate {gate} {code}", "bold")
        if before == after:
            columns(console, [["both", before]], indent=4)
        else:
            columns(console, [["recorded", before], ["what if", (after, "yellow")]], indent=4)
    _conclusions(console, one)


def _conclusions(console: Console, one: Alternative) -> None:
    recorded, decision = one.record.decision, one.decision
    before, after = (wanted or "none" for wanted in (acted_on(recorded), acted_on(to_json(decision))))
    say(console, "")
    rows: list[list[Cell]] = [
        ["", "recorded", "what if"],
        ["verdict", str(recorded.get("verdict", "-")), (decision.verdict.value, "bold")],
        ["action", before, after],
        ["escalated", "yes" if recorded.get("escalate") else "no", "yes" if decision.escalate else "no"],
    ]
    columns(console, rows)
    if decision.verdict is Verdict.READ_MORE:
        say(
            console,
            "Unwedge would have read more before deciding, and the record does not have it.",
            "yellow",
        )
    if not one.differs:
        say(console, "The decision would have been the same.")


def _recorded_gates(record: Recorded) -> dict[tuple[str, str], str]:
    """The recorded gates, read with care: a record of another version may have other shapes."""
    reasons = record.decision.get("reasons")
    texts: dict[tuple[str, str], str] = {}
    for reason in reasons if isinstance(reasons, list) else []:
        if isinstance(reason, dict):
            numbers = reason.get("numbers")
            pairs = numbers.items() if isinstance(numbers, dict) else ()
            listed = ", ".join(f"{name} {number(value)}" for name, value in pairs)
            text = str(reason.get("text", ""))
            key = (str(reason.get("gate")), str(reason.get("code")))
            texts[key] = f"{text} [{listed}]" if listed else text
    return texts
