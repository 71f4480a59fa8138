"""The queries over the structured log, each written once: for a table of the page, and saved.

Only the commands `fields`, `filter`, `stats`, `sort` and `limit`, so that a rehearsal can run them too.
"""

from dataclasses import dataclass

# What a person replaces in a saved query.
A_SERVICE = "NAME-OF-THE-SERVICE"


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query: its name, its commands, and how wide it stands on the page (0: it is only saved)."""

    name: str
    commands: tuple[str, ...]
    width: int = 0
    height: int = 0

    @property
    def text(self) -> str:
        """As Logs Insights takes it."""
        return "\n| ".join(self.commands)


QUERIES = (
    Query(
        name="Newest decisions",
        commands=(
            "fields @timestamp, cluster, service, verdict, sentence, mode, outcome, seconds_to_stop, "
            "gap_seconds",
            'filter message = "decision_recorded"',
            "sort @timestamp desc",
            "limit 50",
        ),
        width=24,
        height=9,
    ),
    Query(
        name="Decisions of one service",
        commands=(
            "fields @timestamp, verdict, gate, sentence, mode, action.kind, outcome, outcome_sentence, "
            "contender, holder, successor, evidence, requeue_after_seconds, repeats, signal, observed_at, "
            "incident_id",
            f'filter message = "decision_recorded" and service = "{A_SERVICE}"',
            "sort @timestamp desc",
            "limit 200",
        ),
    ),
    # No act, and no finding that nothing is wrong. The same look again counts each time.
    Query(
        name="Refusals by reason",
        commands=(
            'filter message = "decision_recorded" and outcome not in ["stopped", "updated"]',
            'filter verdict not in ["healthy", "recovered"]',
            "stats count(*) as looks by verdict, mode",
            "sort looks desc",
            "limit 50",
        ),
        width=8,
        height=7,
    ),
    Query(
        name="Signals refused by reason",
        commands=(
            'filter message = "signal_refused"',
            "stats count(*) as signals by refusal",
            "sort signals desc",
            "limit 50",
        ),
        width=8,
        height=7,
    ),
    # From the failure on the lock to the line that proves it, once for each incident.
    Query(
        name="Slowest evidence",
        commands=(
            'filter message = "decision_recorded" and seconds_to_detect > 0',
            "stats max(seconds_to_detect) as seconds by service, incident_id",
            "sort seconds desc",
            "limit 20",
        ),
        width=8,
        height=7,
    ),
    # An id begins with its time, 20251113T223237Z-…: so the newest incident comes first.
    Query(
        name="Course of the incidents",
        commands=(
            "fields @timestamp, incident_id, service, incident_step, verdict, escalated, sentence, "
            "seconds_to_detect, seconds_to_stop, seconds_to_recover, gap_seconds",
            'filter message = "decision_recorded" and incident_id like "Z-" and repeats = 0',
            "sort incident_id desc, @timestamp asc",
            "limit 100",
        ),
        width=24,
        height=9,
    ),
    # The last two are what Lambda itself says of a function that was ended or could not start.
    Query(
        name="Warnings and errors",
        commands=(
            "fields @timestamp, level, message, why, refusal, detail, message_id, record, exception, "
            "@message",
            'filter level in ["WARNING", "ERROR", "CRITICAL"] or @message like "Task timed out" '
            'or @message like "[ERROR]"',
            "sort @timestamp desc",
            "limit 50",
        ),
        width=24,
        height=7,
    ),
    # Each check with its evidence stands in `checks`, and readably in the widget.
    Query(
        name="Verifications",
        commands=(
            "fields @timestamp, cluster, service, cause, result, revision, calls, seconds, waited_seconds",
            'filter message = "service_verified"',
            "sort @timestamp desc",
            "limit 200",
        ),
    ),
    Query(
        name="What was not verified",
        commands=(
            "fields @timestamp, message, cluster, service, cause, why, message_id",
            'filter message in ["not_verified", "verification_put_off", "verification_failed", '
            '"request_refused"]',
            "sort @timestamp desc",
            "limit 200",
        ),
    ),
    Query(
        name="Audits",
        commands=(
            "fields @timestamp, message, cluster, service, outlook, worst, opened, closed, mode, wedges, "
            "gap_seconds, deployment, sentence, why, request.cluster_arn",
            'filter message in ["service_audited", "findings_closed", "deadlock_expected", "audit_failed"]',
            "sort @timestamp desc",
            "limit 200",
        ),
    ),
    Query(
        name="Questions to people",
        commands=(
            "fields @timestamp, cluster, service, incident_id, request.subject, request.expires_at, sentence",
            'filter message = "decision_recorded" and verdict = "approval-needed" and repeats = 0',
            "sort @timestamp desc",
            "limit 50",
        ),
    ),
    Query(
        name="Notifications",
        commands=(
            "fields @timestamp, service, kind, verdict, conversation, entry, message",
            'filter message in ["notification_sent", "notification_suppressed"]',
            "sort @timestamp desc",
            "limit 200",
        ),
    ),
    # A word of the query language is quoted where it is a field.
    Query(
        name="Changes of the kill switch",
        commands=(
            "fields @timestamp, change, `by`, reason",
            'filter message = "kill_switch_changed"',
            "sort @timestamp desc",
            "limit 50",
        ),
    ),
    Query(
        name="Signals that needed no pass",
        commands=(
            "fields @timestamp, cluster, service, signal, why",
            'filter message in ["signal_ignored", "message_sent_back"]',
            "sort @timestamp desc",
            "limit 200",
        ),
    ),
    Query(
        name="Sweeps",
        commands=(
            "fields @timestamp, message, cluster, clusters, tasks, cut, signals, why",
            'filter message in ["sweep_ended", "sweep_failed"]',
            "sort @timestamp desc",
            "limit 200",
        ),
    ),
    # A page that grows becomes slow to look at.
    Query(
        name="Size of the widgets",
        commands=(
            'filter message = "widget_shown"',
            "stats count(*) as times, max(characters) as largest by view",
            "sort largest desc",
            "limit 20",
        ),
    ),
)

# Only where the stack repairs.
REPAIRS = Query(
    name="Repairs",
    commands=(
        "fields @timestamp, message, cluster, service, before, why, exception, message_id",
        'filter message in ["service_repaired", "repair_refused", "not_repaired", "repair_waits", '
        '"repair_failed"]',
        "sort @timestamp desc",
        "limit 200",
    ),
)
