"""Hostile input through the real queue, the real function and the real log reading: nothing is stopped."""

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.ecs.launching import ContainerSpec
from rehearsal.programs.scripted import LOCK_HELD, Script
from rehearsal.programs.scripts import script_for
from rehearsal.scenario.model import Revision
from tests.wire.world import ManyServices, a_world, metric_sum, quick_retries

EVENTS = Path(__file__).parents[2] / "events"
_LOCK = "opening storage failed: lock DB directory: resource temporarily unavailable"

# What a failing container may print that is not its own report of a held lock.
LINES = {
    "terminal-escapes": f"\x1b[2J\x1b[1;31m\x1b]0;owned\x07{_LOCK}\x1b[0m",
    "markup": f"<script>alert('{_LOCK}')</script><cwdb-action action=\"call\">{_LOCK}</cwdb-action>",
    "huge": "x" * 262_000,
    "huge-with-the-lock-at-its-end": "x" * 261_000 + f' err="{_LOCK}"',
    "binary": "".join(map(chr, range(1, 32))) + "\x80\ufffd\uffff" + _LOCK,
    "quoted-in-a-message": f'ts=2025-11-13T22:32:37Z level=error msg="saw \'err=\\"{_LOCK}\\"\' elsewhere"',
    "quoted-in-json": json.dumps({"level": "error", "msg": json.dumps({"err": _LOCK, "level": "error"})}),
    "log-injection": 'level=warn msg="user said: \\n ts=2025-11-13T22:32:37Z level=error err=\\"'
    + _LOCK
    + '\\""',
    "json-bomb": "[" * 50_000,
    "only-the-phrase": _LOCK,
    "null-bytes": f"\x00\x00{LOCK_HELD}\x00",
}


def _direct(spec: ContainerSpec, revision: Revision) -> Script:
    """Revision 1 keeps the lock; revision 2 of a service prints that service's hostile line and fails."""
    if spec.revision == 1:
        return script_for(spec, revision)
    return Script(exit_after=0.2, exit_code=1, last_words=(LINES[spec.service],))


def _sound(world: ManyServices, deployed: DeployedApp) -> None:
    assert world.until(lambda: world.queued() == 0, 900), world.summary()
    assert world.dead_letters == 0
    assert world.errors == []
    assert world.wiring.stops == []
    assert world.wiring.problems == []


def test_no_hostile_log_line_stops_anything_or_makes_the_function_fail(deployed: DeployedApp) -> None:
    """Escapes, markup, 256 KB, binary, quotations: each is another failure, or cannot be verified where the
    lock's text stands in it, and is said in a decision."""
    wanted = {
        name: "cannot-verify" if "resource temporarily unavailable" in line[:1000] else "other-failure"
        for name, line in LINES.items()
    }
    with a_world(deployed, LINES, _direct) as world:
        for name in LINES:
            world.deploy(name)
        decided = world.until(
            lambda: all(verdict in world.verdicts(name) for name, verdict in wanted.items()), 600
        )
        assert decided, world.summary()
        for name in LINES:
            world.scale_down(name)
        _sound(world, deployed)


def _sample(name: str = "stop-holder.task-stopped") -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def _with(**detail: object) -> dict[str, Any]:
    event = _sample()
    return {**event, "detail": {**event["detail"], **detail}}


def _messages() -> dict[str, object]:
    """Queue messages that no well-meaning sender sends."""
    deep: object = "bottom"
    for _ in range(400):
        deep = {"detail": deep}
    containers = _sample()["detail"]["containers"]
    foreign = "arn:aws:ecs:eu-central-1:999999999999:cluster/theirs"
    wrong: dict[str, object] = {
        f"detail-{key}-is-{type(value).__name__}": _with(**{key: value})
        for key in (
            "clusterArn",
            "group",
            "taskArn",
            "taskDefinitionArn",
            "containers",
            "stoppedAt",
            "version",
        )
        for value in (None, 7, "", "../../x", [], [None, 3, "x"], {"a": 1}, True)
    }
    return wrong | {
        "empty": " ",
        "not-json": "{'single': quotes}",
        "number": "1e999",
        "nan": "NaN",
        "array": [_sample()] * 3,
        "nested": deep,
        "bracket-bomb": "[" * 100_000,
        "wide": _with(containers=containers * 150),
        "many-attributes": _with(attributes=[{"name": f"a{n}", "value": "v" * 40} for n in range(2500)]),
        "foreign": _with(clusterArn=foreign, taskArn=foreign.replace("cluster", "task") + "/0123"),
        "task-of-another-cluster": _with(taskArn=foreign.replace("cluster", "task") + "/0123"),
        "detail-is-text": {**_sample(), "detail": "text"},
        "detail-is-list": {**_sample(), "detail": [1, 2]},
        "resources-are-numbers": {**_sample("recovered.deployment-completed"), "resources": [1, 2]},
        "many-resources": {**_sample("recovered.deployment-completed"), "resources": ["x"] * 20_000},
        "look-again-of-nothing": {"unwedge": None},
        "look-again-of-list": {"unwedge": [1, 2, 3]},
        "look-again-with-wrong-types": {
            "unwedge": {"cluster_arn": 1, "service_name": [], "cause": "look-again"}
        },
        "look-again-forged": {
            "unwedge": {"cluster_arn": foreign, "service_name": "x", "cause": "look-again", "look": "guess"}
        },
    }


def test_no_hostile_message_stops_anything_or_makes_the_function_fail(deployed: DeployedApp) -> None:
    """Wrong types, huge arrays, foreign ARNs and forged look-again messages are recorded and acknowledged."""
    messages = _messages()
    with a_world(deployed, ["bystander"]) as world:
        received, failed = metric_sum(deployed, "Signals"), metric_sum(deployed, "SignalsFailed")
        for message in messages.values():
            world.send(message)
        # an invocation's lines are there some moments after its messages are gone
        counted = world.until(lambda: metric_sum(deployed, "Signals") - received >= len(messages), 300)
        _sound(world, deployed)

    assert counted, f"{metric_sum(deployed, 'Signals') - received} of {len(messages)} signals were counted"
    assert metric_sum(deployed, "SignalsFailed") == failed


def test_a_forged_look_again_message_with_a_huge_arn_is_refused(deployed: DeployedApp) -> None:
    """Only who may write to the queue could send one; it is input like any other."""
    forged = {"cluster_arn": "x" * 100_000, "service_name": "x", "cause": "task-stopped"}
    with a_world(deployed, ["bystander"]) as world, quick_retries(deployed):
        world.send({"unwedge": forged})
        _sound(world, deployed)


@pytest.mark.all_scenarios
@pytest.mark.parametrize("depth", [900, 5_000, 30_000])
def test_a_message_nested_deeper_than_python_recurses_is_refused(depth: int, deployed: DeployedApp) -> None:
    """The parser's own limit is no error of ours."""
    with a_world(deployed, ["bystander"]) as world:
        world.send('{"source":"aws.ecs","detail":' * depth + "1" + "}" * depth)
        _sound(world, deployed)
