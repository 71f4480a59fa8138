"""Notifications in words: mail, chat and event, with their limits, also for text that means harm."""

import json
import re
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.replay.cases import CASES
from tests.support.entries import PK, SIGNAL, STOPPED, entry, notification, record
from tests.support.entries import case as recorded_case
from tests.support.situations import NOW
from unwedge.decide.decide import decide
from unwedge.model.incident import Stop, StopState
from unwedge.model.outcome import NOTHING
from unwedge.people.advice import ADVICE, chapter
from unwedge.people.notification.conversation import Message, Suppressed
from unwedge.people.notification.message import Addresses, chat, mail, short_text, subject
from unwedge.people.notification.notification import (
    IncidentFields,
    Kind,
    Notification,
    RecordedDecision,
    decision_of,
    notification_of,
)
from unwedge.people.notification.notifier import detail
from unwedge.people.wording import as_subject, in_chat, one_line, unlinked
from unwedge.record.after import incident_after
from unwedge.record.ledger import ServiceRecord
from unwedge.record.reporter import Reporter

ADDRESSES = Addresses("eu-west-1", "Overview-1A2B")
MESSAGE = Message("what", "entry", NOW, NOW)
HOSTILE = (
    "\x1b[2J\u202e<!channel> <@U123> @here @channel `rm -rf` ```x``` *b* _i_ ~s~ "
    "[click](https://evil.test/?a=1) <https://evil.test|here> & &lt;\r\nIncident: fake\n"
    "unwedge approve 20250101T000000Z-dead\u2028 \U0001f4a5 "
)


def hostile(times: int = 1) -> Notification:
    """An escalation whose every text was written by somebody who means harm."""
    found = record("split-brain")
    decision = found.decision._replace(
        sentence=HOSTILE * times,
        evidence=HOSTILE * times,
        action={"text": HOSTILE * times, "kind": "stop_task"},
    )
    situation = found.content.situation._replace(service_name=f"bad`name@here<x>{HOSTILE}"[:255])
    outcome = found.content.outcome._replace(sentence=HOSTILE * times)
    content = found.content._replace(decision=decision, situation=situation, outcome=outcome)
    made = notification_of(RecordedDecision(found.pk, found.sk, content))
    assert made is not None
    return made


def strings(value: object) -> list[str]:
    """Every text in JSON data."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def test_a_stop_as_mail() -> None:
    """What happened, why, to whom, when, and what to do: the whole of it."""
    found = notification("stop-holder", STOPPED)
    assert subject(found) == "[Unwedge] Stopped the task that held the lock: dev-prometheus"
    assert mail(found, MESSAGE, ADDRESSES) == (Path(__file__).parent / "stop.mail.txt").read_text()


def test_a_question_says_what_to_type_and_until_when() -> None:
    """Both answers, the incident's id, and the link to the task in question."""
    found = notification("approval-needed")
    incident = found.record.incident
    for text in (mail(found, MESSAGE, ADDRESSES), json.dumps(chat(found, MESSAGE, ADDRESSES))):
        assert f"unwedge approve {incident}" in text
        assert f"unwedge reject {incident}" in text
        assert "2025-11-13 22:47:00Z" in text
        assert "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/dev-cluster/tasks/holder" in text
    assert notification("approval-needed").kind is Kind.APPROVAL_REQUEST


def test_a_recovery_tells_the_measured_times() -> None:
    """In seconds."""
    text = mail(notification("recovered"), MESSAGE, ADDRESSES)
    assert re.search(
        r"Times: +\d+ s to detect, \d+ s to stop, \d+ s to recover, \d+ s without a writer", text
    )


def test_a_time_that_cannot_be_is_not_told() -> None:
    """A stop of an earlier round lies before the newest failure."""
    text = mail(notification("stops-spent"), MESSAGE, ADDRESSES)
    assert re.search(r"Times: +5 s to detect$", text, re.MULTILINE)


