"""Notices in words: mail, chat and event, with their limits, also for text that means harm."""

import json
import re
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from tests.replay.cases import CASES
from tests.unit.build import NOW
from tests.unit.notices import SIGNAL, STOPPED, entry, notice, record
from tests.unit.notices import case as recorded_case
from unwedge import letter
from unwedge.act import NOTHING
from unwedge.advice import ADVICE, chapter
from unwedge.decide import decide
from unwedge.ledger import ServiceRecord
from unwedge.letter import Place, chat, mail, short_text, subject
from unwedge.notice import Extract, Kind, Notice, notice_of
from unwedge.notify import detail
from unwedge.record import Reporter, incident_after
from unwedge.thread import Missed, Post
from unwedge.wording import as_subject, in_chat, one_line

PLACE = Place("eu-west-1", "Overview-1A2B")
TOLD = Post("what", "entry", NOW, NOW)
HOSTILE = (
    "\x1b[2J\u202e<!channel> <@U123> @here @channel `rm -rf` ```x``` *b* _i_ ~s~ "
    "[click](https://evil.test/?a=1) <https://evil.test|here> & &lt;\r\nIncident: fake\n"
    "unwedge approve 20250101T000000Z-dead\u2028 \U0001f4a5 "
)


def hostile(times: int = 1) -> Notice:
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
    made = notice_of(Extract(found.pk, found.sk, content))
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
    found = notice("stop-holder", STOPPED)
    assert subject(found) == "[Unwedge] Stopped the task that held the lock: dev-prometheus"
    assert mail(found, TOLD, PLACE) == (Path(__file__).parent / "stop.mail.txt").read_text()


def test_a_question_says_what_to_type_and_until_when() -> None:
    """Both answers, the incident's id, and the link to the task in question."""
    found = notice("approval-needed")
    incident = found.record.incident
    for text in (mail(found, TOLD, PLACE), json.dumps(chat(found, TOLD, PLACE))):
        assert f"unwedge approve {incident}" in text
        assert f"unwedge reject {incident}" in text
        assert "2025-11-13 22:47:00Z" in text
        assert "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/dev-cluster/tasks/holder" in text
    assert notice("approval-needed").kind is Kind.QUESTION


def test_a_recovery_tells_the_measured_times() -> None:
    """In seconds."""
    text = mail(notice("recovered"), TOLD, PLACE)
    assert re.search(
        r"Times: +\d+ s to detect, \d+ s to stop, \d+ s to recover, \d+ s without a writer", text
    )


def test_a_time_that_cannot_be_is_not_told() -> None:
    """A stop of an earlier round lies before the newest failure."""
    text = mail(notice("stops-spent"), TOLD, PLACE)
    assert re.search(r"Times: +5 s to detect$", text, re.MULTILINE)


def test_a_recovery_names_what_was_stopped() -> None:
    """Also where the stop had no notice of its own: it met another look, which left it no decision."""
    found = notice("recovered")
    assert "Stops:     task holder at 22:31:30Z" in mail(found, TOLD, PLACE)
    made = chat(found, TOLD, PLACE)
    assert "Stops: task holder at 22:31:30Z" in made["content"]["description"]
    assert made["metadata"]["additionalContext"]["Stops"] == "task holder at 22:31:30Z"


def test_what_was_counted_is_said() -> None:
    """How often, and since when."""
    told = TOLD._replace(missed=(Missed("no-successor", 3, NOW), Missed("lock-free", 1, NOW)))
    found = notice("recovered")
    for text in (mail(found, told, PLACE), chat(found, told, PLACE)["content"]["description"]):
        assert "Meanwhile no-successor 3 more times since 22:32:00Z." in text
        assert "Meanwhile lock-free once more since 22:32:00Z." in text


def test_the_custom_notification_has_the_documented_shape() -> None:
    """Version 1.0, source custom; one chat thread per incident."""
    found = notice("stop-holder", STOPPED)
    made = chat(found, TOLD, PLACE)
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
    assert chat(notice("cannot-observe"), TOLD, PLACE)["metadata"]["threadId"] == "dev-cluster/dev-prometheus"


@pytest.mark.parametrize("found", [case.name for case in CASES])
def test_every_recorded_situation_can_be_told_within_the_limits(found: str) -> None:
    """As whatever kind: one that nobody is told of today may be one tomorrow."""
    for kind in Kind:
        check_limits(Notice(kind, record(found)), TOLD)


@pytest.mark.parametrize("times", [1, 1000])
def test_text_that_means_harm_stays_within_the_limits(times: int) -> None:
    """Escapes count too."""
    more = tuple(Missed(HOSTILE * times, 9, NOW) for _ in range(20))
    check_limits(hostile(times), TOLD._replace(missed=more))


