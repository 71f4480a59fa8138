"""The controller with its edges faked: a service, a signal, and what one pass leaves behind."""

from datetime import datetime
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics

from tests.support.aws import FakeAws
from tests.support.kill_switch import FakeKillSwitch
from tests.support.memory_ledger import MemoryLedger
from tests.support.situations import (
    CLUSTER,
    NOW,
    SERVICE,
    contender,
    holder,
    successor,
)
from unwedge.act.actor import Actor
from unwedge.controller import Controller
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.observe.observer import Observer
from unwedge.record.reporter import Reporter
from unwedge.signal.signals import Cause, Signal

SETTINGS = Settings()


class Queue:
    """Scheduled passes, remembered."""

    def __init__(self) -> None:
        self.sent: list[tuple[Signal, int]] = []

    def schedule(self, signal: Signal, seconds: int) -> None:
        """Remember it."""
        self.sent.append((signal, seconds))


class World:
    """The controller with its edges faked."""

    def __init__(self, *tasks: Task, **aws: Any) -> None:
        self.aws = FakeAws(*tasks, **aws)
        self.ledger = MemoryLedger()
        self.queue = Queue()
        self.notes: list[str] = []
        self.kill_switch = FakeKillSwitch()

    def controller(self) -> Controller:
        """A fresh one, as after a cold start."""
        ecs = cast(Any, self.aws)
        observer = Observer(ecs, ecs, SETTINGS)
        logger = Logger(service="test", level="CRITICAL")
        reporter = Reporter(logger, Metrics(namespace="Test", service="test"))
        reporter.ignored = lambda signal, why: self.notes.append(why)  # type: ignore[method-assign]
        return Controller(
            observer,
            Actor(ecs, observer, self.ledger, SETTINGS, self.kill_switch),
            self.ledger,
            self.queue,
            reporter,
            SETTINGS,
            self.kill_switch,
        )

    def reconcile(self, signal: Signal | None = None, now: datetime = NOW) -> None:
        """Let a fresh controller handle a signal."""
        self.controller().reconcile(signal or event(), now)

    @property
    def record(self) -> Any:
        """The service's record."""
        return self.ledger.load(CLUSTER, SERVICE)

    def next_look(self) -> Signal:
        """The newest scheduled pass."""
        return self.queue.sent[-1][0]


def event(task: Task | None = None) -> Signal:
    """What the crash of the contender makes."""
    return Signal(CLUSTER, SERVICE, Cause.TASK, hint=task or contender())


def wedge() -> World:
    """A wedge with a successor that is PENDING."""
    return World(holder(), contender(), successor())
