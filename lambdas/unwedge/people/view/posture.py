"""The widget Posture: what the next deployment of each service will do to its data, and what ends that."""

from typing import Any

from unwedge.model.posture import Finding, Outlook, Severity, Step, StepKind
from unwedge.people.view.context import Calls, Frame
from unwedge.people.view.decision_list import filtering
from unwedge.people.view.html import Html, button, el, join
from unwedge.people.view.repaired import Mended, repair_section
from unwedge.people.view.style import figure, page, service_cell, table
from unwedge.people.view.words import Tone, clock, last_part, mark, moment
from unwedge.people.wording import brief, lasted
from unwedge.posture.remedies import Language, Place, ordered, render
from unwedge.record.postures import FindingRow, KeptPosture, PostureRow

ROWS, REPEATED, MOST_REPEATED, MOST_CLOSED = 25, 2, 5, 20
_HEADS = ("Severity", "Service", "A deployment", "Mode", "Open since", "Wedged in 30 days", "More")
_CLOSED_HEADS = ("Finding", "Opened", "Closed", "It said")
_TONES = {
    Severity.CRITICAL: Tone.TROUBLE,
    Severity.HIGH: Tone.TROUBLE,
    Severity.MEDIUM: Tone.ASKS,
    Severity.LOW: Tone.HELD,
}
_OUTLOOKS = {
    Outlook.WRITES_TWICE: "writes the data twice: nothing keeps the old and the new task apart",
    Outlook.WEDGES: "deadlocks: the new task cannot take the lock, and the old one is not stopped",
    Outlook.STUCK: "stands still: ECS may start no task and stop none",
    Outlook.MAY_WRITE_TWICE: "may write the data twice",
    Outlook.MAY_WEDGE: "may deadlock",
    Outlook.UNKNOWN: "cannot be judged: too little could be read",
    Outlook.OVERLAPS: "stops the old task first; the new one may fail once or twice while that ends",
    Outlook.HANDS_OVER: "hands over: one writer after the other",
    Outlook.NOT_SHARED: "shares no data",
}
_LANGUAGES = {
    Language.TERRAFORM: "Terraform",
    Language.CDK_PYTHON: "CDK in Python",
    Language.CDK_TYPESCRIPT: "CDK in TypeScript",
    Language.CLI: "AWS CLI",
}


def posture_list(
    rows: list[PostureRow], damaged: int, frame: Frame, calls: Calls, wanted: str, skipped: int
) -> Html:
    """The whole widget, the worst first."""
    found = sorted((row for row in rows if wanted.lower() in _place(row).lower()), key=_badness)
    shown = found[skipped : skipped + ROWS]
    many = wanted or len(rows) > ROWS
    top = filtering("posture", calls, wanted) if many else ""
    note = f" {damaged} could not be read." if damaged else ""
    if not found:
        text = "No service that shares data is audited yet: each is on the schedule and when it is deployed."
        return page(frame, top, el("p", text, note, class_="uw-soft"), _everything(calls))
    return page(
        frame,
        top,
        _repeated(found),
        el("p", el("small", f"{_tally(found)}{note}")),
        table(_HEADS, [_row(row, calls) for row in shown], "Services and what a deployment does to them"),
        _pager(len(found), skipped, calls, wanted),
    )


def _badness(row: PostureRow) -> tuple[int, int, int, str]:
    severities, outlooks = list(Severity), list(Outlook)
    worst = severities.index(row.worst) if row.worst else len(severities)
    return worst, outlooks.index(row.outlook), -row.wedges, _place(row)


def _place(row: PostureRow) -> str:
    return f"{last_part(row.cluster_arn)}/{row.service_name}"


def _repeated(rows: list[PostureRow]) -> Html:
    """Services that wedged again and again, and that one change would end it."""
    again = [row for row in rows if row.wedges >= REPEATED and row.stop_first]
    again.sort(key=lambda row: (-row.wedges, -row.lost))
    items = [
        el(
            "li",
            mark(Tone.TROUBLE, row.service_name),
            f": {_often(row.wedges)} in 30 days{_lost(row)}; this change ends it: stop the old task first.",
        )
        for row in again[:MOST_REPEATED]
    ]
    return el("ul", items) if items else Html()


def _often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _lost(row: PostureRow) -> str:
    return f", {lasted(round(row.lost))} without a writer" if row.lost else ""


def _tally(rows: list[PostureRow]) -> str:
    counts = [(severity.value, sum(row.worst is severity for row in rows)) for severity in Severity]
    counts.append(("without a finding", sum(row.worst is None for row in rows)))
    return ", ".join(f"{count} {word}" for word, count in counts if count) + "."


def _row(row: PostureRow, calls: Calls) -> tuple[object, ...]:
    about = {"cluster_arn": row.cluster_arn, "service_name": row.service_name}
    label = join("Findings and fix", el("span", f" of {row.service_name}", class_="uw-hidden"))
    gap = f"about {lasted(round(row.gap))} without a writer" if row.gap is not None else ""
    program = row.program[:80]
    wedged = f"{_often(row.wedges)}{_lost(row)}" if row.wedges else "-"
    return (
        severity_mark(row.worst),
        service_cell(row.cluster_arn, row.service_name),
        join(_OUTLOOKS[row.outlook], [el("small", text) for text in (program, gap) if text]),
        row.mode or "-",
        figure(
            join(clock(row.since), el("small", f"{row.since:%Y-%m-%d}")) if row.since else "-", "Open since"
        ),
        figure(wedged, "Wedged in 30 days"),
        join(button(label, calls=calls.viewer, given={"view": "audit", **about}), _again(about, calls)),
    )


