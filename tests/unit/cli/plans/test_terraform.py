"""ECS services from the JSON of Terraform plans, which the real provider has made (see examples/sources)."""

from typing import Any

import pytest

from tests.unit.cli.plans.reading import change, copied, edited, example, service
from unwedge.observe.definitions import task_definition
from unwedge.posture.shape import shape_of

INCIDENT = "aws_ecs_service.prometheus"
GROUP = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/prometheus/0123456789abcdef"


def test_the_real_incident_has_the_settings_of_which_it_is_made() -> None:
    """100/200, one task, one EFS directory, and a new task definition."""
    found = service(example("incident.json"), INCIDENT)
    deployment = found.service["deploymentConfiguration"]
    assert (deployment["minimumHealthyPercent"], deployment["maximumPercent"]) == (100, 200)
    assert deployment["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert (found.name, found.service["desiredCount"], found.deploys) == ("prometheus", 1, True)
    assert found.cluster == "arn:aws:ecs:eu-central-1:111122223333:cluster/monitoring"
    assert found.service["tags"] == [{"key": "unwedge", "value": "approve"}]
    assert found.service["loadBalancers"][0]["targetGroupArn"] == GROUP
    assert found.balancers == {GROUP: 30}
    assert not found.unknown


def test_what_a_service_is_before_the_change_stands_beside_what_it_will_be() -> None:
    """With the task definition that the plan replaces."""
    found = service(example("incident.json"), INCIDENT)
    assert found.definition is not None
    assert found.before is not None
    assert found.before.definition is not None
    assert found.definition["containerDefinitions"][0]["image"] == "prom/prometheus:v3.6.0"
    assert found.before.definition["containerDefinitions"][0]["image"] == "prom/prometheus:v3.5.0"
    assert found.before.definition["taskDefinitionArn"].endswith("/prometheus:1")
    assert found.definition["volumes"] == found.before.definition["volumes"]


def test_a_planned_task_definition_reads_like_a_described_one() -> None:
    """The audit has one reader for both: the mount, its volume and the log stream are found."""
    found = service(example("incident.json"), INCIDENT)
    assert found.definition is not None
    (container,) = task_definition(found.definition).containers
    assert [mount.volume for mount in container.mounts] == ["fs-0123456789abcdef0:fsap-0123456789abcdef0:/"]
    assert container.log_stream == "ecs/prometheus"
    shape = shape_of(found.service, found.definition, unknown=found.unknown)
    assert (shape.desired, shape.minimum, shape.maximum, shape.rebalancing) == (1, 100, 200, False)
    assert (shape.fargate, shape.mode_tag, shape.family) == (True, "approve", "prometheus")


def test_a_change_of_settings_alone_starts_no_deployment_and_follows_a_moved_service() -> None:
    """0/100 is applied to a service that goes on running the same revision."""
    plan = example("settings-only.json")
    found = service(plan, "aws_ecs_service.server")
    assert found.deploys is False
    assert found.service["deploymentConfiguration"]["maximumPercent"] == 100
    assert found.before is not None
    assert found.before.address == INCIDENT
    assert found.before.service["deploymentConfiguration"]["maximumPercent"] == 200
    assert found.definition == found.before.definition


def test_a_service_that_does_not_change_does_not_deploy() -> None:
    """It is in the plan all the same."""
    found = service(example("unchanged.json"), INCIDENT)
    assert found.deploys is False
    assert found.definition is not None


def test_a_new_file_system_is_the_same_symbol_for_all_who_use_it() -> None:
    """Through a mount target's argument, a module's output and its variables."""
    fixed = service(example("fixed.json"), INCIDENT).definition
    assert fixed is not None
    efs = fixed["volumes"][0]["efsVolumeConfiguration"]
    assert efs["fileSystemId"] == "${aws_efs_file_system.data.id}"
    assert efs["authorizationConfig"]["accessPointId"] == "${aws_efs_access_point.data.id}"
    each = [found for found in example("for-each.json").services if "module.service" in found.address]
    ids = {
        volume["efsVolumeConfiguration"]["fileSystemId"]
        for found in each
        for volume in (found.definition or {})["volumes"]
    }
    assert len(each) == 2
    assert ids == {"${module.store.aws_efs_file_system.this.id}"}
    assert not any(path.startswith("volumes") for found in each for path in found.unknown)


@pytest.mark.parametrize(
    ("address", "family"),
    [
        ('module.service["a"].aws_ecs_service.this', "prometheus-a"),
        ('module.service["b"].aws_ecs_service.this', "prometheus-b"),
        ("module.named.aws_ecs_service.this", "prometheus-a"),
        ("aws_ecs_service.counted[0]", "counted-0"),
        ("aws_ecs_service.counted[1]", "counted-1"),
    ],
)
def test_each_instance_uses_the_task_definition_with_its_key(address: str, family: str) -> None:
    """`each.key`, a key by name, and `count.index`."""
    found = service(example("for-each.json"), address)
    assert found.definition is not None
    assert found.definition["family"] == family
    assert found.service["taskDefinition"] == found.definition["taskDefinitionArn"]


def test_numbers_that_are_not_known_are_absent_and_named() -> None:
    """And nothing is put in their place."""
    found = service(example("unknown-values.json"), "aws_ecs_service.app")
    assert "desiredCount" not in found.service
    assert "maximumPercent" not in found.service["deploymentConfiguration"]
    assert {"desiredCount", "deploymentConfiguration.maximumPercent"} <= found.unknown
    assert found.service["deploymentConfiguration"]["minimumHealthyPercent"] == 100


def test_container_definitions_with_an_unknown_value_in_them_are_unknown_as_a_whole() -> None:
    """They are one string to Terraform. The volumes are known."""
    found = service(example("unknown-values.json"), "aws_ecs_service.app")
    assert found.definition is not None
    assert "containerDefinitions" not in found.definition
    assert "containerDefinitions" in found.unknown
    assert any("known only after" in note for note in found.notes)


def test_an_unknown_root_directory_is_not_taken_for_the_root() -> None:
    """Left out, it would mean "/"."""
    definition = service(example("unknown-values.json"), "aws_ecs_service.app").definition
    assert definition is not None
    efs = definition["volumes"][0]["efsVolumeConfiguration"]
    assert efs["rootDirectory"].startswith("${aws_ecs_task_definition.app.")
    assert (
        "volumes.efsVolumeConfiguration.rootDirectory"
        in service(example("unknown-values.json"), "aws_ecs_service.app").unknown
    )


def test_one_of_two_task_definitions_is_not_guessed() -> None:
    """The condition that chooses is not known."""
    found = service(example("unknown-values.json"), "aws_ecs_service.either")
    assert found.definition is None
    assert "taskDefinition" in found.unknown
    assert "The plan does not say which of several task definitions the service uses." in found.notes


def test_a_task_definition_that_was_read_is_used() -> None:
    """A data source has been read while planning, and is in the prior state only."""
    found = service(example("data-source.json"), "aws_ecs_service.grafana")
    assert found.definition is not None
    assert found.definition["volumes"] == [
        {"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-0a1b2c3d"}}
    ]
    assert found.definition["taskDefinitionArn"].endswith("task-definition/grafana:1")


