"""What is fuzzed. Each target takes a random stream, makes one input, and raises when something is wrong."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.havoc import changed, scrambled
from tests.support.aws import api_definition, api_task
from tests.support.situations import (
    CLUSTER,
    LOCK_LINE,
    NEW_CODE,
    NOW,
    OLD_CODE,
    SERVICE,
    contender,
    holder,
    incident,
)
from unwedge.decide.decide import decide
from unwedge.decide.lines import divided, fields, plain
from unwedge.decide.signatures import prometheus_reports_held_lock
from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.model.decision import Decision, StopTask
from unwedge.model.service import Health
from unwedge.model.settings import Mode, Settings
from unwedge.model.situation import Scope, Situation
from unwedge.observe import definitions, parse
from unwedge.observe.reads import ReadError, understood
from unwedge.people.answer.approver import parse_answer
from unwedge.record.ledger import ServiceRecord
from unwedge.signal.signals import parse_signal

_TESTS = Path(__file__).parents[1]
_PHRASE = "lock DB directory: resource temporarily unavailable"
# An oracle of its own for what a log line may be taken for: no code is shared with the product.
_ERR = re.compile(rf'(?:^|\s)err="[Oo]pening storage failed:? {_PHRASE}"(?=\s|$)')
_LEVEL = re.compile(r'(?:^|\s)level="?error"?(?=\s|$)', re.IGNORECASE)
_LINES = (
    LOCK_LINE,
    f'{{"caller":"main.go:1127","err":"opening storage failed: {_PHRASE}","level":"error","ts":"now"}}',
    f'time=now level=ERROR source=main.go:9 msg="Fatal error" err="opening storage failed: {_PHRASE}"',
)


# CloudWatch Logs: an event has at most 256 KB.
_LONGEST_EVENT = 256 * 1024
_PIECES = (
    *"aZ09_.=\"\\ \t[]{}@|:,-",
    "\x1b[", "\n", "ts=", 'err="', "level=error ", "2025-11-13T22:31:37", "Nov 13 22:31:37 ",
    "[a] ", '{"a":', "a | ",
)  # fmt: skip


def log_lines(random: Random) -> None:
    """A line is taken for the program's own report only where it is one."""
    line = random.choice(_LINES)
    for _ in range(random.randint(1, 3)):
        line = scrambled(line, random)
    if prometheus_reports_held_lock(line):
        assert _genuine(line.strip()), line


def long_lines(random: Random) -> None:
    """The longest event that CloudWatch keeps, of pieces that a pattern may begin to match again and again:
    what matters is the time that it takes."""
    pieces = ["".join(random.choices(_PIECES, k=random.randint(1, 4))) for _ in range(random.randint(1, 3))]
    whole = "".join(pieces)
    text = (whole * (_LONGEST_EVENT // len(whole) + 1))[:_LONGEST_EVENT]
    for line in divided(random.choice(("", LOCK_LINE, "{")) + text):
        fields(plain(line))
        prometheus_reports_held_lock(line)


def _genuine(line: str) -> bool:
    if line.startswith("{"):
        data = json.loads(line)
        error = str(data["err"])
        return bool(_ERR.search(f'err="{error}"')) and str(data["level"]).lower() == "error"
    return bool(_ERR.search(line) and _LEVEL.search(line))


def events(random: Random) -> None:
    """Every message is a signal or a refusal with a sentence."""
    sample = random.choice(_samples())
    text = json.dumps(changed(sample, random), default=str)
    if random.random() < 0.2:
        text = scrambled(text, random)
    found = parse_signal(text)
    assert str(found)


def messages(random: Random) -> None:
    """The same for what we send to ourselves, and for people's answers."""
    mine = {
        "unwedge": {"cluster_arn": CLUSTER, "service_name": SERVICE, "cause": "requeued", "requeue_id": "x"}
    }
    assert str(parse_signal(json.dumps(changed(mine, random), default=str)))
    answer = {
        "cluster_arn": CLUSTER, "service_name": SERVICE, "incident": "i", "subject": "s", "answer": "approve",
        "by": "me",
    }  # fmt: skip
    given = changed(answer, random)
    if isinstance(given, dict):
        assert str(parse_answer(given))


def answers_of_aws(random: Random) -> None:
    """What ECS answers is read, left out, or recorded as not understood."""
    task = json.loads(json.dumps(api_task(random.choice((contender(), holder()))), default=str))
    parse.task(_mapping(changed(task, random)))
    definition = json.loads(json.dumps(api_definition(NEW_CODE), default=str))
    with suppress(ReadError):
        to_json(understood("call", definitions.task_definition, _mapping(changed(definition, random))))
    service = {
        "serviceArn": "a", "status": "ACTIVE", "desiredCount": 1,
        "tags": [{"key": "unwedge", "value": "enforce"}],
        "deployments": [{"id": "d", "status": "PRIMARY", "taskDefinition": OLD_CODE, "createdAt": str(NOW)}],
    }  # fmt: skip
    with suppress(ReadError):
        to_json(understood("call", parse.service, _mapping(changed(service, random))))


def _mapping(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def records(random: Random) -> None:
    """A damaged record is refused by the codec, and by nothing else."""
    record = to_json(ServiceRecord(CLUSTER, SERVICE, 3, incident(), "look"))
    with suppress(DecodeError):
        from_json(ServiceRecord, changed(record, random))


def situations(random: Random) -> None:
    """Whatever a situation looks like, there is a decision, and an action only for what its gates name."""
    data = changed(random.choice(_recordings()), random)
    try:
        situation = from_json(Situation, data)
    except DecodeError:
        return
    if situation.observed_at.year < 1900 or situation.observed_at.year > 9000:
        return
    settings = Settings(default_mode=random.choice(list(Mode)))
    decision = decide(situation, settings)
    assert decision.sentence
    if isinstance(decision.action, StopTask):
        _rightly_stopped(situation, decision, decision.action)


def _rightly_stopped(situation: Situation, decision: Decision, action: StopTask) -> None:
    service = situation.service
    assert service is not None
    assert situation.scope is Scope.FULL
    assert not situation.failures
    held, failed = situation.task(action.task_arn), situation.task(decision.contender or "")
    assert held is not None
    assert failed is not None
    assert held.desired_status == "RUNNING"
    own = [line.text for log in situation.logs_of(failed) for line in log.lines]
    assert any(_PHRASE in line for line in own), own
    primary = [item.id for item in service.deployments if item.status == "PRIMARY"]
    same = held.deployment_id == failed.deployment_id
    assert (same and held.health is Health.UNHEALTHY) or held.deployment_id != primary[0]
    assert situation.controls is not None
    assert situation.controls.paused is None
    assert service.desired_count == 1
    answer = situation.incident.approval if situation.incident else None
    asked = answer is not None and answer.granted and answer.subject == held.arn
    assert decision.mode == "enforce" or (decision.mode == "approve" and asked)


@cache
def _samples() -> tuple[Any, ...]:
    return tuple(json.loads(path.read_text()) for path in sorted((_TESTS.parent / "events").glob("*.json")))


@cache
def _recordings() -> tuple[Any, ...]:
    found = sorted((_TESTS / "replay").glob("*.json"))
    return tuple(json.loads(path.read_text())["situation"] for path in found)


TARGETS: tuple[Callable[[Random], None], ...] = (
    log_lines, long_lines, events, messages, answers_of_aws, records, situations,
)  # fmt: skip
