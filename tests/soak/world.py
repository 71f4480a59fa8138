"""One schedule being played: the simulator, the queue, two Lambdas and everything that goes wrong."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.ecs import EcsEvent, Note, StopCalled, TaskLog
from rehearsal.ecs.errors import ApiError
from tests.soak.around import NEIGHBOUR, Neighbour, Oddity, lock_of, neighbours_revision, revision
from tests.soak.deliveries import SCHEDULED, Act, Deliveries, Invocation
from tests.soak.edges import Edge, Gate, Killed
from tests.soak.grips import Grips
from tests.soak.limits import Limits
from tests.soak.product import LateIndexLedger, QuickSimulator, Told, wired
from tests.soak.programs import Operators, chooser, register
from tests.soak.rules import Kind, Rule, Schedule
from tests.soak.transport import Transport
from tests.soak.truth import Answered, Judge
from tests.soak.watch import Watch, fails_on_the_lock
from tests.support.kill_switch import FakeKillSwitch
from tests.support.simulated_ecs import BALANCER, CLUSTER, SERVICE, Stage
from unwedge.controller import TooManyTriesError
from unwedge.model.incident import Incident
from unwedge.people.answer.approver import Answer, Approver

SWEEP_SECONDS = 300


class SoakWorld:
    """Everything of one run. `play` in runner.py drives it."""

    def __init__(self, schedule: Schedule, *, trace: bool = False) -> None:
        self.schedule, self.seed, self.rules = schedule, schedule.seed, schedule.rules
        self.settings = schedule.settings
        self.stage = Stage(options=schedule.options, choose=chooser(schedule), simulator=QuickSimulator)
        self.started = self.now
        self.active: tuple[Rule, ...] = ()
        self.stage.launcher.locks.held_after_death_seconds = schedule.held_after_death
        self.ledger, self.kill_switch = LateIndexLedger(self), FakeKillSwitch()
        self.read: set[str] = set()
        self.violations: list[str] = []
        self.account: list[datetime] = []
        self.watches: dict[str, Watch] = {}
        self.next_sweep = self.now + timedelta(seconds=SWEEP_SECONDS)
        self.faults: Counter[str] = Counter()
        self.timeline: list[tuple[datetime, str]] = []
        self.verdicts: Counter[str] = Counter()
        self.steps = 0
        self._trace = trace
        self._gate = Gate(self)
        self.transport = Transport(self)
        self.deliveries = Deliveries(self, self._gate)
        self.stage.sim.subscribe(self._observed)

    @property
    def now(self) -> datetime:
        """The present."""
        return self.stage.sim.now

    @property
    def lines(self) -> dict[tuple[str, str], list[tuple[datetime, TaskLog]]]:
        """What each log stream gets, and when it can be read."""
        return self.transport.lines

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return (self.now - self.started).total_seconds()

    @property
    def ours(self) -> Watch:
        """The service of the schedule."""
        return self.watches[SERVICE]

    def step(self) -> None:
        """Let the judges note what has changed."""
        for watch in self.watches.values():
            watch.step()

    def open(self) -> None:
        """The services run, and trouble may begin."""
        around, schedule = self.schedule.around, self.schedule
        body = revision(around, stop_timeout=schedule.stop_timeout, init=False)
        tags = [{"key": "unwedge", "value": schedule.tag}]
        more: dict[str, Any] = {"loadBalancers": [BALANCER]} if around.balanced else {}
        definition = register(self.stage, body)
        self.stage.create(definition=definition, tags=tags, breaker=schedule.breaker, **more)
        self._watch(SERVICE, lock_of(body), fails_on_the_lock(schedule), around.oddity)
        if around.oddity is Oddity.PROTECTED:
            tasks = [task.arn for task in self.stage.tasks()]
            params = {"cluster": CLUSTER, "tasks": tasks, "protectionEnabled": True, "expiresInMinutes": 2880}
            self.stage.sim.call("UpdateTaskProtection", params)
        if around.neighbour not in (Neighbour.NONE, Neighbour.SAME_LOCK):
            self._neighbour(running=True)
        self.operators = Operators(self.stage, schedule)
        self.active = self.rules
        self.step()

    def _neighbour(self, *, running: bool) -> None:
        """Another service of the cluster, which opted in."""
        body = neighbours_revision(self.schedule.around)
        create = self.stage.sim.create_running_service if running else self._create
        create(
            {
                "cluster": CLUSTER,
                "serviceName": NEIGHBOUR,
                "taskDefinition": register(self.stage, body),
                "desiredCount": 1,
                "tags": [{"key": "unwedge", "value": "enforce"}],
                "deploymentConfiguration": {
                    "minimumHealthyPercent": 100,
                    "maximumPercent": 200,
                    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
                },
            }
        )
        self._watch(NEIGHBOUR, lock_of(body), self.schedule.around.neighbour is not Neighbour.SAME_LOCK)

    def _create(self, params: Mapping[str, Any]) -> object:
        return self.stage.sim.call("CreateService", params)

    def _watch(self, name: str, lock: str, on_the_lock: bool, oddity: Oddity = Oddity.NONE) -> None:
        lag = self.schedule.options.describe_lag_seconds
        judge = Judge(self.stage.sim, self.settings, lag, name, oddity, self.violations, read=self.read)
        self.watches[name] = Watch(judge, Limits(judge, self.account), Grips(judge, lock), on_the_lock)

    def neighbour_acts(self) -> None:
        """The neighbour is deployed, or comes to be and takes our directory for its own."""
        self.note("OPERATOR of the neighbour deploys")
        if self.schedule.around.neighbour is Neighbour.SAME_LOCK:
            self._neighbour(running=False)
        else:
            definition = register(self.stage, neighbours_revision(self.schedule.around))
            params = {"cluster": CLUSTER, "service": NEIGHBOUR, "taskDefinition": definition}
            self.stage.sim.call("UpdateService", params)
        self.step()

    def cease(self) -> None:
        """Faults end: nothing goes wrong from here on, and nobody holds Unwedge back."""
        self.active = ()
        self._paused(None)
        self.note("faults cease")

    def _paused(self, reason: str | None) -> None:
        self.kill_switch.reason = reason
        for watch in self.watches.values():
            watch.judge.paused = reason is not None

    # what the gate lets happen

    def fault(self, rule: Rule, where: str) -> None:
        """Count a fault."""
        self.faults[rule.kind.value] += 1
        self.note(f"FAULT {rule.kind.value} at {where}")

    def dawdle(self, seconds: float) -> None:
        """Time passes inside a call."""
        sim, end = self.stage.sim, self.now + timedelta(seconds=seconds)
        while (due := sim.next_due()) is not None and due < end:
            sim.advance(max(due, self.now))
            self.step()  # a lock may be taken and given up within one slow call
        sim.advance(end)
        self.step()

    def others_stop(self) -> None:
        """Another service is freed: it takes one of the account's stops for the hour, if one is left."""
        account = self.ledger.account
        if account.within_hour(self.now) < self.settings.stops_per_account_hour:
            self.account.append(self.now)
            self.ledger.account = account.with_stop(f"task/other-{len(self.account)}", self.now)

    def sweep_if_due(self) -> None:
        """The schedule's event, subject to what events are subject to."""
        if self.now >= self.next_sweep:
            self.next_sweep += timedelta(seconds=SWEEP_SECONDS)
            if not self.transport.rolled(Kind.EVENTS_LOST):
                self.deliveries.send(SCHEDULED, 0.3)

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
            self._paused("paused by an operator")
        try:
            self.operators.do(action)
        except ApiError as error:
            self.note(f"ECS refused: {error}")
        self.ours.judge.new_episode()
        self.ours.limits.new_episode(action)
        self.step()

    def incident(self, name: str = SERVICE) -> Incident | None:
        """The open incident of a service, as the ledger has it."""
        records = self.ledger.records.values()
        return next((record.incident for record in records if record.service_name == name), None)

    def answer(self, action: str) -> None:
        """A person answers what is asked, or something that is not."""
        opened = self.incident()
        if opened is None or opened.approval_request is None:
            return
        subject = opened.approval_request.subject
        about = f"{subject[:-1]}x" if action == "approve-another" else subject
        word = "reject" if action == "reject" else "approve"
        self.ours.judge.answers.append(
            Answered(self.now, about, word == "approve", opened.approval_request.lifts)
        )
        cluster = next(cluster for cluster, name in self.ledger.records if name == SERVICE)
        given = Answer(cluster, SERVICE, opened.id, about, word, "an operator")
        controller, _ = wired(self, self._gate)
        edge = Edge("ledger", self.ledger, self._gate)
        with self.deliveries.run(None):
            try:
                reply = Approver(controller, cast(Any, edge), Told(self)).take(given, self.now)
            except (Killed, ClientError, BotoCoreError, TooManyTriesError) as error:
                self.note(f"  no reply: {error!r}")
            else:
                self.note(f"  {reply.sentence}")
                if reply.taken and action == "approve-another":
                    self.says("4", f"an answer about something else was taken: {reply.sentence}")
        self.step()

    def calling(self, name: str) -> None:
        """A call of the product is about to take effect."""
        if name == "ecs.describe_services" and self._invocation:
            self._invocation.mark = self._invocation.about.judge.mark()

    def called(self, name: str) -> None:
        """A call of the product took effect."""
        if name in ("ledger.claim", "ledger.save") and self._invocation:
            if name == "ledger.claim":
                self._invocation.episode = self._invocation.about.judge.episode
                self._invocation.about.limits.claimed()
            self._invocation.mark = None  # only what is read after the claim is a re-check
        if name in ("ledger.save", "queue.schedule"):
            self.deliveries.records += 1

    @property
    def _invocation(self) -> Invocation | None:
        """What is running; the newest where two do."""
        return self.deliveries.running[-1] if self.deliveries.running else None

    def _did(self, act: Act) -> None:
        if self._invocation:
            self._invocation.acts.append(act)

    @property
    def _mark(self) -> int | None:
        return self._invocation.mark if self._invocation else None

    def decided(self, decision: Any, name: str) -> None:
        """The product recorded a decision."""
        self.verdicts[decision.verdict.value] += 1
        if name in self.watches:
            self.watches[name].grips.judge(decision, self.schedule)
            if decision.escalate or decision.approval_request:
                self.watches[name].told()
        self.recorded(f"{name}: {decision.verdict.value}: {decision.sentence}")

    def recorded(self, text: str) -> None:
        """The product accounted for a signal."""
        self.deliveries.records += 1
        self.note(f"  {text}")

    def update(self, real: Any, params: Mapping[str, Any]) -> Any:
        """UpdateService by the product: judged by the facts before it, counted when it took effect."""
        name = params["service"].rsplit("/", 1)[-1]
        limits = self.watches[name].limits
        complaint = limits.updating(params, self.incident(name), self._mark)
        answer = real(**params)
        self._did(str((params.get("desiredCount"), params.get("taskDefinition"))))
        self.note(f"  UpdateService {dict(params)}")
        limits.updated(params, self.incident(name))
        if complaint:
            self.says(*complaint.split(": ", 1))
        self.step()
        return answer

    def stop(self, real: Any, params: Mapping[str, Any]) -> Any:
        """StopTask by the product."""
        answer = real(**params)
        self.watches[self.stage.sim.task(params["task"]).service].judge.requested(params["task"])
        self._did(params["task"])
        return answer

    def says(self, number: str, text: str) -> None:
        """A violation that is no service's own."""
        self.ours.judge.says(number, text)

    def note(self, text: str) -> None:
        """A line of the timeline."""
        if self._trace:
            self.timeline.append((self.now, text))

    def _observed(self, item: object) -> None:
        if isinstance(item, EcsEvent):
            self.transport.emit(item.event)
        elif isinstance(item, TaskLog):
            self.transport.ship(item)
        elif isinstance(item, Note):
            self.note(item.text)
        elif isinstance(item, StopCalled) and item.caller == "unwedge":
            watch = self.watches[self.stage.sim.task(item.task_arn).service]
            watch.judge.stopped(item, self._mark, self._invocation.episode if self._invocation else None)
            watch.limits.stopped(self.incident(watch.name), item.task_arn)
