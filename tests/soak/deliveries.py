"""The queue, and what becomes of each message: one Lambda invocation after the other, or two at once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from tests.soak.edges import Gate, Killed
from tests.soak.product import wired
from tests.soak.rules import Kind
from tests.soak.watch import Watch
from tests.support.simulated_ecs import SERVICE
from unwedge.controller import Controller, TooManyTriesError
from unwedge.observe.reads import ReadError
from unwedge.record.ledger import LedgerConflictError
from unwedge.signal.signals import Refusal, Signal, Sweep, parse_signal, requeue_message

if TYPE_CHECKING:
    from tests.soak.world import SoakWorld

VISIBILITY_SECONDS = 180
RECEIVED_AT_MOST = 5
SCHEDULED = json.dumps({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
# What a call did: the ARN of the task that it stopped, or count and task definition as text.
Act = str


@dataclass
class Message:
    """One message of the queue."""

    body: str
    number: int
    received: int = 0


@dataclass
class Invocation:
    """One run of the Lambda. `mark`: where the re-check after its claim read, if it did; `episode`: of the
    service, at its claim."""

    message: Message | None
    about: Watch
    mark: int | None = None
    episode: int | None = None
    acts: list[Act] = field(default_factory=list)


class Deliveries:
    """The queue with its dead letters, and the invocations under way, the newest last."""

    def __init__(self, world: "SoakWorld", gate: Gate) -> None:
        self._world, self._gate = world, gate
        self.queue: list[tuple[datetime, int, Message]] = []
        self.dead: list[Message] = []
        self.running: list[Invocation] = []
        self.records = 0
        self._numbers = count()
        self._controllers = [wired(world, gate), wired(world, gate)]

    def schedule_look(self, signal: Signal, seconds: int) -> None:
        """A delayed message to ourselves."""
        self.send(requeue_message(signal), min(seconds, 900))

    def send(self, body: str, seconds: float) -> None:
        """A message that becomes visible after so many seconds."""
        self.put(Message(body, next(self._numbers)), seconds)

    def put(self, message: Message, seconds: float) -> None:
        """The same message (again)."""
        due = self._world.now + timedelta(seconds=seconds)
        heappush(self.queue, (due, next(self._numbers), message))

    def take(self) -> Message | None:
        """The next message that is due."""
        return heappop(self.queue)[2] if self.queue and self.queue[0][0] <= self._world.now else None

    def deliver(self, message: Message) -> None:
        """One Lambda invocation: it ends acknowledged, hidden for a while, or among the dead letters."""
        self._world.steps += 1
        message.received += 1
        before = self.records
        with self.run(message) as invocation:
            acknowledged = self._handle(message, invocation)
        self._check_acts(invocation.acts, acknowledged)
        if acknowledged and self.records == before:
            self._world.says("6", f"a signal was acknowledged without a trace: {message.body[:200]}")
        if not acknowledged and message.received >= RECEIVED_AT_MOST:
            self.dead.append(message)
            self._alarmed(message)
            self._world.note("message goes to the dead letters")
        elif not acknowledged:
            self.put(message, VISIBILITY_SECONDS)
        self._world.step()
        if not self.running:
            self._check_look()

    @contextmanager
    def run(self, message: Message | None) -> Iterator[Invocation]:
        """An invocation for as long as it lasts; without a message that of the approver."""
        invocation = Invocation(message, self._world.ours)
        self.running.append(invocation)
        try:
            yield invocation
        finally:
            self.running.pop()

    def again(self) -> None:
        """SQS delivers the message in hand a second time, and another Lambda takes it, once."""
        in_hand = [each.message for each in self.running if each.message]
        if len(in_hand) == 1:
            self.deliver(Message(in_hand[0].body, next(self._numbers), RECEIVED_AT_MOST))

    def _handle(self, message: Message, invocation: Invocation) -> bool:
        signal = parse_signal(message.body)
        name = getattr(signal, "service_name", SERVICE)
        invocation.about = self._world.watches.get(name, self._world.ours)
        if isinstance(signal, Refusal):
            self._world.recorded(f"refused: {signal.detail}")
            return True
        process = sum(each.message is not None for each in self.running) - 1
        controller, sweeper = self._controllers[process]
        what = "sweep" if isinstance(signal, Sweep) else signal.cause.value
        self._world.note(f"signal {what}, received {message.received}")
        try:
            if isinstance(signal, Sweep):
                self._world.recorded(f"swept: {sweeper.sweep(signal)}")
            else:
                self._look(controller, signal)
        except ReadError as error:
            self._world.recorded(f"sweep failed: {error}")
        except Killed as killed:
            self._world.note(f"  killed at {killed}")
            self._controllers[process] = wired(self._world, self._gate)
            return False
        except (ClientError, BotoCoreError, TooManyTriesError) as error:
            self._world.note(f"  not handled: {error}")
            return False
        except Exception as error:  # noqa: BLE001 - an error that nobody foresaw is a finding
            self._world.says("crash", repr(error))
            return False
        return True

    def _look(self, controller: Controller, signal: Signal) -> None:
        skew = sum(rule.seconds for rule in self._world.active if rule.kind is Kind.CLOCK_SKEW)
        if skew:
            self._world.faults[Kind.CLOCK_SKEW.value] += 1
        try:
            controller.reconcile(signal, self._world.now + timedelta(seconds=skew))
        except LedgerConflictError:
            controller.postpone(signal)

    def _alarmed(self, message: Message) -> None:
        """The alarm of the dead letters rings."""
        for name, watch in self._world.watches.items():
            if name in message.body or message.body == SCHEDULED:
                watch.told()

    def _check_acts(self, acts: list[Act], acknowledged: bool) -> None:
        """What was done in an invocation that came to its end stands among the decisions."""
        recorded = {
            str(action.get("task_arn") or (action.get("desired_count"), action.get("task_definition")))
            for entry in self._world.ledger.entries
            if isinstance(action := entry.data["decision"].get("action"), dict)
        }
        for act in acts:
            if acknowledged and act not in recorded:
                self._world.says("6", f"what was done is not recorded: {act}")

    def _check_look(self) -> None:
        """An open incident is always waited for by a message: queued, hidden after a failure, or dead."""
        for record in self._world.ledger.records.values():
            if record.incident is None:
                continue
            waiting = [message.body for _, _, message in self.queue] + [item.body for item in self.dead]
            # An event that waits in the queue, or is hidden after a failure, makes us look as well.
            others = ('"aws.ecs"', '"cause":"sweep"', '"cause":"answer"')
            ours = [body for body in waiting if record.service_name in body]
            if not any(mark in body for mark in (record.requeue_id or others[0], *others) for body in ours):
                self._world.says("6", f"incident {record.incident.id} is open and no pass is coming")
