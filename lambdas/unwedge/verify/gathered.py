"""The facts that the checks go by, read step by step. What AWS does not tell is kept as a failure."""

from dataclasses import replace

from unwedge.model.situation import Failure, ReadFailure
from unwedge.observe.definitions import task_definition
from unwedge.observe.reads import ReadError
from unwedge.verify import described as told
from unwedge.verify.causes import ACTIONS
from unwedge.verify.facts import AttemptKind, Facts, Registration, Role
from unwedge.verify.reading import Reads
from unwedge.verify.session.trouble import Trouble
from unwedge.verify.watching import main_container


def read_outside(facts: Facts, reads: Reads, cluster: str, name: str) -> Facts:
    """Everything that AWS tells without going into the task."""
    try:
        facts = replace(facts, tasks=reads.tasks(cluster, name))
    except ReadError as error:
        facts = replace(facts, failures=(error.failure,))
    try:
        facts = with_definition(facts, reads)
    except ReadError as error:
        facts = replace(facts, failures=(*facts.failures, error.failure))
    if facts.task and facts.spec:
        log, whole = reads.log(facts.task, facts.spec)
        facts = replace(facts, log=log, whole_log=whole)
    if facts.registries:
        facts = replace(facts, registration=_registration(reads, facts.registries[0]))
    return facts


def with_definition(facts: Facts, reads: Reads, container: str | None = None) -> Facts:
    """With the task definition, and the container of this name or else the main one."""
    primary = facts.service.primary
    arn = facts.task.task.task_definition if facts.task else primary.task_definition if primary else ""
    if not arn:
        return facts
    raw = reads.definition(arn)
    definition = task_definition(raw)
    spec = definition.spec(container) if container else main_container(definition)
    setup = told.exec_setup(raw, spec.name if spec else "")
    return replace(facts, definition=definition, spec=spec, setup=setup)


def with_neighbours(facts: Facts, reads: Reads, cluster: str) -> Facts:
    """With who else in the cluster may write where the container does, if anybody could."""
    task, spec = facts.task, facts.spec
    if task is None or spec is None or not spec.shares:
        return facts
    own = {item.task.arn for item in facts.tasks}
    return replace(facts, beside=reads.beside(cluster, own, task, spec))


def _registration(reads: Reads, registry: str) -> Registration | ReadFailure:
    try:
        return reads.registration(registry)
    except ReadError as error:
        return error.failure


def explained(facts: Facts, reads: Reads, cluster: str) -> Facts:
    """With what may explain why ECS Exec did not work; nothing is read where it did."""
    tried = facts.attempt
    if tried is None or tried.kind is AttemptKind.RAN:
        return facts
    closed = tried.trouble is Trouble.CLOSED
    if tried.kind not in (AttemptKind.REFUSED, AttemptKind.NOT_CONNECTED) and not closed:
        return facts
    facts = replace(facts, role=_role(facts, reads, cluster, closed=closed))
    task = facts.task
    if closed or task is None or task.subnet is None:
        return facts
    try:
        return replace(facts, network=reads.network(task.subnet, task.address))
    except ReadError as error:
        return replace(facts, network=error.failure)
    except (KeyError, IndexError, TypeError) as error:
        failed = ReadFailure(
            "ec2:DescribeRouteTables", Failure.REFUSED, "AnswerNotUnderstood", repr(error)[:300]
        )
        return replace(facts, network=failed)


def _role(facts: Facts, reads: Reads, cluster: str, *, closed: bool) -> Role | ReadFailure | None:
    role = facts.setup.task_role
    if role is None:
        return None
    try:
        actions = reads.logging_actions(cluster) if closed else ACTIONS
        return reads.role(role, actions) if actions else Role(())
    except ReadError as error:
        return error.failure
