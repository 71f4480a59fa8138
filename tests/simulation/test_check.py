"""What an audit reads of the simulated ECS: whole clusters and single services, and what cannot be read."""

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config

from rehearsal.ecs.errors import ApiError
from rehearsal.ecs.wire import EcsServer
from tests.support.simulated_ecs import BALANCER, CLUSTER, SERVICE, Stage, main_container
from unwedge.model.posture import FindingKind, Outlook, Posture
from unwedge.model.settings import Mode, Settings
from unwedge.observe.reads import ReadError
from unwedge.posture.audit import audit
from unwedge.posture.facts import Facts
from unwedge.posture.reading import PostureReads

COMMAND = ["--storage.tsdb.path=/prometheus/data"]
ROOTS = {"prometheus": "/a", "fixed": "/b", "twin": "/c", "other": "/c"}


class Balancers:
    """Elastic Load Balancing, as far as an audit asks it."""

    def describe_target_group_attributes(self, **_: Any) -> Any:
        """A delay of half a minute."""
        return {"Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]}


class Audited:
    """A simulated ECS, and what reads it as a real client does."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.server = EcsServer(self.stage.sim)
        self.ecs: Any = boto3.client(
            "ecs",
            endpoint_url=self.server.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def reads(self, **limits: int) -> PostureReads:
        """New, so that nothing is read already."""
        return PostureReads(self.ecs, Balancers, **limits)

    def run(self, name: str, root: str | None, *, percent: tuple[int, int] = (100, 200), **more: Any) -> None:
        """A service with its task. Without a root directory it mounts nothing."""
        efs = {"fileSystemId": "fs-12345678", "rootDirectory": root or "/"}
        mounts: dict[str, Any] = {} if root else {"mountPoints": []}
        definition = self.stage.register(
            main_container(command=COMMAND, **mounts),
            family=more.pop("family", name),
            volumes=[{"name": "data", "efsVolumeConfiguration": efs}],
        )
        minimum, maximum = percent
        params = {
            "cluster": CLUSTER,
            "serviceName": name,
            "taskDefinition": definition,
            "desiredCount": 1,
            "launchType": "FARGATE",
            "availabilityZoneRebalancing": "DISABLED",
            "deploymentConfiguration": {"minimumHealthyPercent": minimum, "maximumPercent": maximum},
            **more,
        }
        self.stage.sim.create_running_service(params)
        self.stage.forward(1)

    def cluster(self) -> dict[str, Facts]:
        """The facts of the whole cluster by service."""
        found = self.reads().cluster(CLUSTER, self.stage.sim.now, Settings())
        assert [facts.shape.name for facts in found] == sorted(facts.shape.name for facts in found)
        return {facts.shape.name: facts for facts in found}

    def one(self, name: str, **limits: int) -> Facts | None:
        """The facts of one service."""
        return self.reads(**limits).service(CLUSTER, name, self.stage.sim.now, Settings())

    def posture(self, name: str) -> Posture:
        """The audit of one service."""
        facts = self.one(name)
        assert facts is not None
        return audit(facts)

    def refuse(self, operation: str, code: str = "AccessDeniedException", **only: Any) -> None:
        """Refuse an operation; only with these parameters, where any are given."""

        def before(name: str, params: Mapping[str, Any], _: object) -> ApiError | None:
            hit = name == operation and all(params.get(key) == value for key, value in only.items())
            return ApiError(code, "No.", 400) if hit else None

        self.server.before_call = before

    @property
    def calls(self) -> dict[str, int]:
        """The calls of the API so far."""
        return dict(self.stage.sim.api_calls)


@pytest.fixture
def audited() -> Iterator[Audited]:
    """An ECS without services."""
    made = Audited()
    yield made
    made.server.close()


@pytest.fixture
def several(audited: Audited) -> Audited:
    """The incident's service, one that is right, two on one directory, and one that shares nothing."""
    audited.run(SERVICE, "/a", tags=[{"key": "unwedge", "value": "enforce"}], loadBalancers=[BALANCER])
    audited.run("fixed", "/b", percent=(0, 100))
    audited.run("twin", "/c", percent=(0, 100))
    audited.run("other", "/c", percent=(0, 100))
    audited.run("web", None)
    return audited


def kinds(posture: Posture) -> set[FindingKind]:
    """The rules that found something."""
    return {finding.kind for finding in posture.findings}


def test_each_service_of_a_cluster_has_the_outlook_of_its_settings(several: Audited) -> None:
    """Side by side, as an operator sees them."""
    found = {name: audit(facts) for name, facts in several.cluster().items()}
    assert {name: posture.outlook for name, posture in found.items()} == {
        SERVICE: Outlook.WEDGES,
        "fixed": Outlook.OVERLAPS,
        "twin": Outlook.OVERLAPS,
        "other": Outlook.OVERLAPS,
        "web": Outlook.NOT_SHARED,
    }
    sharing = {name for name, posture in found.items() if FindingKind.SHARED_DIRECTORY in kinds(posture)}
    assert sharing == {"twin", "other"}
    assert found[SERVICE].mode == "enforce"


def test_one_service_is_read_as_it_is_within_its_cluster(several: Audited) -> None:
    """Whichever way it was asked for, the facts are the same."""
    reads, now = several.reads(), several.stage.sim.now
    for facts in reads.cluster(CLUSTER, now, Settings()):
        assert reads.service(CLUSTER, facts.shape.name, now, Settings()) == facts


def test_a_service_has_its_tasks_its_mode_and_the_delay_of_its_load_balancer(several: Audited) -> None:
    """What ECS says of the service, and what its task got of it."""
    facts = several.one(SERVICE)
    assert facts is not None
    assert facts.mode is Mode.ENFORCE
    assert facts.shape.deregistration is not None
    assert facts.shape.deregistration.seconds == 30
    (task,) = facts.tasks
    assert task.revision == facts.shape.revision == f"{SERVICE}:1"
    assert not task.exec_enabled
    assert task.started_at is not None
    assert (facts.unread, facts.others_unread) == ((), None)


def test_a_large_cluster_takes_a_call_for_ten_services_and_none_twice_for_a_definition(
    audited: Audited,
) -> None:
    """Measured, on 23 services of one revision each, two of which share a volume."""
    for number in range(21):
        audited.run(f"web-{number:02}", None)
    audited.run("one", "/a")
    audited.run("two", "/b")
    before = audited.calls
    reads = audited.reads()
    now = audited.stage.sim.now
    assert len(reads.cluster(CLUSTER, now, Settings())) == 23
    made = {name: count - before.get(name, 0) for name, count in audited.calls.items()}
    made = {name: count for name, count in made.items() if count}
    assert made == {
        "ListServices": 1,
        "DescribeServices": 3,
        "DescribeTaskDefinition": 23,
        "ListTasks": 1,
        "DescribeTasks": 1,
    }
    again = audited.calls["DescribeTaskDefinition"]
    reads.cluster(CLUSTER, now, Settings())
    assert audited.calls["DescribeTaskDefinition"] == again


def test_where_nothing_is_shared_no_task_is_listed(audited: Audited) -> None:
    """Most services of most clusters."""
    audited.run("web", None)
    audited.cluster()
    audited.one("web")
    assert audited.calls.get("ListTasks", 0) == 0


def test_a_service_that_is_scaled_to_0_uses_nothing(several: Audited) -> None:
    """A spare service may wait for its turn."""
    several.stage.sim.call("UpdateService", {"cluster": CLUSTER, "service": "other", "desiredCount": 0})
    several.stage.forward(120)
    found = several.cluster()
    assert found["twin"].neighbours == ()
    one = several.one("twin")
    assert one is not None
    assert one.neighbours == ()


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "ServerException"])
def test_a_definition_that_cannot_be_read_leaves_one_service_unknown(several: Audited, code: str) -> None:
    """Not read is not right, and the other services are audited."""
    arn = several.stage.sim.call("DescribeServices", {"cluster": CLUSTER, "services": ["fixed"]})
    several.refuse("DescribeTaskDefinition", code, taskDefinition=arn["services"][0]["taskDefinition"])
    found = several.cluster()
    assert found["fixed"].unread == (
        f"Its task definition could not be read: ecs:DescribeTaskDefinition: {code}: No.",
    )
    postures = {name: audit(facts) for name, facts in found.items()}
    assert postures["fixed"].outlook is Outlook.UNKNOWN
    assert kinds(postures["fixed"]) == {FindingKind.NOT_READ}
    assert postures[SERVICE].outlook is Outlook.WEDGES


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_services_that_cannot_be_described_are_named_and_unknown(several: Audited, code: str) -> None:
    """All ten of the call."""
    several.refuse("DescribeServices", code)
    found = several.cluster()
    assert set(found) == {SERVICE, "fixed", "twin", "other", "web"}
    assert {audit(facts).outlook for facts in found.values()} == {Outlook.UNKNOWN}
    assert all("ecs:DescribeServices" in facts.unread[0] for facts in found.values())
    with pytest.raises(ReadError, match=f"ecs:DescribeServices: {code}"):
        several.one(SERVICE)


