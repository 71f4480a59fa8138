"""The roles allow what the code does, and nothing else."""

import json
from typing import Any

from infra.permissions.names import (
    AUDITED_FEED,
    CONVERSATIONS,
    DECIDED_FEED,
    DRAIN_TAG,
    FINDING_STREAMS,
    LOGGING_ACTIONS,
    POLLING_ACTIONS,
    POSTURES,
    REPAIRS,
    SERVICES,
    STREAMING_ACTIONS,
    VERIFICATIONS,
)
from tests.infra.aws_calls import actions_called
from tests.support.template import CLUSTERS, Assembly, arn_text
from unwedge.model.service import DRAIN_TAG as MODEL_DRAIN_TAG
from unwedge.people.notification.conversation_store import CONVERSATIONS as MODEL_CONVERSATIONS
from unwedge.record.open_incident import SERVICES as MODEL_SERVICES
from unwedge.record.postures import AUDITED
from unwedge.record.postures import POSTURES as MODEL_POSTURES
from unwedge.record.repairs import REPAIRS as MODEL_REPAIRS
from unwedge.record.table import DECIDED
from unwedge.record.verifications import VERIFICATIONS as MODEL_VERIFICATIONS

CLUSTER_CONDITION = {"ArnEquals": {"ecs:cluster": list(CLUSTERS)}}


def resources_of(assembly: Assembly, action: str) -> list[str]:
    """Where an action is allowed."""
    return [
        arn_text(resource)
        for statement in assembly.allowed()
        if action in statement["Action"]
        for resource in statement["Resource"]
    ]


# Only with a setting that allows it, and only where no clusters are configured.
OPT_IN, DISCOVERY = {"ecs:UpdateService", "ecs:TagResource", "ecs:UntagResource"}, {"ecs:ListClusters"}
LAMBDAS_OWN = {*POLLING_ACTIONS, *LOGGING_ACTIONS}
REMEDIATOR, APPROVER, VIEWER, NOTIFIER, VERIFIER, AUDITOR, MENDER = (
    actions_called(f"handlers/{name}.py")
    for name in ("remediator", "approver", "viewer", "notifier", "verifier", "auditor", "mender")
)
# What it may only where a setting says in which clusters commands may run.
EXEC = {
    "ecs:ExecuteCommand",
    "ecs:DescribeClusters",
    "iam:SimulatePrincipalPolicy",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeSecurityGroups",
}


def actions_of(assembly: Assembly, construct_id: str) -> set[str]:
    """What a function's role allows."""
    return {action for statement in assembly.allowed(construct_id) for action in statement["Action"]}


def test_the_role_allows_exactly_the_actions_that_the_code_calls(
    shipped: Assembly, everywhere: Assembly, narrowed: Assembly
) -> None:
    """A missing action fails in production at the worst moment; a surplus one is a hole."""
    assert actions_of(shipped, "Remediator") - LAMBDAS_OWN == REMEDIATOR - OPT_IN - {"ecs:StopTask"}
    assert actions_of(everywhere, "Remediator") - LAMBDAS_OWN == REMEDIATOR - OPT_IN
    assert actions_of(narrowed, "Remediator") - LAMBDAS_OWN == REMEDIATOR - DISCOVERY


def test_the_approver_may_what_a_look_needs_and_neither_polls_nor_sweeps(
    everywhere: Assembly, narrowed: Assembly
) -> None:
    """It acts by the same code, on one service at a time."""
    assert actions_of(everywhere, "Approver") - set(LOGGING_ACTIONS) == APPROVER - OPT_IN
    assert actions_of(narrowed, "Approver") - set(LOGGING_ACTIONS) == APPROVER


def test_the_notifier_may_what_telling_needs_and_lambda_may_read_the_stream_for_it(either: Assembly) -> None:
    """It neither observes nor acts."""
    lambdas = {*STREAMING_ACTIONS, FINDING_STREAMS, *LOGGING_ACTIONS}
    assert actions_of(either, "Notifier") == NOTIFIER | lambdas
    assert {"dynamodb:GetItem", "dynamodb:PutItem", "events:PutEvents", "sns:Publish"} == NOTIFIER


def test_the_viewer_reads_what_its_widgets_show_and_may_change_nothing(either: Assembly) -> None:
    """Who looks at a dashboard invokes it: it must be harmless."""
    assert actions_of(either, "Viewer") == VIEWER | set(LOGGING_ACTIONS)
    assert {
        action for action in VIEWER if not action.split(":")[1].startswith(("Get", "Describe", "Query"))
    } == set()