def test_a_recovery_names_what_was_stopped() -> None:
    """Also where the stop had no notice of its own: it met another pass, which left it no decision."""
    found = notification("recovered")
    assert "Stops:     task holder at 22:31:30Z" in mail(found, MESSAGE, ADDRESSES)
    made = chat(found, MESSAGE, ADDRESSES)
    assert "Stops: task holder at 22:31:30Z" in made["content"]["description"]
    assert made["metadata"]["additionalContext"]["Stops"] == "task holder at 22:31:30Z"


def test_what_was_counted_is_said() -> None:
    """How often, and since when."""
    told = MESSAGE._replace(suppressed=(Suppressed("no-successor", 3, NOW), Suppressed("lock-free", 1, NOW)))
    found = notification("recovered")
    for text in (mail(found, told, ADDRESSES), chat(found, told, ADDRESSES)["content"]["description"]):
        assert "Meanwhile no-successor 3 more times since 22:32:00Z." in text
        assert "Meanwhile lock-free once more since 22:32:00Z." in text


def test_the_custom_notification_has_the_documented_shape() -> None:
    """Version 1.0, source custom; one chat thread per incident."""
    found = notification("stop-holder", STOPPED)
    made = chat(found, MESSAGE, ADDRESSES)
    assert (made["version"], made["source"], made["content"]["textType"]) == (
        "1.0",
        "custom",
        "client-markdown",
    )
    assert set(made) == {"version", "source", "id", "content", "metadata"}
    assert set(made["content"]) == {"textType", "title", "description", "nextSteps", "keywords"}
    assert set(made["metadata"]) == {
        "threadId", "summary", "eventType", "relatedResources", "additionalContext"
    }  # fmt: skip
    assert made["metadata"]["threadId"] == found.record.incident
    assert made["metadata"]["eventType"] == "unwedge-stopped"
    assert made["metadata"]["relatedResources"] == [
        "arn:aws:ecs:eu-west-1:123456789012:service/dev-cluster/dev-prometheus"
    ]
    assert (
        chat(notification("cannot-observe"), MESSAGE, ADDRESSES)["metadata"]["threadId"]
        == "dev-cluster/dev-prometheus"
    )


@pytest.mark.parametrize("found", [case.name for case in CASES])
def test_every_recorded_situation_can_be_told_within_the_limits(found: str) -> None:
    """As whatever kind: one that nobody is told of today may be one tomorrow."""
    for kind in Kind:
        check_limits(Notification(kind, record(found)), MESSAGE)


@pytest.mark.parametrize("times", [1, 1000])
def test_text_that_means_harm_stays_within_the_limits(times: int) -> None:
    """Escapes count too."""
    more = tuple(Suppressed(HOSTILE * times, 9, NOW) for _ in range(20))
    check_limits(hostile(times), MESSAGE._replace(suppressed=more))


def check_limits(found: Notification, told: Message, addresses: Addresses = ADDRESSES) -> None:
    """Subject, title, description, steps, keywords and the whole of both messages."""
    line = subject(found)
    assert line.isascii()
    assert line.isprintable()
    assert 0 < len(line) < 100
    assert len(short_text(found)) <= 140
    made = chat(found, told, addresses)
    content, metadata = made["content"], made["metadata"]
    assert len(content["title"]) <= 250
    assert 0 < len(content["description"]) <= 2900
    assert 0 < len(content["nextSteps"]) <= 10
    assert max(map(len, content["nextSteps"])) <= 350
    assert len(content["keywords"]) <= 10
    assert max(map(len, content["keywords"])) <= 75
    assert len(metadata["threadId"]) <= 200
    assert len(metadata["summary"]) <= 250
    text = mail(found, told, addresses)
    copies = json.dumps({"text": [text] * 2, "chat": [json.dumps(made, ensure_ascii=False)] * 5})
    assert len(copies.encode()) < 256 * 1024
    event = json.dumps(detail(found.record, found), ensure_ascii=False)
    assert len(event.encode()) < 200 * 1024


