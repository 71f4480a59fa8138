"""ECS services from CloudFormation templates: one written by hand, one that the CDK really synthesises."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.plans.reading import EXAMPLES, edited, example, service
from tests.unit.cli.plans.synthesised import synthesise
from unwedge.observe.definitions import task_definition
from unwedge.posture.shape import shape_of
from unwedge_cli.plans import Location, Plan, Planned, read_plan
from unwedge_cli.plans.reading import plan_of


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A stack with a load-balanced service and a Prometheus on EFS."""
    return read_plan(synthesise(tmp_path_factory.mktemp("assembly")))


def _starting(plan: Plan, prefix: str) -> Planned:
    return next(found for found in plan.services if found.address.startswith(prefix))


def template(resources: dict[str, Any], **sections: Any) -> Plan:
    """A template of these resources, read."""
    return edited("empty.template.json", lambda data: data.update({"Resources": resources, **sections}))


def fargate(**properties: Any) -> dict[str, Any]:
    """A service with some properties."""
    return {"Type": "AWS::ECS::Service", "Properties": {"LaunchType": "FARGATE", **properties}}


def test_a_service_of_the_cdk_is_read_with_its_store(synthesised: Plan) -> None:
    """File system and access point are references, the same ones everywhere."""
    found = _starting(synthesised, "Prometheus")
    assert found.name == "prometheus"
    assert found.deploys is None
    assert found.definition is not None
    shape = shape_of(found.service, found.definition, unknown=found.unknown)
    assert (shape.desired, shape.minimum, shape.maximum, shape.rebalancing) == (1, 0, 100, False)
    assert (shape.fargate, shape.propagates_tags, shape.family) == (True, True, "prometheus")
    (container,) = task_definition(found.definition).containers
    (mount,) = container.mounts
    assert mount.volume.startswith("${Files")
    assert ":${FilesPoint" in mount.volume
    assert found.definition["containerDefinitions"][0]["stopTimeout"] == 120


def test_a_load_balanced_service_of_the_cdk_has_its_drain_and_its_scaling(synthesised: Plan) -> None:
    """Through the references that the CDK makes."""
    found = _starting(synthesised, "Web")
    (group,) = [item["targetGroupArn"] for item in found.service["loadBalancers"]]
    assert found.balancers == {group: 17}
    assert any("may run 1 to 4 tasks" in note for note in found.notes)
    assert found.service["enableExecuteCommand"] is True


def test_names_that_people_choose_stay_as_they_are(synthesised: Plan) -> None:
    """Names of variables, labels and log options are no members of the API."""
    found = _starting(synthesised, "Web").definition
    assert found is not None
    container = found["containerDefinitions"][0]
    assert container["dockerLabels"] == {"Some.Label-Name": "y"}
    assert [item["name"] for item in container["environment"]] == ["GF_DATABASE_TYPE", "Snake_And-kebab"]
    assert "awslogs-stream-prefix" in container["logConfiguration"]["options"]


def test_a_location_is_the_line_of_the_logical_id(synthesised: Plan) -> None:
    """In JSON as in YAML."""
    yaml = service(example("conditions.yaml"), "Service").location
    for found in (_starting(synthesised, "Prometheus").location, yaml):
        assert isinstance(found, Location)
        line = Path(found.file).read_text().splitlines()[found.line - 1]
        assert line.strip().strip('"').startswith(("Prometheus", "Service:"))


def test_conditions_parameters_and_maps_are_worked_out_where_the_template_says() -> None:
    """With the parameters' defaults, which a note names."""
    found = service(example("conditions.yaml"), "Service")
    assert found.name == "production-prometheus"
    assert found.service["desiredCount"] == 1
    assert found.service["deploymentConfiguration"]["maximumPercent"] == 100
    assert found.service["deploymentConfiguration"]["deploymentCircuitBreaker"]["enable"] is False
    assert found.balancers == {"${Group}": 45}
    assert "These parameters are taken to have their default values: Stage, Tasks." in found.notes


def test_a_default_that_decides_a_condition_is_named_wherever_the_condition_counts() -> None:
    """Not only for the first service that asks."""
    spread = fargate(DesiredCount={"Fn::If": ["Single", 1, 2]})
    plan = template(
        {"One": spread, "Two": spread},
        Parameters={"Stage": {"Type": "String", "Default": "test"}},
        Conditions={"Single": {"Fn::Equals": [{"Ref": "Stage"}, "test"]}},
    )
    note = "These parameters are taken to have their default values: Stage."
    assert [note in found.notes for found in plan.services] == [True, True]


