"""A whole decision, and a whole incident: gates in order, evidence, who is who, the course, where to look."""

from datetime import datetime
from typing import NamedTuple

from unwedge.decide.signatures import find_evidence
from unwedge.model.decision import Decision, IncidentStep
from unwedge.model.grip import Grip
from unwedge.model.service import Task
from unwedge.model.situation import Situation
from unwedge.people.console import item_page, place_of, service_page, stream_page, task_page
from unwedge.people.view.buttons import answer_buttons
from unwedge.people.view.context import Calls, Frame
from unwedge.people.view.course import course_of
from unwedge.people.view.decision_list import details
from unwedge.people.view.html import Html, el, field, join, link
from unwedge.people.view.style import figure, page, table
from unwedge.people.view.timeline import moments, picture
from unwedge.people.view.words import (
    Tone,
    clock,
    last_part,
    mark,
    moment,
    number,
    seconds,
    subject,
    verdict_mark,
    what_to_do,
)
from unwedge.people.wording import brief
from unwedge.record.rows import OpenIncident, Recorded

_STEPS = {
    IncidentStep.KEEP: "which stays open",
    IncidentStep.OPEN: "opened by this decision",
    IncidentStep.RECOVERED: "closed by this decision: recovered",
    IncidentStep.WITHDRAWN: "closed by this decision: withdrawn",
}


_GRIP_TONES = {Grip.HOLDS: Tone.ACTED, Grip.MAY_HOLD: Tone.WAITING, Grip.CANNOT_HOLD: Tone.HELD}


class DecisionView(NamedTuple):
    """What a decision page shows: the decision, its incident's course, and the incident while it is open."""

    one: Recorded
    course: list[Recorded]
    open_now: OpenIncident | None
    table: str
    now: datetime


def decision(told: DecisionView, frame: Frame, calls: Calls) -> Html:
    """The page of one decision, whatever its verdict: also a decision not to act is told in full."""
    one, course = told.one, course_of(told.course)
    made = one.decision
    return page(
        frame,
        el("h2", verdict_mark(made.verdict, escalated=made.escalate, outcome=one.outcome.get("kind"))),
        el("p", brief(made.sentence)),
        el("p", el("b", "What to do: "), what_to_do(made.verdict)) if made.escalate else "",
        picture(course),
        _question(told, calls),
        _facts(told),
        _evidence(one),
        el("h3", "Gates in order"),
        _gates(made),
        el("h3", "Tasks"),
        _parties(made, one.situation),
        _grips(made),
        el("h3", "Course of the incident" if one.incident else "Course"),
        moments(course),
        _others(told, calls),
    )


def gone(frame: Frame, what: str) -> Html:
    """For what is not in the ledger (any more)."""
    return page(frame, el("p", mark(Tone.HELD, "Not found"), f": {what} Decisions are kept for 90 days."))


def _question(told: DecisionView, calls: Calls) -> Html:
    """The question of this incident, if it still waits."""
    row = told.open_now
    asked = row.waiting(told.now) if row else None
    if row is None or asked is None:
        return Html()
    name = field("Your name", "by", hint="for the record")
    return el(
        "div",
        mark(Tone.ASKS, join("May Unwedge ", subject(asked.subject), "?")),
        el("span", "Until ", clock(asked.expires_at)),
        name,
        answer_buttons(row.key, row.incident, asked, calls),
        class_="uw-bar",
    )


def _facts(told: DecisionView) -> Html:
    one = told.one
    made, situation = one.decision, one.situation
    partition, region = place_of(situation.cluster_arn)
    service = situation.service
    item = item_page(region, told.table, one.key.pk, one.key.sk, partition)
    look = made.requeue
    facts: list[tuple[str, object]] = [
        ("Service", link(situation.service_name, service_page(service.arn) if service else None)),
        ("Cluster", last_part(situation.cluster_arn)),
        (
            "Decided",
            join(moment(situation.observed_at), f", after a signal of kind {one.cause or 'unknown'}"),
        ),
        ("Mode", made.mode),
        ("Outcome", brief(str(one.outcome.get("sentence") or "not recorded"))),
        ("Incident", f"{one.incident}, {_STEPS[made.incident]}" if one.incident else "none"),
        ("Seconds to", _times(made)),
        ("Next pass", f"in {look.seconds} s" if look else "on the next signal only"),
        ("Ledger", link("the recorded item", item)),
    ]
    return el("dl", [join(el("dt", name), el("dd", value)) for name, value in facts])


