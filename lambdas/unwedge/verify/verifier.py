"""Verify one service: read, try ECS Exec where that is allowed, and judge.

It changes nothing, and waits for nothing: what has only just started is said to be worth another look, and
whoever calls decides how long to wait for it.
"""

import secrets
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from unwedge.model.settings import Mode, Settings
from unwedge.model.verification import Check, Verification, VerificationCause
from unwedge.verify import described as told
from unwedge.verify.checks.every import bounded, checks
from unwedge.verify.checks.inside import ecs_exec
from unwedge.verify.checks.words import runs_prometheus
from unwedge.verify.doctor import rules_out
from unwedge.verify.endpoints import ENDPOINTS_TAG, Answers, Plan, answers_of, plan_for, script_for
from unwedge.verify.execute import Target, attempt
from unwedge.verify.facts import Attempt, AttemptKind, Facts, Registration
from unwedge.verify.gathered import explained, read_outside, with_definition, with_neighbours
from unwedge.verify.reading import Reads
from unwedge.verify.watching import concerns_us, soon

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

# Six requests of at most 4 s each, one after the other, in the worst case.
_EXEC_SECONDS = 30.0


class Looked(NamedTuple):
    """What came of one look. `soon`: why it is worth another one in a moment; None where it is final."""

    verification: Verification
    soon: str | None = None


class NotVerified(NamedTuple):
    """Why a service was not verified, in one sentence."""

    sentence: str


class Verifier:
    """Looks at services. `may_exec` says of a cluster's ARN whether ECS Exec may be used there."""

    def __init__(
        self,
        reads: Callable[[], Reads],
        ecs: "ECSClient",
        settings: Settings,
        may_exec: Callable[[str], bool],
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._reads = reads
        self._ecs = ecs
        self._settings = settings
        self._may_exec = may_exec
        self._trust = trust

    def look(
        self,
        cluster: str,
        name: str,
        cause: VerificationCause,
        now: datetime,
        *,
        waited: float = 0.0,
        last: bool = False,
    ) -> Looked | NotVerified:
        """Verify a service as it is now. `last`: there is no other look after this one, so everything is
        read that may explain what does not work. Raises ReadError where the service cannot be read."""
        began, reads, wanted = time.monotonic(), self._reads(), cause is VerificationCause.ASKED
        facts = self._described(reads, cluster, name, now)
        if isinstance(facts, NotVerified):
            return facts
        service = facts.service
        if not wanted and self._settings.mode_of(service.tag) is Mode.OFF:
            return NotVerified(f"Service {name} is not watched: its mode is off.")
        if not wanted and service.desired_count == 0:
            return NotVerified(f"Service {name} is scaled to 0.")
        facts = read_outside(facts, reads, cluster, name)
        if not wanted and not concerns_us(facts):
            return NotVerified(f"Service {name} is not tagged and shares no volume.")
        mark = secrets.token_hex(4)
        plan = _plan(facts)
        facts, calls = self._tried(facts, plan, mark, cluster)
        again = soon(facts)
        if again is None or last:
            facts = explained(with_neighbours(facts, reads, cluster), reads, cluster)
        ran = facts.attempt is not None and facts.attempt.kind is AttemptKind.RAN
        answers: Answers | None = answers_of(facts.attempt.said, mark) if ran and facts.attempt else None
        primary = service.primary
        verification = Verification(
            cluster,
            name,
            now,
            cause,
            primary.task_definition.rsplit("/", 1)[-1] if primary else "",
            checks(facts, plan, answers),
            waited=waited,
            seconds=round(time.monotonic() - began, 1),
            calls=reads.calls + calls,
            deployment=primary.id if primary else "",
        )
        return Looked(verification, again)

    def run(
        self, cluster: str, name: str, script: str, now: datetime, *, seconds: float, container: str | None
    ) -> tuple[Attempt | None, Check] | NotVerified:
        """Run a script of a person's in a container of the service: what came of it, and what the check of
        ECS Exec says. Raises ReadError where the service cannot be read."""
        reads = self._reads()
        facts = self._described(reads, cluster, name, now)
        if isinstance(facts, NotVerified):
            return facts
        facts = with_definition(replace(facts, tasks=reads.tasks(cluster, name)), reads, container)
        task, spec = facts.task, facts.spec
        if spec is None:
            return NotVerified(f"The task definition has no container {container}.")
        if task is None:
            return NotVerified(f"No task of service {name} runs.")
        if not rules_out(facts):
            target = Target(cluster, task.task.arn, spec.name)
            tried = attempt(self._ecs, target, script, seconds=seconds, trust=self._trust)
            facts = replace(facts, attempt=tried)
        return facts.attempt, bounded(ecs_exec(explained(facts, reads, cluster)))

    def _described(self, reads: Reads, cluster: str, name: str, now: datetime) -> Facts | NotVerified:
        """The service itself."""
        described = reads.service(cluster, name)
        if described is None:
            return NotVerified(f"There is no service {name} in cluster {cluster.rsplit('/', 1)[-1]}.")
        service = told.parsed(described)
        if service.status == "INACTIVE":
            return NotVerified(f"Service {name} is deleted.")
        return Facts(
            service,
            running=int(described.get("runningCount", 0)),
            pending=int(described.get("pendingCount", 0)),
            exec_enabled=described.get("enableExecuteCommand") is True,
            at=now,
            endpoints_tag=told.tag(described, ENDPOINTS_TAG),
            registries=told.registries(described),
            one_at_a_time=told.one_at_a_time(described),
            exec_allowed=self._may_exec(cluster),
        )

    def _tried(self, facts: Facts, plan: Plan, mark: str, cluster: str) -> tuple[Facts, int]:
        """ECS Exec tried, where it is allowed and not ruled out; and how many calls that took."""
        task, spec = facts.task, facts.spec
        if task is None or spec is None or not facts.exec_allowed or rules_out(facts):
            return facts, 0
        script = script_for(plan, mark)
        target = Target(cluster, task.task.arn, spec.name)
        tried = attempt(self._ecs, target, script, seconds=_EXEC_SECONDS, trust=self._trust)
        return replace(facts, attempt=tried), 1


def _plan(facts: Facts) -> Plan:
    if facts.spec is None:
        return Plan(problem="the task definition was not read")
    known = facts.registration if isinstance(facts.registration, Registration) else None
    return plan_for(facts.spec, facts.endpoints_tag, known, runs_prometheus(facts.spec))
