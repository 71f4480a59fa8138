"""The relations between resources that keep signals, records and people safe."""

from typing import Any

import pytest

from tests.support.template import CLUSTERS, Assembly, arn_text
from unwedge.record.ledger import COPIES
from unwedge.record.repairs import LEASE
from unwedge.record.table import FEED


def queues_of_signals(assembly: Assembly) -> list[dict[str, Any]]:
    """The properties of the two queues that the remediator works off."""
    resources = assembly.template["Resources"]
    sources = assembly.sources()
    assert len(sources) == 2
    return [resources[arn_text(source["EventSourceArn"]).strip("<>")]["Properties"] for source in sources]


def test_a_message_stays_hidden_six_times_as_long_as_the_function_may_run(shipped: Assembly) -> None:
    """A shorter time would hand a signal out again while it is worked on."""
    for queue in queues_of_signals(shipped):
        # else the second try of a quick check would pass for a copy
        assert queue["VisibilityTimeout"] > 2 * COPIES.total_seconds()
        assert queue["VisibilityTimeout"] >= 6 * shipped.function()["Timeout"]


def test_a_signal_that_fails_five_times_ends_in_the_dead_letter_queue(shipped: Assembly) -> None:
    """No endless retry, and nothing lost: the dead letters stay for two weeks, the longest SQS keeps any."""
    queues = shipped.resources("AWS::SQS::Queue")
    for queue in queues_of_signals(shipped):
        redrive = queue["RedrivePolicy"]
        assert redrive["maxReceiveCount"] == 5
        dead_letters = queues[arn_text(redrive["deadLetterTargetArn"]).strip("<>")]["Properties"]
        assert dead_letters["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_one_failed_signal_does_not_bring_its_whole_batch_back(shipped: Assembly) -> None:
    """Partial batch responses, bounded concurrency."""
    for source in shipped.sources():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BatchSize"] == 10
        assert source["ScalingConfig"]["MaximumConcurrency"] == 3


def test_what_eventbridge_cannot_deliver_ends_in_the_dead_letter_queue_too(shipped: Assembly) -> None:
    """A rule's target has a dead-letter queue of its own."""
    redrive, other = (queue["RedrivePolicy"] for queue in queues_of_signals(shipped))
    assert redrive == other
    for rule in shipped.properties("AWS::Events::Rule"):
        (target,) = rule["Targets"]
        assert target["DeadLetterConfig"]["Arn"] == redrive["deadLetterTargetArn"]


def test_every_queue_refuses_unencrypted_transport(shipped: Assembly) -> None:
    """A deny for aws:SecureTransport false on each queue."""
    denied = [
        statement["Condition"]["Bool"]
        for policy in shipped.properties("AWS::SQS::QueuePolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and "aws:SecureTransport" in statement["Condition"]["Bool"]
    ]
    assert denied == [{"aws:SecureTransport": "false"}] * len(shipped.resources("AWS::SQS::Queue"))


def test_the_ledger_outlives_the_stack_and_can_be_restored(shipped: Assembly) -> None:
    """Retained, protected, restorable to any moment, encrypted, paid by use; old entries expire."""
    (table,) = shipped.resources("AWS::DynamoDB::Table").values()
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = table["Properties"]
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_function_runs_our_handler_on_the_runtime_the_asset_is_built_for(shipped: Assembly) -> None:
    """Python 3.13 on arm64, 30 s, with its log kept for a while and not for ever."""
    function = shipped.function()
    assert function["Handler"] == "unwedge.handlers.remediator.handler"
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert (function["Timeout"], function["MemorySize"]) == (30, 256)
    log_group = shipped.template["Resources"][function["LoggingConfig"]["LogGroup"]["Ref"]]
    assert log_group["Properties"]["RetentionInDays"] > 0


@pytest.mark.parametrize("function", ["Remediator", "Approver"])
def test_the_settings_reach_both_functions(narrowed: Assembly, function: str) -> None:
    """Each setting is a variable of the function's environment."""
    variables = narrowed.function(function)["Environment"]["Variables"]
    assert (variables["UNWEDGE_FALLBACK"], variables["UNWEDGE_WHEN_BROKEN"]) == ("drain", "escalate")
    assert variables["UNWEDGE_DEFAULT_MODE"] == "enforce"
    assert variables["UNWEDGE_CLUSTERS"] == ",".join(CLUSTERS)
    assert variables["UNWEDGE_STOPS_PER_INCIDENT"] == "3"
    assert variables["UNWEDGE_EVIDENCE_PATIENCE_SECONDS"] == "60"
    assert variables["UNWEDGE_SUCCESSOR_PATIENCE_SECONDS"] == "1800"
    assert variables["UNWEDGE_APPROVAL_VALIDITY_SECONDS"] == "7200"
    assert variables["UNWEDGE_WITHOUT_SUCCESSOR"] == "escalate"
    assert variables["UNWEDGE_SIGNATURES"] == ""


def test_the_approver_is_invoked_by_people_and_by_nothing_else(shipped: Assembly) -> None:
    """No queue feeds it and no resource policy lets a service in."""
    assert shipped.function("Approver")["Handler"] == "unwedge.handlers.approver.handler"
    assert list(shipped.properties("AWS::Lambda::Permission")) == []
    fed = [source["FunctionName"]["Ref"] for source in shipped.properties("AWS::Lambda::EventSourceMapping")]
    assert [name for name in fed if "Approver" in name or "Viewer" in name] == []


def test_a_sweep_comes_on_a_schedule_and_its_absence_rings(shipped: Assembly) -> None:
    """Three intervals in which its rule was not triggered, or the remediator did not run, raise the alarm. It
    rests on what AWS counts: any container can print a line that CloudWatch takes for a metric of ours."""
    schedules = [rule.get("ScheduleExpression") for rule in shipped.properties("AWS::Events::Rule")]
    assert [schedule for schedule in schedules if schedule] == ["rate(5 minutes)", "rate(1 day)"]
    silent = [
        alarm
        for alarm in shipped.properties("AWS::CloudWatch::Alarm")
        if alarm["ComparisonOperator"] == "LessThanThreshold"
    ]
    (rule,) = (name for name in shipped.resources("AWS::Events::Rule") if "Sweep" in name)
    (function,) = shipped.resources("AWS::Lambda::Function", "Remediator")
    assert {(alarm["Namespace"], alarm["MetricName"], str(alarm["Dimensions"])) for alarm in silent} == {
        ("AWS/Events", "Invocations", str([{"Name": "RuleName", "Value": {"Ref": rule}}])),
        ("AWS/Lambda", "Invocations", str([{"Name": "FunctionName", "Value": {"Ref": function}}])),
    }
    for alarm in silent:
        assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Sum", 300, 3)
        assert (alarm["Threshold"], alarm["TreatMissingData"]) == (1, "breaching")


def test_the_index_finds_what_the_ledger_marks(shipped: Assembly) -> None:
    """The names are those that the code writes and asks for."""
    (index,) = shipped.one("AWS::DynamoDB::Table")["GlobalSecondaryIndexes"]
    assert (index["IndexName"], [key["AttributeName"] for key in index["KeySchema"]]) == (
        FEED,
        ["feed", "at"],
    )


def test_the_dashboard_asks_for_the_alarms_of_its_own_stack_by_how_their_names_begin(
    shipped: Assembly,
) -> None:
    """CloudFormation makes a name of the stack's and the logical id; another stack may be named alike."""
    prefix = shipped.function("Viewer")["Environment"]["Variables"]["UNWEDGE_ALARM_PREFIX"]
    names = [f"Unwedge-{logical_id}" for logical_id in shipped.resources("AWS::CloudWatch::Alarm")]
    assert [name for name in names if not name.startswith(prefix)] == []
    assert not "Unwedge-staging-AlarmsNoSweep".startswith(prefix)


def test_every_alarm_says_what_to_do_and_silence_is_good(shipped: Assembly) -> None:
    """An alarm rings at the first occurrence and carries a sentence that a person at night can follow."""
    alarms = list(shipped.properties("AWS::CloudWatch::Alarm"))
    assert {alarm["MetricName"] for alarm in alarms} == {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateAgeOfOldestMessage",
        "Invocations",
        "Errors",
        "SignalsFailed",
        "NothingRuns",
        "Escalations",
        "SweepsFailed",
        "IteratorAge",
        "NotificationsRefused",
        "VerificationsNotMade",
        "AuditsFailed",
    }
    for alarm in alarms:
        assert len(alarm["AlarmDescription"].split()) > 12
        if alarm["ComparisonOperator"] == "LessThanThreshold":  # those on silence
            continue
        late = {"IteratorAge": {5 * 60 * 1000}, "ApproximateAgeOfOldestMessage": {10 * 60, 20 * 60, 60 * 60}}
        assert alarm["Threshold"] in late.get(alarm["MetricName"], {1})
        assert alarm["EvaluationPeriods"] == 1
        assert alarm["TreatMissingData"] == "notBreaching"


def test_what_keeps_people_from_harm_rings_by_what_aws_counts(shipped: Assembly) -> None:
    """Any container can print a line that counts as a metric of ours. It makes an alarm ring that counts what
    went wrong, and keeps none of them quiet."""
    ours = [
        alarm for alarm in shipped.properties("AWS::CloudWatch::Alarm") if alarm["Namespace"] == "Unwedge"
    ]
    assert {alarm["MetricName"] for alarm in ours} == {
        "NothingRuns",
        "Escalations",
        "SignalsFailed",
        "SweepsFailed",
        "NotificationsRefused",
        "VerificationsNotMade",
        "AuditsFailed",
    }
    for alarm in ours:
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert (alarm["Threshold"], alarm["Statistic"]) == (1, "Sum")


def test_who_says_nowhere_where_it_may_act_is_told_so(shipped: Assembly, everywhere: Assembly) -> None:
    """The synthesis says it: the first deployment watches only."""
    for assembly, told in ((shipped, True), (everywhere, False)):
        said = (assembly.folder / "manifest.json").read_text() + "".join(
            path.read_text() for path in assembly.folder.glob("*.metadata.json")
        )
        assert ("may stop nothing" in said) is told


def test_the_outputs_name_what_operators_and_rehearsals_need(shipped: Assembly) -> None:
    """CloudFormation makes the names up; the outputs tell them."""
    assert set(shipped.template["Outputs"]) == {
        "QueueUrl",
        "PassQueueUrl",
        "DeadLetterQueueUrl",
        "LedgerTable",
        "KillSwitch",
        "RemediatorFunction",
        "ApproverFunction",
        "ViewerFunction",
        "NotifierFunction",
        "RemediatorLogGroup",
        "ApproverLogGroup",
        "ViewerLogGroup",
        "VerifierFunction",
        "VerifierLogGroup",
        "CheckQueueUrl",
        "AuditorFunction",
        "AuditorLogGroup",
        "AuditQueueUrl",
        "NotifierLogGroup",
        "NotificationTopic",
        "Dashboard",
    }


def test_no_resource_has_a_name_of_our_own(shipped: Assembly) -> None:
    """Named resources cannot be replaced, nor deployed twice into one account."""
    names = {f"{kind}Name" for kind in ("Table", "Queue", "Role", "LogGroup", "Alarm", "Function", "Topic")}
    for resource in shipped.template["Resources"].values():
        # a mapping says by FunctionName which function it feeds
        if resource["Type"] != "AWS::Lambda::EventSourceMapping":
            assert names.isdisjoint(resource["Properties"]), resource["Type"]


def test_the_dashboard_alone_is_named_after_stack_and_region(shipped: Assembly) -> None:
    """Functions that it shows link to it, so its name cannot wait for it. All regions share one list."""
    named = shipped.one("AWS::CloudWatch::Dashboard")["DashboardName"]
    assert arn_text(named) == "Unwedge-<AWS::Region>"
    assert shipped.template["Outputs"]["Dashboard"]["Value"] == named


def test_nothing_that_repairs_is_there_before_somebody_says_so(
    shipped: Assembly, narrowed: Assembly, repairing: Assembly
) -> None:
    """No function, no queue, and nothing that the auditor could ask."""
    for assembly in (shipped, narrowed):
        assert not [name for name in assembly.template["Resources"] if "Mender" in name]
        assert "UNWEDGE_REPAIRS_URL" not in assembly.function("Auditor")["Environment"]["Variables"]
    queue = arn_text(repairing.source("Mender")["EventSourceArn"]).strip("<>")
    variables = repairing.function("Auditor")["Environment"]["Variables"]
    assert variables["UNWEDGE_REPAIRS_URL"] == {"Ref": queue}
    assert {"MenderFunction", "MenderLogGroup", "RepairQueueUrl"} < set(repairing.template["Outputs"])


def test_a_repair_that_fails_comes_again_until_its_claim_may_be_taken_over_and_ends_as_a_dead_letter(
    repairing: Assembly,
) -> None:
    """One at a time, and never while it is worked on."""
    source, function = repairing.source("Mender"), repairing.function("Mender")
    queue = repairing.template["Resources"][arn_text(source["EventSourceArn"]).strip("<>")]["Properties"]
    assert (source["BatchSize"], source["FunctionResponseTypes"]) == (1, ["ReportBatchItemFailures"])
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    tries = queue["RedrivePolicy"]["maxReceiveCount"]
    assert queue["VisibilityTimeout"] * (tries - 1) > LEASE.total_seconds()
    assert function["Timeout"] < LEASE.total_seconds() / 2
    (signals, _) = queues_of_signals(repairing)
    assert queue["RedrivePolicy"] == signals["RedrivePolicy"]
