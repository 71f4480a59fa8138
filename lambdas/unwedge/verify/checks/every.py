"""All checks in the order in which they are shown."""

from unwedge.model.verification import Check
from unwedge.verify.checks.inside import dns, ecs_exec, endpoints
from unwedge.verify.checks.outside import discovery, one_writer, service_status, task_health
from unwedge.verify.checks.words import logs
from unwedge.verify.endpoints import Answers, Plan
from unwedge.verify.facts import Facts


def checks(facts: Facts, plan: Plan, answers: Answers | None) -> tuple[Check, ...]:
    """Every check in its order. `answers`: what the script in the container printed, if it ran."""
    return (
        service_status(facts),
        one_writer(facts),
        task_health(facts),
        logs(facts),
        discovery(facts),
        ecs_exec(facts),
        endpoints(facts, plan, answers),
        dns(facts, plan, answers),
    )
