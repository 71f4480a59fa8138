"""Pause and resume by the console command: by the approver, and whatever becomes of the stack meanwhile."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rehearsal.aws.deployed_app import DeployedApp, open_deployed_app
from rehearsal.aws.emulator import ACCOUNT, REGION
from tests.wire.conftest import SPEED
from unwedge.act.kill_switch import ParameterKillSwitch
from unwedge_cli.main import main


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedApp]:
    """A deployed app of its own: this one is deployed again."""
    log_file: Path = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with open_deployed_app(SPEED, log_file=log_file) as opened:
        yield opened


def _run(own: DeployedApp, *arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments), env=own.emulator.callers_environment())


def _paused(own: DeployedApp) -> str | None:
    name = own.deployment.output("KillSwitch")
    return ParameterKillSwitch(own.emulator.client("ssm"), name).paused()


def _update(own: DeployedApp, variables: dict[str, str]) -> None:
    """Update the deployed stack: every function with these variables, and every resource with a new tag, on
    which CloudFormation gives a resource all its template's values again."""
    template = json.loads((own.deployment.cloud_assembly / "Unwedge.template.json").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function" and "UNWEDGE_COOLDOWN_SECONDS" in str(resource):
            resource["Properties"]["Environment"]["Variables"] |= variables
    # the bucket of the CDK's bootstrap: a template in the call itself has at most 51,200 bytes
    bucket, key = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}", "updated.json"
    own.emulator.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(template))
    stacks = own.emulator.client("cloudformation")
    stacks.update_stack(
        StackName="Unwedge",
        TemplateURL=f"https://s3.{REGION}.amazonaws.com/{bucket}/{key}",
        Capabilities=["CAPABILITY_IAM"],
        Tags=[{"Key": "cooldown", "Value": variables["UNWEDGE_COOLDOWN_SECONDS"]}],
    )
    waiter = stacks.get_waiter("stack_update_complete")
    waiter.wait(StackName="Unwedge", WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def test_no_update_of_the_stack_ends_a_pause(own: DeployedApp) -> None:
    """In the middle of an incident somebody deploys another setting, or CloudFormation rolls back."""
    assert _paused(own) is None
    paused = _run(own, "pause", "maintenance until noon", "--by", "ops@example.com")
    assert paused.exit_code == 0, paused.output
    assert "is paused by ops@example.com" in paused.output
    function = own.deployment.output("RemediatorFunction")
    for seconds in ("601", "600"):
        _update(own, {"UNWEDGE_COOLDOWN_SECONDS": seconds})
        functions = own.emulator.client("lambda")
        told = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        assert told["UNWEDGE_COOLDOWN_SECONDS"] == seconds
        assert "maintenance until noon" in str(_paused(own))
    resumed = _run(own, "resume", "--by", "ops@example.com")
    assert resumed.exit_code == 0, resumed.output
    assert _paused(own) is None


@pytest.mark.parametrize("reason", ["run", " RUN ", ""])
def test_the_word_that_resumes_pauses_as_a_reason(own: DeployedApp, reason: str) -> None:
    """Somebody who types pause must not find out later that nothing was paused."""
    assert _run(own, "pause", reason, "--by", "ops").exit_code == 0
    assert _paused(own) is not None
    _run(own, "resume", "--by", "ops")


def test_a_stack_that_is_not_there_is_said_in_a_sentence(own: DeployedApp) -> None:
    """No stack trace for people."""
    answer = _run(own, "pause", "because", "--stack", "Elsewhere", "--by", "ops")
    assert answer.exit_code != 0
    assert "stack Elsewhere" in answer.output
    assert "Traceback" not in answer.output
