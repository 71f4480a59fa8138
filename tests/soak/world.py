"""One schedule being played: the simulator, the queue, two Lambdas and everything that goes wrong."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics
from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.ecs import EcsEvent, Note, Simulator, StopCalled, TaskLog
from rehearsal.ecs.errors import ApiError
from tests.soak.edges import Edge, Gate, Killed
from tests.soak.grips import Grips
from tests.soak.limits import Limits
from tests.soak.programs import Operators, chooser
from tests.soak.rules import Kind, Rule, Schedule
from tests.soak.truth import GENUINE, Judge, genuine
from tests.support.in_process import EcsClient, LogsClient
from tests.support.kill_switch import FakeKillSwitch
from tests.support.memory_ledger import MemoryLedger
from tests.support.simulated_ecs import Stage, main_container
from unwedge.act.actor import Actor
from unwedge.controller import Controller, TooManyTriesError
from unwedge.model.incident import Incident
from unwedge.observe.observer import Observer
from unwedge.observe.reads import ReadError
from unwedge.people.answer.approver import Answer, Approver
from unwedge.record.ledger import LedgerConflictError
from unwedge.record.reporter import Reporter
from unwedge.signal.signals import Refusal, Signal, Sweep, parse_signal, requeue_message, sweep_message
from unwedge.sweep import Sweeper

VISIBILITY_SECONDS = 180
SWEEP_SECONDS = 300
_SCHEDULED = json.dumps({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
RECEIVED_AT_MOST = 5
_LOGGER = Logger(service="soak", level="CRITICAL")
_METRICS = Metrics(namespace="Soak", service="soak")


# What a call did: the ARN of the task that it stopped, or count and task definition as text.
Act = str


@dataclass
class Message:
    """One message of the queue."""

    body: str
    number: int
    received: int = 0


class Told(Reporter):
    """Keeps what the product says instead of logging it."""

    def __init__(self, world: "SoakWorld") -> None:
        super().__init__(_LOGGER, _METRICS)
        self._world = world

    def decided(self, decision: Any, *_: Any, **__: Any) -> None:
        """See Reporter."""
        self._world.decided(decision)

    def ignored(self, signal: Signal, why: str) -> None:
        """See Reporter."""
        self._world.recorded(f"ignored: {why}")


class Logs(LogsClient):
    """Remembers whose genuine lock lines the product has read."""

    def get_log_events(self, **params: Any) -> Any:
        """See LogsClient."""
        answer = super().get_log_events(**params)
        world = cast("SoakWorld", self._world)
        for due, line in world.lines.get((params["logGroupName"], params["logStreamName"]), []):
            if due <= world.now and genuine(line):
                world.judge.read.add(line.task_arn)
        return answer


class QuickSimulator(Simulator):
    """Reads are answered without the copy that protects the simulator: the product changes no answer, and
    copying was a third of a run."""

    def _answer(self, operation_name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if operation_name.startswith(("Describe", "List")):
            return self._operations[operation_name](params)
        return super()._answer(operation_name, params)


class SoakWorld:
    """Everything of one run. `play` in runner.py drives it."""

    def __init__(self, schedule: Schedule, *, trace: bool = False) -> None:
        self.schedule, self.seed, self.rules = schedule, schedule.seed, schedule.rules
        self.settings = schedule.settings
        self.stage = Stage(options=schedule.options, choose=chooser(schedule), simulator=QuickSimulator)
        self.stage.launcher.locks.held_after_death_seconds = schedule.held_after_death
        self.random = Random(f"{schedule.seed}/world")
        self.ledger, self.kill_switch = MemoryLedger(), FakeKillSwitch()
        self.lines: dict[tuple[str, str], list[tuple[datetime, TaskLog]]] = {}
        self.judge = Judge(self.stage.sim, self.settings, schedule.options.describe_lag_seconds)
        skewed = any(rule.kind is Kind.CLOCK_SKEW for rule in schedule.rules)
        self.grips = Grips(self.judge)
        self.limits = Limits(self.judge, skewed)
        self.next_sweep = self.now + timedelta(seconds=SWEEP_SECONDS)
        self.queue: list[tuple[datetime, int, Message]] = []
        self.dead: list[Message] = []
        self.faults: Counter[str] = Counter()
        self.timeline: list[tuple[datetime, str]] = []
        self.escalated_at: datetime | None = None
        self.decided_at: datetime | None = None
        self.verdicts: Counter[str] = Counter()
        self.steps = 0
        self.active: tuple[Rule, ...] = ()
        self._trace, self._numbers = trace, count()
        self._dice = {rule.number: rule.random(self.seed) for rule in self.rules}
        self._marks: list[int | None] = []
        self._records = 0
        self._acts: list[list[Act]] = []
        self._inflight: list[Message] = []
        self._gate = Gate(self)
        self._controllers = [self._wire(), self._wire()]
        self.stage.sim.subscribe(self._observed)

    @property
    def now(self) -> datetime:
        """The present."""
        return self.stage.sim.now

    def step(self) -> None:
        """Let the judges note what has changed."""
        self.judge.step()
        self.grips.step()

    def open(self) -> None:
        """The service runs, and trouble may begin."""
        definition = self.stage.register(main_container(stopTimeout=self.schedule.stop_timeout))
        tags = [{"key": "unwedge", "value": self.schedule.tag}]
        self.stage.create(definition=definition, tags=tags, breaker=self.schedule.breaker)
        self.operators = Operators(self.stage, self.schedule)
        self.active = self.rules
        self.step()

    def cease(self) -> None:
        """Faults end: nothing goes wrong from here on, and nobody holds Unwedge back."""
        self.active = ()
        self.kill_switch.reason, self.judge.paused = None, False
        self.note("faults cease")

    # what the gate lets happen

    def fault(self, rule: Rule, where: str) -> None:
        """Count a fault."""
        self.faults[rule.kind.value] += 1
        self.note(f"FAULT {rule.kind.value} at {where}")

    def dawdle(self, seconds: float) -> None:
        """Time passes inside a call."""
        self.stage.sim.advance(self.now + timedelta(seconds=seconds))
        self.step()

    def meanwhile(self) -> None:
        """SQS delivers the message in hand a second time, and another Lambda takes it, once."""
        if len(self._inflight) == 1:
            self.deliver(Message(self._inflight[0].body, next(self._numbers), RECEIVED_AT_MOST))

    def others_stop(self) -> None:
        """Another service is freed: it takes one of the account's stops for the hour, if one is left."""
        account = self.ledger.account
        if account.within_hour(self.now) < self.settings.stops_per_account_hour:
            self.limits.others.append(self.now)
            self.ledger.account = account.with_stop(f"task/other-{len(self.limits.others)}", self.now)

    def sweep_if_due(self) -> None:
        """The schedule's event, subject to what events are subject to."""
        if self.now >= self.next_sweep:
            self.next_sweep += timedelta(seconds=SWEEP_SECONDS)
            if not self._rolled(Kind.EVENTS_LOST):
                self.send(_SCHEDULED, 0.3)

    def operate(self, rule: Rule) -> None:
        """An operator acts."""
        self.faults[f"operator {rule.action}"] += 1
        self.note(f"OPERATOR {rule.action}")
        self.act(rule.action)

    def act(self, action: str) -> None:
        """What an operator does, seen by the judge."""
        if action.startswith(("approve", "reject")):
            self.answer(action)
            return
        if action == "pause":
            self.kill_switch.reason, self.judge.paused = "paused by an operator", True
        try:
            self.operators.do(action)
        except ApiError as error:
            self.note(f"ECS refused: {error}")
        self.judge.new_episode()
        self.limits.new_episode(action)
        self.step()

    @property
    def incident(self) -> Incident | None:
        """The open incident, as the ledger has it."""
        return next((record.incident for record in self.ledger.records.values()), None)

    def answer(self, action: str) -> None:
        """A person answers what is asked, or something that is not."""
        opened = self.incident
        if opened is None or opened.approval_request is None:
            return
        subject = opened.approval_request.subject
        about = f"{subject[:-1]}x" if action == "approve-another" else subject
        word = "reject" if action == "reject" else "approve"
        self.judge.answers.append((self.now, about, word == "approve"))
        ((cluster, service), _) = next(iter(self.ledger.records.items()))
        given = Answer(cluster, service, opened.id, about, word, "an operator")
        self._marks.append(None)
        controller, _ = self._wire()
        edge = Edge("ledger", self.ledger, self._gate)
        try:
            reply = Approver(controller, cast(Any, edge), Told(self)).take(given, self.now)
            self.note(f"  {reply.sentence}")
            if reply.taken and action == "approve-another":
                self.judge.says("4", f"an answer about something else was taken: {reply.sentence}")
        except (Killed, ClientError, BotoCoreError, TooManyTriesError) as error:
            self.note(f"  no reply: {error!r}")
        finally:
            self._marks.pop()
        self.step()

    def calling(self, name: str) -> None:
        """A call of the product is about to take effect."""
        if name == "ecs.describe_services" and self._marks:
            self._marks[-1] = self.judge.mark()

    def called(self, name: str) -> None:
        """A call of the product took effect."""
        if name in ("ledger.claim", "ledger.save") and self._marks:
            self._marks[-1] = None  # only what is read after the claim is a re-check
        if name in ("ledger.save", "queue.schedule"):
            self._records += 1

    def decided(self, decision: Any) -> None:
        """The product recorded a decision."""
        self.verdicts[decision.verdict.value] += 1
        self.grips.judge(decision, self.schedule)
        self.decided_at = self.now
        if decision.escalate or decision.approval_request:
            self.escalated_at = self.now
        self.recorded(f"{decision.verdict.value}: {decision.sentence}")

    def recorded(self, text: str) -> None:
        """The product accounted for a signal."""
        self._records += 1
        self.note(f"  {text}")

    def update(self, real: Any, params: Mapping[str, Any]) -> Any:
        """UpdateService by the product: judged by the facts before it, counted when it took effect."""
        mark = self._marks[-1] if self._marks else None
        complaint = self.limits.updating(params, self.incident, mark)
        answer = real(**params)
        if self._acts:
            self._acts[-1].append(str((params.get("desiredCount"), params.get("taskDefinition"))))
        self.note(f"  UpdateService {dict(params)}")
        self.limits.updated(params, self.incident)
        if complaint:
            self.judge.says(*complaint.split(": ", 1))
        self.step()
        return answer

    def note(self, text: str) -> None:
        """A line of the timeline."""
        if self._trace:
            self.timeline.append((self.now, text))

    # the queue

    def schedule_look(self, signal: Signal, seconds: int) -> None:
        """A delayed message to ourselves."""
        self.send(requeue_message(signal), min(seconds, 900))

    def send(self, body: str, seconds: float) -> None:
        """A message that becomes visible after so many seconds."""
        self.put(Message(body, next(self._numbers)), seconds)

    def put(self, message: Message, seconds: float) -> None:
        """The same message (again)."""
        due = self.now + timedelta(seconds=seconds)
        heappush(self.queue, (due, next(self._numbers), message))

    def take(self) -> Message | None:
        """The next message that is due."""
        return heappop(self.queue)[2] if self.queue and self.queue[0][0] <= self.now else None

    def deliver(self, message: Message) -> None:
        """One Lambda invocation: it ends acknowledged, hidden for a while, or among the dead letters."""
        self.steps += 1
        message.received += 1
        self._inflight.append(message)
        self._marks.append(None)
        self._acts.append([])
        before = self._records
        acknowledged = self._handle(message)
        self._inflight.pop()
        self._marks.pop()
        self._check_acts(self._acts.pop(), acknowledged)
        if acknowledged and self._records == before:
            self.judge.says("6", f"a signal was acknowledged without a trace: {message.body[:200]}")
        if not acknowledged and message.received >= RECEIVED_AT_MOST:
            self.dead.append(message)
            self.note("message goes to the dead letters")
        elif not acknowledged:
            self.put(message, VISIBILITY_SECONDS)
        self.step()
        if not self._inflight:
            self._check_look()

    def _handle(self, message: Message) -> bool:
        signal = parse_signal(message.body)
        if isinstance(signal, Refusal):
            self.recorded(f"refused: {signal.detail}")
            return True
        controller, sweeper = self._controllers[len(self._inflight) - 1]
        what = "sweep" if isinstance(signal, Sweep) else signal.cause.value
        self.note(f"signal {what}, received {message.received}")
        try:
            if isinstance(signal, Sweep):
                self.recorded(f"swept: {sweeper.sweep(signal)}")
            else:
                self._look(controller, signal)
        except ReadError as error:
            self.recorded(f"sweep failed: {error}")
        except Killed as killed:
            self.note(f"  killed at {killed}")
            self._controllers[len(self._inflight) - 1] = self._wire()  # a new process remembers nothing
            return False
        except (ClientError, BotoCoreError, TooManyTriesError) as error:
            self.note(f"  not handled: {error}")
            return False
        except Exception as error:  # noqa: BLE001 - an error that nobody foresaw is a finding
            self.judge.says("crash", repr(error))
            return False
        return True

    def _look(self, controller: Controller, signal: Signal) -> None:
        skew = sum(rule.seconds for rule in self.active if rule.kind is Kind.CLOCK_SKEW)
        if skew:
            self.faults[Kind.CLOCK_SKEW.value] += 1
        try:
            controller.reconcile(signal, self.now + timedelta(seconds=skew))
        except LedgerConflictError:
            controller.postpone(signal)

    def _check_acts(self, acts: list[Act], acknowledged: bool) -> None:
        """What was done in an invocation that came to its end stands among the decisions."""
        recorded = {
            str(action.get("task_arn") or (action.get("desired_count"), action.get("task_definition")))
            for entry in self.ledger.entries
            if isinstance(action := entry.data["decision"].get("action"), dict)
        }
        for act in acts:
            if acknowledged and act not in recorded:
                self.judge.says("6", f"what was done is not recorded: {act}")

    def _check_look(self) -> None:
        """An open incident is always waited for by a message: queued, hidden after a failure, or dead."""
        for record in self.ledger.records.values():
            if record.incident is None:
                continue
            waiting = [message.body for _, _, message in self.queue] + [item.body for item in self.dead]
            # An event that waits in the queue, or is hidden after a failure, makes us look as well.
            others = ('"aws.ecs"', '"cause":"sweep"', '"cause":"answer"')
            if not any(
                mark in body for mark in (record.requeue_id or others[0], *others) for body in waiting
            ):
                self.judge.says("6", f"incident {record.incident.id} is open and no pass is coming")

    # what ECS sends

    def _observed(self, item: object) -> None:
        if isinstance(item, EcsEvent):
            self._emit(item.event)
        elif isinstance(item, TaskLog):
            self._ship(item)
        elif isinstance(item, Note):
            self.note(item.text)
        elif isinstance(item, StopCalled) and item.caller == "unwedge":
            self.judge.stopped(item, self._marks[-1] if self._marks else None)
            self.limits.stopped(self.incident, item.task_arn)

    def _rolled(self, kind: Kind) -> Rule | None:
        for rule in self.active:
            if rule.kind is kind and self._dice[rule.number].random() < rule.share:
                self.faults[kind.value] += 1
                return rule
        return None

    def _emit(self, event: dict[str, Any]) -> None:
        detail = event["detail"]
        task = detail.get("stopCode") == "EssentialContainerExited" and detail.get("lastStatus") in (
            "DEPROVISIONING",
            "STOPPED",
        )
        ended = detail.get("eventName") in ("SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED")
        if not (task or ended) or self.schedule.no_events or self._rolled(Kind.EVENTS_LOST):
            return
        for _ in range(2 if self._rolled(Kind.EVENTS_DUPLICATED) else 1):
            late = self._rolled(Kind.EVENTS_DELAYED) or self._rolled(Kind.EVENTS_REORDERED)
            self.send(json.dumps(event), self.random.uniform(0.2, late.seconds if late else 0.6))

    def _ship(self, line: TaskLog) -> None:
        if self._rolled(Kind.LOGS_LOST):
            return
        late = self._rolled(Kind.LOGS_LATE)
        due = line.at + timedelta(seconds=late.seconds if late else 1.0)
        if self._rolled(Kind.LOGS_CUT):
            line = replace(line, message=line.message[: len(line.message) * 2 // 3])
        key = (line.log_group or "", line.log_stream or "")
        self.lines.setdefault(key, []).append((due, line))
        if self._rolled(Kind.LOGS_FORGED):
            forged = replace(line, message=f"ts=now caller=x {GENUINE[0]}", task_arn="")
            for stream in (
                f"prometheus/init-config/{line.task_arn[-32:]}",
                f"prometheus/prometheus/{'0' * 32}",
            ):
                self.lines.setdefault((key[0], stream), []).append((due, forged))

    def _wire(self) -> tuple[Controller, Sweeper]:
        world = self

        class Ecs(EcsClient):
            def __getattr__(self, name: str) -> Any:
                real = super().__getattr__(name)
                if name == "update_service":
                    return lambda **params: world.update(real, params)
                if name != "stop_task":
                    return real

                def stop(**params: Any) -> Any:
                    answer = real(**params)
                    world.judge.requested(params["task"])
                    if world._acts:
                        world._acts[-1].append(params["task"])
                    return answer

                return stop

        class Queue:
            def schedule(self, signal: Signal, seconds: int) -> None:
                world.schedule_look(signal, seconds)

            def sweep(self, sweep: Sweep) -> None:
                world.send(sweep_message(sweep), 0)

        def edge(name: str, inner: object) -> Any:
            return Edge(name, inner, self._gate)

        ecs, kill_switch = edge("ecs", Ecs(self.stage)), edge("switch", self.kill_switch)
        observer = Observer(ecs, edge("logs", Logs(cast(Any, self))), self.settings)
        ledger, looks = edge("ledger", self.ledger), edge("queue", Queue())
        actor = Actor(ecs, observer, ledger, self.settings, kill_switch)
        controller = Controller(observer, actor, ledger, looks, Told(self), self.settings, kill_switch)
        return controller, Sweeper(ecs, ledger, looks, self.settings)
