"""The remedies that several rules share."""

from unwedge.model.posture import Outlook, Step, StepKind
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
    serves = " In the gap its load balancer has no task for requests." if facts.shape.balancers else ""
    return (
        f"Every deployment then has a gap of about {gap.seconds:.0f} s without a writer ({gap.why}), and ECS "
        f"stops an unhealthy task before it starts its replacement.{serves} The change itself starts no "
        "deployment."
    )


def several(facts: Facts) -> bool:
    """Whether more than one task is to run at all times."""
    return facts.shape.desired is not None and facts.shape.desired > 1


def own_controller(course: Course, facts: Facts) -> tuple[Step, ...]:
    """The stop-first remedy, or what a person has to do where the percentages decide nothing. Of a service
    with more tasks than can have the store, one task comes before it."""
    if facts.shape.scheduling == "DAEMON":
        return (Step(StepKind.ADVICE, text=_DAEMON),)
    advice = _CONTROLLERS.get(facts.shape.controller or "")
    if advice:
        return (Step(StepKind.ADVICE, text=advice),)
    return (Step(StepKind.ONE_TASK), *stop_first(facts)) if several(facts) else stop_first(facts)


# A deployment of such a service is the deadlock itself, or two writers.
_UNSAFE = frozenset(
    {Outlook.WEDGES, Outlook.MAY_WEDGE, Outlook.WRITES_TWICE, Outlook.MAY_WRITE_TWICE, Outlook.STUCK}
)


def safely(facts: Facts, course: Course, *steps: Step) -> tuple[Step, ...]:
    """Steps that start a deployment, behind those that make one safe. Where only a person can make it safe,
    what the person has to do comes instead."""
    if course.outlook not in _UNSAFE:
        return steps
    first = own_controller(course, facts)
    return (*first, *steps) if any(step.kind is StepKind.STOP_FIRST for step in first) else first


_DAEMON = (
    "A daemon runs a task on every container instance. Where they all reach one directory, give each of them "
    "its own, or replace the service by one with the scheduling strategy REPLICA and one task: a service "
    "keeps its scheduling strategy for life."
)
_CONTROLLERS = {
    "CODE_DEPLOY": (
        "CodeDeploy always runs both tasks side by side. Give the service the deployment controller ECS and "
        "the strategy ROLLING: UpdateService can change the controller; some tools create the service anew "
        "for it."
    ),
    "EXTERNAL": (
        "An external controller decides what starts first, and the percentages do not. Have it stop the old "
        "task set, and wait until its task is STOPPED, before it creates the new one."
    ),
}
