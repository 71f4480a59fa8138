"""What a plan is said to do: before it is applied, in sentences."""

import pytest

from tests.unit.cli.checking.made import CLUSTER, ENFORCE, checked, defined, one, planned
from tests.unit.posture.shapes import container, definition, service
from unwedge.model.posture import FindingKind, Outlook
from unwedge.posture.facts import History
from unwedge_cli.checking.past import Past
from unwedge_cli.checking.words import Coming
from unwedge_cli.plans import Planned

DEADLOCK = (
    "The deployment deadlocks: the new task cannot take the lock on /data of "
    "fs-0123456789abcdef0:no-access-point:/, and ECS does not stop the old task."
)


def test_a_service_that_unwedge_will_free_is_told_how_long_the_gap_will_be() -> None:
    """The whole story, in the order in which it happens."""
    assert one(planned(described={"tags": ENFORCE})).says == (
        "Applying this plan deploys the service.",
        DEADLOCK,
        "The service is in mode enforce: Unwedge stops the old task.",
        "From that stop on, expect about 60 s without a writer (a start on Fargate takes 20 to 70 s).",
    )


def test_the_gap_is_that_of_the_services_own_history_where_the_ledger_has_one() -> None:
    """By the names that the plan has."""
    past = Past({("dev-cluster", "dev-prometheus"): History(3, (50.0, 90.0, 41.5))})
    found = one(planned(described={"tags": ENFORCE}), past)
    assert found.says[-1] == (
        "From that stop on, expect about 50 s without a writer (the median of 3 hand-overs that Unwedge has "
        "measured)."
    )
    assert (found.posture.gap, found.posture.gap_seen) == (50.0, 3)


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("approve", "mode approve: Unwedge stops the old task when somebody has approved it."),
        ("observe", "mode observe: Unwedge reports it, and somebody has to stop the old task."),
        ("off", "mode off: Unwedge ignores it, and somebody has to stop the old task."),
        ("misspelt", "mode observe: Unwedge reports it, and somebody has to stop the old task."),
    ],
)
def test_in_other_modes_it_is_told_who_has_to_act(mode: str, sentence: str) -> None:
    """A service that will wedge is told so before apply."""
    says = one(planned(described={"tags": [{"key": "unwedge", "value": mode}]})).says
    assert DEADLOCK in says
    assert f"The service is in {sentence}" in says


def test_unwedge_promises_nothing_where_it_has_no_log_to_read() -> None:
    """Without evidence it stops nothing."""
    task = definition(container(logConfiguration={"logDriver": "awsfirelens"}))
    says = one(planned(described={"tags": ENFORCE}, task=task)).says
    assert "Unwedge cannot free it (mode enforce): the container leaves no log that Unwedge can read." in says


def test_a_plan_that_only_changes_the_percentages_deploys_nothing() -> None:
    """What it changes counts from the next deployment on."""
    found = one(planned((0, 100), deploys=False))
    assert found.coming is Coming.CHANGES
    assert found.says == (
        "Applying this plan changes the service and starts no deployment of it.",
        "The next deployment of it stops the old task first. While it ends, a new task may fail once or "
        "twice.",
        "Expect about 60 s without a writer (a start on Fargate takes 20 to 70 s).",
    )


def test_a_plan_that_leaves_a_service_as_it_is_says_so() -> None:
    """The finding stays one."""
    found = one(planned(deploys=False))
    assert found.coming is Coming.NOTHING
    assert found.says[0] == "Applying this plan does not change the service."
    assert found.posture.outlook is Outlook.WEDGES
    assert checked(planned(deploys=False)).changed().services == ()


def test_what_cannot_be_told_is_said_to_be_so() -> None:
    """Whether there is a deployment is one thing, what it does another."""
    says = one(planned(deploys=None)).says
    assert says[:2] == ("It cannot be told whether applying this plan deploys the service.", DEADLOCK)


def test_a_new_service_has_no_old_task_yet() -> None:
    """The deadlock comes with its second deployment."""
    says = one(planned(before=None)).says
    assert says[0] == "Applying this plan creates the service: in this deployment there is no old task."
    assert says[1].startswith("The next deployment of it deadlocks")


def test_a_template_says_what_the_next_deployment_does() -> None:
    """It does not know what there is."""
    says = one(planned(before=None, deploys=None)).says
    assert says[0].startswith("The next deployment deadlocks")


