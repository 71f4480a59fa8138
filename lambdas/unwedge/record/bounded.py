"""Records that fit: DynamoDB takes no item over 400 KB, and a decision that cannot be recorded is lost.

A situation that is too large is shortened step by step, and of what is left out the decision is independent
where that is possible: it is made again from what is kept. Pure.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from unwedge.decide.decide import decide
from unwedge.decide.signatures import SIGNATURES, Word, meaning
from unwedge.model.codec import to_json
from unwedge.model.decision import Decision
from unwedge.model.log import ContainerLog
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation

MOST_BYTES = 80_000
_LINES, _FEW_LINES, _TASKS, _FEW_TASKS, _CHARACTERS = 12, 3, 30, 6, 300


class Fitting(NamedTuple):
    """What is kept of a situation, the decision as it follows from that, and whether it is the one that was
    made. The table of grips has rows only for tasks that are kept."""

    situation: Situation
    decision: Decision
    whole: bool


def fitting(situation: Situation, decision: Decision, settings: Settings) -> Fitting:
    """The situation, or as much of it as fits. A decision is at most some ten KB itself."""
    if _size(situation) <= MOST_BYTES:
        return Fitting(situation, decision, whole=True)
    kept = situation
    for kept in _shorter(situation, decision):
        again = decide(kept, settings)
        if _size(kept) <= MOST_BYTES and replace(again, grips=decision.grips) == decision:
            return Fitting(kept, again, whole=True)
    return Fitting(kept, decision, whole=False)


def _shorter(situation: Situation, decision: Decision) -> Iterator[Situation]:
    """Shorter and shorter; the last one is small whatever was seen."""
    for lines, tasks in ((_LINES, _TASKS), (_FEW_LINES, _TASKS), (_FEW_LINES, _FEW_TASKS)):
        yield _cut(situation, decision, lines, tasks)
    least = _cut(situation, decision, _FEW_LINES, _FEW_TASKS)
    logs = tuple(_short(log) for log in least.logs if log.task_arn == decision.contender)
    yield replace(least, logs=logs[:_FEW_LINES])
    yield replace(
        situation, tasks=(), logs=(), task_definitions=(), outside=(), failures=situation.failures[:1]
    )


def _cut(situation: Situation, decision: Decision, lines: int, tasks: int) -> Situation:
    """The newest tasks with those that the decision names, their definitions, and so many lines of each log
    beside those that speak of a lock."""
    incident = situation.incident
    named = {decision.holder, decision.contender, decision.successor}
    named |= {stop.task_arn for stop in incident.stops} if incident else set()
    rest = sorted(
        (task for task in situation.tasks if task.arn not in named), key=_newest(situation), reverse=True
    )
    kept = [task for task in situation.tasks if task.arn in named][:tasks] + rest[:tasks]
    codes = {task.task_definition for task in kept}
    if situation.service:
        codes |= {deployment.task_definition for deployment in situation.service.deployments}
    arns = {task.arn for task in kept}
    return replace(
        situation,
        tasks=tuple(sorted(kept, key=lambda task: task.arn)),
        task_definitions=tuple(item for item in situation.task_definitions if item.arn in codes)[:tasks],
        logs=tuple(_tail(log, lines) for log in situation.logs if log.task_arn in arns)[: 2 * tasks],
        outside=situation.outside[:tasks],
    )


def _newest(situation: Situation) -> Callable[[Task], Any]:
    return lambda task: (task.may_hold_lock or task.on_its_way, task.created_at or situation.observed_at)


def _tail(log: ContainerLog, lines: int) -> ContainerLog:
    """The last lines, and before them what speaks of a lock."""
    last = log.lines[-lines:]
    told = tuple(line for line in log.lines[:-lines] if _speaks(line.text))
    return log._replace(lines=told[-lines:] + last)


def _short(log: ContainerLog) -> ContainerLog:
    return log._replace(lines=tuple(line._replace(text=line.text[:_CHARACTERS]) for line in log.lines))


def _speaks(text: str) -> bool:
    return any(meaning(signature, text).word is not Word.OTHER for signature in SIGNATURES)


def _size(situation: Situation) -> int:
    """Bytes in DynamoDB, where other letters than ASCII are escaped."""
    return len(json.dumps(to_json(situation)))