def test_the_handlers_reach_every_call_in_the_code_and_only_the_remediator_sweeps() -> None:
    """A call that no handler reached would be no part of the comparison with the roles."""
    assert actions_called() == REMEDIATOR | APPROVER | VIEWER | NOTIFIER | VERIFIER | AUDITOR | MENDER
    assert {"dynamodb:Query", "ecs:ListClusters"} == REMEDIATOR - APPROVER


def test_services_are_updated_only_where_the_settings_allow_it(shipped: Assembly, narrowed: Assembly) -> None:
    """Draining and rolling back are opt-in, and so is the permission."""
    assert resources_of(shipped, "ecs:UpdateService") == []
    wanted = [arn.replace(":cluster/", ":service/") + "/*" for arn in CLUSTERS]
    assert resources_of(narrowed, "ecs:UpdateService") == wanted * 2
    for statement in narrowed.allowed():
        if "ecs:UpdateService" in statement["Action"]:
            assert statement["Condition"] == CLUSTER_CONDITION


def test_no_statement_allows_an_action_by_wildcard(either: Assembly) -> None:
    """Each allowed action is written out."""
    assert [action for statement in either.allowed() for action in statement["Action"] if "*" in action] == []


def test_no_role_has_a_managed_policy(either: Assembly) -> None:
    """Managed policies grow without us."""
    assert [role for role in either.properties("AWS::IAM::Role") if "ManagedPolicyArns" in role] == []


def test_nothing_can_be_stopped_before_somebody_says_where(shipped: Assembly, everywhere: Assembly) -> None:
    """Named clusters, or "all" in so many words; and StopTask is never allowed on everything."""
    acting = {"ecs:StopTask", *OPT_IN}
    assert [action for action in acting if resources_of(shipped, action)] == []
    assert (
        resources_of(everywhere, "ecs:StopTask")
        == ["arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/*"] * 2
    )


def test_configured_clusters_bound_every_stop_by_resource_and_by_condition(narrowed: Assembly) -> None:
    """Either bound alone would do; both survive a mistake in one."""
    assert (
        resources_of(narrowed, "ecs:StopTask")
        == [
            "arn:aws:ecs:eu-west-1:123456789012:task/dev-metrics-cluster/*",
            "arn:aws:ecs:eu-west-1:123456789012:task/other-cluster/*",
        ]
        * 2
    )
    stopping = [statement for statement in narrowed.allowed() if "ecs:StopTask" in statement["Action"]]
    assert [statement["Condition"] for statement in stopping] == [CLUSTER_CONDITION] * 2


def test_configured_clusters_bound_every_ecs_action_that_knows_a_cluster(narrowed: Assembly) -> None:
    """IAM has no cluster for DescribeTaskDefinition, and none for tags, which the ARN narrows; commands are
    bound to fewer clusters by a test of their own."""
    unbound = [
        action
        for statement in narrowed.allowed()
        if statement.get("Condition") != CLUSTER_CONDITION
        for action in statement["Action"]
        if action.startswith("ecs:")
    ]
    bound_otherwise = {"ecs:TagResource", "ecs:UntagResource", "ecs:ExecuteCommand", "ecs:DescribeClusters"}
    assert set(unbound) == {"ecs:DescribeTaskDefinition", *bound_otherwise}


def test_no_tag_but_the_mark_of_a_drain_may_be_set_and_only_on_services(narrowed: Assembly) -> None:
    """The tag `unwedge` decides what we may do; it is not ours to set."""
    marking = [statement for statement in narrowed.allowed() if "ecs:TagResource" in statement["Action"]]
    assert {json.dumps(statement["Condition"], sort_keys=True) for statement in marking} == {
        '{"ForAllValues:StringEquals": {"aws:TagKeys": "unwedge:drain"}, "Null": {"aws:TagKeys": "false"}}'
    }
    assert DRAIN_TAG == MODEL_DRAIN_TAG
    assert all(":service/" in arn for arn in resources_of(narrowed, "ecs:TagResource"))


def test_the_ledger_and_the_queue_are_the_only_tables_and_queues_in_reach(shipped: Assembly) -> None:
    """DynamoDB and SQS actions name the stack's own resources."""
    (table,) = shipped.resources("AWS::DynamoDB::Table")
    assert set(resources_of(shipped, "dynamodb:PutItem")) == {f"<{table}>"}
    fed_by = {
        arn_text(source["EventSourceArn"])
        for source in (*shipped.sources(), shipped.source("Verifier"), shipped.source("Auditor"))
    }
    assert len(fed_by) == 4
    assert set(resources_of(shipped, "sqs:SendMessage")) == fed_by
    assert set(resources_of(shipped, "dynamodb:Query")) == {f"<{table}>", f"<{table}>/index/feed"}


