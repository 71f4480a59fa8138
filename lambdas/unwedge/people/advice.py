"""What a notification is called, and what a person can do about each verdict that calls one."""

from collections.abc import Mapping

from unwedge.model.decision import Verdict
from unwedge.people.notification.notification import Kind, Notification

# Where it stands in the repository; the stack's setting `runbook` says where people reach it.
RUNBOOK = "docs/runbook.md"
_UPDATED: Mapping[str, str] = {
    Verdict.DRAIN_SERVICE: "Scaled to 0 to free the lock",
    Verdict.RESTORE_SERVICE: "Scaled up again",
    Verdict.ROLL_BACK: "Sent back to the previous revision",
}
_HEADLINES: Mapping[Kind, str] = {
    Kind.STOPPED: "Stopped the task that held the lock",
    Kind.UPDATED: "Changed the service",
    Kind.RECOVERED: "Recovered",
    Kind.APPROVAL_REQUEST: "Asks for an approval",
    Kind.NOTHING_RUNS: "Nothing runs",
    Kind.ESCALATION: "Needs a person",
    Kind.WITHDRAWN: "Over: nothing is left to do",
}
# Each verdict here has a section of the same name in the runbook.
ADVICE: Mapping[str, str] = {
    Verdict.NOT_WATCHED: "Scale the service back to 1 by hand: Unwedge does not watch its cluster any more.",
    Verdict.CANNOT_OBSERVE: "Grant the remediator's role the action that is named above.",
    Verdict.CANNOT_VERIFY: "Read the failed task's log yourself: nothing is stopped without a lock line.",
    Verdict.NOTHING_RUNS: "Look at the service's stopped tasks and events in ECS now, and start it by hand.",
    Verdict.FAILS_HEALTH_CHECKS: "Read the log of the task that ECS ended: does it wait, or start slowly?",
    Verdict.NEW_REVISION_BROKEN: "Deploy a revision that works, or the previous one.",
    Verdict.ROLL_BACK: "Mend the new revision before your infrastructure code deploys it again.",
    Verdict.DEPLOYMENT_FAILED: "See in ECS why the deployment failed, and deploy again.",
    Verdict.ROLLOUT_UNKNOWN: "See in ECS which way the deployment goes, and end it or deploy again.",
    Verdict.LOCK_UNCLEAR: "Read the logs of the tasks that are named, and stop the one that should go.",
    Verdict.LOCK_UNDETERMINED: "See whether both tasks use one directory; if so, stop the old one by hand.",
    Verdict.HOLDER_HEALTHY: "See in ECS why the running task is being replaced, and stop it if it should go.",
    Verdict.SPLIT_BRAIN: "Stop all tasks but one by hand, at once: two writers damage the data.",
    Verdict.LOCK_HELD_ELSEWHERE: "Give each service its own directory or access point, or stop the other.",
    Verdict.DIFFERENT_LOCK: "See who else holds the lock: it is not on the volume of the running task.",
    Verdict.LOCK_FREE: "Look for a client outside ECS; EFS may keep the lock of one that died for minutes.",
    Verdict.HOLDER_STOPPING: "See why the task does not end: ECS kills it after its stopTimeout.",
    Verdict.VERIFYING: "See in ECS why the rollout does not come to its end.",
    Verdict.ROLLBACK_IN_PROGRESS: "See in ECS why the rollback or stop of the deployment does not end.",
    Verdict.ROLLOUT_PAUSED: "Answer the deployment's lifecycle hook, or roll the deployment back.",
    Verdict.MISCONFIGURED: "Set the service's desiredCount to 1: one lock is for one task.",
    Verdict.STOPS_SPENT: "Scale the service to 0, wait until every task is gone, then back to 1.",
    Verdict.RESTORE_SERVICE: "See that the service has its desiredCount back; else scale it by hand now.",
    Verdict.WITHDRAWN: "Scale the service up by hand if it is to run: Unwedge leaves it at 0.",
    Verdict.STOP_DENIED: "Grant what is named above, or stop the task by hand.",
    Verdict.KEEPS_WEDGING: "Find out who deploys again and again; let ECS stop the old task first.",
    Verdict.BUDGET_SPENT: "Stop the holder by hand if it should go, or wait for tomorrow's budget.",
    Verdict.APPROVAL_NEEDED: "Answer before the question expires; a later answer does nothing.",
    Verdict.NO_SUCCESSOR: "Force a new deployment: it ends the back-off in which ECS starts no task.",
}
_ANY = "Read why, gate by gate, and decide by hand: Unwedge does nothing about it."


def headline(notification: Notification) -> str:
    """What happened, in a few words."""
    verdict = notification.record.decision.verdict
    if notification.kind is Kind.UPDATED:
        return _UPDATED.get(verdict, _HEADLINES[notification.kind])
    if notification.kind is Kind.STOPPED and notification.record.content.outcome.kind != "stopped":
        return "The task that held the lock is stopping"
    if notification.kind is Kind.ESCALATION:
        return f"{_HEADLINES[notification.kind]} ({verdict})"
    return _HEADLINES[notification.kind]


def advice(notification: Notification) -> str | None:
    """What to do, in one sentence; None where Unwedge goes on by itself."""
    decision = notification.record.decision
    if notification.kind in (Kind.ESCALATION, Kind.NOTHING_RUNS, Kind.APPROVAL_REQUEST) or decision.escalate:
        return ADVICE.get(decision.verdict, _ANY)
    if notification.kind is Kind.STOPPED:
        return "Nothing to do yet: Unwedge watches until the service has recovered."
    return None


def commands(notification: Notification) -> tuple[str, ...]:
    """What to type."""
    incident = notification.record.incident
    if incident is None:
        return ("unwedge incidents --all",)
    explain = f"unwedge explain {incident}"
    if notification.kind is Kind.APPROVAL_REQUEST:
        return (f"unwedge approve {incident}", f"unwedge reject {incident}", explain)
    return (explain,)


def chapter(notification: Notification) -> str | None:
    """The section of the runbook that goes on, if one does."""
    verdict = notification.record.decision.verdict
    return verdict if advice(notification) is not None and verdict in ADVICE else None
