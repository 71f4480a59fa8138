"""Gate 6: may the rollout go forward at all?"""

from unwedge.decision import LookAgain, Ruling, Verdict
from unwedge.gates.case import Case, passed, ruled

# Any status not listed here, known or not, means that somebody or something is taking the rollout back.
_FORWARD = frozenset({"PENDING", "IN_PROGRESS", "SUCCESSFUL"})


def desired_count(case: Case) -> Ruling:
    """A store with one lock runs one task. Judged right after the evidence: with two tasks wanted, every
    later gate would describe a symptom and hide this cause."""
    service = case.situation.service
    count = service.desired_count if service else 0
    if count == 1:
        return passed("One task is wanted.", desired_count=1)
    advice = (
        "It is scaled to 0."
        if count == 0
        else "A store with one lock can run one task: set desiredCount to 1."
    )
    text = f"The service's desiredCount is {count}, so nothing is stopped. {advice}"
    ruling = ruled(Verdict.MISCONFIGURED, text, again=60, escalate=count > 1, desired_count=count)
    return Ruling(text, ruling.verdict, ruling.numbers, ruling.look_again, ruling.escalate, case.opens)


def rollout(case: Case) -> Ruling:
    """Stand down when the deployment is rolling back, stopping or failed."""
    contender, found = case.contender, case.situation.rollout
    service = case.situation.service
    deployment = service.deployment(contender.deployment_id) if service and contender else None
    state = deployment.rollout_state if deployment else None
    status = found.status if found else None
    if state == "FAILED" or (status is not None and status not in _FORWARD):
        text = (
            f"The deployment is not going forward (service deployment {status or 'unknown'}, rollout "
            f"{state or 'unknown'}): we stand down."
        )
        return Ruling(text, Verdict.STANDING_DOWN, look_again=_minute(), incident=case.opens)
    if deployment is None:
        text = "The contender's deployment is not listed any more: we stand down."
        return Ruling(text, Verdict.STANDING_DOWN, look_again=_minute(), incident=case.opens)
    return passed(f"The rollout goes forward (service deployment {status or 'not listed'}, rollout {state}).")


def _minute() -> LookAgain:
    return LookAgain(60)
