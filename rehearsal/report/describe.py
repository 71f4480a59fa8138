"""Turns what happens into lines of the timeline."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from rehearsal.aws.delivery import Delivered
from rehearsal.aws.function_log import Decision, Remark, Verified
from rehearsal.ecs.observations import EcsEvent, Note, Observation, StopCalled, TaskLog
from rehearsal.report.entries import Entry, Party, TaskNames, Weight
from rehearsal.scenario.model import Step

# Prometheus prints dozens of lines at start; these are the ones an operator reads.
_TELLING = re.compile(
    r"lock DB directory|level=(?:error|warn)|level=(?:ERROR|WARN)\b|\"level\":\s*\"(?:error|warn|ERROR|WARN)"
    r"|Server is ready to receive|SIGTERM|See you next time|Error loading config|lockfile"
)
_TIME_STAMP = re.compile(r"^(?:ts|time)=\S+ ")
# where the volume really is on this machine; inside the container it would be mounted
_HOST_PATH = re.compile(r"/[^\s\"]*/volumes/[^/\s\"]+")
_MINOR_NOTE = re.compile(r"^container .* started$|SIGTERM sent")


class Describer:
    """Tells the timeline what ECS, the programs, the event rules, Unwedge and the operator do."""

    def __init__(self, names: TaskNames, tell: Callable[[Entry], None]) -> None:
        self._names = names
        self._tell = tell

    def observed(self, observation: Observation) -> None:
        """Something the simulated ECS lets others see."""
        match observation:
            case Note(text=text) if text.startswith("StopTask "):
                pass  # StopCalled tells it, with its reason
            case Note(at=at, text=text, task_arn=task):
                self._ecs(at, text, task)
            case StopCalled(at=at, task_arn=task, reason=reason):
                why = self._names.shorten(reason or "no reason given")
                text = f"StopTask accepted for {self._names.label(task)}: {why}"
                self._add(at, Party.ECS, text, Weight.MAJOR, {"task": task})
            case TaskLog(at=at, message=message, task_arn=task):
                if _TELLING.search(message):
                    line = _HOST_PATH.sub("/prometheus/data", _TIME_STAMP.sub("", message))
                    text = f"{self._names.label(task)}: {line}"
                    self._add(at, Party.PROGRAM, text, Weight.NORMAL, {"task": task, "line": message})
            case EcsEvent():
                pass  # told when it is delivered

    def _ecs(self, at: datetime, text: str, task: str | None) -> None:
        shown = self._names.shorten(text).replace("->", "→")
        if task and not shown.startswith("task "):
            shown = f"{self._names.label(task)}: {shown}"
        weight = Weight.MINOR if _MINOR_NOTE.search(text) else Weight.NORMAL
        self._add(at, Party.ECS, shown, weight, {"task": task} if task else {})

    def delivered(self, delivery: Delivered) -> None:
        """An event reached the rules; only matches are told."""
        if not delivery.rules:
            return
        event, again = delivery.event, " (a copy)" if delivery.copy else ""
        rules = ", ".join(_plain(rule) for rule in delivery.rules)
        text = f"{event['detail-type']}{again}: {self._subject(event['detail'])} → rule {rules}"
        self._add(delivery.at, Party.EVENTS, text, Weight.NORMAL, {"event": event, "rules": delivery.rules})

    def _subject(self, detail: Mapping[str, object]) -> str:
        if task := detail.get("taskArn"):
            return f"{self._names.label(str(task))} {detail.get('lastStatus')}"
        return str(detail.get("eventName"))

    def decided(self, decision: Decision) -> None:
        """A decision line of the deployed function."""
        asks = decision.verdict == "approval-needed"
        again = bool(decision.line.get("repeats"))
        weight = Weight.MINOR if again else Weight.MAJOR if decision.acts or asks else Weight.NORMAL
        text = f"{decision.verdict}: {self._names.shorten(decision.sentence)}"
        self._add(decision.at, Party.UNWEDGE, text, weight, {"decision": decision.line})

    def verified(self, verified: Verified) -> None:
        """A service that was verified, check by check."""
        line = verified.line
        checks = line.get("checks")
        for check in checks if isinstance(checks, list) else []:
            text = f"{check['result']:<7} {check['part']}: {self._names.shorten(check['evidence'])}"
            self._add(verified.at, Party.UNWEDGE, text, Weight.NORMAL, {"check": check})
        counts = f"{line.get('calls')} calls of AWS in {line.get('seconds')} s"
        text = f"verified, {verified.result}: {line.get('revision')}, {counts}"
        self._add(verified.at, Party.UNWEDGE, text, Weight.MAJOR, {"verified": line})

    def remarked(self, remark: Remark) -> None:
        """Another line of the function."""
        weight = Weight.MAJOR if remark.error else Weight.NORMAL
        self._add(remark.at, Party.UNWEDGE, self._names.shorten(remark.text), weight, {})

    def stepped(self, at: datetime, step: Step, text: str) -> None:
        """A step of the scenario."""
        self._add(at, Party.OPERATOR, self._names.shorten(text), Weight.MAJOR, {"step": step.do.value})

    def said(self, at: datetime, text: str) -> None:
        """A word of the rehearsal itself."""
        self._add(at, Party.REHEARSAL, text, Weight.NORMAL, {})

    def _add(self, at: datetime, party: Party, text: str, weight: Weight, data: Mapping[str, object]) -> None:
        self._tell(Entry(at=at, party=party, text=text, weight=weight, data=data))


def _plain(rule: str) -> str:
    """A rule's name without stack prefix and hash: what its author called it."""
    return re.sub(r"^Unwedge-|-?[A-Z0-9]{8}-?\w*$", "", rule) or rule
