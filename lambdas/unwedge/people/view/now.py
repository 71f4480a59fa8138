"""The widget Now: is anything wedged, is anything wrong with Unwedge itself, and what needs a person."""

from datetime import datetime
from typing import NamedTuple

from unwedge.people.expectation import what_follows, what_happens
from unwedge.people.view.buttons import answer_buttons, kill_switch_buttons
from unwedge.people.view.context import Calls, Frame
from unwedge.people.view.decision_list import filtering
from unwedge.people.view.html import Html, button, el, field, join
from unwedge.people.view.style import figure, page, service_cell, table
from unwedge.people.view.words import (
    Tone,
    clock,
    duration,
    last_part,
    mark,
    subject,
    tone_of,
    verdict_mark,
    what_to_do,
)
from unwedge.people.wording import brief
from unwedge.record.postures import Expected
from unwedge.record.rows import OpenIncident, named

ROWS = 25
# A pass that is so late was lost; the sweep brings another.
OVERDUE_SECONDS = 180
_HEADS = ("Age", "Service", "State", "Why", "Next step")
_URGENT = (Tone.TROUBLE, Tone.ASKS)


class Check(NamedTuple):
    """Something about Unwedge itself that is not as it should be."""

    name: str
    text: str


class Overview(NamedTuple):
    """All that Now shows. `paused`: why nothing may be stopped, None while Unwedge runs. `mode`: that of
    services without a tag. `damaged`: open incidents that could not be read.
    `expected`: deployments that will deadlock and have not yet."""

    now: datetime
    incidents: list[OpenIncident]
    paused: str | None
    mode: str
    stops: int | None
    budget: int
    checks: list[Check]
    damaged: int = 0
    expected: tuple[Expected, ...] = ()


def now(overview: Overview, frame: Frame, calls: Calls, wanted: str, skipped: int) -> Html:
    """The whole widget. `wanted` keeps the list to some services; so many of its incidents are skipped."""
    checks = [*overview.checks, *_own_checks(overview)]
    return page(
        frame,
        _headline(overview, checks),
        _kill_switch(overview, calls),
        _checks(checks),
        _expected(overview, wanted),
        _incidents(overview, calls, wanted, skipped),
    )


def _tone(row: OpenIncident, at: datetime) -> Tone:
    return Tone.ASKS if row.waiting(at) else tone_of(row.verdict, escalated=row.escalated)


def _headline(overview: Overview, checks: list[Check]) -> Html:
    count = len(overview.incidents)
    asking = sum(row.waiting(overview.now) is not None for row in overview.incidents)
    troubled = sum(_tone(row, overview.now) is Tone.TROUBLE for row in overview.incidents)
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
                "No service is known to be wedged, but Unwedge itself needs a pass.",
            )
    else:
        tone = Tone.TROUBLE if troubled else Tone.ASKS if asking else Tone.WAITING
        sentence = ", ".join(words) + "."
    return el("div", mark(tone, sentence), class_="uw-bar", role="status")


def _kill_switch(overview: Overview, calls: Calls) -> Html:
    if overview.paused is None:
        state = mark(Tone.GOOD, "running")
    else:
        state = join(mark(Tone.HELD, "paused"), f": {overview.paused}")
    return el(
        "div",
        el("span", "Unwedge is ", state),
        el("span", "Services without a tag: ", el("b", overview.mode)),
        el("span", f"Stops in the last hour: {_stops(overview)} of {overview.budget}"),
        kill_switch_buttons(calls, paused=overview.paused is not None),
        class_="uw-bar",
    )


def _stops(overview: Overview) -> str:
    return "unknown" if overview.stops is None else str(overview.stops)


def _own_checks(overview: Overview) -> list[Check]:
    """What can be told from the incidents alone."""
    late = [
        row
        for row in overview.incidents
        if row.due is None or (overview.now - row.due).total_seconds() > OVERDUE_SECONDS
    ]
    found = []
    if late:
        names = ", ".join(row.key.service[1] for row in late[:3]) + (" …" if len(late) > 3 else "")
        text = (
            f"No pass is scheduled, or it is late, for {len(late)} incidents ({names}); the sweep finds them."
        )
        found.append(Check("Passes overdue", text))
    if overview.damaged:
        text = f"{overview.damaged} open incidents could not be read from the ledger."
        found.append(Check("Ledger damaged", text))
    return found


