"""A schedule: one service's circumstances and the faults that befall it, all drawn from one seed."""

from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from rehearsal.ecs import Replacement, SchedulerOptions, Throttling
from rehearsal.ecs.options import Rollback, StopOfStopped
from tests.soak.around import Around, Neighbour
from tests.soak.around import draw as draw_around
from unwedge.model.settings import Fallback, Settings, WhenBroken


class Kind(StrEnum):
    """What a rule does. Every rule draws from a random stream of its own, so that dropping one leaves the
    others as they were."""

    EVENTS_LOST = "events-lost"
    EVENTS_DUPLICATED = "events-duplicated"
    EVENTS_REORDERED = "events-reordered"
    EVENTS_DELAYED = "events-delayed"
    LOGS_LATE = "logs-late"
    LOGS_LOST = "logs-lost"
    LOGS_CUT = "logs-cut"
    LOGS_FORGED = "logs-forged"
    CALLS_THROTTLED = "calls-throttled"
    CALLS_FAILING = "calls-failing"
    CALLS_TIMED_OUT = "calls-timed-out"
    EFFECT_TIMED_OUT = "timed-out-after-effect"
    CALLS_DENIED = "calls-denied"
    CALLS_SLOW = "calls-slow"
    ANSWERS_STALE = "answers-stale"
    KILLED_BEFORE = "killed-before-call"
    KILLED_AFTER = "killed-after-call"
    TWO_AT_ONCE = "two-at-once"
    CLOCK_SKEW = "clock-skew"
    OUTAGE = "outage"
    INDEX_STALE = "index-stale"
    OPERATOR = "operator"
    OPERATOR_INSIDE = "operator-inside-a-look"
    OTHERS_STOP = "others-stop-meanwhile"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One fault. `share`: how often, from 0 to 1. `seconds`: how long, or when for an operator. `call` and
    `nth`: the nth call of that name. `action`: what the operator does."""

    kind: Kind
    number: int
    share: float = 1.0
    seconds: float = 0.0
    call: str = ""
    nth: int = 0
    action: str = ""

    def random(self, seed: int) -> Random:
        """The rule's own random stream."""
        return Random(f"{seed}/{self.number}")

    def __str__(self) -> str:
        parts = [self.kind.value, self.action, f"{self.call}#{self.nth}" if self.call else ""]
        numbers = f"share {self.share:.2f}, {self.seconds:.0f} s"
        return " ".join(part for part in [*parts, f"({numbers})"] if part)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """All that one run depends on. Times in virtual seconds from the run's beginning."""

    seed: int
    options: SchedulerOptions
    tag: str
    begin: str
    contender: str
    shutdown: float
    reaches_after: float
    stop_timeout: int
    held_after_death: float
    breaker: dict[str, bool]
    settings: Settings
    around: Around
    no_events: bool
    begins_at: float
    cease_at: float
    rules: tuple[Rule, ...]


ACTIONS = (
    "deploy",
    "force-deployment",
    "roll-back",
    "stop-rollout",
    "abort-rollout",
    "scale-0",
    "scale-2",
    "tag-observe",
    "tag-off",
    "tag-approve",
    "pause",
    "retire",
    "unhealthy",
    "approve",
    "approve",
    "reject",
    "approve-another",
)
DECISIVE = (
    "ledger.claim",
    "ledger.save",
    "ecs.stop_task",
    "ecs.update_service",
    "queue.schedule",
    "ecs.describe_tasks",
)
READS = ("ecs.describe_services", "ecs.list_tasks", "ecs.describe_tasks", "logs.get_log_events")
WRITES = (
    "ecs.stop_task",
    "ecs.update_service",
    "ledger.claim",
    "ledger.save",
    "ledger.release",
    "queue.schedule",
)
_FAILING = (*READS, *WRITES[:3], *WRITES[-1:])
_TIMES = (1, 1, 2, 3, 5, 10)
# What a rule of each kind draws from.
_SHARES = {
    Kind.CALLS_SLOW: 0.1,
    Kind.EFFECT_TIMED_OUT: 0.6,
    Kind.LOGS_FORGED: 1.0,
    Kind.OTHERS_STOP: 1.0,
    Kind.OUTAGE: 1.0,
    Kind.INDEX_STALE: 1.0,
}
_SECONDS: dict[Kind, tuple[float, ...]] = {
    Kind.EVENTS_REORDERED: (20, 60),
    Kind.EVENTS_DELAYED: (30, 90, 240),
    Kind.LOGS_LATE: (30, 90, 240),
    Kind.CALLS_SLOW: (1, 3, 5),
    Kind.ANSWERS_STALE: (1, 3, 8),
    Kind.CLOCK_SKEW: (1, 3, 8, -1, -3, -8),
    Kind.OUTAGE: (0, 0, 150, 300),
    Kind.INDEX_STALE: (30, 120),
}
_CALLS: dict[Kind, tuple[str, ...]] = {
    Kind.KILLED_BEFORE: DECISIVE,
    Kind.KILLED_AFTER: DECISIVE,
    Kind.TWO_AT_ONCE: DECISIVE,
    Kind.OPERATOR_INSIDE: ("ledger.claim", "ecs.describe_tasks"),
    Kind.CALLS_THROTTLED: _FAILING,
    Kind.CALLS_FAILING: _FAILING,
    Kind.CALLS_TIMED_OUT: _FAILING,
    Kind.CALLS_DENIED: _FAILING,
    Kind.EFFECT_TIMED_OUT: ("ecs.stop_task",) * 3 + ("ecs.update_service",) * 2 + WRITES,
    Kind.OTHERS_STOP: ("ledger.account_stops", "ledger.claim"),
    # For hours: the table, the kill switch, the logs, the queue, or what is read of ECS.
    Kind.OUTAGE: (
        "ledger.",
        "switch.",
        "logs.",
        "queue.",
        "ecs.describe_tasks",
        "ecs.list_service_deployments",
    ),
}
_NTH = {
    Kind.KILLED_BEFORE: _TIMES,
    Kind.KILLED_AFTER: _TIMES,
    Kind.TWO_AT_ONCE: _TIMES,
    Kind.OPERATOR_INSIDE: (1,),
    Kind.OTHERS_STOP: (1, 2, 3),
}
_ACTIONS: dict[Kind, tuple[str, ...]] = {
    Kind.OPERATOR: ACTIONS,
    Kind.OPERATOR_INSIDE: ACTIONS,
    Kind.OUTAGE: ("InternalServerError", "AccessDeniedException"),
}
_HOURS = 2 * 3600
CONTENDERS = ("lock",) * 10 + (
    "json",
    "capital",
    "permission-denied",
    "no-locks",
    "broken",
    "quoting",
    "different-lock",
    "breaks-later",
    "breaks-at-once",
    "breaks-at-once",
)
# The new revision names another lock by mistake.
ASTRAY = ("different-lock", "other-directory")


