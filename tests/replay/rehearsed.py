"""One whole incident by the real stages against the simulated ECS: what the ledger then keeps."""

from tests.support.in_process import Weather, World
from tests.support.simulated_ecs import AFTER_INIT, HOLDER, INIT, Stage, main_container
from unwedge.model.settings import Mode, Settings


def rehearsed_incident() -> World:
    """A deployment that wedges and is freed by one stop; its ledger holds the decisions."""
    stage = Stage({"prometheus": HOLDER})
    world = World(stage, Settings(default_mode=Mode.ENFORCE), Weather(), 1)
    stage.create()
    world.run(10)
    stage.deploy(INIT, main_container(dependsOn=AFTER_INIT))
    world.run(900)
    return world
