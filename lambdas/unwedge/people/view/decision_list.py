"""The widget Decisions: what was decided in the dashboard's time range, newest first."""

from typing import Any

from unwedge.people.view.context import Calls, Frame
from unwedge.people.view.html import Html, button, el, field, join
from unwedge.people.view.style import figure, page, service_cell, table
from unwedge.people.view.words import clock, moment, seconds, verdict_mark
from unwedge.people.wording import brief
from unwedge.record.rows import Decided, Key, Page

ROWS = 50
_HEADS = ("Time", "Service", "Verdict", "Why", "To detect", "To stop", "To recover", "More")


def decisions(found: Page, frame: Frame, calls: Calls, wanted: str, until: str) -> Html:
    """A page of decisions. `wanted` filters by service, `until` is where a later page begins."""
    heading = _heading(found, frame, wanted, until)
    if not found.rows and found.older is None:
        text = "No decision was recorded in this time range. Repeats of a decision are counted, not recorded."
        nothing = el("p", text, class_="uw-soft")
        return page(frame, filtering("decisions", calls, wanted), el("p", heading), nothing)
    rows: list[tuple[object, ...]] = [_row(row, calls) for row in found.rows]
    return page(
        frame,
        filtering("decisions", calls, wanted),
        el("p", heading),
        table(_HEADS, rows, "Decisions, newest first"),
        _pager(found, calls, wanted, until),
    )


def _heading(found: Page, frame: Frame, wanted: str, until: str) -> Html:
    count = f"{len(found.rows)}{' newest' if found.older else ''}"
    of = f" of services like {wanted!r}" if wanted else ""
    end = f"{until[:19]}Z" if until else moment(frame.until)
    since = moment(found.older if found.older else frame.since)
    damaged = f" {found.damaged} records could not be read." if found.damaged else ""
    return el("small", f"{count} decisions{of}, {since} to {end}, newest first.{damaged}")


def filtering(view: str, calls: Calls, wanted: str) -> Html:
    """The field and the buttons that keep a widget to some services."""
    named = field("Service", "service", hint="part of its name", value=wanted)
    filtered = button("Filter", calls=calls.viewer, given={"view": view}, display="widget")
    everything: dict[str, Any] = {"view": view, "service": ""}
    cleared = button("All services", calls=calls.viewer, given=everything, display="widget") if wanted else ""
    return el("div", named, el("span", filtered, cleared), class_="uw-bar")


def _row(row: Decided, calls: Calls) -> tuple[object, ...]:
    cluster, name = row.key.service
    evidence = el("code", row.evidence, class_="uw-line1") if row.evidence else ""
    times = row.times
    return (
        figure(join(clock(row.at), el("small", f"{row.at:%Y-%m-%d}")), "Time"),
        service_cell(cluster, name),
        verdict_mark(row.verdict, escalated=row.escalated, outcome=row.outcome),
        join(brief(row.sentence), evidence),
        figure(seconds(times.to_detect), "To detect"),
        figure(seconds(times.to_stop), "To stop"),
        figure(seconds(times.to_recover), "To recover"),
        details(row.key, calls, f"{row.verdict} of {name} at {moment(row.at)}"),
    )


def details(key: Key, calls: Calls, what: str) -> Html:
    """The button that opens a whole decision."""
    label = join("Details", el("span", f" of {what}", class_="uw-hidden"))
    return button(label, calls=calls.viewer, given={"view": "decision", **key._asdict()}, hint=what)


def _pager(found: Page, calls: Calls, wanted: str, until: str) -> Html:
    older = {"view": "decisions", "until": found.older.isoformat() if found.older else "", "service": wanted}
    newest = {"view": "decisions", "service": wanted}
    return el(
        "div",
        button("Newest", calls=calls.viewer, given=newest, display="widget") if until else "",
        button("Older", calls=calls.viewer, given=older, display="widget") if found.older else "",
        class_="uw-bar",
    )
