"""What the audit says against what the simulated ECS does, over generated services.

The truth is the simulator's: who shares a directory with whom is decided where the programs start, not by the
audit's own reading of the definition.
"""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rehearsal.ecs import ContainerSpec, SchedulerOptions
from rehearsal.ecs.errors import ApiError
from rehearsal.ecs.options import Replacement, Rollback, Throttling
from rehearsal.programs.scripted import Script
from tests.support.simulated_ecs import HEALTH_CHECK, Stage, main_container
from unwedge.model.posture import Outlook, Posture, Severity
from unwedge.posture.audit import audit
from unwedge.posture.facts import Facts
from unwedge.posture.shape import shape_of

_MINUTES = 12
_SETTLED = frozenset({Outlook.OVERLAPS, Outlook.HANDS_OVER})
_PROMETHEUS, _NGINX = "prom/prometheus:v2.53.5", "nginx:1.27"


@dataclass(frozen=True)
class Drawn:
    """A service and how its ECS behaves. `lock`: the name of what its program locks, the same for tasks that
    share it; None for a program that locks nothing that another task has."""

    percent: tuple[int, int]
    desired: int
    image: str
    command: tuple[str, ...]
    volume: dict[str, Any]
    read_only: bool
    health_check: bool
    breaker: bool
    shutdown: float
    options: SchedulerOptions

    @property
    def locks(self) -> bool:
        """Whether all its tasks reach for one lock."""
        inside = not self.command or self.command[0] == "--storage.tsdb.path=/prometheus/a"
        shared = "efsVolumeConfiguration" in self.volume and not self.read_only and inside
        return self.image == _PROMETHEUS and shared

    def script(self, spec: ContainerSpec) -> Script:
        """What the program of one task does."""
        return Script(lock="store" if self.locks else None, shutdown_seconds=self.shutdown)

    def container(self, **more: Any) -> dict[str, Any]:
        """The container definition."""
        mount = {"sourceVolume": "data", "containerPath": "/prometheus", "readOnly": self.read_only}
        made = main_container(image=self.image, mountPoints=[mount], command=list(self.command), **more)
        if not self.health_check:
            del made["healthCheck"]
        return made


_RANGES = st.sampled_from([(10.0, 20.0), (1.0, 2.0), (15.0, 15.0)])
_OPTIONS = st.builds(
    SchedulerOptions,
    replacement=st.sampled_from(Replacement),
    throttling=st.sampled_from(Throttling),
    rollback=st.sampled_from(Rollback),
    provisioning_seconds=_RANGES,
    pending_seconds=st.sampled_from([(10.0, 60.0), (0.2, 1.0), (20.0, 20.0)]),
    failures_count_towards_breaker=st.booleans(),
    quick_exit_shows_running=st.booleans(),
    stopping_counts_towards_maximum=st.booleans(),
    seed=st.integers(0, 10_000),
)
_EFS = {"efsVolumeConfiguration": {"fileSystemId": "fs-0123456789abcdef0", "rootDirectory": "/"}}
_POINT = {
    "efsVolumeConfiguration": {
        "fileSystemId": "fs-0123456789abcdef0",
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": "fsap-0123456789abcdef0"},
    }
}
DRAWN = st.builds(
    Drawn,
    percent=st.tuples(st.sampled_from([0, 1, 50, 99, 100]), st.sampled_from([100, 150, 199, 200, 300])),
    desired=st.sampled_from([1, 1, 1, 2]),
    image=st.sampled_from([_PROMETHEUS, _PROMETHEUS, _NGINX]),
    command=st.sampled_from([(), ("--storage.tsdb.path=/prometheus/a",), ("--storage.tsdb.path=/data",)]),
    volume=st.sampled_from([_EFS, _EFS, _POINT, {"host": {}}]),
    read_only=st.sampled_from([False, False, False, True]),
    health_check=st.booleans(),
    breaker=st.booleans(),
    shutdown=st.sampled_from([0.5, 5.0, 25.0]),
    options=_OPTIONS,
)


def _audited(stage: Stage) -> Posture:
    """The audit of the service as the simulated ECS describes it."""
    described = stage.described(include=["TAGS"])
    arn = described["taskDefinition"]
    told = stage.sim.call("DescribeTaskDefinition", {"taskDefinition": arn})["taskDefinition"]
    return audit(Facts(shape_of(described, told), stage.sim.now))


def _deployed(drawn: Drawn) -> tuple[Posture, Stage] | None:
    """The audit before, and the stage after a deployment has had its time; None where ECS refuses such a
    service."""
    stage = Stage(options=drawn.options, choose=drawn.script)
    volumes = [{"name": "data", **drawn.volume}]
    breaker = {"enable": drawn.breaker, "rollback": drawn.breaker}
    try:
        stage.create(
            percent=drawn.percent,
            desiredCount=drawn.desired,
            definition=stage.register(drawn.container(), volumes=volumes),
            breaker=breaker,
        )
    except ApiError:
        return None
    found = _audited(stage)
    stage.update(taskDefinition=stage.register(drawn.container(user="65534"), volumes=volumes))
    stage.forward(60 * _MINUTES)
    return found, stage


def _completed(stage: Stage) -> bool:
    """Whether the new revision's deployment has completed."""
    primary = stage.service.primary
    return primary.definition.revision == 2 and primary.rollout_state == "COMPLETED"


def _lock_failures(stage: Stage) -> int:
    return sum("lock DB directory" in log.message for log in stage.logs())


@given(DRAWN)
def test_what_is_said_to_wedge_does_and_what_has_no_such_finding_does_not(drawn: Drawn) -> None:
    """In both directions, whatever ECS does where AWS does not say."""
    done = _deployed(drawn)
    if done is None:
        return
    found, stage = done
    if found.outlook is Outlook.WEDGES:
        assert _lock_failures(stage), f"{found.outlook} without a failure on the lock"
        assert not _completed(stage), "it was said to wedge, and its deployment completed"
    elif found.outlook is Outlook.STUCK:
        assert not stage.tasks(revision=2), "it was said to stand still, and a new task started"
    elif found.outlook in _SETTLED:
        assert found.worst in (None, Severity.LOW), f"{found.findings} of a service that hands over"
        assert _completed(stage), "nothing was found, and its deployment did not complete"
    elif found.outlook is Outlook.NOT_SHARED:
        assert not found.findings
        assert not _lock_failures(stage), "it was said to share nothing, and it failed on a lock"
    assert _audited(stage).outlook is found.outlook, "what happened changed what is said of the same service"


def test_the_remedy_ends_it() -> None:
    """The incident's service, its steps carried out by UpdateService in their order: the next deployment
    completes."""
    stage = Stage(choose=lambda spec: Script(lock="store"))
    stage.create(definition=stage.register(main_container()), availabilityZoneRebalancing="ENABLED")
    assert _audited(stage).outlook is Outlook.WEDGES
    stage.update(availabilityZoneRebalancing="DISABLED")
    stage.update(deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100})
    assert _audited(stage).outlook is Outlook.OVERLAPS
    stage.deploy(main_container(healthCheck=HEALTH_CHECK))
    stage.forward(600)
    assert _completed(stage)