def test_a_service_that_cannot_be_described_may_be_a_neighbour_of_the_others(audited: Audited) -> None:
    """With the eleventh service a second call begins, and only that one fails."""
    for number in range(11):
        audited.run(f"prom-{number:02}", f"/{number}")
    audited.refuse("DescribeServices", services=["prom-10"])
    found = audited.cluster()
    assert audit(found["prom-10"]).outlook is Outlook.UNKNOWN
    assert audit(found["prom-00"]).outlook is Outlook.WEDGES
    assert found["prom-00"].others_unread == "1 of the cluster's services could not be described."


@pytest.mark.parametrize("operation", ["ListTasks", "DescribeTasks"])
def test_where_tasks_cannot_be_read_the_settings_are_audited_all_the_same(
    several: Audited, operation: str
) -> None:
    """And it is said that neighbours may be missing."""
    several.refuse(operation)
    for facts in (several.cluster()[SERVICE], several.one(SERVICE)):
        assert facts is not None
        assert audit(facts).outlook is Outlook.WEDGES
        assert f"ecs:{operation}" in facts.unread[0]
        assert f"ecs:{operation}" in (facts.others_unread or "")


def test_a_task_of_no_service_is_a_neighbour_too(audited: Audited) -> None:
    """A migration or a shell that somebody left running. Whoever runs it may name any group."""
    audited.run(SERVICE, "/a")
    definition = audited.stage.sim.tasks()[0].definition.arn
    audited.run("lonely", "/z")
    lonely = next(task for task in audited.stage.sim.tasks() if "lonely" in task.definition.arn)
    described = audited.ecs.describe_tasks

    def by_hand(**params: Any) -> Any:
        answer = described(**params)
        for task in answer["tasks"]:
            if task["taskArn"] == lonely.arn:
                task |= {"group": "service:lonely", "startedBy": "me", "taskDefinitionArn": definition}
        return answer

    audited.ecs.describe_tasks = by_hand
    for facts in (audited.cluster()[SERVICE], audited.one(SERVICE)):
        assert facts is not None
        names = [other.name for other in facts.neighbours]
        assert names == [f"task {lonely.id} (service:lonely)"]
        assert FindingKind.SHARED_DIRECTORY in kinds(audit(facts))


def test_beyond_the_limits_it_is_said_that_not_all_were_looked_at(several: Audited) -> None:
    """A bounded look is no proof."""
    few = several.one("twin", most=1)
    assert few is not None
    assert few.others_unread == "Of the 4 other services of the cluster, 1 were looked at."
    some = several.one("twin", definitions=1)
    assert some is not None
    assert some.others_unread == "Of the 4 task definitions of the rest of the cluster, 1 were looked at."


def test_what_is_not_there_is_told_apart_from_what_cannot_be_read(several: Audited) -> None:
    """No service is None; a cluster that is missing cannot be listed."""
    assert several.one("nobody") is None
    reads = several.reads()
    assert reads.service("nowhere", SERVICE, several.stage.sim.now, Settings()) is None
    with pytest.raises(ReadError, match="ClusterNotFoundException"):
        reads.cluster("nowhere", several.stage.sim.now, Settings())
    several.stage.sim.call("DeleteService", {"cluster": CLUSTER, "service": "fixed", "force": True})
    assert several.one("fixed") is None
    assert "fixed" not in several.cluster()