def check_limits(found: Notice, told: Post) -> None:
    """Subject, title, description, steps, keywords and the whole of both messages."""
    line = subject(found)
    assert line.isascii()
    assert line.isprintable()
    assert 0 < len(line) < 100
    assert len(short_text(found)) <= 140
    made = chat(found, told, PLACE)
    content, metadata = made["content"], made["metadata"]
    assert len(content["title"]) <= 250
    assert 0 < len(content["description"]) <= letter.DESCRIPTION
    assert 0 < len(content["nextSteps"]) <= 10
    assert max(map(len, content["nextSteps"])) <= 350
    assert len(content["keywords"]) <= 10
    assert max(map(len, content["keywords"])) <= 75
    assert len(metadata["threadId"]) <= 200
    assert len(metadata["summary"]) <= 250
    text = mail(found, told, PLACE)
    copies = json.dumps({"text": [text] * 2, "chat": [json.dumps(made, ensure_ascii=False)] * 5})
    assert len(copies.encode()) < 256 * 1024
    event = json.dumps(detail(found.record, found), ensure_ascii=False)
    assert len(event.encode()) < 200 * 1024


def test_text_that_means_harm_does_nothing_in_a_chat() -> None:
    """No mention, no link, no control character, and no code that ends early."""
    made = chat(hostile(), TOLD, PLACE)
    for text in strings(made):
        assert not re.search(r"[@<>][a-z!@U]", text.replace("&lt;", "").replace("&gt;", "")), text
        assert "](" not in text
        assert text.count("`") % 2 == 0
        assert all(char.isprintable() or char in "\n\u200b" for char in text)
        assert "://evil" not in text
        assert not re.search(r"&(?!amp;|lt;|gt;)", text.replace("&region", "")), text
    assert "\nunwedge approve" not in made["content"]["description"]


def test_text_that_means_harm_cannot_pass_for_our_own_lines_of_a_mail() -> None:
    """Every line of it is indented, quoted, or behind a name of ours."""
    text = mail(hostile(), TOLD, PLACE)
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
    """What others build on: the words of the log line, and what kind of notice it was."""
    _, data = entry("stop-holder", STOPPED)
    found = notice("stop-holder", STOPPED)
    told = detail(found.record, found)
    assert told["verdict"] == "stop-holder"
    assert told["sentence"] == data["decision"]["sentence"]
    assert told["incident_id"] == data["incident"]
    assert told["action"]["task_arn"].endswith("task/dev-cluster/holder")
    assert (told["outcome"], told["escalated"], told["notice"]) == ("stopped", False, "stopped")
    assert told["observed_at"] == "2025-11-13T22:32:00.000000Z"
    assert told["seconds_to_detect"] == 20.0
    assert set(told) & {"situation", "tasks", "logs", "policy"} == set()
    assert detail(record("healthy"), None)["notice"] is None


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_the_event_has_the_names_and_values_of_the_log_line(name: str) -> None:
    """What somebody finds in the log they find in the event."""
    line, made = logged(name), detail(record(name), notice_of(record(name)))
    ours = made.keys() - {"id", "notice"}
    assert ours - line.keys() == set()
    assert {key: made[key] for key in ours} == {key: line[key] for key in ours}


def logged(name: str) -> dict[str, Any]:
    """The log line of a recorded situation."""
    situation, policy = recorded_case(name)
    decision = decide(situation, policy)
    log = Mock()
    about = ServiceRecord(situation.cluster_arn, situation.service_name)
    Reporter(log, Mock(namespace="T", service="t")).decided(
        decision, situation, NOTHING, about, incident_after(decision, situation), SIGNAL
    )
    (call,) = log.info.call_args_list
    line: dict[str, Any] = call.kwargs["extra"]
    return line


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_every_verdict_that_calls_a_person_says_what_to_do(case: object) -> None:
    """And the runbook goes on from there."""
    situation, policy = case.situation, case.policy  # type: ignore[attr-defined]
    decision = decide(situation, policy)
    if decision.escalate:
        assert decision.verdict in ADVICE
        assert chapter(notice(case.name)) == f"docs/runbook.md#{decision.verdict}"  # type: ignore[attr-defined]


def test_the_links_are_those_of_the_services_own_partition() -> None:
    """China and GovCloud have consoles of their own."""
    found = record("split-brain")
    situation = found.content.situation
    arn = "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/dev-cluster"
    moved = found._replace(content=found.content._replace(situation=situation._replace(cluster_arn=arn)))
    made = notice_of(moved)
    assert made is not None
    assert "https://console.amazonaws.cn/ecs/v2/clusters/dev-cluster" in mail(made, TOLD, PLACE)
