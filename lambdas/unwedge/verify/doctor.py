"""Why ECS Exec does not reach a container, and what to change. Pure.

What ECS Exec needs is in the Developer Guide, "Monitor Amazon ECS containers with ECS Exec". Every cause is
looked for, so that a second one behind the first is told too; where nothing is found, the answer is UNKNOWN
with what could not be seen, never green.
"""

from collections.abc import Iterator
from datetime import timedelta

from unwedge.model.situation import ReadFailure
from unwedge.verify.causes import Cause, Diagnosis, Finding
from unwedge.verify.facts import Agent, Attempt, AttemptKind, Facts, Role, RunningTask
from unwedge.verify.session.trouble import Trouble

# The agent registers with Session Manager within about a minute of the container's start.
CONNECTS_WITHIN = timedelta(seconds=90)
_LEAST_PLATFORM = (1, 4, 0)


def rules_out(facts: Facts) -> Finding | None:
    """A cause for which trying is pointless: ECS refuses the call."""
    return next(_before_trying(facts), None)


def diagnose(facts: Facts) -> Diagnosis | None:
    """Why the try did not succeed; None where it did, or where none was made and nothing is against it."""
    attempt = facts.attempt
    if attempt and attempt.kind is AttemptKind.RAN:
        return None
    found = list(_before_trying(facts))
    if attempt is not None:
        if attempt.trouble is Trouble.CLOSED:
            purpose = ", which the cluster's logging of sessions needs"
            found += _of_the_role(facts, Cause.LOGGING_LACKS, purpose)
        found += _of_the_session(attempt)
        # What opened a session has reached the agent: its role and its network are not why.
        if attempt.kind in (AttemptKind.REFUSED, AttemptKind.NOT_CONNECTED):
            found += _behind_the_agent(facts)
    found = _once(found)
    if found:
        return Diagnosis(found[0], tuple(found[1:]), tuple(_unseen(facts)))
    if attempt is None:
        return None
    evidence = f"Nothing that was looked at explains it. {attempt.sentence}".strip()
    return Diagnosis(Finding(Cause.UNKNOWN, evidence), (), tuple(_unseen(facts)))


def _once(found: list[Finding]) -> list[Finding]:
    first: dict[Cause, Finding] = {}
    for finding in found:
        first.setdefault(finding.cause, finding)
    return list(first.values())


def _before_trying(facts: Facts) -> Iterator[Finding]:
    task = facts.task
    if task is None:
        return
    started = f"{task.task.started_at:%H:%M:%SZ}" if task.task.started_at else "a time that ECS does not tell"
    if not task.exec_enabled:
        if facts.exec_enabled:
            yield Finding(
                Cause.STARTED_BEFORE,
                f"ECS Exec is enabled on the service, and task {task.task.id} started before that, at "
                f"{started}: only tasks that start afterwards have it.",
            )
        else:
            yield Finding(
                Cause.NOT_ENABLED, "Neither the service nor the task has enableExecuteCommand set to true."
            )
        return
    version = _version(task.platform_version)
    if task.launch_type == "FARGATE" and version is not None and version < _LEAST_PLATFORM:
        yield Finding(
            Cause.PLATFORM_TOO_OLD,
            f"The task runs on platform version {task.platform_version}; ECS Exec needs 1.4.0 or later.",
        )
    yield from _of_the_agent(facts, task)


def _of_the_agent(facts: Facts, task: RunningTask) -> Iterator[Finding]:
    if facts.spec is None:
        return  # the task definition was not read: nobody knows which container it is about
    name = facts.spec.name
    state = task.container(name)
    agent = state.agent if state else None
    if agent is None:
        yield Finding(Cause.NO_AGENT, f"ECS shows no ExecuteCommandAgent for container {name}.")
        return
    if agent.status == "RUNNING":
        return
    if _just_started(facts, task, agent):
        yield Finding(Cause.STARTING, f"The agent of container {name} is {agent.status or 'PENDING'}.")
        return
    if facts.setup.read_only_root:
        yield _read_only(name)
    told = f", and ECS says: {agent.reason}" if agent.reason else ""
    yield Finding(
        Cause.AGENT_STOPPED, f"The agent of container {name} is {agent.status or 'not running'}{told}."
    )


