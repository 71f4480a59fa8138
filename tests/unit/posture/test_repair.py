"""The repair: it is decided only where every gate is open, and each closed gate says why."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.posture.shapes import AT, definition, service, shape
from unwedge.model.settings import Mode
from unwedge.posture.facts import Facts
from unwedge.posture.repair import NotRepaired, Repair, Standing, repair_of

TAGS = [{"key": "unwedge", "value": "enforce"}, {"key": "unwedge-repair", "value": "stop-first"}]
SETTLED: dict[str, Any] = {
    "tags": TAGS,
    "runningCount": 1,
    "pendingCount": 0,
    "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "COMPLETED"}],
}
OPEN = Standing(allowed=True)


def facts(percent: tuple[int, int] = (100, 200), **more: Any) -> Facts:
    """The incident's service, settled, with the tag that asks for a repair."""
    return Facts(shape(service(percent, **{**SETTLED, **more})), AT, Mode.ENFORCE)


def test_a_service_that_asks_for_it_is_repaired() -> None:
    """The sentence has what was and what is, and that no deployment starts."""
    found = repair_of(facts(), OPEN)
    assert isinstance(found, Repair)
    assert "minimumHealthyPercent 0 (was 100) and maximumPercent 100 (was 200)" in found.sentence
    assert not found.rebalancing_first
    rebalancing = repair_of(facts(availabilityZoneRebalancing="ENABLED"), OPEN)
    assert isinstance(rebalancing, Repair)
    assert rebalancing.rebalancing_first


def _tagged(repair: str | None) -> dict[str, Any]:
    return {"tags": [TAGS[0], *([{"key": "unwedge-repair", "value": repair}] if repair else [])]}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (_tagged(None), "has no tag unwedge-repair"),
        (_tagged("yes"), "says 'yes'; the one value that is understood is stop-first"),
        ({"percent": (0, 100)}, "nothing certain to mend: the outlook is overlaps"),
        ({"percent": (0, 200)}, "nothing certain to mend: the outlook is may-wedge"),
        ({"desiredCount": 2, "runningCount": 2}, "Its desired count is 2"),
        ({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}, "not ECS's own rolling ones"),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "not ECS's own rolling ones"),
        ({"deploymentConfiguration": {"lifecycleHooks": [{"targetType": "PAUSE"}]}}, "lifecycle hooks"),
        ({"runningCount": 0}, "not all its tasks run"),
        ({"pendingCount": 1}, "not all its tasks run"),
        ({"deployments": [*SETTLED["deployments"], {"status": "ACTIVE"}]}, "A deployment is under way"),
        (
            {"deployments": [{"status": "PRIMARY", "rolloutState": "IN_PROGRESS"}]},
            "A deployment is under way",
        ),
        ({"deployments": []}, "A deployment is under way"),
    ],
)
def test_a_service_of_another_kind_is_left_as_it_is(more: dict[str, Any], words: str) -> None:
    """One closed gate is enough."""
    found = repair_of(facts(**more), OPEN)
    assert isinstance(found, NotRepaired)
    assert words in found.sentence


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.APPROVE, Mode.OFF])
def test_only_enforce_repairs(mode: Mode) -> None:
    """A tag for the repair alone opts in to nothing."""
    assert isinstance(repair_of(replace(facts(), mode=mode), OPEN), NotRepaired)


@pytest.mark.parametrize(
    "standing",
    [
        Standing(allowed=False),
        OPEN._replace(paused="somebody said so"),
        OPEN._replace(incident=True),
        OPEN._replace(repaired_at=AT - timedelta(days=6)),
    ],
)
def test_what_stands_beside_the_service_closes_a_gate_too(standing: Standing) -> None:
    """The stack's setting, the kill switch, an open incident, and a repair that somebody took back."""
    assert isinstance(repair_of(facts(), standing), NotRepaired)


def test_a_repair_that_was_taken_back_is_not_fought_over() -> None:
    """Within a week a person is told; after it the tag still says what its owner wants."""
    taken_back = repair_of(facts(), OPEN._replace(repaired_at=AT - timedelta(hours=1)))
    assert isinstance(taken_back, NotRepaired)
    assert taken_back.told
    assert "somebody has put the old values back" in taken_back.sentence
    assert isinstance(repair_of(facts(), OPEN._replace(repaired_at=AT - timedelta(days=7))), Repair)


def test_what_could_not_be_read_is_a_reason_to_change_nothing() -> None:
    """It might be the very reason not to."""
    found = repair_of(replace(facts(), unread=("elasticloadbalancing: AccessDenied",)), OPEN)
    assert isinstance(found, NotRepaired)
    assert "AccessDenied" in found.sentence


def test_an_unknown_definition_is_no_reason_to_change_anything() -> None:
    """Its outlook is unknown."""
    unknown = replace(facts().shape, definition=None)
    assert isinstance(repair_of(replace(facts(), shape=unknown), OPEN), NotRepaired)
    own_disk = shape(service(**SETTLED), definition(volume={"host": {}}))
    assert isinstance(repair_of(replace(facts(), shape=own_disk), OPEN), NotRepaired)
