"""A notification in words: as a mail, and as the custom notification that Amazon Q Developer shows in a
chat."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from unwedge.people.advice import RUNBOOK, advice, chapter, commands, headline
from unwedge.people.console import dashboard_page, place_of, service_page, task_page
from unwedge.people.notification.conversation import Message, Suppressed
from unwedge.people.notification.hourly import Allowance
from unwedge.people.notification.notification import Notification, RecordedDecision, stopped_unheard
from unwedge.people.wording import (
    as_subject,
    brief,
    in_chat,
    known_fields,
    lasted,
    one_line,
    short,
    unlinked,
    wrapped,
)

# SNS: a subject has less than 100 characters.
SUBJECT = 99
# A custom notification's title has at most 250. The rest of a notification stays within the 3,000 characters
# that a chat shows as one text.
TITLE, SUMMARY, STEP, KEYWORD, THREAD, DESCRIPTION = 250, 250, 350, 75, 200, 2900
ALONE = Allowance(True)
_SENTENCE, _OUTCOME, _EVIDENCE, _NAME = 1000, 350, 500, 160


class Addresses(NamedTuple):
    """Where people look: the region of the stack, the name of its dashboard, and where the runbook is."""

    region: str
    dashboard: str
    runbook: str = RUNBOOK


def subject(notification: Notification) -> str:
    """The mail's subject line."""
    return as_subject(f"[Unwedge] {headline(notification)}: {notification.record.service_name}", SUBJECT)


def short_text(notification: Notification) -> str:
    """A text message."""
    return short(one_line(f"Unwedge: {headline(notification)}: {notification.record.service_name}"), 140)


def mail(
    notification: Notification, message: Message, addresses: Addresses, allowance: Allowance = ALONE
) -> str:
    """Plain text. What others wrote is indented or behind a `>`."""
    record = notification.record
    decision = record.decision
    parts = [
        wrapped(f"{headline(notification)}: service {record.service_name} in cluster {record.cluster_name}."),
        unlinked(wrapped(short(brief(decision.sentence), 4 * _SENTENCE), "  ")),
    ]
    if decision.action:
        told = short(brief(record.content.outcome.sentence), 4 * _OUTCOME)
        parts.append(unlinked(wrapped(told, "  ")))
    unheard = _unheard(record)
    if unheard:
        parts.append(wrapped(unheard, "  "))
    if decision.evidence:
        shown = short(known_fields(decision.evidence), 4096)
        parts.append("Evidence, from the task's own log:\n" + unlinked(wrapped(shown, "> ")))
    parts.append(
        "\n".join(
            f"{name + ':':<10} {short(one_line(value), 2 * _NAME)}" for name, value in _facts(notification)
        )
    )
    if message.suppressed:
        parts.append(
            "\n".join(
                f"Meanwhile {short(_more(suppressed), 2 * _NAME)}." for suppressed in message.suppressed[:20]
            )
        )
    parts += [wrapped(text) for text in _held_back(allowance)]
    steps = [advice(notification), *(f"Type: {command}" for command in commands(notification))]
    parts.append("\n".join(wrapped(step, "- ", "  ") for step in steps if step))
    parts.append("\n".join(f"{name}:\n  {where}" for name, where in _links(notification, addresses)))
    return "\n\n".join(parts) + "\n"


def chat(
    notification: Notification, message: Message, addresses: Addresses, allowance: Allowance = ALONE
) -> dict[str, Any]:
    """The custom notification, version 1.0."""
    record = notification.record
    return {
        "version": "1.0",
        "source": "custom",
        "id": record.sk,
        "content": {
            "textType": "client-markdown",
            "title": in_chat(f"Unwedge: {headline(notification)}: {record.service_name}", TITLE),
            "description": fitting(_description(notification, message, allowance), DESCRIPTION),
            "nextSteps": list(_steps(notification, addresses)),
            "keywords": [
                in_chat(word, KEYWORD) for word in ("Unwedge", notification.kind.value, record.service_name)
            ],
        },
        "metadata": {
            "threadId": conversation_id(notification),
            "summary": in_chat(f"{headline(notification)}: {record.service_name}", SUMMARY),
            "eventType": f"unwedge-{notification.kind.value}",
            "relatedResources": [in_chat(record.service_arn, 2 * KEYWORD + 2 * _NAME)],
            "additionalContext": {
                key: in_chat(value, _NAME) for key, value in _facts(notification) if key != "Times"
            },
        },
    }


def conversation_id(notification: Notification) -> str:
    """One chat conversation per incident; per service where there is none."""
    record = notification.record
    return in_chat(record.incident or f"{record.cluster_name}/{record.service_name}", THREAD)