def test_the_newer_of_a_made_and_a_read_revision_is_the_made_one() -> None:
    """`max(resource.revision, data.revision)`, as older configurations have it."""
    found = service(example("data-source.json"), "aws_ecs_service.newest")
    assert found.definition is not None
    assert found.definition["containerDefinitions"][0]["name"] == "own"


def test_a_revision_outside_the_plan_is_named_and_not_invented() -> None:
    """`agent:7` exists already."""
    found = service(example("fixed.json"), "aws_ecs_service.agent")
    assert found.definition is None
    assert found.notes == ("The plan does not have the task definition agent:7.",)


def test_a_daemon_has_the_defaults_of_daemons() -> None:
    """The provider shows nothing for them; older ones show 200 and 100, and send neither."""

    def older(data: dict[str, Any]) -> None:
        change(data, "aws_ecs_service.agent")["after"].update(
            deployment_maximum_percent=200, deployment_minimum_healthy_percent=100
        )

    for plan in (example("fixed.json"), edited("fixed.json", older)):
        found = service(plan, "aws_ecs_service.agent").service
        percents = found["deploymentConfiguration"]
        assert (percents["minimumHealthyPercent"], percents["maximumPercent"]) == (0, 100)
        assert "desiredCount" not in found


def test_a_local_value_leaves_the_only_task_definition_beside_the_service_and_says_so() -> None:
    """terraform-aws-modules/ecs names it by a local, and a plan's JSON has no locals."""
    found = service(example("ecs-module.json"), "module.ecs_service.aws_ecs_service.this[0]")
    assert found.definition is not None
    assert found.definition["family"] == "prometheus"
    assert any("because it is the only one there" in note for note in found.notes)


