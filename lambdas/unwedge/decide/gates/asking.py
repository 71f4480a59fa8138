"""The question that is put to people, and what a yes to it would mean."""

from datetime import timedelta

from unwedge.decide.gates.case import Case
from unwedge.decide.gates.wording import clock, name
from unwedge.model.decision import Requeue, Ruling, Verdict
from unwedge.model.incident import ApprovalRequest, Limit


def asked(case: Case, subject: str, what: str, *, escalate: bool) -> Ruling:
    """Only a person can allow it. A question that expired without an answer is asked again, louder."""
    incident, now = case.situation.incident, case.situation.observed_at
    before = incident.approval_request if incident else None
    same = before is not None and (before.subject, before.deployment) == (subject, case.deployment)
    if before and same and before.lifts == case.limits and now < before.expires_at:
        request, missed = before, False
    else:
        expires = now + timedelta(seconds=case.settings.approval_patience)
        holds = expires + timedelta(seconds=case.settings.approval_validity)
        request = ApprovalRequest(subject, now, expires, case.deployment, case.limits, holds)
        missed = before is not None and same and now >= before.expires_at
    text = f"{what} needs an approval, until {clock(request.expires_at)}. {_terms(case, request)}"
    if missed and before:
        text += f" Nobody answered since {clock(before.asked_at)}."
    return Ruling(
        text,
        Verdict.APPROVAL_NEEDED,
        requeue=Requeue(30),
        escalate=escalate or missed,
        incident=case.opens,
        approval_request=request,
    )


def _terms(case: Case, request: ApprovalRequest) -> str:
    """What a yes would mean."""
    revision = case.participants.suspect.revision if case.participants.suspect else "this revision"
    lifted = [_LIFTED[limit] for limit in request.lifts if limit is not Limit.MODE]
    until = f" until {clock(request.valid_until)}" if request.valid_until else ""
    also = f" and goes beyond {' and '.join(lifted)}" if lifted else ""
    return f"It holds for this deployment of {revision}{until}{also}."


_LIFTED = {
    Limit.PROTECTION: "the task's scale-in protection",
    Limit.ACCOUNT_BUDGET: "the account's stops for an hour",
}


def acting(case: Case) -> str:
    """What the action would be, at the beginning of a sentence."""
    _, holder = case.parties
    if case.drains:
        return f"Draining service {case.situation.service_name}, which ends {name(holder)},"
    return f"Stopping {name(holder)}"
