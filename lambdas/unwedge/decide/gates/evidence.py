"""Gate 3: did the suspect fail on the lock, by its own words?"""

from unwedge.decide.gates.case import Case, passed, ruled
from unwedge.decide.gates.handover import last_words, rolled_back
from unwedge.decide.gates.wording import clock, name, title
from unwedge.decide.signatures import Doubt
from unwedge.model.decision import Ruling, Verdict
from unwedge.model.log import ContainerLog, LogStatus
from unwedge.model.service import Task
from unwedge.model.situation import Scope

_WHAT_TO_FIX = {
    LogStatus.EMPTY: "Its stream {stream} in {group} has no line; the awslogs driver may have dropped it.",
    LogStatus.MISSING: "There is no stream {stream} in log group {group}: see that the group exists and that "
    "the task's execution role may write to it. AWS said: {detail}",
    LogStatus.DENIED: "Reading its log group {group} was denied: grant the remediator's role "
    "logs:GetLogEvents on it. AWS said: {detail}",
    LogStatus.REFUSED: "CloudWatch Logs does not read its log group {group}: {detail}",
    LogStatus.UNSUPPORTED: "Its log cannot be read: {detail}.",
}
_PASSES = frozenset({LogStatus.EMPTY, LogStatus.MISSING, LogStatus.READ})


def evidence(case: Case) -> Ruling:
    """Only a contender's own lock line passes. Late lines are waited for, unreadable ones never guessed."""
    suspect = case.participants.suspect
    assert suspect is not None, "gate 2 has passed"
    found = case.evidence
    if found:
        text = (
            f"{title(suspect)} says in {found.group}:{found.stream} at {clock(found.line.at)}: "
            f"{found.line.text[:300]}"
        )
        if case.situation.scope is not Scope.FULL:
            return ruled(Verdict.READ_MORE, text)
        return passed(text, seconds_since_failure=case.since(suspect.failed_at))
    if not case.participants.may_be_the_lock:
        text = f"{title(suspect)} did not fail on a lock: what ended it shares no volume with other tasks."
        return ruled(Verdict.OTHER_FAILURE, text)
    doubt = case.participants.doubt_about(suspect)
    if doubt:
        return _doubtful(case, suspect, doubt)
    if case.participants.explained(suspect):
        return _other_failure(case, suspect)
    return _unexplained(case)


def _doubtful(case: Case, suspect: Task, doubt: Doubt) -> Ruling:
    """A line that has the lock error's text and cannot count: never a reason to stop, nor to say that the
    lock was not the reason. Who opted in hears of it."""
    text = (
        f"Cannot verify that {name(suspect)} failed on the lock, so nothing is stopped. Its log has this "
        f"line, but {doubt.why}: {doubt.line.text[:300]}"
    )
    waited, patience = case.participants.age(suspect), case.settings.evidence_patience
    wedged = case.situation.incident is not None
    again = 15 if waited < patience else 60 if wedged else None
    late = waited >= patience and (wedged or case.hears)
    return ruled(Verdict.CANNOT_VERIFY, text, again=again, escalate=late, seconds_since_failure=waited)


def _unexplained(case: Case) -> Ruling:
    """No suspect's log says why it failed. The oldest one tells how long lines have been missing."""
    newest, oldest = case.participants.suspects[0], case.participants.may_be_the_lock[-1]
    logs = case.situation.logs_of(oldest)
    waited, patience = case.participants.age(oldest), case.settings.evidence_patience
    if any(log.status is LogStatus.UNAVAILABLE for log in logs):
        text = f"The log of {name(oldest)} cannot be read just now, {waited:.0f} s after it failed."
        late = case.hears and waited >= case.settings.silence
        return ruled(Verdict.AWS_UNAVAILABLE, text, again=60 if late else 15, escalate=late)
    numbers = {"seconds_since_failure": waited, "evidence_patience": float(patience)}
    if logs and waited < patience and all(log.status in _PASSES for log in logs):
        text = f"No line of {name(oldest)} explains its failure {waited:.0f} s after it; lines can be late."
        again = 2 if case.participants.age(newest) < case.settings.last_lines else 5
        return ruled(Verdict.AWAITING_EVIDENCE, text, again=again, numbers=numbers)
    text = f"Cannot verify why {name(oldest)} failed, so nothing is stopped. {_obstacle(logs)}"
    wedged = case.situation.incident is not None
    # A newer failure may still explain itself; and an open incident is never left without a pass.
    later = 30 if case.participants.age(newest) < patience else 60 if wedged else None
    return ruled(Verdict.CANNOT_VERIFY, text, again=later, escalate=wedged or case.hears, numbers=numbers)


def _obstacle(logs: tuple[ContainerLog, ...]) -> str:
    unread = [log for log in logs if log.status is not LogStatus.READ]
    if not unread:
        return "None of its failed essential containers has a log that could be read."
    log = unread[0]
    text = _WHAT_TO_FIX[log.status].format(group=log.group, stream=log.stream, detail=log.detail)
    if (log.detail or "").startswith("InvalidOperationException"):
        text += " GetLogEvents needs a log group of the class STANDARD, not INFREQUENT_ACCESS."
    return text


def _other_failure(case: Case, suspect: Task) -> Ruling:
    if case.situation.incident is None:
        return _not_ours(case, suspect)
    said = last_words(case, suspect)
    runs = case.participants.running
    nothing = "" if runs else " No task of the service runs."
    text = (
        f"The new revision now fails for another reason, so we stop intervening.{nothing} "
        f"For {name(suspect)} {said}"
    )
    return rolled_back(case, ruled(Verdict.NEW_REVISION_BROKEN, text, again=60, escalate=True))


def _not_ours(case: Case, suspect: Task) -> Ruling:
    """A failure without an incident. No line of it is told: the log may be anybody's, passwords included. But
    who opted in for a program that we do not know hears that the mode does nothing for it."""
    text = f"The log of {name(suspect)} has no lock line that Unwedge knows."
    if not case.hears or case.participants.runs_a_known_program(suspect):
        return ruled(Verdict.OTHER_FAILURE, text)
    known = case.participants.program_without_signature(suspect)
    why = f"Unwedge knows no lock line of {known}" if known else "Unwedge does not know its program"
    text += f" {why}, so mode {case.mode} does nothing for this service; {last_words(case, suspect)}"
    return ruled(Verdict.OTHER_FAILURE, text, escalate=True)
