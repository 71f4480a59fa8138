"""What is rehearsed for the page can be done: every action finds its service, at its time."""

from types import SimpleNamespace
from typing import Any, cast

from rehearsal.dashboard.demo_services import ACTIONS, services
from rehearsal.run.many_services import ManyServices


class _Notes:
    """A world that only keeps what was done to it."""

    def __init__(self) -> None:
        self.wedged: list[str] = []
        self.scaled: list[str] = []
        self.deployed = SimpleNamespace(deployment=SimpleNamespace(output=str), emulator=self)

    def client(self, service: str) -> Any:
        return SimpleNamespace(put_parameter=lambda **told: None)

    def deploy(self, name: str, *, log_driver: str = "awslogs") -> None:
        self.wedged.append(name)

    def scale_down(self, name: str) -> None:
        assert name in self.wedged
        self.scaled.append(name)


def test_every_service_is_deployed_once_and_the_actions_are_in_the_order_of_time() -> None:
    """A name that is spelt wrong would end the rehearsal minutes after its start."""
    notes = _Notes()
    for action in ACTIONS:
        if not action.what.startswith("approves"):
            action.do(cast(ManyServices, notes))

    assert sorted(notes.wedged) == sorted(story.service.name for story in services())
    assert [action.minute for action in ACTIONS] == sorted(action.minute for action in ACTIONS)
    assert notes.scaled


def test_the_last_service_to_wedge_asks_so_that_its_question_is_open() -> None:
    """Whoever looks at the page has something to press."""
    tags = {story.service.name: story.service.tags["unwedge"] for story in services()}

    assert tags[ACTIONS[-1].what.removeprefix("deploys ")] == "approve"
    assert set(tags.values()) == {"enforce", "approve", "observe"}
