"""Pause and resume by the console command, read by the product, over a real SSM of the emulator."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from rehearsal.aws.clock import ScaledClock
from rehearsal.aws.emulator import Emulator, aws_environment
from unwedge.act.kill_switch import ParameterKillSwitch
from unwedge_cli.main import main

PARAMETER = "switch-of-the-stack"
STACK = {
    "Resources": {
        "Switch": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": PARAMETER, "Type": "String", "Value": "run"},
        }
    },
    "Outputs": {"KillSwitch": {"Value": {"Ref": "Switch"}}},
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with a stack that has a switch."""
    with Emulator(clock=ScaledClock(datetime.now(UTC), 1.0)) as running:
        formation = running.client("cloudformation")
        formation.create_stack(StackName="Unwedge", TemplateBody=json.dumps(STACK))
        formation.get_waiter("stack_create_complete").wait(StackName="Unwedge")
        yield running


def run(emulator: Emulator, *arguments: str) -> Any:
    """One call of the console command against the emulator."""
    return CliRunner().invoke(main, list(arguments), env=aws_environment(emulator.endpoint))


def test_pause_and_resume_turn_what_the_product_reads(emulator: Emulator) -> None:
    """The reason given is the reason that every decision quotes."""
    kill_switch = ParameterKillSwitch(emulator.client("ssm"), PARAMETER)
    assert kill_switch.paused() is None
    paused = run(emulator, "pause", "maintenance until noon")
    assert paused.exit_code == 0, paused.output
    assert "maintenance until noon" in str(kill_switch.paused())
    resumed = run(emulator, "resume")
    assert resumed.exit_code == 0, resumed.output
    assert "It was paused: maintenance until noon" in resumed.output
    assert kill_switch.paused() is None


@pytest.mark.parametrize("reason", ["run", " RUN ", ""])
def test_the_word_that_resumes_is_no_reason_to_pause(emulator: Emulator, reason: str) -> None:
    """It would not pause anything."""
    assert run(emulator, "pause", reason).exit_code != 0
    assert ParameterKillSwitch(emulator.client("ssm"), PARAMETER).paused() is None


def test_a_stack_that_is_not_there_is_said_in_a_sentence(emulator: Emulator) -> None:
    """No stack trace for people."""
    answer = run(emulator, "pause", "because", "--stack", "Elsewhere")
    assert answer.exit_code != 0
    assert "stack Elsewhere" in answer.output
    assert "Traceback" not in answer.output