def _times(made: Decision) -> str:
    named = {
        "detect": made.times.to_detect,
        "stop": made.times.to_stop,
        "recover": made.times.to_recover,
        "gap without a writer": made.times.gap,
    }
    told = [f"{name} {seconds(value)}" for name, value in named.items() if value is not None]
    return ", ".join(told) or "nothing measured"


def _evidence(one: Recorded) -> Html:
    """The log line with its stream and time."""
    made, situation = one.decision, one.situation
    if not made.evidence:
        incident = situation.incident
        kept = incident.evidence if incident else ""
        told = (
            el("pre", kept) if kept else el("p", "No lock line was read for this decision.", class_="uw-soft")
        )
        return join(el("h3", "Evidence of the incident" if kept else "Evidence"), told)
    contender = situation.task(made.contender) if made.contender else None
    found = find_evidence(situation.logs_of(contender)) if contender else None
    where: Html = Html()
    if found:
        partition, region = place_of(situation.cluster_arn)
        address = stream_page(region, found.group, found.stream, partition)
        stream = link(f"{found.group} {found.stream}", address)
        where = el("p", el("small", f"{found.program}, written {moment(found.line.at)}, stream ", stream))
    return join(el("h3", "Evidence"), el("pre", made.evidence), where)


def _gates(made: Decision) -> Html:
    rows: list[tuple[object, ...]] = []
    for reason in made.reasons:
        rules = reason is made.reasons[-1]
        tone = Tone.ACTED if rules else Tone.GOOD
        numbers = ", ".join(
            f"{name.replace('_', ' ')} {number(value)}" for name, value in reason.numbers.items()
        )
        told = join(brief(reason.text), " ", el("small", numbers) if numbers else "")
        name = f"{reason.gate} {reason.code.replace('_', ' ')}"
        rows.append(
            (
                el("td", name, class_="uw-gate", data_label="Gate"),
                mark(tone, "rules" if rules else "passed"),
                told,
            )
        )
    return table(("Gate", "Says", "Why, with the numbers used"), rows, "Gates in order")


def _parties(made: Decision, situation: Situation) -> Html:
    named = {"contender": made.contender, "holder": made.holder, "successor": made.successor}
    rows = [_party(role, situation.task(arn), arn) for role, arn in named.items() if arn is not None]
    if not rows:
        return el("p", "No task plays a part in this decision.", class_="uw-soft")
    heads = ("Role", "Task", "Revision", "Status", "Health", "Deployment", "Started")
    return table(heads, rows, "Tasks of the decision")


def _grips(made: Decision) -> Html:
    """Who holds the lock, may hold it or cannot, each with the fact that says so."""
    if not made.grips:
        return Html()
    rows: list[tuple[object, ...]] = [
        (
            link(brief(last_part(row.task_arn)), task_page(row.task_arn)),
            row.container or "-",
            mark(_GRIP_TONES[row.grip], row.grip.replace("-", " ")),
            row.fact,
        )
        for row in made.grips
    ]
    return join(
        el("h3", "Who has the lock"),
        table(("Task", "Container", "Lock", "Because"), rows, "Who has the lock"),
    )


def _party(role: str, task: Task | None, arn: str) -> tuple[object, ...]:
    ident = link(last_part(arn), task_page(arn))
    role = figure(role, "Role")
    if task is None:
        return (role, ident, "-", "not seen", "-", "-", "-")
    status = task.last_status
    if task.desired_status != task.last_status:
        status += f" (wanted: {task.desired_status})"
    started = clock(task.started_at) if task.started_at else "-"
    health, deployment = figure(task.health.value, "Health"), task.deployment_id
    return (role, ident, task.revision, status, health, deployment, figure(started, "Started"))


def _others(told: DecisionView, calls: Calls) -> Html:
    """The other decisions of the incident, each a click away."""
    others = [entry for entry in told.course if entry.key != told.one.key]
    if not others:
        return Html()
    rows: list[tuple[object, ...]] = []
    for entry in others:
        made, at = entry.decision, entry.situation.observed_at
        word = verdict_mark(made.verdict, escalated=made.escalate, outcome=entry.outcome.get("kind"))
        opened = details(entry.key, calls, f"{made.verdict} at {moment(at)}")
        rows.append((figure(clock(at), "Time"), word, brief(made.sentence), opened))
    heads = ("Time", "Verdict", "Why", "More")
    return join(el("h3", "Other decisions of this incident"), table(heads, rows, "Other decisions"))
