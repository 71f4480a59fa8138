"""The alarms: each tells the topic, and its description says what to do and where the runbook goes on."""

import re

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.dashboard import count
from infra.signals import Signals

PERIOD = cdk.Duration.minutes(1)
# Notifications are sent within seconds. Older than this, the stream is blocked by one that fails.
LATE = cdk.Duration.minutes(5)
# A signal that fails is tried five times, every three minutes; more than ten minutes is a queue that grows.
SIGNALS_LATE = cdk.Duration.minutes(10)
# A pass is put off by 15 minutes at most.
PASSES_LATE = cdk.Duration.minutes(20)
# A failed audit comes again after 18 minutes.
AUDITS_LATE = cdk.Duration.hours(1)


class Alarms(Construct):
    """Raised at the first occurrence; silence is good, but for the sweep."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: sns.ITopic,
        function: lambda_.IFunction,
        approver: lambda_.IFunction,
        viewer: lambda_.IFunction,
        notifier: lambda_.IFunction,
        verifier: lambda_.IFunction,
        auditor: lambda_.IFunction,
        audits: sqs.IQueue,
        signals: Signals,
        sweep_every: cdk.Duration,
        runbook: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._runbook = runbook
        self._tell = actions.SnsAction(topic)
        self._alarm(
            "NothingRuns",
            count("NothingRuns", None, PERIOD),
            "No task of a service runs any more. Find the service among the newest decisions on the "
            "dashboard and look at its stopped tasks and events in ECS now.",
        )
        self._alarm(
            "Escalations",
            count("Escalations", None, PERIOD),
            "Unwedge gave up on a service and needs a person. The newest decisions on the dashboard name the "
            "service and say why, with the task that holds the lock.",
        )
        self._functions(function, approver, notifier)
        self._alarm(
            "ViewerErrors",
            viewer.metric_errors(period=PERIOD),
            "The dashboard could not be drawn, or took too long. Read the newest errors in the viewer's log "
            "group. Decisions and stops do not depend on it; `unwedge incidents` shows the same.",
        )
        self._verifications(verifier)
        self._audits(auditor, audits)
        self._signals(signals)
        self._notices(notifier)
        self._sweeps(sweep_every, signals.sweep, function)

    def _functions(
        self, function: lambda_.IFunction, approver: lambda_.IFunction, notifier: lambda_.IFunction
    ) -> None:
        self._alarm(
            "Errors",
            function.metric_errors(period=PERIOD),
            "The remediator crashed or timed out. Its log group has the error; signals are retried and end "
            "in the dead-letter queue after five tries.",
        )
        self._alarm(
            "ApproverErrors",
            approver.metric_errors(period=PERIOD),
            "A person's answer could not be taken. Read the newest errors in the approver's log group, then "
            "answer again: nothing was stopped that the answer did not say.",
        )
        self._alarm(
            "NotifierErrors",
            notifier.metric_errors(period=PERIOD),
            "A decision could not be told. Find `notification_failed` in the notifier's log group: it is "
            "tried again for a day, and later ones wait behind it. Stops do not depend on it.",
        )

    def _verifications(self, verifier: lambda_.IFunction) -> None:
        self._alarm(
            "VerifierErrors",
            verifier.metric_errors(period=PERIOD),
            "A verification crashed or timed out. Read the newest errors in the verifier's log "
            "group. Stops do "
            "not depend on it; `unwedge verify` checks a service by hand.",
        )
        self._alarm(
            "VerificationsNotMade",
            count("VerificationsNotMade", None, PERIOD),
            "A service could not be read after its deployment. Find `verification_failed` in the verifier's "
            "log group: it names the call and what AWS answered.",
        )

    def _audits(self, auditor: lambda_.IFunction, queue: sqs.IQueue) -> None:
        self._alarm(
            "AuditorErrors",
            auditor.metric_errors(period=PERIOD),
            "An audit crashed or timed out. Read the newest errors in the auditor's log group. Stops do not "
            "depend on it; what the audits before it found stays on the dashboard.",
        )
        self._alarm(
            "AuditsFailed",
            count("AuditsFailed", None, PERIOD),
            "Services could not be read for an audit, or what was found could not be kept. Find "
            "`audit_failed` in the auditor's log group: it names the call and what AWS answered.",
        )
        self._alarm(
            "AuditsLate",
            queue.metric_approximate_age_of_oldest_message(period=PERIOD, statistic="Maximum"),
            "Audits have waited for an hour: the auditor does not run, or fails again and again. See that "
            "its event source mapping is enabled, and the newest errors in its log group.",
            threshold=AUDITS_LATE.to_seconds(),
            ends=True,
        )

    def _signals(self, signals: Signals) -> None:
        given_up = signals.dead_letters
        self._alarm(
            "SignalsLate",
            signals.queue.metric_approximate_age_of_oldest_message(period=PERIOD, statistic="Maximum"),
            "Events have waited for ten minutes: more come than the remediator works off, or it does not "
            "run. Its log group names the services that most signals are about. Open incidents do not wait "
            "for them.",
            threshold=SIGNALS_LATE.to_seconds(),
            ends=True,
        )
        self._alarm(
            "PassesLate",
            signals.passes.metric_approximate_age_of_oldest_message(period=PERIOD, statistic="Maximum"),
            "A scheduled pass has waited for twenty minutes, five more than any is put off, so that open "
            "incidents stand still. See whether the remediator runs, and the newest errors in its log group.",
            threshold=PASSES_LATE.to_seconds(),
            ends=True,
        )
        self._alarm(
            "DeadLetters",
            given_up.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
            "Signals were not decided on. Read the newest errors in the remediator's log group, mend the "
            "cause, then purge the dead-letter queue: the next sweep finds what still matters.",
            ends=True,
        )
        self._alarm(
            "SignalsFailed",
            count("SignalsFailed", None, PERIOD),
            "A signal could not be handled and was given back to the queue. Find `signal_failed` in the "
            "remediator's log group: a wrong setting or a denied call on the ledger or the queue are likely.",
        )

    def _notices(self, notifier: lambda_.IFunction) -> None:
        self._alarm(
            "NotificationsLate",
            notifier.metric("IteratorAge", period=PERIOD, statistic="Maximum"),
            "Notifications are minutes late: one that fails blocks the ones behind it. Mend what the "
            "notifier's log group names; until then follow the dashboard.",
            threshold=LATE.to_milliseconds(),
            ends=True,
        )
        self._alarm(
            "NotificationsRefused",
            count("NotificationsRefused", None, PERIOD),
            "A recorded decision could not be read, or SNS or EventBridge does not accept it, so that some "
            "were not told. Find `notification_refused` in the notifier's log and read it in the ledger.",
        )

    def _sweeps(self, every: cdk.Duration, rule: events.IRule, function: lambda_.IFunction) -> None:
        self._alarm(
            "SweepsFailed",
            count("SweepsFailed", None, PERIOD),
            "AWS did not let a sweep read a cluster, or its stopped tasks are too many. Find "
            "`sweep_failed` in the remediator's log group: it says why. Until then lost events are not made "
            "up for.",
        )
        # The alarms that ring on silence rest on metrics of AWS: any container of the account can print a
        # line that CloudWatch takes for a metric of ours, and keep an alarm on that one quiet.
        triggered = cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="Invocations",
            dimensions_map={"RuleName": rule.rule_name},
            period=every,
            statistic="Sum",
        )
        self._silence(
            "NoSweep",
            triggered,
            "The rule of the sweeps has not been triggered for three times its interval, so that nothing "
            "finds what no event told of. See that the rule is enabled, or deploy the stack again.",
        )
        self._silence(
            "RemediatorSilent",
            function.metric_invocations(period=every),
            "The remediator has not been invoked for three times the interval of the sweeps, each of which "
            "invokes it: Unwedge does nothing. See that its event source mappings are enabled, that the "
            "account has concurrency left, and what its log group says last.",
        )

    def _silence(self, construct_id: str, metric: cloudwatch.IMetric, description: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=3,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
            alarm_description=self._described(construct_id, description),
        )
        alarm.add_alarm_action(self._tell)
        alarm.add_ok_action(self._tell)

    def _alarm(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        description: str,
        *,
        threshold: float = 1,
        ends: bool = False,
    ) -> None:
        """`ends`: the metric is a state, so that its return is news. The end of a count only says that
        nothing more has happened, which sounds like an all-clear and is none."""
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=self._described(construct_id, description),
        )
        alarm.add_alarm_action(self._tell)
        if ends:
            alarm.add_ok_action(self._tell)

    def _described(self, construct_id: str, description: str) -> str:
        """The section of the runbook is called as the alarm is."""
        section = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", construct_id).lower()
        return f"{description} Read on: {self._runbook}#{section}"