def _held_back(allowance: Allowance) -> Iterator[str]:
    """What was not told, and what will not be."""
    if allowance.held and allowance.held_since:
        many = "1 notification" if allowance.held == 1 else f"{allowance.held} notifications"
        since = _clock(allowance.held_since)
        yield f"Since {since}, {many} of this service were not sent, because it had sent many within an hour."
    if allowance.last_until:
        yield (
            "This service has sent many notifications within an hour: further ones like this are counted and "
            f"not sent before {_clock(allowance.last_until)}. The dashboard shows every decision."
        )


def _description(notification: Notification, message: Message, allowance: Allowance) -> Iterator[str]:
    record = notification.record
    decision = record.decision
    yield in_chat(brief(decision.sentence), _SENTENCE)
    if decision.action:
        yield in_chat(brief(record.content.outcome.sentence), _OUTCOME)
    unheard = _unheard(record)
    if unheard:
        yield in_chat(unheard, _OUTCOME)
    if decision.evidence:
        yield f"Evidence: `{in_chat(decision.evidence, _EVIDENCE)}`"
    for suppressed in message.suppressed[:3]:
        yield f"Meanwhile {in_chat(_more(suppressed), _NAME)}."
    yield from (in_chat(text, _OUTCOME) for text in _held_back(allowance))
    for key, value in _facts(notification):
        if key in ("Cluster", "Incident", "Stops", "Times"):
            yield f"{key}: {in_chat(value, _NAME)}"


def _unheard(record: RecordedDecision) -> str | None:
    """What is known of a stop whose answer, or whose record, was lost."""
    task = stopped_unheard(record)
    if task is None:
        return None
    name, since = task.arn.rsplit("/", 1)[-1], _clock(task.stopping_at or record.at)
    return (
        f"Unwedge had claimed task {name} for a stop and does not know whether its call arrived; the task "
        f"has been stopping since {since}."
    )


def fitting(lines: Iterator[str], most: int) -> str:
    """As many whole lines as there is room for: one that is cut may end in half an escape."""
    text = ""
    for line in lines:
        longer = f"{text}\n{line}" if text else line
        text = longer if len(longer) <= most else text
    return text


def _steps(notification: Notification, addresses: Addresses) -> Iterator[str]:
    told = advice(notification)
    if told:
        yield told
    for command in commands(notification):
        yield f"Type `{in_chat(command, STEP - 10)}`"
    for name, where in _links(notification, addresses):
        # A path in the repository is no address, and a chat makes one of `runbook.md`.
        shown = where if where.startswith("https://") else in_chat(where, STEP)
        if len(name) + 2 + len(shown) <= STEP:
            yield f"{name}: {shown}"


def _facts(notification: Notification) -> Iterator[tuple[str, str]]:
    record = notification.record
    decision = record.decision
    yield "Service", record.service_name
    yield "Cluster", record.cluster_name
    if record.incident:
        yield "Incident", record.incident
    yield "Verdict", f"{decision.verdict} (mode {decision.mode})"
    yield "Seen at", f"{record.at:%Y-%m-%d %H:%M:%SZ}"
    before = record.content.situation.incident
    if before and before.stops:
        # Of a stop that met another pass at the same moment there may be no decision of its own.
        stops = (
            f"task {stop.task_arn.rsplit('/', 1)[-1]} at {_clock(stop.claimed_at)}" for stop in before.stops
        )
        yield "Stops", ", ".join(stops)
    named = {"Holder": decision.holder, "Contender": decision.contender, "Successor": decision.successor}
    yield from ((name, arn.rsplit("/", 1)[-1]) for name, arn in named.items() if arn)
    if decision.approval_request:
        yield "Expires", f"{decision.approval_request.expires_at:%Y-%m-%d %H:%M:%SZ}"
    measured = ("to detect", "to stop", "to recover", "without a writer")
    known = ((name, value) for name, value in zip(measured, decision.times, strict=True) if value is not None)
    times = [f"{lasted(value)} {name}" for name, value in known if value >= 0]
    if times:
        yield "Times", ", ".join(times)


def _links(notification: Notification, addresses: Addresses) -> Iterator[tuple[str, str]]:
    record = notification.record
    partition, _ = place_of(record.content.situation.cluster_arn)
    section = chapter(notification)
    pages = {
        "Runbook": f"{addresses.runbook}#{section}" if section else None,
        "Dashboard": dashboard_page(addresses.region, addresses.dashboard, partition),
        "Service in ECS": service_page(record.service_arn),
        "Holder in ECS": task_page(record.decision.holder or ""),
    }
    yield from ((name, page) for name, page in pages.items() if page)


def _more(suppressed: Suppressed) -> str:
    times = "once more" if suppressed.more == 1 else f"{suppressed.more} more times"
    return f"{short(one_line(suppressed.what), _NAME)} {times} since {_clock(suppressed.since)}"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%SZ}"
