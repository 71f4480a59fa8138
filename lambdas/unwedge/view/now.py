"""The widget Now: is anything wedged, is anything wrong with Unwedge itself, and what needs a person."""

from datetime import datetime
from typing import NamedTuple

from unwedge.feed import OpenIncident
from unwedge.view.answers import answer_buttons, switch_buttons
from unwedge.view.context import Calls, Frame
from unwedge.view.html import Html, button, el, join
from unwedge.view.style import figure, page, service_cell, table
from unwedge.view.words import Tone, brief, clock, duration, mark, subject, tone_of, verdict_mark

ROWS, MOST_ROWS = 20, 250
# A look that is so late was lost; the sweep brings another.
OVERDUE_SECONDS = 180
_HEADS = ("Age", "Service", "State", "Why", "Next step")
_URGENT = (Tone.TROUBLE, Tone.ASKS)


class Check(NamedTuple):
    """Something about Unwedge itself that is not as it should be."""

    name: str
    text: str


class Present(NamedTuple):
    """All that Now shows. `paused`: why nothing may be stopped, None while Unwedge runs. `mode`: that of
    services without a tag. `damaged`: open incidents that could not be read."""

    now: datetime
    incidents: list[OpenIncident]
    paused: str | None
    mode: str
    stops: int
    budget: int
    checks: list[Check]
    damaged: int = 0


def now(present: Present, frame: Frame, calls: Calls, most: int) -> Html:
    """The whole widget, with at most so many incidents."""
    checks = [*present.checks, *_own_checks(present)]
    return page(
        frame,
        _headline(present, checks),
        _switch(present, calls),
        _checks(checks),
        _incidents(present, calls, most),
    )


def _tone(row: OpenIncident, at: datetime) -> Tone:
    return Tone.ASKS if row.waiting(at) else tone_of(row.verdict, escalated=row.escalated)


def _headline(present: Present, checks: list[Check]) -> Html:
    count = len(present.incidents)
    asking = sum(row.waiting(present.now) is not None for row in present.incidents)
    troubled = sum(_tone(row, present.now) is Tone.TROUBLE for row in present.incidents)
    words = [
        f"{count} {'service is' if count == 1 else 'services are'} wedged",
        *([f"{asking} {'asks' if asking == 1 else 'ask'} for an approval"] if asking else []),
        *([f"{troubled} {'needs' if troubled == 1 else 'need'} a person"] if troubled else []),
    ]
    if not count:
        tone, sentence = Tone.GOOD, "No service is wedged."
        if checks:
            tone, sentence = (
                Tone.TROUBLE,
                "No service is known to be wedged, but Unwedge itself needs a look.",
            )
    else:
        tone = Tone.TROUBLE if troubled else Tone.ASKS if asking else Tone.WAITING
        sentence = ", ".join(words) + "."
    return el("div", mark(tone, sentence), class_="uw-bar", role="status")


def _switch(present: Present, calls: Calls) -> Html:
    if present.paused is None:
        state = mark(Tone.GOOD, "running")
    else:
        state = join(mark(Tone.HELD, "paused"), f": {present.paused}")
    return el(
        "div",
        el("span", "Unwedge is ", state),
        el("span", "Services without a tag: ", el("b", present.mode)),
        el("span", f"Stops in this hour and the one before: {present.stops} of {present.budget}"),
        switch_buttons(calls, paused=present.paused is not None),
        class_="uw-bar",
    )


def _own_checks(present: Present) -> list[Check]:
    """What can be told from the incidents alone."""
    late = [
        row
        for row in present.incidents
        if row.due is None or (present.now - row.due).total_seconds() > OVERDUE_SECONDS
    ]
    found = []
    if late:
        names = ", ".join(row.key.service[1] for row in late[:3]) + (" …" if len(late) > 3 else "")
        text = f"No look is coming, or it is late, for {len(late)} incidents ({names}); the sweep finds them."
        found.append(Check("Looks overdue", text))
    if present.damaged:
        text = f"{present.damaged} open incidents could not be read from the ledger."
        found.append(Check("Ledger damaged", text))
    return found


def _checks(checks: list[Check]) -> Html:
    if not checks:
        return el("p", mark(Tone.GOOD, "All checks pass"), class_="uw-soft")
    items = [el("li", mark(Tone.TROUBLE, check.name), ": ", check.text) for check in checks]
    return join(
        el("h3", f"{len(checks)} failed {'check' if len(checks) == 1 else 'checks'}"), el("ul", items)
    )


def _incidents(present: Present, calls: Calls, most: int) -> Html:
    if not present.incidents:
        return Html()
    ordered = sorted(
        present.incidents,
        key=lambda row: (_tone(row, present.now) not in _URGENT, row.opened_at),
    )
    shown = ordered[:most]
    rows: list[tuple[object, ...]] = [_row(row, present.now, calls) for row in shown]
    asks = any(row.waiting(present.now) for row in shown)
    field = el("input", name="by", placeholder="for the record", maxlength="100")
    name = el("p", el("label", "Your name, when you answer", field)) if asks else ""
    rest = len(ordered) - len(shown)
    return join(name, table(_HEADS, rows, "Open incidents"), _rest(rest, calls, most))


def _rest(rest: int, calls: Calls, most: int) -> Html:
    if not rest:
        return Html()
    told = el("span", f"{rest} more open incidents are not shown: those that need a person come first.")
    more = {"view": "now", "most": MOST_ROWS}
    shown = button("Show more", calls=calls.viewer, given=more, display="widget") if most < MOST_ROWS else ""
    return el("div", told, shown, class_="uw-bar")


def _row(row: OpenIncident, at: datetime, calls: Calls) -> tuple[object, ...]:
    cluster, name = row.key.service
    opened = button(
        "Incident", calls=calls.viewer, given={"view": "incident", "pk": row.key.pk, "incident": row.incident}
    )
    return (
        figure(duration((at - row.opened_at).total_seconds()), "Age"),
        service_cell(cluster, name),
        verdict_mark(row.verdict or "opened", escalated=row.escalated),
        brief(row.sentence),
        join(_next(row, at, calls), opened),
    )


def _next(row: OpenIncident, at: datetime, calls: Calls) -> Html:
    asked = row.waiting(at)
    if asked:
        left = duration((asked.expires_at - at).total_seconds())
        question = join("May Unwedge ", el("b", brief(subject(asked.subject))), f"? {left} left. ")
        return join(question, answer_buttons(row.key, row.incident, asked, calls))
    if row.due is None:
        return join("No look is scheduled; the sweep will come. ")
    return join("Looks again at ", clock(row.due), ". ")
