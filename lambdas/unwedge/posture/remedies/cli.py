"""A remedy for the AWS CLI: a script that bash reads from a heredoc.

So it can be pasted into any shell: an interactive zsh takes no comments, and would run what stands in one.
A call that fails ends the script and leaves the person's shell open. AWS_PAGER is emptied because version 2
of the CLI would wait in a pager for a key.
"""

from collections.abc import Iterable, Iterator

from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies.cli_definition import definition
from unwedge.posture.remedies.parts import Parts
from unwedge.posture.remedies.place import Place
from unwedge.posture.remedies.quoting import commented, option, shell
from unwedge.posture.remedies.words import before_deploying, closing, opening

# AWS does not document whether UpdateService keeps what a deploymentConfiguration leaves out: every call
# names the percentages, and what an earlier call of the same script has set.
_CONFIGURATION = {
    StepKind.ROLLING: {"strategy": "ROLLING"},
    StepKind.STOP_FIRST: {"minimumHealthyPercent": "0", "maximumPercent": "100"},
    StepKind.BREAKER_WITHOUT_ROLLBACK: {"deploymentCircuitBreaker": "{enable=true,rollback=false}"},
}
_OPTIONS = {
    StepKind.REBALANCING_OFF: "--availability-zone-rebalancing DISABLED",
    StepKind.ONE_TASK: "--desired-count 1",
    StepKind.PROPAGATE_TAGS: "--propagate-tags SERVICE --enable-ecs-managed-tags",
}
_PERCENTAGES = "services[0].deploymentConfiguration.[minimumHealthyPercent,maximumPercent,strategy]"
_REACHED = "What follows replaces the task. The script comes here only when all of the above has succeeded."
_END = "UNWEDGE"


def lines(parts: Parts, place: Place) -> Iterator[str]:
    """The script, line by line. Nothing from outside can be the line that ends it: a literal has no line
    break."""
    yield f"bash -euo pipefail <<'{_END}'"
    yield from _comments(opening(parts, place))
    yield from _environment(place)
    yield from _settings(parts.settings, place)
    yield from _groups(parts.groups)
    if parts.deploys:
        yield from _guard(parts, place)
        yield from definition(parts, place, _service(place, "services"))
        how = '--task-definition "$registered"' if parts.containers else "--force-new-deployment"
        yield _update(place, how)
    yield from _comments(closing(parts))
    yield _END


def _environment(place: Place) -> Iterator[str]:
    yield "export AWS_PAGER="
    if place.region:
        region = shell(place.region)
        yield f"export AWS_REGION={region} AWS_DEFAULT_REGION={region}"


def _settings(kinds: tuple[StepKind, ...], place: Place) -> Iterator[str]:
    configuration: dict[str, str] = {}
    if next(filter(_CONFIGURATION.get, kinds), StepKind.STOP_FIRST) is not StepKind.STOP_FIRST:
        yield from _read_percentages(place)
        configuration = {"minimumHealthyPercent": "$minimum", "maximumPercent": "$maximum"}
    for kind in kinds:
        if kind in _OPTIONS:
            yield _update(place, _OPTIONS[kind])
        else:
            configuration |= _CONFIGURATION[kind]
            pairs = ",".join(f"{name}={value}" for name, value in configuration.items())
            yield _update(place, f'--deployment-configuration "{pairs}"')


def _read_percentages(place: Place) -> Iterator[str]:
    yield f"percentages=$(aws ecs describe-services {_service(place, 'services')} \\"
    yield f"    --query '{_PERCENTAGES}' --output text)"
    yield 'read -r minimum maximum strategy <<<"$percentages"'


def _guard(parts: Parts, place: Place) -> Iterator[str]:
    """Nothing is deployed by a script that did not see the old task stopped first."""
    if StepKind.STOP_FIRST in parts.settings:
        yield from _comments([_REACHED])
        return
    yield from _comments([before_deploying(parts)])
    yield from _read_percentages(place)
    yield 'if [ "$strategy" != ROLLING ] && [ "$strategy" != None ]; then'
    yield '    echo "The strategy is $strategy, which runs both tasks side by side: set ROLLING first." >&2'
    yield "    exit 1"
    yield "fi"
    yield 'if [ "$maximum" -gt 100 ]; then'
    yield '    echo "maximumPercent is $maximum: set it to 100 first." >&2'
    yield "    exit 1"
    yield "fi"


def _groups(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        yield f"aws elbv2 modify-target-group-attributes {option('target-group-arn', step.target_group)} \\"
        yield f"    --attributes Key=deregistration_delay.timeout_seconds,Value={step.seconds} >/dev/null"


def _update(place: Place, how: str) -> str:
    return f"aws ecs update-service {_service(place)} \\\n    {how} >/dev/null"


def _service(place: Place, name: str = "service") -> str:
    """The options that name the service. A plan may not know the names: the script then asks for them."""
    cluster = option("cluster", place.cluster) if place.cluster else '--cluster "${CLUSTER:?not set}"'
    service = option(name, place.service) if place.service else f'--{name} "${{SERVICE:?not set}}"'
    return f"{cluster} {service}"


def _comments(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from commented("#", text)
