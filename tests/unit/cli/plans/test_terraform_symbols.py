"""Symbols for ids of what does not exist yet: the same thing has the same one, and nothing else has it."""

from typing import Any

from tests.unit.cli.plans.reading import change, edited, example, service
from unwedge_cli.plans import Planned

SERVICE, TASK = "aws_ecs_service.prometheus", "aws_ecs_task_definition.prometheus"
PATH = "volumes.efsVolumeConfiguration.fileSystemId"


def written(data: dict[str, Any]) -> dict[str, Any]:
    """The volume block of the configuration of fixed.json, to be changed in place."""
    resources = data["configuration"]["root_module"]["resources"]
    found = next(item for item in resources if item["address"] == TASK)
    assert isinstance(found["expressions"], dict)
    return found["expressions"]


def referring(*references: str) -> Planned:
    """The service of fixed.json with a file system id that refers to something else."""

    def edit(data: dict[str, Any]) -> None:
        block = written(data)["volume"][0]["efs_volume_configuration"][0]
        block["file_system_id"] = {"references": list(references)}

    return service(edited("fixed.json", edit), SERVICE)


def file_system(found: Planned, number: int = 0) -> str:
    """The file system of a volume."""
    assert found.definition is not None
    return str(found.definition["volumes"][number]["efsVolumeConfiguration"]["fileSystemId"])


def test_two_attributes_with_one_value_are_one_symbol() -> None:
    """The id of a cluster is its ARN: one service has the one, one the other."""
    clusters = {found.cluster for found in example("fixed.json").services}
    assert clusters == {"${aws_ecs_cluster.monitoring.arn}"}


def test_a_reference_with_a_key_that_is_worked_out_is_the_instance_with_that_key() -> None:
    """A plan's JSON then leaves the attribute out: of a file system, an id can only be its own."""
    found = referring("aws_efs_file_system.data", "each.key")
    assert file_system(found) == "${aws_efs_file_system.data.id}"
    assert PATH not in found.unknown


def test_an_attribute_that_is_left_out_of_another_kind_of_resource_is_not_guessed() -> None:
    """An access point has an id of its own, and a file system's."""
    found = referring("aws_efs_access_point.data", "each.key")
    assert file_system(found) != "${aws_efs_access_point.data.id}"
    assert PATH in found.unknown


def test_a_local_value_has_a_name_that_may_not_be_its_only_one() -> None:
    """What it is made of is not in a plan's JSON."""
    found = referring("local.file_system")
    assert file_system(found) == "${local.file_system}"
    assert PATH in found.unknown


def test_an_id_that_may_be_one_of_two_is_neither() -> None:
    """As in `var.x ? a.id : b.id`."""
    found = referring("aws_efs_file_system.data.id", "aws_efs_file_system.other.id")
    assert file_system(found).startswith("${aws_ecs_task_definition.prometheus.volume")
    assert PATH in found.unknown


def test_a_resource_that_the_plan_does_not_have_has_its_name() -> None:
    """For example when the plan has targets."""
    found = referring("aws_efs_file_system.other.id", "aws_efs_file_system.other")
    assert file_system(found) == "${aws_efs_file_system.other.id}"


def two_volumes(data: dict[str, Any], *, named: bool) -> None:
    """A second volume, first in the values and last in the configuration, as sets have it."""
    for place in (change(data, TASK)["after"], change(data, TASK)["after_unknown"]):
        place["volume"] = [dict(place["volume"][0]), place["volume"][0]]
    change(data, TASK)["after"]["volume"][0]["name"] = "other"
    block = written(data)["volume"][0]
    reference = {"references": ["aws_efs_file_system.other.id"]}
    other = {**block, "efs_volume_configuration": [{"file_system_id": reference}]}
    if named:
        block["name"], other["name"] = {"constant_value": "data"}, {"constant_value": "other"}
    else:
        block["name"] = other["name"] = {"references": ["var.name"]}
    written(data)["volume"] = [block, other]


def test_blocks_of_a_set_are_told_apart_by_what_is_written_in_them() -> None:
    """Their order says nothing."""
    found = service(edited("fixed.json", lambda data: two_volumes(data, named=True)), SERVICE)
    assert file_system(found, 0) == "${aws_efs_file_system.other.id}"
    assert file_system(found, 1) == "${aws_efs_file_system.data.id}"


def test_blocks_of_a_set_that_cannot_be_told_apart_give_no_id_away() -> None:
    """Each volume has a name for its own file system."""
    found = service(edited("fixed.json", lambda data: two_volumes(data, named=False)), SERVICE)
    assert file_system(found, 0) != file_system(found, 1)
    assert PATH in found.unknown
    assert not any("aws_efs_file_system" in file_system(found, number) for number in (0, 1))
