"""What is found out inside the task: whether ECS Exec works, its endpoints, its DNS name."""

from collections.abc import Iterator

from unwedge.model.verification import Check, Part, Result
from unwedge.verify.causes import Cause
from unwedge.verify.checks.outside import AT_REST, READ_LOG, tasks_unread
from unwedge.verify.doctor import diagnose
from unwedge.verify.endpoints import ENDPOINTS_TAG, Answers, Plan
from unwedge.verify.facts import Attempt, AttemptKind, Facts, Registration
from unwedge.verify.remedies import remedy

# What says that nothing was proven, rather than that something is broken.
_UNPROVEN = frozenset({Cause.UNKNOWN, Cause.STARTING, Cause.TIMED_OUT, Cause.CLOSED, Cause.UNREACHABLE})
# Of the script: neither curl nor wget, or no resolver.
_NOT_FOUND = 127


def ecs_exec(facts: Facts) -> Check:
    """A command can be run in the container."""
    attempt, found = facts.attempt, diagnose(facts)
    if found:
        others = "".join(f" Also: {item.evidence}" for item in found.others)
        unproven = found.finding.cause in _UNPROVEN
        unseen = f" Not looked at, or not visible: {'; '.join(found.unseen)}." if unproven else ""
        return Check(
            Part.EXEC,
            Result.UNKNOWN if unproven else Result.FAIL,
            f"{found.finding.evidence}{others}{unseen}",
            remedy(found.finding.cause, facts),
        )
    if attempt is not None:
        odd = f" {' '.join(attempt.warnings)}" if attempt.warnings else ""
        return Check(
            Part.EXEC,
            Result.PASS,
            f"A command ran in container {facts.spec.name if facts.spec else ''}.{odd}",
        )
    if not facts.exec_allowed:
        return Check(
            Part.EXEC,
            Result.SKIPPED,
            "Unwedge may not use ECS Exec in this cluster.",
            "To allow it, name the cluster in the setting execClusters.",
        )
    if facts.at_rest:
        return Check(Part.EXEC, Result.SKIPPED, AT_REST)
    unread = tasks_unread(facts) or "There is no running task to try it on."
    if facts.task and facts.spec is None:
        unread = "The task definition was not read, so that it is not known in which container to try it."
    return Check(Part.EXEC, Result.UNKNOWN, unread)


def endpoints(facts: Facts, plan: Plan, answers: Answers | None) -> Check:
    """The HTTP endpoints of the container answer with a success."""
    if plan.off:
        return Check(Part.ENDPOINTS, Result.SKIPPED, f"The tag {ENDPOINTS_TAG} of the service is off.")
    if plan.problem:
        result = Result.SKIPPED if facts.endpoints_tag is None else Result.UNKNOWN
        return Check(
            Part.ENDPOINTS,
            result,
            f"Nothing was asked: {plan.problem}.",
            f"Name them in the tag {ENDPOINTS_TAG} of the service, for example 9090/-/healthy.",
        )
    if answers is None:
        return _unasked(Part.ENDPOINTS, facts)
    by_url = {item.about: item for item in answers.http}
    missing = [str(item) for item in plan.endpoints if str(item) not in by_url]
    failed = [item for item in answers.http if item.status]
    clients = [item for item in failed if item.status == _NOT_FOUND]
    if clients:
        return Check(
            Part.ENDPOINTS,
            Result.UNKNOWN,
            f"Nothing could be asked: {clients[0].text}.",
            "Use an image with curl or wget.",
        )
    if failed:
        told = "; ".join(
            f"{item.about}: {' '.join(item.text.split()) or f'exit status {item.status}'}" for item in failed
        )
        return Check(Part.ENDPOINTS, Result.FAIL, f"Inside the task {told}.", READ_LOG)
    if missing:
        return Check(
            Part.ENDPOINTS,
            Result.UNKNOWN,
            f"Inside the task {', '.join(missing)} gave no answer.",
            "Verify again.",
        )
    told = f"Inside the task {', '.join(by_url)} answered."
    return Check(Part.ENDPOINTS, Result.PASS, " ".join([told, *_of_prometheus(plan, answers)]))


def _of_prometheus(plan: Plan, answers: Answers) -> Iterator[str]:
    if plan.prometheus is None:
        return
    if answers.targets == {}:
        yield "It has no targets."
    elif answers.targets:
        up, every = answers.targets.get("up", 0), sum(answers.targets.values())
        yield f"{up} of {every} targets are up."
    else:
        yield "It did not tell its targets."
    match answers.clean_start:
        case 1:
            yield "It found no lock file of an earlier life (prometheus_tsdb_clean_start is 1)."
        case 0:
            yield (
                "It replaced a lock file that an earlier life left behind (prometheus_tsdb_clean_start is 0)."
            )
        case -1:
            yield (
                "It takes no lock at all (prometheus_tsdb_clean_start is -1): two of it would damage "
                "the data."
            )


def dns(facts: Facts, plan: Plan, answers: Answers | None) -> Check:
    """From inside the task the service's DNS name leads to the task."""
    if not facts.registries:
        return Check(Part.DNS, Result.SKIPPED, "The service has no DNS name in Cloud Map.")
    if isinstance(facts.registration, Registration) and plan.name is None:
        return Check(
            Part.DNS, Result.SKIPPED, f"The Cloud Map service {facts.registration.name!r} has no DNS name."
        )
    if answers is None or plan.name is None or answers.dns is None:
        return _unasked(Part.DNS, facts)
    address = facts.task.address if facts.task else None
    found = sorted(set(answers.addresses))
    if answers.dns.status == _NOT_FOUND:
        return Check(Part.DNS, Result.UNKNOWN, f"Nothing could be asked: {answers.dns.text}.")
    if answers.dns.status or not found:
        return Check(
            Part.DNS,
            Result.FAIL,
            f"Inside the task {plan.name} does not resolve.",
            "Look at the VPC's DNS settings and at the private hosted zone.",
        )
    if address in found:
        return Check(Part.DNS, Result.PASS, f"Inside the task {plan.name} resolves to {address}.")
    return Check(
        Part.DNS,
        Result.FAIL,
        f"Inside the task {plan.name} resolves to {', '.join(found)}, and the task has {address}.",
        "Wait for the record's TTL, and look for a registration of an older task.",
    )


def _unasked(part: Part, facts: Facts) -> Check:
    """A check inside the task without ECS Exec: skipped where nobody allowed it, else not proven."""
    attempt: Attempt | None = facts.attempt
    if not facts.exec_allowed and attempt is None:
        return Check(part, Result.SKIPPED, "It needs ECS Exec, which Unwedge may not use in this cluster.")
    if facts.at_rest:
        return Check(part, Result.SKIPPED, AT_REST)
    if unread := tasks_unread(facts):
        return Check(part, Result.UNKNOWN, unread)
    if attempt is not None and attempt.kind is AttemptKind.RAN:
        return Check(part, Result.UNKNOWN, "The command ran and did not tell it.", "Verify again.")
    return Check(part, Result.UNKNOWN, "It needs ECS Exec, which does not work: see that check.")