def test_what_the_template_does_not_say_is_unknown() -> None:
    """A number without a default, and a condition on a parameter without one."""
    found = service(example("conditions.yaml"), "Service")
    assert "minimumHealthyPercent" not in found.service["deploymentConfiguration"]
    assert "enableExecuteCommand" not in found.service
    assert {"deploymentConfiguration.minimumHealthyPercent", "enableExecuteCommand"} <= found.unknown
    assert "Whether the condition HasCluster holds cannot be told." in found.notes


def test_a_resource_whose_condition_does_not_hold_is_left_out() -> None:
    """One that may hold is in the plan, with a note."""
    plan = example("conditions.yaml")
    assert [found.address for found in plan.services] == ["Service", "Perhaps"]
    assert "Perhaps is made only if HasCluster holds, which cannot be told." in service(plan, "Perhaps").notes


def test_ref_and_the_attribute_that_is_the_same_are_one_symbol() -> None:
    """`Ref` and `GetAtt FileSystemId` of a file system."""
    found = service(example("conditions.yaml"), "Service").definition
    assert found is not None
    data, scratch = found["volumes"]
    assert data["efsVolumeConfiguration"]["fileSystemId"] == "${FileSystem}"
    assert scratch == {"name": "scratch", "host": {}}
    (container,) = task_definition(found).containers
    assert container.mounts[0].volume == "${FileSystem}:${Point}:/"


def test_a_secret_parameter_is_neither_used_nor_shown() -> None:
    """Not even its default; nor is the default of a parameter that names another store."""
    found = service(example("conditions.yaml"), "Service")
    assert "not-for-notes" not in repr(found)
    assert found.definition is not None
    assert found.definition["containerDefinitions"][0]["image"] == "${Image}"


def test_nested_stacks_are_named_as_not_understood() -> None:
    """Their services are in another template."""
    assert example("conditions.yaml").notes == (
        "Nested is not understood: it is a nested stack; pass its own template.",
    )


def test_scaling_down_to_no_task_is_noted() -> None:
    """A target with a minimum of 0."""
    notes = service(example("conditions.yaml"), "Service").notes
    assert "Application Auto Scaling may run 0 to 1 tasks (Scaling)." in notes


def test_without_a_desired_count_it_depends_on_whether_the_service_exists() -> None:
    """A template does not say; the same goes for rebalancing, where it is possible."""
    (found,) = template({"S": fargate(TaskDefinition="a:1")}).services
    assert {"desiredCount", "availabilityZoneRebalancing", "taskDefinition"} <= found.unknown
    assert any("keeps its number" in note for note in found.notes)
    (found,) = template(
        {"S": fargate(DeploymentConfiguration={"MaximumPercent": 100}, SchedulingStrategy="REPLICA")}
    ).services
    assert found.service["availabilityZoneRebalancing"] == "DISABLED"


def test_numbers_and_booleans_as_strings_are_read_as_what_they_are() -> None:
    """CloudFormation takes both."""
    (found,) = template(
        {
            "S": fargate(
                DesiredCount="1", EnableExecuteCommand="true", DeploymentConfiguration={"MaximumPercent": 1.0}
            )
        }
    ).services
    assert found.service["desiredCount"] == 1
    assert found.service["enableExecuteCommand"] is True
    assert found.service["deploymentConfiguration"]["maximumPercent"] == 1


def test_a_value_of_another_kind_is_left_out_and_named() -> None:
    """Without the value."""
    (found,) = template({"S": fargate(DesiredCount=["secret"], LoadBalancers="secret")}).services
    assert {"desiredCount", "loadBalancers"} <= found.unknown
    assert "The value of desiredCount is not of the kind that ECS takes; it was left out." in found.notes
    assert "secret" not in repr(found)