def test_the_notifier_reaches_no_item_but_its_own(either: Assembly) -> None:
    """An incident that it could write might say that a person had approved a stop."""
    (own,) = (one for one in either.allowed("Notifier") if "dynamodb:PutItem" in one["Action"])
    assert own["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem"]
    assert own["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": f"{CONVERSATIONS}*"},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    assert CONVERSATIONS == MODEL_CONVERSATIONS


def test_the_verifier_may_what_its_code_calls_and_a_command_only_where_a_setting_says_so(
    shipped: Assembly, everywhere: Assembly, narrowed: Assembly
) -> None:
    """ECS Exec is a strong permission."""
    assert actions_of(shipped, "Verifier") - LAMBDAS_OWN == VERIFIER - EXEC
    assert actions_of(everywhere, "Verifier") - LAMBDAS_OWN == VERIFIER
    assert actions_of(narrowed, "Verifier") - LAMBDAS_OWN == VERIFIER
    assert resources_of(narrowed, "ecs:ExecuteCommand") == [
        CLUSTERS[0],
        CLUSTERS[0].replace(":cluster/", ":task/") + "/*",
    ]
    (command,) = (one for one in narrowed.allowed("Verifier") if "ecs:ExecuteCommand" in one["Action"])
    assert command["Condition"] == {"ArnEquals": {"ecs:cluster": [CLUSTERS[0]]}}
    changing = {
        action for action in VERIFIER if not action.split(":")[1].startswith(("Get", "Describe", "List"))
    }
    assert changing == {
        "dynamodb:PutItem",
        "ecs:ExecuteCommand",
        "iam:SimulatePrincipalPolicy",  # reads, whatever its name
        "sqs:SendMessage",
    }


def test_the_verifier_reaches_no_item_but_its_own(either: Assembly) -> None:
    """What it writes is no incident."""
    (own,) = (one for one in either.allowed("Verifier") if "dynamodb:PutItem" in one["Action"])
    assert own["Condition"]["ForAllValues:StringLike"] == {"dynamodb:LeadingKeys": f"{VERIFICATIONS}*"}
    assert VERIFICATIONS == MODEL_VERIFICATIONS


def test_the_auditor_reads_services_and_writes_nothing_but_what_it_found(
    shipped: Assembly, narrowed: Assembly
) -> None:
    """It may change no service, whatever is wrong with it."""
    assert actions_of(shipped, "Auditor") - LAMBDAS_OWN == AUDITOR
    assert actions_of(narrowed, "Auditor") - LAMBDAS_OWN == AUDITOR - DISCOVERY
    changing = {
        action
        for action in AUDITOR
        if not action.split(":")[1].startswith(("Get", "Describe", "List", "Query"))
    }
    assert changing == {"dynamodb:PutItem", "dynamodb:UpdateItem", "sqs:SendMessage"}


def test_the_auditor_reaches_no_item_but_its_own_and_rows_of_decisions(either: Assembly) -> None:
    """Of decisions it reads the summaries in the index, to count how often a service wedged."""
    keys = {
        (
            arn_text(resource).partition(">")[2],
            one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"],
        )
        for one in either.allowed("Auditor")
        for resource in one["Resource"]
        if one["Action"][0].startswith("dynamodb:")
    }
    assert keys == {("", f"{POSTURES}*"), ("/index/feed", AUDITED_FEED), ("/index/feed", DECIDED_FEED)}
    assert (POSTURES, AUDITED_FEED, DECIDED_FEED) == (MODEL_POSTURES, AUDITED, DECIDED)


def test_the_mender_may_what_its_code_calls_and_stops_nothing(repairing: Assembly, either: Assembly) -> None:
    """One call changes a service; without the setting there is no such role."""
    assert actions_of(repairing, "Mender") - LAMBDAS_OWN == MENDER
    changing = {
        action for action in MENDER if not action.split(":")[1].startswith(("Get", "Describe", "List"))
    }
    assert changing == {"dynamodb:PutItem", "ecs:UpdateService"}
    assert actions_of(either, "Mender") == set()
    # To the auditor the setting gives one queue more, and no action.
    assert actions_of(repairing, "Auditor") - LAMBDAS_OWN == AUDITOR - DISCOVERY


def test_a_repair_is_bound_to_the_named_clusters_by_resource_and_by_condition(repairing: Assembly) -> None:
    """And no other role has the action without settings of its own."""
    assert resources_of(repairing, "ecs:UpdateService") == [
        arn.replace(":cluster/", ":service/") + "/*" for arn in CLUSTERS
    ]
    (change,) = (one for one in repairing.allowed() if "ecs:UpdateService" in one["Action"])
    assert change in list(repairing.allowed("Mender"))
    assert change["Condition"] == CLUSTER_CONDITION
    unbound = {
        action
        for one in repairing.allowed("Mender")
        if one.get("Condition") != CLUSTER_CONDITION
        for action in one["Action"]
        if action.startswith("ecs:")
    }
    assert unbound == {"ecs:DescribeTaskDefinition"}


