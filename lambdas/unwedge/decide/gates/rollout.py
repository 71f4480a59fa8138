"""Gates 4 and 7: is one task wanted, and may the rollout go forward at all?"""

from unwedge.decide.gates.case import Case, passed, ruled
from unwedge.model.decision import Ruling, Verdict
from unwedge.model.service import Rollout

# Any status not listed here, known or not, means that somebody or something is taking the rollout back.
_FORWARD = frozenset({"PENDING", "IN_PROGRESS", "SUCCESSFUL"})


def goes_back(found: Rollout | None) -> bool:
    """Whether the newest service deployment, if one was read, is being taken back or was."""
    return found is not None and found.status not in _FORWARD


def desired_count(case: Case) -> Ruling:
    """A store with one lock runs one task. Judged right after the evidence: with two tasks wanted, every
    later gate would describe a symptom and hide this cause."""
    service = case.situation.service
    assert service is not None, "gate 1 has passed"
    count = service.desired_count
    if count == 1:
        return passed("One task is wanted.", desired_count=1)
    if count == 0:
        text = "The service is scaled to 0: ECS ends its tasks, and nothing waits for the lock."
        return ruled(Verdict.SCALED_TO_0, text, again=60 if case.situation.incident else None)
    text = (
        f"The service's desiredCount is {count}, so nothing is stopped. A store with one lock can run one "
        "task: set desiredCount to 1."
    )
    return ruled(
        Verdict.MISCONFIGURED, text, again=60, escalate=True, incident=case.opens, desired_count=count
    )


def rollout(case: Case) -> Ruling:
    """Stand down when the deployment is rolling back, stopping or failed."""
    contender, holder = case.parties
    service, found = case.situation.service, case.situation.rollout
    assert service is not None, "gate 1 has passed"
    deployment = service.deployment(contender.deployment_id)
    if deployment is None:
        return _stand_down(case, Verdict.ROLLOUT_UNKNOWN, "The contender's deployment is not listed any more")
    state, status = deployment.rollout_state, found.status if found else "not listed"
    # A rollback that ended well is history for a COMPLETED deployment that replaces its own task.
    same = contender.deployment_id == holder.deployment_id
    history = status == "ROLLBACK_SUCCESSFUL" and state == "COMPLETED" and same
    backwards = goes_back(found) and not history
    if found is None and state != "COMPLETED":
        # A rollout that is under way must be listed; long after one ECS forgets it.
        why = "ECS lists no service deployment, so nobody knows which way it goes"
        return _stand_down(case, Verdict.ROLLOUT_UNKNOWN, why)
    if state == "FAILED" or backwards:
        why = f"The deployment does not go forward (service deployment {status}, rollout {state})"
        verdict = Verdict.ROLLBACK_IN_PROGRESS if backwards else Verdict.DEPLOYMENT_FAILED
        return _stand_down(case, verdict, why)
    if found and found.awaiting:
        why = (
            f"A lifecycle hook of the deployment awaits an action ({found.awaiting}), and whoever answers it "
            "decides how it goes on"
        )
        return _stand_down(case, Verdict.ROLLOUT_PAUSED, why)
    text = f"The rollout goes forward (service deployment {status}, rollout {state})."
    if found is None or found.failures is None or not found.threshold:
        return passed(text)
    text += f" The circuit breaker has counted {found.failures} of {found.threshold} failed tasks."
    return passed(text, breaker_failures=found.failures, breaker_threshold=found.threshold)


def _stand_down(case: Case, verdict: Verdict, why: str) -> Ruling:
    """Whoever takes the rollout back decides now; when nothing comes of it, a person should know."""
    contender, _ = case.parties
    waited = case.since(contender.failed_at)
    return ruled(
        verdict,
        f"{why}: we stand down.",
        again=60,
        escalate=waited > case.settings.recovery_patience,
        incident=case.opens,
        seconds_since_failure=waited,
    )