def test_two_task_definitions_beside_a_service_with_a_local_leave_it_open() -> None:
    """Neither is more likely."""

    def second(data: dict[str, Any]) -> None:
        made = copied(
            data, "module.ecs_service.aws_ecs_task_definition.this[0]", "aws_ecs_task_definition.two"
        )
        made["address"] = "module.ecs_service.aws_ecs_task_definition.two"

    plan = edited("ecs-module.json", second)
    found = service(plan, "module.ecs_service.aws_ecs_service.this[0]")
    assert found.definition is None
    assert "The plan does not say which task definition the service uses." in found.notes


def test_an_id_from_a_dynamic_block_has_a_name_that_may_not_be_its_only_one() -> None:
    """All tasks of the service share it; whether another service does cannot be told."""
    found = service(example("ecs-module.json"), "module.ecs_service.aws_ecs_service.this[0]")
    assert found.definition is not None
    file_system = found.definition["volumes"][0]["efsVolumeConfiguration"]["fileSystemId"]
    assert file_system.startswith("${module.ecs_service.aws_ecs_task_definition.this[0].volume")
    assert "volumes.efsVolumeConfiguration.fileSystemId" in found.unknown


def test_an_ignored_task_definition_stays_the_old_one() -> None:
    """`ignore_changes` keeps the service on the revision that the plan replaces."""

    def ignored(data: dict[str, Any]) -> None:
        edit = change(data, INCIDENT)
        edit["after"]["task_definition"] = edit["before"]["task_definition"]
        del edit["after_unknown"]["task_definition"]
        edit["actions"] = ["no-op"]

    found = service(edited("incident.json", ignored), INCIDENT)
    assert found.definition is not None
    assert found.definition["containerDefinitions"][0]["image"] == "prom/prometheus:v3.5.0"
    assert found.deploys is False


def test_automatic_scaling_is_noted_on_the_service_that_it_scales() -> None:
    """By its resource id where that is known, otherwise by what the id refers to."""
    incident = service(example("incident.json"), INCIDENT)
    assert "Application Auto Scaling may run 1 to 2 tasks (aws_appautoscaling_target.prometheus)." in (
        incident.notes
    )

    def hidden(data: dict[str, Any]) -> None:
        edit = change(data, "aws_appautoscaling_target.prometheus")
        del edit["after"]["resource_id"]
        edit["after_unknown"]["resource_id"] = True

    assert service(edited("incident.json", hidden), INCIDENT).notes == incident.notes


def test_scaling_that_keeps_one_task_is_not_worth_a_note() -> None:
    """From 1 to 1."""

    def one(data: dict[str, Any]) -> None:
        change(data, "aws_appautoscaling_target.prometheus")["after"]["max_capacity"] = 1

    assert service(edited("incident.json", one), INCIDENT).notes == ()


def test_scaling_of_a_service_that_cannot_be_told_is_noted_on_the_plan() -> None:
    """Rather than on none."""

    def other(data: dict[str, Any]) -> None:
        change(data, "aws_appautoscaling_target.prometheus")["after"]["resource_id"] = "service/other/x"

    plan = edited("incident.json", other)
    assert service(plan, INCIDENT).notes == ()
    assert any("cannot be told" in note for note in plan.notes)


def test_scaling_of_a_service_in_another_cluster_is_not_that_of_its_namesake() -> None:
    """Names are those of one cluster."""

    def elsewhere(data: dict[str, Any]) -> None:
        change(data, "aws_appautoscaling_target.prometheus")["after"]["resource_id"] = "service/b/prometheus"

    assert service(edited("incident.json", elsewhere), INCIDENT).notes == ()


