"""A deployment that will deadlock, in words. Pure."""

from unwedge.model.settings import Mode
from unwedge.people.wording import lasted
from unwedge.record.postures import Expected


def what_happens(expected: Expected) -> str:
    """What the deployment will do, and why."""
    return (
        f"The deployment {expected.deployment} of service {expected.service_name} will deadlock: its new "
        f"task starts beside the old one and cannot take the lock of {expected.program or 'its program'}, "
        "and ECS does not stop the old task before the new one is healthy."
    )


def what_follows(expected: Expected) -> str:
    """What Unwedge will do about it. It never stops a task for an expectation."""
    gap = f" Expect about {lasted(round(expected.gap))} without a writer." if expected.gap else ""
    if expected.mode == Mode.APPROVE:
        return f"In mode approve Unwedge will ask you once the new task has failed on the lock.{gap}"
    if not expected.acts:
        return "Unwedge may stop nothing in this account: the setting `clusters` names no cluster."
    return (
        "In mode enforce Unwedge will stop the old task once the new one has failed on the lock, unless it "
        f"is paused or a limit forbids it.{gap}"
    )