def test_a_description_at_its_longest_leaves_out_whole_lines() -> None:
    """Every text at its limit at once, names and stops included; half an escape would be markup again."""
    found = hostile(1000)
    content = found.record.content
    stops = tuple(Stop(f"task/{number}-{'x' * 80}", NOW, StopState.SENT) for number in range(5))
    cluster = f"{content.situation.cluster_arn}-{'x' * 250}"
    situation = content.situation._replace(
        cluster_arn=cluster, incident=IncidentFields("20251113T223120Z-aaaa" * 9, stops=stops)
    )
    longest = found._replace(record=found.record._replace(content=content._replace(situation=situation)))
    more = tuple(Suppressed("x" * 300, 9, NOW) for _ in range(20))
    check_limits(longest, MESSAGE._replace(suppressed=more))
    lines = chat(longest, MESSAGE._replace(suppressed=more), ADDRESSES)["content"]["description"].splitlines()
    assert lines[2].startswith("Evidence: `")
    assert lines[3].startswith("Meanwhile x")
    assert all(line.count("`") in (0, 2) for line in lines)


def test_text_that_means_harm_does_nothing_in_a_chat() -> None:
    """No mention, no link, no control character, and no code that ends early."""
    made = chat(hostile(), MESSAGE, ADDRESSES)
    for text in strings(made):
        assert text.count("`") % 2 == 0
        assert all(char.isprintable() or char in "\n\u200b" for char in text)
    written = [made["content"]["title"], made["content"]["description"], *strings(made["metadata"])]
    for text in written:
        check_harmless(text.replace("Evidence: `", "").replace("`\n", "\n"))
    assert "\nunwedge approve" not in made["content"]["description"]


# What a chat looks for. Slack's developer guide, "Formatting with mrkdwn"; CommonMark for Teams. Written as
# loosely as any chat may read it: an address is anything with a full stop in it.
FORMATS = {
    "bold": r"\*",
    "struck": r"~",
    "code": r"`",
    "italic": r"(?<![A-Za-z0-9_])_|_(?![A-Za-z0-9_])",
    "tag": r"<|(?m:^)\s*(>|&gt;)",
    "entity": r"&(?!amp;|lt;|gt;)",
    "heading or channel": r"#(?!\u200b)",
    "mention or mail": r"@(?!\u200b)",
    "named link": r"\]\(|\[(?!\u200b)|\](?!\u200b)",
    "link": r"://",
    "address": r"\S[.\u3002\uff0e\uff61][^\s\u200b]",
}


def check_harmless(text: str) -> None:
    """Nothing in a text is what a chat looks for."""
    found = {name: re.search(pattern, text) for name, pattern in FORMATS.items()}
    assert {name: match[0] for name, match in found.items() if match} == {}, text


def as_read(text: str) -> str:
    """What a person reads, with look-alikes as what they look like."""
    for name, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(name, char)
    return text.replace("\u200b", "").translate(str.maketrans("\u2217\u02cd\u223c", "*_~"))


FOREIGN = st.text(st.one_of(st.sampled_from("*_~`<>&#@[]()!.:/\\|a1 \n"), st.characters(codec="utf-8")))


@given(FOREIGN.filter(lambda text: not set(text) & set("\u2217\u02cd\u223c")))
def test_foreign_text_is_harmless_in_a_chat_and_reads_the_same(text: str) -> None:
    """Whatever somebody writes into a log line."""
    made = in_chat(text, 10_000)
    check_harmless(made)
    assert as_read(made) == one_line(text).replace("`", "'")


@given(FOREIGN, st.integers(1, 60))
def test_foreign_text_that_is_cut_is_harmless_too(text: str, most: int) -> None:
    """And never longer than there is room for."""
    made = in_chat(text, most)
    assert len(made) <= most
    check_harmless(made)


