"""The programs of a schedule, and what operators do to the service."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rehearsal.ecs import ContainerSpec
from rehearsal.programs.scripted import LOCK_HELD, Script, init_container
from tests.soak.around import NEIGHBOUR, Sidecar, lock_name, revision
from tests.soak.rules import Schedule
from tests.support.simulated_ecs import SERVICE, Stage

_QUOTED = (
    'ts={time} level=info msg="seen: level=error err=opening storage failed: '
    'lock DB directory: resource temporarily unavailable"'
)
_READY = ((0.05, 'ts={time} level=info msg="Server is ready"'),)
_NEAR = 'ts={time} caller=main.go:1159 level=error err="opening storage failed: lock DB directory: '
FAILURES = {
    "lock": LOCK_HELD,
    "different-lock": LOCK_HELD,
    "capital": LOCK_HELD.replace("opening storage failed:", "Opening storage failed"),
    "json": '{"caller":"main.go:1127","err":"opening storage failed: lock DB directory: resource temporarily '
    'unavailable","level":"error"}',
    "permission-denied": _NEAR + 'open /prometheus/lock: permission denied"',
    "no-locks": _NEAR + 'no locks available"',
    "broken": 'ts={time} level=error msg="error loading config"',
    "quoting": _QUOTED,
}


def chooser(schedule: Schedule) -> Callable[[ContainerSpec], Script]:
    """Revision 1 works; later ones are what the schedule says. The neighbour's revisions all work."""
    holder = Script(shutdown_seconds=schedule.shutdown, lines=_READY, starts_after=schedule.reaches_after)
    newer = _newer(schedule)
    long_running: set[str] = set()

    def choose(spec: ContainerSpec) -> Script:
        if spec.name == "init-config":
            return init_container()
        if spec.name == "forwarder":
            return _forwarder(schedule.around.sidecar)
        lock = lock_name(spec.volumes["/prometheus"].file_system, spec.definition)
        if spec.revision == 1 and spec.service not in long_running:
            long_running.add(spec.service)  # it runs for a day when the schedule begins
            return replace(holder, lock=lock, starts_after=0.03)
        script = newer if spec.revision > 1 and spec.service != NEIGHBOUR else holder
        return replace(script, lock=lock) if script.lock is not None or script is holder else script

    return choose


def _newer(schedule: Schedule) -> Script:
    """What the revisions after the first do."""
    kind = schedule.contender
    if kind == "breaks-later":
        return Script(lock="", shutdown_seconds=2, exit_after=45, exit_code=2, lines=_READY)
    if kind == "breaks-at-once":
        return Script(lock="", exit_after=3, exit_code=2, lines=_READY, last_words=(FAILURES["broken"],))
    if kind in ("lock", "json", "capital", "other-directory"):
        return Script(
            lock="",
            shutdown_seconds=schedule.shutdown,
            lock_failure_line=FAILURES.get(kind, LOCK_HELD),
            starts_after=schedule.reaches_after,
        )
    return Script(exit_after=0.5, exit_code=1, last_words=(FAILURES[kind],))


def _forwarder(kind: Sidecar) -> Script:
    """A sidecar that prints lock lines: another service's, or this one's own once more."""
    lines = tuple((seconds, LOCK_HELD) for seconds in (0.2, 5.0, 40.0))
    if kind is Sidecar.DIES:
        return Script(exit_after=1.0, exit_code=1, last_words=(LOCK_HELD,))
    if kind is Sidecar.LINGERS:
        return Script(ignores_sigterm=True)
    return Script(lines=lines)


def register(stage: Stage, body: dict[str, Any]) -> str:
    """A new revision; returns its ARN."""
    answer: dict[str, Any] = stage.sim.call("RegisterTaskDefinition", body)
    arn: str = answer["taskDefinition"]["taskDefinitionArn"]
    return arn


class Operators:
    """People with the AWS console open."""

    def __init__(self, stage: Stage, schedule: Schedule) -> None:
        self._stage, self._schedule = stage, schedule
        self._first = stage.service.settings["taskDefinition"]
        self._latest = self._first

    def do(self, action: str) -> None:
        """One action; what the service does not allow at the moment is not done."""
        verb, _, value = action.partition("-")
        if verb == "scale":
            self._stage.update(desiredCount=int(value))
        elif verb == "tag":
            arn = self._stage.service.arn
            tags = [{"key": "unwedge", "value": value}]
            self._stage.sim.call("TagResource", {"resourceArn": arn, "tags": tags})
        elif verb in ("stop", "abort"):
            self._stop_rollout("ROLLBACK" if verb == "stop" else "ABORT")
        elif verb in ("retire", "unhealthy"):
            self._hurt(verb)
        elif action == "force-deployment":
            self._stage.update(forceNewDeployment=True)
        elif action == "roll-back":
            self._stage.update(taskDefinition=self._first)
        elif action == "deploy":
            self._deploy()

    def _deploy(self) -> None:
        schedule = self._schedule
        astray = {"different-lock": "volume", "other-directory": "directory"}.get(schedule.contender, "")
        body = revision(schedule.around, stop_timeout=schedule.stop_timeout, init=True, astray=astray)
        self._latest = register(self._stage, body)
        self._stage.update(taskDefinition=self._latest)

    def _hurt(self, verb: str) -> None:
        for task in self._stage.tasks():
            if task.alive and task.holds_lock and task.service == SERVICE:
                if verb == "retire":
                    self._stage.sim.retire_task(task.arn)
                else:
                    self._stage.sim.make_unhealthy(task.arn)

    def _stop_rollout(self, how: str) -> None:
        rollout = self._stage.service.rollouts[-1]
        if rollout.status in ("PENDING", "IN_PROGRESS"):
            params = {"serviceDeploymentArn": rollout.arn, "stopType": how}
            self._stage.sim.call("StopServiceDeployment", params)