def test_what_is_left_of_an_earlier_replacement_is_not_the_resource() -> None:
    """A deposed object has the address of its successor."""

    def deposed(data: dict[str, Any]) -> None:
        copied(data, INCIDENT, INCIDENT).update(deposed="0a1b2c3d")
        data["resource_changes"][-1]["change"].update(actions=["delete"], after=None)

    plan = edited("incident.json", deposed)
    assert plan == example("incident.json")._replace(source="incident.json")


def test_deleted_and_forgotten_services_are_noted_and_not_handed_over() -> None:
    """There is nothing to audit."""
    for actions, word in ((["delete"], "deletes"), (["forget"], "forgets")):

        def gone(data: dict[str, Any], actions: list[str] = actions) -> None:
            change(data, INCIDENT).update(actions=actions, after=None)

        plan = edited("incident.json", gone)
        assert plan.services == ()
        assert f"The plan {word} {INCIDENT}." in plan.says


def test_other_kinds_of_services_are_named_as_not_understood() -> None:
    """Cloud Control's resource, task sets, and what is deferred to a later plan."""

    def others(data: dict[str, Any]) -> None:
        copied(data, INCIDENT, "awscc_ecs_service.other")
        copied(data, INCIDENT, "aws_ecs_task_set.set")
        data["deferred_changes"] = [{"reason": "x", "resource_change": copied(data, INCIDENT, INCIDENT)}]
        data["complete"] = False

    notes = " ".join(edited("incident.json", others).notes)
    assert "awscc_ecs_service.other is not understood" in notes
    assert "aws_ecs_task_set.set is not understood" in notes
    assert f"The change of {INCIDENT} is deferred to a later plan." in notes
    assert "The plan is not complete" in notes


def test_settings_of_newer_providers_are_read() -> None:
    """The block deployment_configuration with its strategy and hooks (since 6.4)."""

    def newer(data: dict[str, Any]) -> None:
        hook = {"hook_target_arn": "arn:x", "role_arn": "arn:y", "lifecycle_stages": ["PRE_SCALE_UP"]}
        block = {"strategy": "BLUE_GREEN", "bake_time_in_minutes": "5", "lifecycle_hook": [hook]}
        change(data, INCIDENT)["after"]["deployment_configuration"] = [block]

    found = service(edited("incident.json", newer), INCIDENT)
    deployment = found.service["deploymentConfiguration"]
    assert (deployment["strategy"], deployment["bakeTimeInMinutes"]) == ("BLUE_GREEN", 5)
    assert deployment["lifecycleHooks"][0]["hookTargetArn"] == "arn:x"
    assert deployment["maximumPercent"] == 200


def test_no_value_of_an_environment_gets_into_a_note() -> None:
    """Nor into an error: the plan has them in clear text."""

    def broken(data: dict[str, Any]) -> None:
        after = change(data, "aws_ecs_task_definition.prometheus")["after"]
        after["container_definitions"] = after["container_definitions"].replace(
            '[{"name":"TOKEN"', '[[["TOKEN"'
        )

    for plan in (example("incident.json"), edited("incident.json", broken)):
        texts = [*plan.notes, *(note for found in plan.services for note in found.notes)]
        assert not any("not-for-notes" in text for text in texts)
    assert "containerDefinitions" in service(edited("incident.json", broken), INCIDENT).unknown


def test_containers_that_are_redacted_are_unknown() -> None:
    """Some pipelines take sensitive values out of a plan before others may see it."""

    def redacted(data: dict[str, Any]) -> None:
        change(data, "aws_ecs_task_definition.prometheus")["after"]["container_definitions"] = None

    found = service(edited("incident.json", redacted), INCIDENT)
    assert "containerDefinitions" in found.unknown
    assert "The plan does not show the container definitions." in found.notes


def test_a_target_group_without_a_delay_drains_for_the_default_time() -> None:
    """300 seconds; one that is not known is left out."""

    def unset(data: dict[str, Any]) -> None:
        change(data, "aws_lb_target_group.web")["after"]["deregistration_delay"] = None

    def hidden(data: dict[str, Any]) -> None:
        change(data, "aws_lb_target_group.web")["after_unknown"]["deregistration_delay"] = True

    assert service(edited("incident.json", unset), INCIDENT).balancers == {GROUP: 300}
    assert service(edited("incident.json", hidden), INCIDENT).balancers == {}