def draw(seed: int) -> Schedule:
    """The schedule of a seed."""
    random = Random(seed)
    kinds = random.sample(list(Kind), random.randint(0, 5))
    kinds += random.choices([Kind.OPERATOR, Kind.OPERATOR_INSIDE, Kind.TWO_AT_ONCE, Kind.KILLED_AFTER], k=2)
    tag = random.choice(["enforce"] * 8 + ["approve"] * 2 + ["observe", "off"])
    kinds += [Kind.OPERATOR] * 3 if tag == "approve" else []
    rules = tuple(_rule(kind, number, random) for number, kind in enumerate(kinds))
    if tag == "approve":
        rules = (*rules[:-3], *(replace(rule, action="approve") for rule in rules[-3:]))
    stale = max((rule.seconds for rule in rules if rule.kind is Kind.ANSWERS_STALE), default=0.0)
    settings, around = _settings(random), draw_around(random)
    contenders = CONTENDERS + (("other-directory",) * 6 if around.neighbour is Neighbour.SAME_MOUNT else ())
    outage = any(rule.kind is Kind.OUTAGE for rule in rules)
    return Schedule(
        seed=seed,
        options=_options(seed, stale, settings, random),
        tag=tag,
        begin=random.choice(["deploy"] * 8 + ["unhealthy", "retire"]),
        contender=random.choice(contenders),
        shutdown=random.choice([25, 200] if settings.fallback is Fallback.DRAIN else [0.5, 2, 2, 25, 200]),
        reaches_after=random.choice([0.03] * 5 + [5.0, 12.0, 25.0, 60.0]),
        stop_timeout=random.choice([30, 30, 120]),
        held_after_death=random.choice([0, 0, 0, 60, 240]),
        breaker=random.choice(
            [{"enable": False, "rollback": False}] * 3 + [{"enable": True, "rollback": True}]
        ),
        settings=settings,
        around=around,
        no_events=random.random() < 0.08,
        begins_at=random.uniform(1, 90),
        cease_at=_HOURS if outage else random.choice([300, 450, 600]),
        rules=rules,
    )


def _settings(random: Random) -> Settings:
    """Patience short enough for a run, and budgets that are reached in some of them."""
    return Settings(
        successor_patience=random.choice([120, 300]),
        fallback=random.choice(list(Fallback)),
        when_broken=random.choice(list(WhenBroken)),
        stops_per_incident=random.choice([1, 2, 2, 3]),
        cooldown=random.choice([120, 600]),
        stops_per_account_hour=random.choice([1, 3, 10, 10]),
        stops_per_service_hour=random.choice([1, 2, 4, 4]),
        stops_per_service_day=random.choice([2, 10, 10]),
        approval_patience=random.choice([200, 900]),
        approval_validity=random.choice([60, 7200]),
    )


def _options(seed: int, stale: float, settings: Settings, random: Random) -> SchedulerOptions:
    """Where a drain is allowed, the old revision wins races more often."""
    races = settings.fallback is Fallback.DRAIN and random.random() < 0.6
    return SchedulerOptions(
        seed=seed,
        replacement=Replacement.SAME_REVISION if races else random.choice(list(Replacement)),
        throttling=random.choice(list(Throttling)),
        rollback=random.choice(list(Rollback)),
        stop_of_stopped=random.choice(list(StopOfStopped)),
        quick_exit_shows_running=random.random() < 0.5,
        failures_count_towards_breaker=random.random() < 0.5,
        pending_count_includes_provisioning=random.random() < 0.5,
        stopping_counts_towards_maximum=random.random() < 0.3,
        describe_lag_seconds=stale,
        deregistration_seconds=random.choice([5, 30, 300, 3600]),
        pending_seconds=random.choice([(10.0, 60.0)] * 3 + [(0.2, 1.0), (0.2, 20.0)]),
    )


def _rule(kind: Kind, number: int, random: Random) -> Rule:
    """The rule of a kind with numbers drawn for it."""
    share = random.choice([0.1, 0.3, 0.6])
    seconds = random.choice(_SECONDS.get(kind, (0.0,)))
    return Rule(
        kind=kind,
        number=number,
        share=_SHARES.get(kind, share),
        seconds=random.uniform(20, 500) if kind is Kind.OPERATOR else seconds,
        call=random.choice(_CALLS.get(kind, ("",))),
        nth=random.choice(_NTH.get(kind, (0,))),
        action=random.choice(_ACTIONS.get(kind, ("",))),
    )
