"""The remedies that several rules share."""

from unwedge.model.posture import Step, StepKind
from unwedge.posture.course import Course
from unwedge.posture.facts import Facts
from unwedge.posture.gap import gap_of


def stop_first(facts: Facts) -> tuple[Step, ...]:
    """Stop the old task before the new one starts. Rebalancing comes first: ECS refuses a maximumPercent of
    100 or less while it is on, and new services have it on by default."""
    shape, steps = facts.shape, []
    if shape.strategy not in (None, "ROLLING"):
        why = f"With the strategy {shape.strategy}, both tasks run side by side whatever the percentages say."
        steps.append(Step(StepKind.ROLLING, text=why))
    if shape.rebalancing is not False:
        steps.append(Step(StepKind.REBALANCING_OFF))
    return (*steps, Step(StepKind.STOP_FIRST))


def stop_first_cost(facts: Facts) -> str:
    """What it costs, from the service's own history where there is one."""
    gap = gap_of(facts)
    return (
        f"Every deployment then has a gap of about {gap.seconds:.0f} s without a writer ({gap.why}), and ECS "
        "stops an unhealthy task before it starts its replacement. The change itself starts no deployment."
    )


def own_controller(course: Course, facts: Facts) -> tuple[Step, ...]:
    """The stop-first remedy, or what a person has to do where ECS's own deployments are not used."""
    if facts.shape.controller == "CODE_DEPLOY":
        text = (
            "CodeDeploy always runs both tasks side by side. Create the service anew with the deployment "
            "controller ECS and the strategy ROLLING: the controller of a service cannot be changed."
        )
        return (Step(StepKind.ADVICE, text=text),)
    return stop_first(facts)