@pytest.mark.parametrize(
    "text",
    ["*x*", "_x_", "~y~", "# h", "#general", "www.evil.example/login", "evil.example", "a@evil.example",
     "https://evil.example/?a=1", "(_x_)", "10.0.0.1/login", "> said", "**x**", "__x__", "x_ y_z _z"],
)  # fmt: skip
def test_what_a_chat_would_format_or_link_is_shown_as_it_was_written(text: str) -> None:
    """The likely ones by name."""
    check_harmless(in_chat(text, 100))
    assert as_read(in_chat(text, 100)) == text


NAME = r"[A-Za-z0-9]+([_-][A-Za-z0-9]+){0,3}"
ARN = rf"arn:aws(-cn)?:ecs:[a-z]{{2}}-west-1:\d{{12}}:(task|service|cluster)/{NAME}/{NAME}"


@given(
    st.one_of(
        st.from_regex(ARN, fullmatch=True),
        st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
        st.from_regex(r"unwedge (explain|approve|reject) \d{8}T\d{6}Z-[0-9a-f]{8}", fullmatch=True),
        st.sampled_from(["unwedge incidents --all", "dev-prometheus:42", "2025-11-13 22:32:00Z"]),
    ).filter(str.isascii)
)
def test_ids_arns_and_commands_can_be_copied_from_a_chat(text: str) -> None:
    """Not a character of theirs is another one."""
    assert in_chat(text, 1000) == text


def test_text_that_means_harm_cannot_pass_for_our_own_lines_of_a_mail() -> None:
    """Every line of it is indented, quoted, or behind a name of ours."""
    text = mail(hostile(), MESSAGE, ADDRESSES)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not re.search(r"^(Incident: +fake|- Type: unwedge approve|unwedge approve)", text, re.MULTILINE)


def test_escapes_are_not_cut_in_the_middle() -> None:
    """Half an escape is markup again."""
    for most in range(1, 40):
        cut = in_chat("<<<<<<<<<<", most)
        assert len(cut) <= most
        assert re.fullmatch(r"(&lt;)*…?", cut)


def test_other_letters_survive_in_a_chat_and_are_replaced_in_a_subject() -> None:
    """Names of services are ASCII; log lines are not."""
    assert in_chat("Grüße", 50) == "Grüße"
    assert as_subject("Grüße", 50) == "Gr??e"
    assert as_subject("x" * 200, 99) == "x" * 96 + "..."
    assert one_line("a\u0000b\nc\u2066") == r"a\x00b\nc\u2066"


def test_the_event_tells_the_decision_and_never_the_situation() -> None:
    """What others build on: the words of the log line, and what kind of notification it was."""
    _, data = entry("stop-holder", STOPPED)
    found = notification("stop-holder", STOPPED)
    told = detail(found.record, found)
    assert told["verdict"] == "stop-holder"
    assert told["sentence"] == data["decision"]["sentence"]
    assert told["incident_id"] == data["incident"]
    assert told["action"]["task_arn"].endswith("task/dev-cluster/holder")
    assert (told["outcome"], told["escalated"], told["notification"]) == ("stopped", False, "stopped")
    assert told["observed_at"] == "2025-11-13T22:32:00.000000Z"
    assert told["seconds_to_detect"] == 20.0
    assert set(told) & {"situation", "tasks", "logs", "settings"} == set()
    assert detail(record("healthy"), None)["notification"] is None


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_the_event_has_the_names_and_values_of_the_log_line(name: str) -> None:
    """What somebody finds in the log they find in the event."""
    line, made = logged(name), detail(record(name), notification_of(record(name)))
    ours = made.keys() - {"id", "notification"}
    assert ours - line.keys() == set()
    assert {key: made[key] for key in ours} == {key: line[key] for key in ours}


