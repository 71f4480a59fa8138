"""Settings: the mode of a service and the limits of what Unwedge may do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)


class Mode(StrEnum):
    """What Unwedge may do for a service: act, ask first, only say what it would do, or look away."""

    ENFORCE = "enforce"
    APPROVE = "approve"
    OBSERVE = "observe"
    OFF = "off"


class WithoutSuccessor(StrEnum):
    """What to do when no successor came within the patience."""

    ESCALATE = "escalate"
    STOP = "stop"


class Fallback(StrEnum):
    """What to do when an incident's stops are spent: tell people, or scale the service to 0 and back."""

    ESCALATE = "escalate"
    DRAIN = "drain"


class WhenBroken(StrEnum):
    """What to do when the new revision fails for another reason after our stop and nothing runs."""

    ESCALATE = "escalate"
    ROLLBACK = "rollback"


class SettingsError(ValueError):
    """A setting has a value that is not allowed. Carries name, value and what is allowed."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        super().__init__(name, value, allowed)
        self.name = name
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        return f"{self.name} is {self.value!r}; allowed: {self.allowed}."


@dataclass(frozen=True, slots=True)
class Settings:
    """The stack's defaults and limits. Durations in seconds.

    evidence_patience: how long log lines may be late before we say that we cannot verify. The awslogs
    driver buffers and is non-blocking by default, so a minute is usual.
    cooldown: how long a service is left alone after the last stop of an earlier incident.
    stops_per_service_day, stops_per_account_hour: budgets beyond which people decide.
    successor_patience: how long to wait for a successor while the holder still serves. ECS backs off up
    to 27 minutes between attempts, hence the default of half an hour.
    approval_patience: how long a question waits for an answer before it is asked again.
    approval_validity: how long an approval holds after its question expires; longer than ECS's back-off
    between two attempts.
    drain_patience: after so long the service is brought back even when a task will not go.
    rollback_patience: how long nobody may have written before the service is rolled back.
    allowed_programs: whose lock lines may lead to a stop though no run of the program has proven them.
    """

    default_mode: Mode = Mode.OBSERVE
    clusters: tuple[str, ...] = ()
    stops_per_incident: int = 2
    evidence_patience: int = 60
    cooldown: int = 600
    stops_per_service_day: int = 10
    stops_per_account_hour: int = 10
    successor_patience: int = 1800
    approval_validity: int = 7200
    without_successor: WithoutSuccessor = WithoutSuccessor.ESCALATE
    fallback: Fallback = Fallback.ESCALATE
    when_broken: WhenBroken = WhenBroken.ESCALATE
    allowed_programs: tuple[str, ...] = ()
    # Not settings yet: nobody has needed to change them. A person sees the numbers in the reasons.
    settle: int = 10
    settled: int = 120
    undecided_patience: int = 180
    lease_patience: int = 300
    last_lines: int = 15
    claim_lease: int = 45
    stops_per_service_hour: int = 4
    approval_patience: int = 900
    lock_free_patience: int = 300
    release_patience: int = 180
    refusal_patience: int = 300
    recovery_patience: int = 600
    silence: int = 900
    without_writer: int = 180
    drain_patience: int = 300
    aftercare: int = 1800
    rollback_patience: int = 60
    provisioning_patience: int = 300
    healthy_without_check: int = 40

    def watches(self, cluster_arn: str) -> bool:
        """Whether this cluster is among the configured ones; none configured means all."""
        return not self.clusters or cluster_arn in self.clusters

    def allows(self, program: str) -> bool:
        """Whether the operator allows this program's lock line, proven or not, to lead to a stop."""
        return program.casefold() in {allowed.casefold() for allowed in self.allowed_programs}

    def account_allowance(self, service_stops: Iterable[datetime], now: datetime) -> int:
        """Below how many stops of the account within an hour this service may have one more. Half of them are
        kept from services that had one in that hour: whoever wedges again and again leaves a first stop to
        each of the others."""
        again = any(now - moment < timedelta(hours=1) for moment in service_stops)
        whole = self.stops_per_account_hour
        return (whole + 1) // 2 if again else whole

    def mode_of(self, tag: str | None) -> Mode:
        """The mode of a service by its `unwedge` tag. A value we do not know allows watching only."""
        if tag is None:
            return self.default_mode
        try:
            return Mode(tag.strip().lower())
        except ValueError:
            return Mode.OBSERVE


def settings_from(environ: Mapping[str, str]) -> Settings:
    """The settings from a function's environment. Raises SettingsError naming the variable that is wrong."""
    defaults = Settings()
    return Settings(
        default_mode=_one_of(Mode, environ, "UNWEDGE_DEFAULT_MODE", defaults.default_mode),
        clusters=tuple(part for part in environ.get("UNWEDGE_CLUSTERS", "").split(",") if part),
        stops_per_incident=_whole(environ, "UNWEDGE_STOPS_PER_INCIDENT", defaults.stops_per_incident),
        evidence_patience=_whole(environ, "UNWEDGE_EVIDENCE_PATIENCE_SECONDS", defaults.evidence_patience),
        cooldown=_whole(environ, "UNWEDGE_COOLDOWN_SECONDS", defaults.cooldown),
        stops_per_service_day=_whole(
            environ, "UNWEDGE_STOPS_PER_SERVICE_DAY", defaults.stops_per_service_day
        ),
        stops_per_account_hour=_whole(
            environ, "UNWEDGE_STOPS_PER_ACCOUNT_HOUR", defaults.stops_per_account_hour
        ),
        successor_patience=_whole(environ, "UNWEDGE_SUCCESSOR_PATIENCE_SECONDS", defaults.successor_patience),
        approval_validity=_whole(environ, "UNWEDGE_APPROVAL_VALIDITY_SECONDS", defaults.approval_validity),
        without_successor=_one_of(
            WithoutSuccessor, environ, "UNWEDGE_WITHOUT_SUCCESSOR", defaults.without_successor
        ),
        fallback=_one_of(Fallback, environ, "UNWEDGE_FALLBACK", defaults.fallback),
        when_broken=_one_of(WhenBroken, environ, "UNWEDGE_WHEN_BROKEN", defaults.when_broken),
        allowed_programs=tuple(
            name for part in environ.get("UNWEDGE_SIGNATURES", "").split(",") if (name := part.strip())
        ),
    )


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    raw = environ.get(name, str(default))
    if not raw.isascii() or not raw.isdigit() or int(raw) < 1:
        raise SettingsError(name, raw, "a whole number from 1")
    return int(raw)


def _one_of(kind: type[E], environ: Mapping[str, str], name: str, default: E) -> E:
    raw = environ.get(name, default.value)
    try:
        return kind(raw)
    except ValueError:
        raise SettingsError(name, raw, ", ".join(member.value for member in kind)) from None
