"""What automatic scaling means for a service that is to run one task."""

from unwedge_cli.plans.values import named


def range_note(address: str, least: int | None, most: int | None) -> str | None:
    """A sentence where scaling may run more than one task, or none; None where it keeps one."""
    if least == most == 1:
        return None
    if least is None or most is None:
        return f"Application Auto Scaling may change the number of tasks ({named(address)})."
    if most <= 1 and least >= 1:
        return None
    return f"Application Auto Scaling may run {least} to {most} tasks ({named(address)})."
