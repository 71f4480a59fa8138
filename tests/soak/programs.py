"""The programs of a schedule, and what operators do to the service."""

from collections.abc import Callable
from dataclasses import replace

from rehearsal.ecs import ContainerSpec
from rehearsal.programs.scripted import LOCK_HELD, Script, init_container
from tests.soak.rules import Schedule
from tests.support.simulated_ecs import AFTER_INIT, INIT, Stage, main_container

_QUOTED = (
    'ts={time} level=info msg="seen: level=error err=opening storage failed: '
    'lock DB directory: resource temporarily unavailable"'
)
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
    """Revision 1 works; later ones are what the schedule says."""
    ready = ((0.05, 'ts={time} level=info msg="Server is ready"'),)
    late = schedule.reaches_after
    holder = Script(lock="data", shutdown_seconds=schedule.shutdown, lines=ready, starts_after=late)
    kind = schedule.contender
    if kind == "breaks-later":
        newer = Script(lock="data", shutdown_seconds=2, exit_after=45, exit_code=2, lines=ready)
    elif kind == "breaks-at-once":
        newer = Script(lock="data", exit_after=3, exit_code=2, lines=ready, last_words=(FAILURES["broken"],))
    elif kind in ("lock", "json", "capital"):
        newer = Script(
            lock="data",
            shutdown_seconds=schedule.shutdown,
            lock_failure_line=FAILURES[kind],
            starts_after=late,
        )
    else:
        newer = Script(exit_after=0.5, exit_code=1, last_words=(FAILURES[kind],))

    first = True

    def choose(spec: ContainerSpec) -> Script:
        nonlocal first
        if spec.name == "init-config":
            return init_container()
        if first:
            first = False  # it runs for a day when the schedule begins
            return replace(holder, starts_after=0.03)
        return holder if spec.revision == 1 else newer

    return choose


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
        volume = "fs-87654321" if self._schedule.contender == "different-lock" else "fs-12345678"
        timeout = self._schedule.stop_timeout
        efs = {"fileSystemId": volume, "rootDirectory": "/"}
        self._latest = self._stage.register(
            INIT,
            main_container(dependsOn=AFTER_INIT, stopTimeout=timeout),
            volumes=[{"name": "data", "efsVolumeConfiguration": efs}],
        )
        self._stage.update(taskDefinition=self._latest)

    def _hurt(self, verb: str) -> None:
        for task in self._stage.tasks():
            if task.alive and task.holds_lock:
                if verb == "retire":
                    self._stage.sim.retire_task(task.arn)
                else:
                    self._stage.sim.make_unhealthy(task.arn)

    def _stop_rollout(self, how: str) -> None:
        rollout = self._stage.service.rollouts[-1]
        if rollout.status in ("PENDING", "IN_PROGRESS"):
            params = {"serviceDeploymentArn": rollout.arn, "stopType": how}
            self._stage.sim.call("StopServiceDeployment", params)
