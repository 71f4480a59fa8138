"""Gate 3: did the suspect fail on the lock, by its own words?"""

from unwedge.decision import Ruling, Verdict
from unwedge.gates.case import Case, clock, name, passed, ruled, title
from unwedge.situation import ContainerLog, LogStatus, Scope, Task

_LATE = (LogStatus.EMPTY, LogStatus.MISSING)
_WHAT_TO_FIX = {
    LogStatus.EMPTY: "Its stream {stream} in {group} has no line; the awslogs driver may have dropped it.",
    LogStatus.MISSING: "There is no stream {stream} in log group {group}: see that the group exists and that "
    "the task's execution role may write to it. AWS said: {detail}",
    LogStatus.DENIED: "Reading its log group {group} was denied: grant the remediator's role "
    "logs:GetLogEvents on it.",
    LogStatus.UNSUPPORTED: "Its log driver is {driver}, which leaves no CloudWatch stream to read: "
    "use awslogs for this container.",
}


def evidence(case: Case) -> Ruling:
    """Only a contender's own lock line passes. Late lines are waited for, unreadable ones never guessed."""
    suspect = case.roles.suspect
    assert suspect is not None, "gate 2 has passed"
    found = case.evidence
    if found is None:
        return _unproven(case, suspect)
    text = (
        f"{title(suspect)} says in {found.group}:{found.stream} at {clock(found.line.at)}: "
        f"{found.line.text[:300]}"
    )
    if case.situation.scope is not Scope.FULL:
        return ruled(Verdict.LOOK_CLOSER, text)
    return passed(text, seconds_since_failure=case.since(suspect.failed_at))


def _unproven(case: Case, suspect: Task) -> Ruling:
    logs = case.situation.logs_of(suspect)
    waited, patience = case.since(suspect.failed_at), case.policy.evidence_patience
    if any(log.status is LogStatus.UNAVAILABLE for log in logs):
        text = f"The log of {name(suspect)} cannot be read just now."
        return ruled(Verdict.AWS_UNAVAILABLE, text, again=15)
    if any(log.status in _LATE for log in logs) and waited < patience:
        text = f"No line of {name(suspect)} has arrived {waited:.0f} s after it failed; lines can be late."
        again = 2 if waited < 15 else 5
        return ruled(
            Verdict.AWAITING_EVIDENCE,
            text,
            again=again,
            seconds_since_failure=waited,
            evidence_patience=patience,
        )
    readable = [log for log in logs if log.status is LogStatus.READ]
    if readable:
        return _other_failure(case, suspect, readable)
    text = f"Cannot verify why {name(suspect)} failed, so nothing is stopped. {_obstacle(logs)}"
    return ruled(Verdict.CANNOT_VERIFY, text, seconds_since_failure=waited, evidence_patience=patience)


def _obstacle(logs: tuple[ContainerLog, ...]) -> str:
    if not logs:
        return "None of its failed essential containers has a log configuration that could be read."
    log = logs[0]
    return _WHAT_TO_FIX[log.status].format(
        group=log.group, stream=log.stream, driver=log.driver, detail=log.detail
    )


def _other_failure(case: Case, suspect: Task, logs: list[ContainerLog]) -> Ruling:
    last = max((line for log in logs for line in log.lines), key=lambda line: line.at)
    said = f"its last line is: {last.text[:300]}"
    if case.situation.incident is None:
        return ruled(Verdict.OTHER_FAILURE, f"{title(suspect)} did not fail on the lock; {said}")
    runs = case.roles.writers or case.roles.stopping
    nothing = "" if runs else " No task of the service runs."
    text = (
        f"The new revision now fails for another reason, so we stop intervening.{nothing} "
        f"For {name(suspect)} {said}"
    )
    return ruled(Verdict.NEW_REVISION_BROKEN, text, again=60, escalate=True)