def test_a_property_that_the_api_does_not_have_is_named() -> None:
    """A typing error, or something newer than this version."""
    (found,) = template({"S": fargate(DesiredTasks=1)}).services
    assert "DesiredTasks is not understood and was left out." in found.notes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::Sub": "${Disk}/${!kept}-${Two}"}, "${Disk}/${kept}-2"),
        ({"Fn::Sub": ["${A}-${B}", {"A": {"Ref": "Two"}, "B": "x"}]}, "2-x"),
        ({"Fn::Join": ["/", ["a", {"Ref": "AWS::NoValue"}, {"Ref": "Two"}]]}, "a/2"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::Select": [0, {"Ref": "List"}]}, "x"),
        ({"Fn::FindInMap": ["Map", "a", "b"]}, "found"),
        ({"Fn::If": ["Yes", "yes", "no"]}, "yes"),
        ({"Fn::If": ["No", "yes", "no"]}, "no"),
        ({"Fn::If": ["Open", "same", "same"]}, "same"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Any", "yes", "no"]}, "yes"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Two}-x"}}, '${Fn::ImportValue "2-x"}'),
        ({"Fn::GetAtt": "Disk.Arn"}, "${Disk.Arn}"),
        ({"Fn::Select": [1, {"Fn::Split": [":", {"Ref": "Disk"}]}]}, None),
    ],
)
def test_functions_are_worked_out_as_cloudformation_does(value: Any, expected: str | None) -> None:
    """What is worked out of something unknown is the same symbol each time, and another one for another."""
    (found,) = template(
        {"S": fargate(ServiceName=value, Role=value), "Disk": {"Type": "AWS::EFS::FileSystem"}},
        Parameters={
            "Two": {"Type": "Number", "Default": 2},
            "List": {"Type": "CommaDelimitedList", "Default": "x, y"},
            "Asked": {"Type": "String"},
        },
        Mappings={"Map": {"a": {"b": "found"}}},
        Conditions={
            "Yes": {"Fn::Equals": [{"Ref": "Two"}, "2"]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
            "Open": {"Fn::Equals": [{"Ref": "Asked"}, "2"]},
            "Both": {"Fn::And": [{"Condition": "No"}, {"Condition": "Open"}]},
            "Any": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "Open"}]},
        },
    ).services
    assert found.service["serviceName"] == found.service["roleArn"]
    if expected is None:
        assert found.service["serviceName"].startswith("${Fn::Select")
    else:
        assert found.service["serviceName"] == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::If": ["Open", 1, 2]},
        {"Fn::If": ["Circle", 1, 2]},
        {"Fn::Cidr": ["10.0.0.0/16", 2]},
        {"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "b"]},
        {"Fn::Select": [9, ["a"]]},
        {"Ref": "Asked"},
    ],
)
def test_what_cannot_be_worked_out_is_unknown(value: Any) -> None:
    """A function that this version does not know, too."""
    (found,) = template(
        {"S": fargate(DesiredCount=value)},
        Parameters={"Asked": {"Type": "Number"}},
        Mappings={"Map": {"a": {"b": 1}}},
        Conditions={
            "Open": {"Fn::Equals": [{"Ref": "Asked"}, "2"]},
            "Circle": {"Fn::Not": [{"Condition": "Circle"}]},
        },
    ).services
    assert "desiredCount" in found.unknown
    assert "desiredCount" not in found.service
    assert not any("not of the kind" in note for note in found.notes)


def test_an_unknown_root_directory_is_not_taken_for_the_root() -> None:
    """Left out, it would mean "/"."""
    efs = {"FilesystemId": {"Ref": "F"}, "RootDirectory": {"Fn::Transform": {"Name": "x"}}}
    task = {"Volumes": [{"Name": "data", "EFSVolumeConfiguration": efs}]}
    plan = template(
        {
            "S": fargate(TaskDefinition={"Ref": "T"}),
            "T": {"Type": "AWS::ECS::TaskDefinition", "Properties": task},
        }
    )
    definition = plan.services[0].definition
    assert definition is not None
    assert definition["volumes"][0]["efsVolumeConfiguration"]["rootDirectory"].startswith("${T.")


def test_short_and_long_intrinsics_say_the_same() -> None:
    """Every short form that the example has."""
    short = (EXAMPLES / "conditions.yaml").read_text()
    long = short.replace("!Ref Task\n", "{Ref: Task}\n").replace(
        "!GetAtt FileSystem.FileSystemId", "{'Fn::GetAtt': [FileSystem, FileSystemId]}"
    )
    assert long != short
    assert plan_of(long, "x").services == plan_of(short, "x").services
