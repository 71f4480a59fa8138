"""The widget Verified: of every service whether it worked after its newest deployment, and each check."""

import re
from typing import Any

from unwedge.model.verification import Result, Verification
from unwedge.people.view.context import Calls, Frame
from unwedge.people.view.decision_list import filtering
from unwedge.people.view.html import Html, button, el, join
from unwedge.people.view.style import figure, page, service_cell, table
from unwedge.people.view.words import Tone, clock, mark, moment
from unwedge.people.wording import brief, lasted
from unwedge.record.verifications import VerifiedRow

ROWS = 25
_HEADS = ("Result", "Service", "When", "Revision", "Not passed", "More")
_CHECKS = ("Check", "Result", "Evidence, and what to do")
# A remedy names the change in three tools, and what a forced deployment does: each begins a line.
_TOOL = re.compile(r" (?=(?:Terraform|CDK|CLI): |A forced deployment |The old task is )")
_TONES = {
    Result.PASS: Tone.GOOD,
    Result.FAIL: Tone.TROUBLE,
    Result.UNKNOWN: Tone.HELD,
    Result.SKIPPED: Tone.WAITING,
}
_WORDS = {
    Result.PASS: "verified",
    Result.FAIL: "failed",
    Result.UNKNOWN: "not proven",
    Result.SKIPPED: "skipped",
}
# A service is verified, a check passes.
_PASSED = {Result.PASS: "passed"}
_CAUSES = {"recovered": "after a recovery", "deployed": "after a deployment", "asked": "asked for"}


def result_mark(result: Result) -> Html:
    """A result in a word and a shape."""
    return mark(_TONES[result], _WORDS[result])


def verified_list(
    rows: list[VerifiedRow], damaged: int, frame: Frame, calls: Calls, wanted: str, skipped: int
) -> Html:
    """The whole widget: what failed comes first, then what is not proven, then the newest."""
    found = [row for row in rows if wanted.lower() in _place(row).lower()]
    order = [Result.FAIL, Result.UNKNOWN, Result.SKIPPED, Result.PASS]
    found.sort(key=lambda row: order.index(row.result))
    shown = found[skipped : skipped + ROWS]
    if not found:
        text = "No service is verified yet: each is after its next deployment or recovery."
        return page(
            frame, filtering("verified", calls, wanted) if wanted else "", el("p", text, class_="uw-soft")
        )
    cells: list[tuple[object, ...]] = [_row(row, calls) for row in shown]
    note = f" {damaged} could not be read." if damaged else ""
    return page(
        frame,
        filtering("verified", calls, wanted) if wanted or len(rows) > ROWS else "",
        el("p", el("small", f"{_tally(found)}{note}")),
        table(_HEADS, cells, "Services and their newest verification"),
        _pager(len(found), skipped, calls, wanted),
    )


def _place(row: VerifiedRow) -> str:
    return f"{row.cluster_arn.rsplit('/', 1)[-1]}/{row.service_name}"


def _tally(rows: list[VerifiedRow]) -> str:
    counts = [(result, sum(row.result is result for row in rows)) for result in _WORDS]
    return ", ".join(f"{count} {_WORDS[result]}" for result, count in counts if count) + "."


def _row(row: VerifiedRow, calls: Calls) -> tuple[object, ...]:
    about = {"cluster_arn": row.cluster_arn, "service_name": row.service_name}
    label = join("Checks", el("span", f" of {row.service_name}", class_="uw-hidden"))
    shown = button(label, calls=calls.viewer, given={"view": "verification", **about})
    return (
        result_mark(row.result),
        service_cell(row.cluster_arn, row.service_name),
        figure(
            join(clock(row.at), el("small", f"{row.at:%Y-%m-%d}, {_CAUSES.get(row.cause, row.cause)}")),
            "When",
        ),
        row.revision or "-",
        ", ".join(row.parts) or "-",
        join(shown, _again(about, calls)),
    )


def _again(about: dict[str, Any], calls: Calls) -> Html:
    if not calls.verifier:
        return Html()
    label = join("Verify now", el("span", f" {about['service_name']}", class_="uw-hidden"))
    question = f"Verify {about['service_name']} now? Nothing of the service is changed."
    return button(label, calls=calls.verifier, given=about, confirmation=question)


def _pager(count: int, skipped: int, calls: Calls, wanted: str) -> Html:
    if count <= ROWS:
        return Html()
    last = min(skipped + ROWS, count)
    given: dict[str, Any] = {"view": "verified", "service": wanted}
    return el(
        "div",
        el("span", f"{skipped + 1} to {last} of {count}."),
        button("First", calls=calls.viewer, given=given, display="widget") if skipped else "",
        button("Next", calls=calls.viewer, given={**given, "skip": last}, display="widget")
        if last < count
        else "",
        class_="uw-bar",
    )


def verification_page(found: Verification, frame: Frame) -> Html:
    """One verification, check by check."""
    rows: list[tuple[object, ...]] = [
        (
            el("td", check.part.value, class_="uw-name", data_label="Check"),
            mark(_TONES[check.result], _PASSED.get(check.result, _WORDS[check.result])),
            join(brief(check.evidence), [el("small", line) for line in _lines(check.remedy)]),
        )
        for check in found.checks
    ]
    waited = f", {lasted(found.waited)} after the first look" if found.waited else ""
    cluster = found.cluster_arn.rsplit("/", 1)[-1]
    about = (
        f"Service {found.service_name} in cluster {cluster}, revision {found.revision or 'unknown'}, at "
        f"{moment(found.at)}, {_CAUSES[found.cause.value]}{waited}: {found.calls} calls of AWS in "
        f"{lasted(found.seconds)}."
    )
    return page(frame, el("p", result_mark(found.result)), el("p", about), table(_CHECKS, rows, "Checks"))


def _lines(remedy: str) -> list[str]:
    return _TOOL.split(brief(remedy)) if remedy else []


def not_verified(sentence: str, frame: Frame) -> Html:
    """Why there is no verification."""
    return page(frame, el("p", mark(Tone.HELD, "Not verified")), el("p", sentence))
