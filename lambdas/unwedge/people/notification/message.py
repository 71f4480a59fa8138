"""A notice in words: as a mail, and as the custom notification that Amazon Q Developer shows in a chat."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from unwedge.people.advice import RUNBOOK, advice, chapter, commands, headline
from unwedge.people.console import dashboard_page, place_of, service_page, task_page
from unwedge.people.notification.conversation import Missed, Post
from unwedge.people.notification.notification import Notice
from unwedge.people.wording import as_subject, in_chat, one_line, short, wrapped

# SNS: a subject has less than 100 characters.
SUBJECT = 99
# A custom notification's title has at most 250. The rest of a notice stays within the 3,000 characters that a
# chat shows as one text.
TITLE, SUMMARY, STEP, KEYWORD, THREAD, DESCRIPTION = 250, 250, 350, 75, 200, 2900
_SENTENCE, _OUTCOME, _EVIDENCE, _NAME = 1000, 350, 500, 160


class Place(NamedTuple):
    """Where people look: the region of the stack, the name of its dashboard, and where the runbook is."""

    region: str
    dashboard: str
    runbook: str = RUNBOOK


def subject(notice: Notice) -> str:
    """The mail's subject line."""
    return as_subject(f"[Unwedge] {headline(notice)}: {notice.record.service_name}", SUBJECT)


def short_text(notice: Notice) -> str:
    """A text message."""
    return short(one_line(f"Unwedge: {headline(notice)}: {notice.record.service_name}"), 140)


def mail(notice: Notice, post: Post, place: Place) -> str:
    """Plain text. What others wrote is indented or behind a `>`."""
    record = notice.record
    decision = record.decision
    parts = [
        wrapped(f"{headline(notice)}: service {record.service_name} in cluster {record.cluster_name}."),
        wrapped(short(decision.sentence, 4 * _SENTENCE), "  "),
    ]
    if decision.action:
        parts.append(wrapped(short(record.content.outcome.sentence, 4 * _OUTCOME), "  "))
    if decision.evidence:
        parts.append("Evidence, from the task's own log:\n" + wrapped(short(decision.evidence, 4096), "> "))
    parts.append(
        "\n".join(f"{name + ':':<10} {short(one_line(value), 2 * _NAME)}" for name, value in _facts(notice))
    )
    if post.missed:
        parts.append(
            "\n".join(f"Meanwhile {short(_more(missed), 2 * _NAME)}." for missed in post.missed[:20])
        )
    steps = [advice(notice), *(f"Type: {command}" for command in commands(notice))]
    parts.append("\n".join(wrapped(step, "- ", "  ") for step in steps if step))
    parts.append("\n".join(f"{name}:\n  {where}" for name, where in _links(notice, place)))
    return "\n\n".join(parts) + "\n"


def chat(notice: Notice, post: Post, place: Place) -> dict[str, Any]:
    """The custom notification, version 1.0."""
    record = notice.record
    name = in_chat(record.service_name, _NAME)
    return {
        "version": "1.0",
        "source": "custom",
        "id": record.sk,
        "content": {
            "textType": "client-markdown",
            "title": short(f"Unwedge: {headline(notice)}: {name}", TITLE),
            "description": _fitting(_description(notice, post), DESCRIPTION),
            "nextSteps": list(_steps(notice, place)),
            "keywords": [
                in_chat(word, KEYWORD) for word in ("Unwedge", notice.kind.value, record.service_name)
            ],
        },
        "metadata": {
            "threadId": thread_id(notice),
            "summary": short(f"{headline(notice)}: {name}", SUMMARY),
            "eventType": f"unwedge-{notice.kind.value}",
            "relatedResources": [in_chat(record.service_arn, 2 * KEYWORD + 2 * _NAME)],
            "additionalContext": {
                key: in_chat(value, _NAME) for key, value in _facts(notice) if key != "Times"
            },
        },
    }


def thread_id(notice: Notice) -> str:
    """One chat thread per incident; per service where there is none."""
    record = notice.record
    return in_chat(record.incident or f"{record.cluster_name}/{record.service_name}", THREAD)


def _description(notice: Notice, post: Post) -> Iterator[str]:
    record = notice.record
    decision = record.decision
    yield in_chat(decision.sentence, _SENTENCE)
    if decision.action:
        yield in_chat(record.content.outcome.sentence, _OUTCOME)
    if decision.evidence:
        yield f"Evidence: `{in_chat(decision.evidence, _EVIDENCE)}`"
    for missed in post.missed[:3]:
        yield f"Meanwhile {in_chat(_more(missed), _NAME)}."
    for key, value in _facts(notice):
        if key in ("Cluster", "Incident", "Stops", "Times"):
            yield f"{key}: {in_chat(value, _NAME)}"


def _fitting(lines: Iterator[str], most: int) -> str:
    """As many whole lines as there is room for: one that is cut may end in half an escape."""
    text = ""
    for line in lines:
        longer = f"{text}\n{line}" if text else line
        text = longer if len(longer) <= most else text
    return text


def _steps(notice: Notice, place: Place) -> Iterator[str]:
    told = advice(notice)
    if told:
        yield told
    for command in commands(notice):
        yield f"Type `{in_chat(command, STEP - 10)}`"
    for name, where in _links(notice, place):
        # A path in the repository is no address, and a chat makes one of `runbook.md`.
        shown = where if where.startswith("https://") else in_chat(where, STEP)
        if len(name) + 2 + len(shown) <= STEP:
            yield f"{name}: {shown}"


def _facts(notice: Notice) -> Iterator[tuple[str, str]]:
    record = notice.record
    decision = record.decision
    yield "Service", record.service_name
    yield "Cluster", record.cluster_name
    if record.incident:
        yield "Incident", record.incident
    yield "Verdict", f"{decision.verdict} (mode {decision.mode})"
    yield "Seen at", f"{record.at:%Y-%m-%d %H:%M:%SZ}"
    before = record.content.situation.incident
    if before and before.stops:
        # Of a stop that met another look at the same moment there may be no decision of its own.
        stops = (
            f"task {stop.task_arn.rsplit('/', 1)[-1]} at {_clock(stop.claimed_at)}" for stop in before.stops
        )
        yield "Stops", ", ".join(stops)
    if decision.request:
        yield "Expires", f"{decision.request.expires_at:%Y-%m-%d %H:%M:%SZ}"
    measured = ("to detect", "to stop", "to recover", "without a writer")
    known = ((name, value) for name, value in zip(measured, decision.times, strict=True) if value is not None)
    times = [f"{value:.0f} s {name}" for name, value in known if value >= 0]
    if times:
        yield "Times", ", ".join(times)


def _links(notice: Notice, place: Place) -> Iterator[tuple[str, str]]:
    record = notice.record
    partition, _ = place_of(record.content.situation.cluster_arn)
    section = chapter(notice)
    pages = {
        "Runbook": f"{place.runbook}#{section}" if section else None,
        "Dashboard": dashboard_page(place.region, place.dashboard, partition),
        "Service in ECS": service_page(record.service_arn),
        "Holder in ECS": task_page(record.decision.holder or ""),
    }
    yield from ((name, page) for name, page in pages.items() if page)


def _more(missed: Missed) -> str:
    times = "once more" if missed.more == 1 else f"{missed.more} more times"
    return f"{short(one_line(missed.what), _NAME)} {times} since {_clock(missed.since)}"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%SZ}"
