"""Remedies to render: every kind of step, together and alone, and names that nobody should have."""

import itertools

from hypothesis import strategies as st

from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies import Place

CLUSTER = "arn:aws:ecs:eu-central-1:123456789012:cluster/dev-cluster"
GROUP = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef"
PLACE = Place("dev-cluster", "prometheus", "dev-prometheus")

EVERY = {
    StepKind.ROLLING: Step(StepKind.ROLLING),
    StepKind.REBALANCING_OFF: Step(StepKind.REBALANCING_OFF),
    StepKind.STOP_FIRST: Step(StepKind.STOP_FIRST, text="The old task must stop before the new one starts."),
    StepKind.ONE_TASK: Step(StepKind.ONE_TASK),
    StepKind.STOP_TIMEOUT: Step(StepKind.STOP_TIMEOUT, "prometheus", 120),
    StepKind.DEREGISTRATION: Step(StepKind.DEREGISTRATION, seconds=30, target_group=GROUP),
    StepKind.AWSLOGS: Step(StepKind.AWSLOGS, "prometheus"),
    StepKind.BREAKER_WITHOUT_ROLLBACK: Step(StepKind.BREAKER_WITHOUT_ROLLBACK),
    StepKind.PROPAGATE_TAGS: Step(StepKind.PROPAGATE_TAGS),
    StepKind.NEW_TASKS: Step(StepKind.NEW_TASKS),
    StepKind.ADVICE: Step(StepKind.ADVICE, text="Confine Fargate's retirements to a weekly window."),
}
ALL = tuple(EVERY.values())
ALONE = tuple((step,) for step in ALL)
PAIRS = tuple(itertools.combinations(ALL, 2))
REMEDIES = (*ALONE, *PAIRS, ALL, tuple(reversed(ALL)))

HOSTILE = (
    "it's",
    'say "so"',
    "`touch pwned`",
    "$(touch pwned)",
    "${file('/etc/passwd')}",
    "$${x} %{ if true }%{ endif } %%{",
    "a\nUNWEDGE\ntouch pwned\n",
    "a\rb\x1b[31mred\x00\x7f",
    "*/ process.exit(1) /*",
    "\u2028line\u2029paragraph\u202eder\u0085",
    "''; touch pwned; '",
    "\\",
    "\\'",
    '\\"',
    "-rf",
    "--force",
    "file:///etc/passwd",
    "# coding: utf-7",
    "'''\"\"\"",
    "!history $HOME ~ * ? [a] {b,c} | & ; < > ( )",
    "é 漢 😀 \ud800",
    "x" * 300,
)

texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20))


def _timeout(container: str, seconds: int, text: str) -> Step:
    return Step(StepKind.STOP_TIMEOUT, container, seconds, text=text)


def _awslogs(container: str, text: str) -> Step:
    return Step(StepKind.AWSLOGS, container, text=text)


def _delay(group: str, seconds: int, text: str) -> Step:
    return Step(StepKind.DEREGISTRATION, seconds=seconds, target_group=group, text=text)


steps = st.one_of(
    st.sampled_from(ALL),
    st.builds(_timeout, texts, st.integers(2, 120), texts),
    st.builds(_awslogs, texts, texts),
    st.builds(_delay, texts, st.integers(0, 3600), texts),
)
remedies = st.lists(steps, max_size=6).map(tuple)
places = st.builds(Place, texts, texts, texts, texts)


def hostile(name: str) -> tuple[tuple[Step, ...], Place]:
    """Every step and the place, with one name for all that has a name."""
    return (
        tuple(step._replace(container=name, target_group=name, text=name) for step in ALL),
        Place(name, name, name, name),
    )
