"""The emulator takes saved queries of CloudWatch Logs, which it does not know by itself."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from rehearsal.aws.emulator import Emulator
from rehearsal.clockwork.clock import ScaledClock

pytestmark = pytest.mark.xdist_group("dashboard")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator with nothing deployed."""
    with Emulator(clock=ScaledClock(datetime.now(UTC), 1.0)) as opened:
        yield opened


def _template(query: str) -> str:
    properties = {"Name": "Unwedge/Stops", "QueryString": query, "LogGroupNames": ["/a/group"]}
    resource = {"Type": "AWS::Logs::QueryDefinition", "Properties": properties}
    outputs = {"Id": {"Value": {"Ref": "Query"}}}
    return json.dumps({"Resources": {"Query": resource}, "Outputs": outputs})


def _kept(emulator: Emulator) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = emulator.client("logs").describe_query_definitions()["queryDefinitions"]
    return kept


def test_a_stack_creates_changes_and_removes_its_saved_query(emulator: Emulator) -> None:
    """What was deployed can be read as on AWS, under the id that the stack refers to."""
    stacks = emulator.client("cloudformation")

    stacks.create_stack(StackName="queries", TemplateBody=_template("fields @message"))
    stacks.get_waiter("stack_create_complete").wait(StackName="queries", WaiterConfig={"Delay": 1})
    [created] = _kept(emulator)
    [output] = stacks.describe_stacks(StackName="queries")["Stacks"][0]["Outputs"]
    stacks.update_stack(StackName="queries", TemplateBody=_template("limit 5"))
    stacks.get_waiter("stack_update_complete").wait(StackName="queries", WaiterConfig={"Delay": 1})
    [changed] = _kept(emulator)
    stacks.delete_stack(StackName="queries")
    stacks.get_waiter("stack_delete_complete").wait(StackName="queries", WaiterConfig={"Delay": 1})

    assert output["OutputValue"] == created["queryDefinitionId"] == changed["queryDefinitionId"]
    assert created["name"] == "Unwedge/Stops"
    assert created["logGroupNames"] == ["/a/group"]
    assert [created["queryString"], changed["queryString"]] == ["fields @message", "limit 5"]
    assert _kept(emulator) == []


def test_the_other_calls_of_the_logs_service_are_answered_as_before(emulator: Emulator) -> None:
    """The emulator's own answers are handed through."""
    logs = emulator.client("logs")

    logs.create_log_group(logGroupName="/a/group")

    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == ["/a/group"]
