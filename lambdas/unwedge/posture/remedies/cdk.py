"""A remedy in the CDK: what is the same in its languages.

Every property is one of the L2 constructs (aws-cdk-lib 2.275: FargateServiceProps, AwsLogDriverProps,
ContainerDefinitionOptions, BaseService.forceNewDeployment), so that nothing needs an escape hatch.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from unwedge.model.posture import StepKind
from unwedge.posture.remedies.parts import Container, Parts
from unwedge.posture.remedies.place import Place
from unwedge.posture.remedies.quoting import commented, construct_id
from unwedge.posture.remedies.words import WHY_NON_BLOCKING, before_deploying, closing, opening, together

_KEEP_ID = "Or Ec2Service. Keep the construct ID that it has: another one replaces the service."
_LOG_GROUP = (
    "The CDK creates a log group, and allows the execution role to write to it. To keep the log group that "
    "you have, pass it too."
)
_AGAIN = "Change the value to deploy once more."


class Dialect(NamedTuple):
    """A language of the CDK. `imports`: takes whether Duration and Size are needed. `service`: the settings
    and the construct ID. `container`: a container and the stream prefix of its log. `group`: the target
    group's variable and the seconds. `target_group`: that variable's name. `force`: deploys anew."""

    mark: str
    imports: Callable[[bool, bool], Iterable[str]]
    service: Callable[[tuple[StepKind, ...], str], Iterable[str]]
    container: Callable[[Container, str], Iterable[str]]
    group: Callable[[str, int], str]
    target_group: str
    force: str


def written(dialect: Dialect, parts: Parts, place: Place) -> Iterator[str]:
    """The snippet, line by line. The imports come first: in Python a comment in the first two lines of a
    file could name its encoding."""
    yield from dialect.imports(any(container.seconds for container in parts.containers), parts.logs)
    yield ""
    yield from _comments(dialect, opening(parts, place))
    if parts.settings:
        yield from _comments(dialect, [*together(parts), _KEEP_ID])
        yield from dialect.service(parts.settings, construct_id(place.service, "Service"))
    for number, step in enumerate(parts.groups, 1):
        yield from _comments(dialect, [f"Target group {step.target_group}."])
        name = dialect.target_group + (str(number) if number > 1 else "")
        yield dialect.group(name, step.seconds)
    if parts.deploys:
        yield ""
        yield from _comments(dialect, [before_deploying(parts)])
        yield from _deploying(dialect, parts, place)
    yield from _comments(dialect, closing(parts))


def _deploying(dialect: Dialect, parts: Parts, place: Place) -> Iterator[str]:
    if parts.logs:
        yield from _comments(dialect, [WHY_NON_BLOCKING, _LOG_GROUP])
    for container in parts.containers:
        yield from dialect.container(container, place.service or container.name)
    if parts.new_tasks and not parts.containers:
        yield from _comments(dialect, [_AGAIN])
        yield dialect.force


def _comments(dialect: Dialect, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from commented(dialect.mark, text)