def test_the_mender_writes_no_item_but_its_own_and_reads_only_services_beside(repairing: Assembly) -> None:
    """An incident that it could write might say that a person had approved a stop."""
    keys = {
        (action, one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
        for one in repairing.allowed("Mender")
        for action in one["Action"]
        if action.startswith("dynamodb:")
    }
    assert keys == {
        ("dynamodb:GetItem", f"{REPAIRS}*"),
        ("dynamodb:PutItem", f"{REPAIRS}*"),
        ("dynamodb:GetItem", f"{SERVICES}*"),
    }
    assert (REPAIRS, SERVICES) == (MODEL_REPAIRS, MODEL_SERVICES)


def test_nobody_but_the_auditor_may_ask_for_a_repair(repairing: Assembly) -> None:
    """No rule sends to the queue, and no other role may."""
    (auditor,) = (name for name in repairing.resources("AWS::IAM::Role") if name.startswith("Auditor"))
    statements = next(one for name, one in policies_of_queues(repairing).items() if name.startswith("Mender"))
    assert [entry["Effect"] for entry in statements] == ["Deny", "Deny"]
    (refusing,) = (entry for entry in statements if entry["Action"] == "sqs:SendMessage")
    allowed = refusing["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert [arn_text(arn) for arn in (allowed if isinstance(allowed, list) else [allowed])] == [
        f"<{auditor}>"
    ]
    queue = arn_text(repairing.source("Mender")["EventSourceArn"])
    senders = [
        one
        for one in repairing.allowed()
        if "sqs:SendMessage" in one["Action"] and queue in map(arn_text, one["Resource"])
    ]
    assert senders == [one for one in repairing.allowed("Auditor") if one["Sid"] == "AskForRepair"]


def policies_of_queues(assembly: Assembly) -> dict[str, list[dict[str, Any]]]:
    """The statements of each queue's policy, by the queue's logical id."""
    return {
        queue["Ref"]: policy["PolicyDocument"]["Statement"]
        for policy in assembly.properties("AWS::SQS::QueuePolicy")
        for queue in policy["Queues"]
    }


def test_only_our_own_rules_may_put_events_into_the_queue(shipped: Assembly) -> None:
    """EventBridge's permission names the rule that it sends for. No rule sends to the queue of the passes."""
    every = {f"<{name}>" for name in shipped.resources("AWS::Events::Rule")}
    own = {name: {one for one in every if one.startswith(f"<{name}")} for name in ("Verifier", "Auditor")}
    for queue, statements in policies_of_queues(shipped).items():
        granted = [entry for entry in statements if entry["Effect"] == "Allow"]
        senders = {arn_text(entry["Condition"]["ArnEquals"]["aws:SourceArn"]) for entry in granted}
        expected = every if "DeadLetters" in queue else every - own["Verifier"] - own["Auditor"]
        expected = set() if "Passes" in queue else expected
        expected = next((rules for name, rules in own.items() if queue.startswith(name)), expected)
        assert senders == expected
        assert all(entry["Principal"] == {"Service": "events.amazonaws.com"} for entry in granted)


def test_nobody_but_our_roles_and_aws_itself_may_send_to_a_queue_of_signals(shipped: Assembly) -> None:
    """Whatever other policies of the account allow: whoever could send might keep the remediator busy."""
    every = {f"<{name}>" for name in shipped.resources("AWS::IAM::Role")}
    acting = {name for name in every if name.startswith(("<Remediator", "<Approver"))}
    own = {name: {one for one in every if one.startswith(f"<{name}")} for name in ("Verifier", "Auditor")}
    assert [len(roles) for roles in (acting, *own.values())] == [2, 1, 1]
    refusing = {
        queue: entry
        for queue, statements in policies_of_queues(shipped).items()
        for entry in statements
        if entry["Action"] == "sqs:SendMessage" and entry["Effect"] == "Deny"
    }
    sources = [*shipped.sources(), shipped.source("Verifier"), shipped.source("Auditor")]
    assert set(refusing) == {arn_text(source["EventSourceArn"]).strip("<>") for source in sources}
    for queue, entry in refusing.items():
        roles = next((roles for name, roles in own.items() if queue.startswith(name)), acting)
        assert entry["Principal"] == {"AWS": "*"}
        assert entry["Condition"]["Bool"] == {"aws:PrincipalIsAWSService": "false"}
        assert {arn_text(arn) for arn in entry["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]} == roles