def test_a_revision_that_writes_elsewhere_does_not_contend_and_has_no_data() -> None:
    """The deployment is harmless, and not what somebody may have wanted."""
    says = one(planned(task=defined("/new"))).says
    assert says[1] == (
        "The new revision writes to another directory: /data of fs-0123456789abcdef0:no-access-point:/new "
        "instead of /data of fs-0123456789abcdef0:no-access-point:/. In this deployment the two tasks do not "
        "contend. The data in the old directory stays there; the new task starts without it."
    )
    assert says[2].startswith("The next deployment of it deadlocks")


def test_a_file_system_that_is_not_known_yet_may_be_the_same() -> None:
    """A symbol is equal to itself, and may be equal to an id."""
    symbol = "${aws_efs_file_system.data.id}"
    says = one(planned(task=defined(system=symbol))).says
    assert says[1].startswith("It cannot be told whether the new revision writes to the same directory")
    assert says[2].startswith("The deployment deadlocks")
    before = Planned("a.b", "dev-prometheus", CLUSTER, service(), defined(system=symbol))
    again = one(planned(task=defined(system=symbol), before=before)).says
    assert again[1].startswith("The deployment deadlocks")


def test_a_service_scaled_to_0_starts_nothing() -> None:
    """Until somebody scales it up."""
    says = one(planned(described={"desiredCount": 0})).says
    assert "It is scaled to 0: no task starts before somebody scales it up." in says


def test_several_tasks_on_one_lock_fail_at_all_times() -> None:
    """No stop of one of them helps."""
    says = one(planned(described={"desiredCount": 2, "tags": ENFORCE})).says
    assert says[1] == (
        "2 tasks share the lock on /data of fs-0123456789abcdef0:no-access-point:/: one of them runs, the "
        "others fail."
    )
    assert len(says) == 2


def test_a_definition_that_is_not_in_the_plan_leaves_the_answer_incomplete() -> None:
    """Not understood is not right."""
    missing = planned()._replace(definition=None)
    found = one(missing)
    assert found.posture.outlook is Outlook.UNKNOWN
    assert not found.complete
    assert found.says[-1] == "It cannot be told what the deployment does to its store."
    assert "Its task definition is not in this plan." in found.notes


def test_percentages_that_are_not_known_leave_the_answer_incomplete() -> None:
    """They decide it."""
    unsure = planned(unknown=frozenset({"deploymentConfiguration.maximumPercent"}))
    assert one(unsure).posture.outlook is Outlook.MAY_WEDGE
    assert not one(unsure).complete
    # A platform version that is not known decides nothing.
    assert one(planned(unknown=frozenset({"platformVersion"}))).complete


def test_a_shape_that_ecs_does_not_have_is_named_without_its_values() -> None:
    """It may hold anything."""
    odd = planned()._replace(definition={"containerDefinitions": [{"environment": "hunter2"}]})
    found = one(odd)
    assert found.notes == ("The service has another shape than ECS documents (KeyError).",)
    assert found.posture.outlook is Outlook.UNKNOWN
    found = one(planned(described={"deploymentController": ["hunter2"]}))
    assert found.notes == ("The service has another shape than ECS documents (TypeError).",)


def test_two_services_of_one_plan_on_one_directory_are_neighbours() -> None:
    """Each names the other by its address."""
    other = planned((0, 100), address="aws_ecs_service.other")
    found = checked(planned((0, 100)), other)
    for service_, name in zip(
        found.services, ("aws_ecs_service.prometheus", "aws_ecs_service.other"), strict=True
    ):
        kinds = {finding.kind: finding for finding in service_.posture.findings}
        assert name in kinds[FindingKind.SHARED_DIRECTORY].sentence


def test_a_target_group_has_the_plans_delay_or_awss_default() -> None:
    """The old task holds the lock all the while."""
    balancer = [{"targetGroupArn": "arn:aws:elasticloadbalancing:r:1:targetgroup/prom/1"}]
    group = balancer[0]["targetGroupArn"]
    late = one(planned(described={"loadBalancers": balancer}, balancers={group: 200}))
    assert any("for 200 s before ECS sends SIGTERM." in finding.sentence for finding in late.posture.findings)
    assumed = one(planned(described={"loadBalancers": balancer}))
    (long,) = [found for found in assumed.posture.findings if found.kind is FindingKind.LONG_GAP]
    assert "for 300 s" in long.sentence
    assert "the target group is not in this plan" in long.sentence
