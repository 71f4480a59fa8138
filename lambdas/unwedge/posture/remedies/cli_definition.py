"""A changed task definition for the AWS CLI: describe, change with jq, register.

What is changed is the revision that the service uses, not the newest of its family: somebody may not have
deployed that one yet. jq drops what only DescribeTaskDefinition has. A member that AWS adds to it one day
makes RegisterTaskDefinition refuse the call; a list of what to keep would lose settings silently.
"""

from collections.abc import Iterator

from unwedge.posture.remedies.parts import Container, Parts
from unwedge.posture.remedies.place import Place
from unwedge.posture.remedies.quoting import commented, shell
from unwedge.posture.remedies.words import LOG_ROLE, WHY_NON_BLOCKING

# Tags that begin with aws: are CloudFormation's, and nobody else may set them.
REGISTRABLE = """\
(.tags // [] | map(select(.key | startswith("aws:") | not))) as $tags
| .taskDefinition
| del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities, .registeredAt,
      .registeredBy, .deregisteredAt, .deleteRequestedAt)
| if $tags == [] then . else .tags = $tags end"""
_ONLY = """\
if any(.containerDefinitions[]; .name == $container) then . else error("no container " + $container) end
| (.containerDefinitions[] | select(.name == $container)) |= """
STOP_TIMEOUT = _ONLY + "(.stopTimeout = $seconds)"
# What is configured for awslogs stays, but for the options that join lines: a lock line must stand alone.
AWSLOGS = (
    _ONLY
    + """\
(
    (if .logConfiguration.logDriver == "awslogs" then .logConfiguration.options else {} end) as $now
    | .logConfiguration = {logDriver: "awslogs", options: (
        {"awslogs-group": $group, "awslogs-region": $region, "awslogs-stream-prefix": $prefix}
        + $now + {mode: "non-blocking", "max-buffer-size": "25m"}
        | del(.["awslogs-datetime-format"], .["awslogs-multiline-pattern"])
      )}
  )"""
)
HAS_AWSLOGS = """\
any(.containerDefinitions[]; .name == $container and .logConfiguration.logDriver == "awslogs")"""


def definition(parts: Parts, place: Place, services: str) -> Iterator[str]:
    """Registers the changed task definition and leaves its ARN in $registered. `services`: the options of
    describe-services that name the service."""
    if not parts.containers:
        return
    yield f"current=$(aws ecs describe-services {services} \\"
    yield "    --query 'services[0].taskDefinition' --output text)"
    yield 'definition=$(aws ecs describe-task-definition --task-definition "$current" \\'
    yield f"    --include TAGS --output json | jq -c '{REGISTRABLE}')"
    for container in parts.containers:
        yield from _container(container, place)
    yield 'registered=$(aws ecs register-task-definition --cli-input-json "$definition" \\'
    yield "    --query taskDefinition.taskDefinitionArn --output text)"


def _container(container: Container, place: Place) -> Iterator[str]:
    name = f"--arg container {shell(container.name)}"
    if container.seconds:
        yield from _changed(f"{name} --argjson seconds {container.seconds}", STOP_TIMEOUT)
    if not container.awslogs:
        return
    for text in (WHY_NON_BLOCKING, LOG_ROLE):
        yield from commented("#", text)
    yield f"group={shell(place.log_group)}"
    yield f"""if [ "$(jq {name} '{HAS_AWSLOGS}' <<<"$definition")" = false ]; then"""
    yield '    aws logs create-log-group --log-group-name "$group" 2>/dev/null ||'
    yield '        aws logs describe-log-streams --log-group-name "$group" --limit 1 >/dev/null'
    yield "fi"
    prefix = f"--arg prefix {shell(place.service or container.name)}"
    more = '--arg group "$group" --arg region "$(cut -d: -f4 <<<"$current")"'
    yield from _changed(f"{name} {prefix} {more}", AWSLOGS)


def _changed(arguments: str, program: str) -> Iterator[str]:
    yield f"definition=$(jq -c {arguments} \\"
    yield f"    '{program}' <<<\"$definition\")"