def _checks(checks: list[Check]) -> Html:
    if not checks:
        return el("p", mark(Tone.GOOD, "All checks pass"), class_="uw-soft")
    items = [el("li", mark(Tone.TROUBLE, check.name), ": ", check.text) for check in checks]
    return join(
        el("h3", f"{len(checks)} failed {'check' if len(checks) == 1 else 'checks'}"), el("ul", items)
    )


def _expected(overview: Overview, wanted: str) -> Html:
    """Deadlocks to come, but for those that an open incident tells of already."""
    wedged = {row.key.service for row in overview.incidents}
    coming = [
        one
        for one in overview.expected
        if (one.cluster_arn, one.service_name) not in wedged
        and wanted.lower() in f"{last_part(one.cluster_arn)}/{one.service_name}".lower()
    ]
    if not coming:
        return Html()
    more = f" {len(coming) - ROWS} more are not shown." if len(coming) > ROWS else ""
    items = [
        el(
            "li",
            mark(Tone.WAITING, "expected"),
            " since ",
            clock(one.at),
            ": ",
            what_happens(one),
            " ",
            what_follows(one),
        )
        for one in coming[:ROWS]
    ]
    return join(el("h3", "Deadlocks to come"), el("ul", items), more)


def _incidents(overview: Overview, calls: Calls, wanted: str, skipped: int) -> Html:
    if not overview.incidents:
        return Html()
    ordered = sorted(
        (row for row in overview.incidents if named(row.key, wanted)),
        key=lambda row: (_tone(row, overview.now) not in _URGENT, row.opened_at),
    )
    shown = ordered[skipped : skipped + ROWS]
    rows: list[tuple[object, ...]] = [_row(row, overview.now, calls) for row in shown]
    asks = any(row.waiting(overview.now) for row in shown)
    name = el("p", field("Your name, when you answer", "by", hint="for the record")) if asks else ""
    many = wanted or len(overview.incidents) > ROWS
    return join(
        filtering("now", calls, wanted) if many else "",
        name,
        table(_HEADS, rows, "Open incidents"),
        _pager(len(ordered), skipped, calls, wanted) if many else "",
    )


def _pager(count: int, skipped: int, calls: Calls, wanted: str) -> Html:
    last = min(skipped + ROWS, count)
    told = f"{skipped + 1} to {last} of {count}" if count else f"No open incident of services like {wanted!r}"
    first = {"view": "now", "service": wanted}
    following = {**first, "skip": last}
    return el(
        "div",
        el("span", f"{told}; those that need a person come first."),
        button("First", calls=calls.viewer, given=first, display="widget") if skipped else "",
        button("Next", calls=calls.viewer, given=following, display="widget") if last < count else "",
        class_="uw-bar",
    )


def _row(row: OpenIncident, at: datetime, calls: Calls) -> tuple[object, ...]:
    cluster, name = row.key.service
    opened = button("Incident", calls=calls.viewer, given={"view": "incident", "pk": row.key.pk})
    return (
        figure(duration((at - row.opened_at).total_seconds()), "Age"),
        service_cell(cluster, name),
        join(verdict_mark(row.verdict or "opened", escalated=row.escalated), el("small", f"mode {row.mode}")),
        brief(row.sentence),
        join(_next(row, at, calls), opened),
    )


def _next(row: OpenIncident, at: datetime, calls: Calls) -> Html:
    asked = row.waiting(at)
    if asked:
        left = duration((asked.expires_at - at).total_seconds())
        question = join("May Unwedge ", el("b", brief(subject(asked.subject))), f"? {left} left. ")
        return join(question, answer_buttons(row.key, row.incident, asked, calls))
    told = join("Next pass at ", clock(row.due), ". ") if row.due else "The sweep observes it again. "
    if not row.escalated:
        return join(told)
    return join(el("b", what_to_do(row.verdict)), " ", told)
