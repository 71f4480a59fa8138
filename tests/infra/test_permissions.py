"""The roles allow what the code does, and nothing else."""

from infra.permissions import LOGGING_ACTIONS, POLLING_ACTIONS
from tests.infra.aws_calls import actions_called
from tests.template import CLUSTERS, Assembly, arn_text

CLUSTER_CONDITION = {"ArnEquals": {"ecs:cluster": list(CLUSTERS)}}


def resources_of(assembly: Assembly, action: str) -> list[str]:
    """Where an action is allowed."""
    return [
        arn_text(resource)
        for statement in assembly.allowed()
        if action in statement["Action"]
        for resource in statement["Resource"]
    ]


def test_the_role_allows_exactly_the_actions_that_the_code_calls(either: Assembly) -> None:
    """A missing action fails in production at the worst moment; a surplus one is a hole."""
    allowed = {action for statement in either.allowed() for action in statement["Action"]}
    assert allowed - set(POLLING_ACTIONS) - set(LOGGING_ACTIONS) == actions_called()


def test_no_statement_allows_an_action_by_wildcard(either: Assembly) -> None:
    """Each allowed action is written out."""
    assert [action for statement in either.allowed() for action in statement["Action"] if "*" in action] == []


def test_no_role_has_a_managed_policy(either: Assembly) -> None:
    """Managed policies grow without us."""
    assert [role for role in either.properties("AWS::IAM::Role") if "ManagedPolicyArns" in role] == []


def test_tasks_can_be_stopped_only_as_tasks_of_this_account_and_region(shipped: Assembly) -> None:
    """StopTask is never allowed on everything."""
    assert resources_of(shipped, "ecs:StopTask") == [
        "arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:task/*"
    ]


def test_configured_clusters_bound_every_stop_by_resource_and_by_condition(narrowed: Assembly) -> None:
    """Either bound alone would do; both survive a mistake in one."""
    assert resources_of(narrowed, "ecs:StopTask") == [
        "arn:aws:ecs:eu-west-1:123456789012:task/dev-metrics-cluster/*",
        "arn:aws:ecs:eu-west-1:123456789012:task/other-cluster/*",
    ]
    (statement,) = [statement for statement in narrowed.allowed() if "ecs:StopTask" in statement["Action"]]
    assert statement["Condition"] == CLUSTER_CONDITION


def test_configured_clusters_bound_every_ecs_action_that_knows_a_cluster(narrowed: Assembly) -> None:
    """IAM has no cluster for DescribeTaskDefinition, and for that one alone."""
    unbound = [
        action
        for statement in narrowed.allowed()
        if statement.get("Condition") != CLUSTER_CONDITION
        for action in statement["Action"]
        if action.startswith("ecs:")
    ]
    assert unbound == ["ecs:DescribeTaskDefinition"]


def test_the_ledger_and_the_queue_are_the_only_tables_and_queues_in_reach(shipped: Assembly) -> None:
    """DynamoDB and SQS actions name the stack's own resources."""
    (table,) = shipped.resources("AWS::DynamoDB::Table")
    assert set(resources_of(shipped, "dynamodb:PutItem")) == {f"<{table}>"}
    source = shipped.one("AWS::Lambda::EventSourceMapping")["EventSourceArn"]
    assert resources_of(shipped, "sqs:SendMessage") == [arn_text(source)]


def test_only_our_own_rules_may_put_events_into_the_queue(shipped: Assembly) -> None:
    """EventBridge's permission names the rule that it sends for."""
    rules = {f"<{name}>" for name in shipped.resources("AWS::Events::Rule")}
    for policy in shipped.properties("AWS::SQS::QueuePolicy"):
        granted = [entry for entry in policy["PolicyDocument"]["Statement"] if entry["Effect"] == "Allow"]
        assert {arn_text(entry["Condition"]["ArnEquals"]["aws:SourceArn"]) for entry in granted} == rules
        assert all(entry["Principal"] == {"Service": "events.amazonaws.com"} for entry in granted)
