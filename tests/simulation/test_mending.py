"""The mender's handler over the simulated ECS: from the auditor's message to the service and the ledger."""

import json
from typing import Any

import pytest

from rehearsal.programs.scripted import Script
from tests.simulation.test_repairs import TAGS, Kept
from tests.support.in_process import EcsClient
from tests.support.kill_switch import FakeKillSwitch
from tests.support.simulated_ecs import CLUSTER, SERVICE, Stage, main_container
from tests.unit.handlers.test_verifier import Context
from unwedge.act.repairer import Repairer
from unwedge.handlers import mender
from unwedge.model.settings import Settings
from unwedge.posture.reading import PostureReads
from unwedge.posture.repair_requests import RepairRequest, message_of
from unwedge.record.repairs import Answer, RepairState
from unwedge.repairs import Mender


class Ledger(Kept):
    """Repairs in memory, and why none was made."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Answer] = []

    def keep_answer(self, cluster_arn: str, service_name: str, answer: Answer) -> None:
        """The newest last."""
        self.answers.append(answer)


class World:
    """The incident's service in the simulator, and the handler before it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage = Stage(choose=lambda spec: Script(lock="store"))
        self.stage.create(
            tags=TAGS,
            availabilityZoneRebalancing="ENABLED",
            definition=self.stage.register(main_container()),
        )
        self.stage.forward(120)
        self.ledger, self.switch = Ledger(), FakeKillSwitch()
        client: Any = EcsClient(self.stage)
        arn = self.stage.described()["clusterArn"]
        assert arn.endswith(f"/{CLUSTER}")
        self.message = message_of(RepairRequest(arn, SERVICE))
        kept: Any = self.ledger
        reads = PostureReads(client, lambda: None)
        made = Mender(
            Repairer(client),
            kept,
            self.switch,
            allowed=lambda cluster: cluster == arn,
            incident=lambda cluster, name: False,
            again=mender._fresh,
        )
        monkeypatch.setattr(mender, "settings", lambda: Settings(clusters=(arn,)))
        monkeypatch.setattr(mender, "reads", lambda: reads)
        monkeypatch.setattr(mender, "repairs", lambda: kept)
        monkeypatch.setattr(mender, "mender", lambda: made)
        monkeypatch.setattr(mender, "_now", lambda: self.stage.sim.now)
        monkeypatch.setattr(mender.metrics.provider, "namespace", "Unwedge")

    def bring(self) -> list[Any]:
        """The auditor's message comes."""
        batch = {"Records": [{"messageId": "1", "body": self.message}]}
        found: list[Any] = mender.handler(batch, Context())["batchItemFailures"]
        return found

    @property
    def percentages(self) -> tuple[int, int]:
        """Of the service as ECS shows it."""
        found = self.stage.described()["deploymentConfiguration"]
        return found["minimumHealthyPercent"], found["maximumPercent"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A service that wedges at its next deployment and asks for the repair."""
    return World(monkeypatch)


def test_a_message_repairs_the_service_once_and_a_copy_of_it_does_nothing(world: World) -> None:
    """What was there before is kept; the deployment after it hands over."""
    assert world.bring() == []
    (done,) = world.ledger.made
    assert (done.state, done.service_name, world.percentages) == (RepairState.DONE, SERVICE, (0, 100))
    assert json.loads(done.before)["availabilityZoneRebalancing"] == "ENABLED"
    assert world.bring() == []
    assert len(world.ledger.made) == 1
    assert "nothing certain to mend" in world.ledger.answers[-1].sentence
    world.stage.deploy(main_container(user="65534"))
    world.stage.forward(600)
    assert world.stage.service.primary.rollout_state == "COMPLETED"


def test_a_paused_stack_a_deployment_and_a_service_that_is_gone_change_nothing(world: World) -> None:
    """Why stands where the service is shown; the next audit asks again."""
    world.switch.reason = "somebody paused it"
    assert world.bring() == []
    assert world.ledger.answers[-1].sentence == "Paused: somebody paused it"
    world.switch.reason = None
    world.stage.deploy(main_container(user="65534"))
    assert world.bring() == []
    assert "A deployment is under way" in world.ledger.answers[-1].sentence
    assert (world.percentages, world.ledger.made) == ((100, 200), [])
    world.message = world.message.replace(SERVICE, "another")
    assert world.bring() == []
    assert len(world.ledger.answers) == 2