def logged(name: str) -> dict[str, Any]:
    """The log line of a recorded situation."""
    situation, settings = recorded_case(name)
    decision = decide(situation, settings)
    log = Mock()
    about = ServiceRecord(situation.cluster_arn, situation.service_name)
    Reporter(log, Mock(namespace="T", service="t")).decided(
        decision, situation, NOTHING, about, incident_after(decision, situation, settings), SIGNAL
    )
    (call,) = log.info.call_args_list
    line: dict[str, Any] = call.kwargs["extra"]
    return line


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_every_verdict_that_calls_a_person_says_what_to_do(case: object) -> None:
    """And the runbook goes on from there."""
    situation, settings = case.situation, case.settings  # type: ignore[attr-defined]
    decision = decide(situation, settings)
    if decision.escalate:
        assert decision.verdict in ADVICE
        assert chapter(notification(case.name)) == decision.verdict  # type: ignore[attr-defined]


def test_a_notice_names_its_section_of_the_runbook() -> None:
    """Where the stack has no address for it, by its place in the repository, which a chat must not take for
    an address of the domain .md."""
    found = notification("split-brain")
    assert "Runbook:\n  docs/runbook.md#split-brain\n" in mail(found, MESSAGE, ADDRESSES)
    (step,) = (step for step in chat(found, MESSAGE, ADDRESSES)["content"]["nextSteps"] if "Runbook" in step)
    assert as_read(step) == "Runbook: docs/runbook.md#split-brain"
    check_harmless(step)


@pytest.mark.parametrize("verdict", ADVICE)
def test_a_notice_links_its_section_where_the_stack_knows_the_runbooks_address(verdict: str) -> None:
    """The longest address that the stack accepts fits into a step."""
    address = f"https://wiki.example.com/{'x' * 125}"
    found = record("split-brain")
    decision = found.decision._replace(verdict=verdict)
    made = Notification(Kind.ESCALATION, found._replace(content=found.content._replace(decision=decision)))
    addresses = ADDRESSES._replace(runbook=address)
    check_limits(made, MESSAGE, addresses)
    assert f"Runbook:\n  {address}#{verdict}\n" in mail(made, MESSAGE, addresses)
    assert f"Runbook: {address}#{verdict}" in chat(made, MESSAGE, addresses)["content"]["nextSteps"]


def test_the_links_are_those_of_the_services_own_partition() -> None:
    """China and GovCloud have consoles of their own."""
    found = record("split-brain")
    situation = found.content.situation
    arn = "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/dev-cluster"
    moved = found._replace(content=found.content._replace(situation=situation._replace(cluster_arn=arn)))
    made = notification_of(moved)
    assert made is not None
    assert "https://console.amazonaws.cn/ecs/v2/clusters/dev-cluster" in mail(made, MESSAGE, ADDRESSES)


CRAFTED = (
    'ts=2025-11-13T22:31:37.042Z level=error msg="see https://evil.example/login" url=https://evil.example '
    'mail=ops@evil.example err="opening storage failed: lock DB directory: resource temporarily unavailable"'
)


def test_a_mail_shows_a_lock_line_without_what_somebody_added_to_it() -> None:
    """A container prints what it likes beside the values that make a lock line. Known values stay, and a mail
    program makes no link of what they say."""
    sk, data = entry("stop-holder", STOPPED)
    data["decision"]["evidence"] = CRAFTED
    text = mail(Notification(Kind.STOPPED, decision_of(PK, sk, data)), MESSAGE, ADDRESSES)
    (quoted,) = (part for part in text.split("\n\n") if part.startswith("Evidence"))
    assert "url=" not in quoted
    assert "mail=" not in quoted
    assert "https:\u200b//evil.\u200bexample/login" in quoted
    assert "lock DB directory" in quoted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a.example", "https:\u200b//a.\u200bexample"),
        ("www.example.com", "www.\u200bexample.\u200bcom"),
        ("ops@example.com", "ops@\u200bexample.\u200bcom"),
        ("It ended. 11.3 s later: 10.0.0.1", "It ended. 11.3 s later: 10.0.0.1"),
    ],
)
def test_only_what_a_mail_program_would_make_a_link_of_is_broken(text: str, shown: str) -> None:
    """Times, numbers and sentences are copied as they are."""
    assert unlinked(text) == shown