def severity_mark(severity: Severity | None) -> Html:
    """A severity in a word and a shape."""
    return mark(_TONES[severity], severity.value) if severity else mark(Tone.GOOD, "no finding")


def _again(about: dict[str, Any], calls: Calls) -> Html:
    if not calls.auditor:
        return Html()
    label = join("Audit now", el("span", f" {about['service_name']}", class_="uw-hidden"))
    question = f"Audit {about['service_name']} now? Nothing of the service is changed."
    return button(label, calls=calls.auditor, given=about, confirmation=question)


def _everything(calls: Calls) -> Html:
    if not calls.auditor:
        return Html()
    question = "Audit all services now? Nothing of them is changed."
    return button("Audit all now", calls=calls.auditor, given={"everything": True}, confirmation=question)


def _pager(count: int, skipped: int, calls: Calls, wanted: str) -> Html:
    last = min(skipped + ROWS, count)
    given: dict[str, Any] = {"view": "posture", "service": wanted}
    return el(
        "div",
        el("span", f"{skipped + 1} to {last} of {count}.") if count > ROWS else "",
        button("First", calls=calls.viewer, given=given, display="widget") if skipped else "",
        button("Next", calls=calls.viewer, given={**given, "skip": last}, display="widget")
        if last < count
        else "",
        _everything(calls),
        class_="uw-bar",
    )


def posture_page(
    kept: KeptPosture, findings: list[FindingRow], frame: Frame, mended: Mended | None = None
) -> Html:
    """One service: each finding with its dates, the fix in every language, what was repaired, and what closed
    of late."""
    posture = kept.posture
    about = (
        f"Service {posture.service_name} in cluster {last_part(posture.cluster_arn)}, mode "
        f"{posture.mode or 'unknown'}, audited at {moment(posture.at)}. A deployment "
        f"{_OUTLOOKS[posture.outlook]}."
    )
    steps = ordered(step for finding in posture.findings for step in finding.steps)
    place = Place(posture.cluster_arn, posture.service_name)
    return page(
        frame,
        el("p", severity_mark(posture.worst)),
        el("p", about),
        el("p", _measured(kept)) if _measured(kept) else "",
        [_finding(finding, kept) for finding in posture.findings],
        _fix(steps, place),
        repair_section(mended) if mended else "",
        _closed(findings),
    )


def _measured(kept: KeptPosture) -> str:
    posture, parts = kept.posture, []
    if kept.wedges:
        lost = f", {lasted(round(kept.lost))} without a writer" if kept.lost else ""
        end = "; this change ends it" if _stop_first(posture.findings) else ""
        parts.append(f"Wedged {_often(kept.wedges)} in 30 days{lost}{end}.")
    if posture.gap is not None:
        source = f"by {posture.gap_seen} measured hand-overs" if posture.gap_seen else "by its settings"
        parts.append(
            "To expect of a deployment that stops the old task first: "
            f"{lasted(round(posture.gap))} without a writer, {source}."
        )
    return " ".join(parts)


def _stop_first(findings: tuple[Finding, ...]) -> bool:
    return any(step.kind is StepKind.STOP_FIRST for finding in findings for step in finding.steps)


def _finding(finding: Finding, kept: KeptPosture) -> Html:
    carried = " This audit could not look for it." if finding.kind in kept.carried else ""
    return join(
        el("h3", severity_mark(finding.severity), " ", finding.kind.value),
        el("p", brief(finding.sentence)),
        el("p", finding.cost) if finding.cost else "",
        el("p", el("small", f"Open since {moment(kept.since(finding.kind))}.{carried}")),
    )


def _fix(steps: tuple[Step, ...], place: Place) -> Html:
    """The whole remedy at once, in the order that works."""
    if not steps:
        return Html()
    written = [(name, render(language, steps, place)) for language, name in _LANGUAGES.items()]
    return join(
        el("h3", "The fix"),
        [el("details", el("summary", name), el("pre", text)) for name, text in written if text],
    )


def _closed(findings: list[FindingRow]) -> Html:
    closed = [row for row in findings if row.closed_at][:MOST_CLOSED]
    if not closed:
        return Html()
    rows: list[tuple[object, ...]] = [
        (row.kind.value, moment(row.opened_at), moment(row.closed_at), brief(row.sentence)) for row in closed
    ]
    return join(el("h3", "Closed"), table(_CLOSED_HEADS, rows, "Findings that closed"))


def not_audited(sentence: str, frame: Frame) -> Html:
    """Why there is no audit."""
    return page(frame, el("p", mark(Tone.HELD, "Not audited")), el("p", sentence))


def handed_on(clusters: int, frame: Frame) -> Html:
    """That all services are being audited."""
    noun = "cluster is" if clusters == 1 else "clusters are"
    return page(frame, el("p", f"{clusters} {noun} being audited. The widget shows it at its next refresh."))