def _behind_the_agent(facts: Facts) -> Iterator[Finding]:
    """What keeps an agent that runs from connecting, each with what was found."""
    task = facts.task
    if facts.setup.read_only_root:
        yield _read_only(facts.spec.name if facts.spec else "")
    if facts.setup.credentials:
        names = " and ".join(facts.setup.credentials)
        yield Finding(
            Cause.CREDENTIALS,
            f"The container's environment has {names}: the agent signs with them and not with the task role.",
        )
    if facts.setup.task_role is None:
        yield Finding(
            Cause.NO_TASK_ROLE, "The task definition has no task role, so the agent has no permissions."
        )
    yield from _of_the_role(facts, Cause.ROLE_LACKS, "")
    yield from _of_the_network(facts)
    if task is not None and _connecting(facts, task):
        since = round((facts.at - (task.task.started_at or facts.at)).total_seconds())
        yield Finding(
            Cause.STARTING, f"The task has been running for {since} s, and the agent is connecting."
        )


def _of_the_role(facts: Facts, cause: Cause, purpose: str) -> Iterator[Finding]:
    if isinstance(facts.role, Role) and facts.role.lacking:
        lacking = ", ".join(facts.role.lacking)
        yield Finding(cause, f"IAM's simulation denies the task role {lacking}{purpose}.")


def _of_the_network(facts: Facts) -> Iterator[Finding]:
    network, task = facts.network, facts.task
    if network is None or isinstance(network, ReadFailure) or task is None:
        return
    if network.endpoint is None and network.way_out is None:
        yield Finding(
            Cause.NO_ROUTE,
            f"Subnet {task.subnet} has no default route, and its VPC has no endpoint for ssmmessages.",
        )
    elif network.endpoint is not None and network.admits is False:
        groups = ", ".join(network.groups) or "none"
        yield Finding(
            Cause.ENDPOINT_CLOSED,
            f"VPC endpoint {network.endpoint} has the security groups {groups}, and none lets port 443 in "
            f"from {task.address}.",
        )


def _of_the_session(attempt: Attempt) -> Iterator[Finding]:
    if attempt.kind is AttemptKind.DENIED:
        yield Finding(Cause.CALLER_DENIED, attempt.sentence)
    cause = _OF_TROUBLE.get(attempt.trouble) if attempt.trouble else None
    if cause:
        yield Finding(cause, attempt.sentence)


_OF_TROUBLE = {
    Trouble.NO_SHELL: Cause.NO_SHELL,
    Trouble.ENCRYPTED: Cause.ENCRYPTED,
    Trouble.UNREACHABLE: Cause.UNREACHABLE,
    Trouble.UNTRUSTED: Cause.UNTRUSTED,
    Trouble.CLOSED: Cause.CLOSED,
    Trouble.TIMED_OUT: Cause.TIMED_OUT,
}


def _read_only(name: str) -> Finding:
    return Finding(
        Cause.READ_ONLY_ROOT,
        f"Container {name} has readonlyRootFilesystem set to true, and the agent writes to its file system.",
    )


def _just_started(facts: Facts, task: RunningTask, agent: Agent) -> bool:
    return agent.status in ("", "PENDING") and _connecting(facts, task)


def _connecting(facts: Facts, task: RunningTask) -> bool:
    """The agent may still be on its way to Session Manager."""
    started = task.task.started_at
    return started is None or facts.at - started < CONNECTS_WITHIN


def _unseen(facts: Facts) -> Iterator[str]:
    """What could explain it and was not, or could not be, looked at."""
    role, network = facts.role, facts.network
    if facts.attempt is not None and facts.attempt.kind is AttemptKind.BROKEN:
        yield "what Session Manager logged, and CloudTrail's entry of the session"
        return
    if role is None or isinstance(role, ReadFailure):
        yield f"the task role's permissions ({_why(role)})"
    else:
        yield "service control policies and permission boundaries of the task role"
    if network is None or isinstance(network, ReadFailure):
        yield f"the task's route to Session Manager ({_why(network)})"
    else:
        yield "network ACLs, the task's outbound security group rules, DNS and firewalls on the way"
    yield "the agent's own log inside the task"
    if facts.setup.pid_mode:
        yield f"what pidMode {facts.setup.pid_mode} does to the agent: AWS's own checker warns of it"
    if not facts.setup.init_process:
        yield "processes that a session left behind: initProcessEnabled is not true"


def _why(failure: ReadFailure | None) -> str:
    return f"{failure.call} answered {failure.code}" if failure else "not read"


def _version(text: str) -> tuple[int, ...] | None:
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else None


def starting(facts: Facts) -> bool:
    """Whether the only thing found is that it started a moment ago: worth another try soon."""
    found = diagnose(facts)
    return found is not None and found.finding.cause is Cause.STARTING
