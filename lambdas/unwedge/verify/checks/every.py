"""All checks in the order in which they are shown."""

from unwedge.model.verification import Check
from unwedge.verify.checks.inside import dns, ecs_exec, endpoints
from unwedge.verify.checks.outside import discovery, one_writer, service_status, task_health
from unwedge.verify.checks.words import logs
from unwedge.verify.endpoints import Answers, Plan
from unwedge.verify.facts import Facts

# The longest of our own, a cause with its Terraform, CDK and CLI change, has half of it.
_MOST = 2000


def checks(facts: Facts, plan: Plan, answers: Answers | None) -> tuple[Check, ...]:
    """Every check in its order. `answers`: what the script in the container printed, if it ran."""
    made = (
        service_status(facts),
        one_writer(facts),
        task_health(facts),
        logs(facts),
        discovery(facts),
        ecs_exec(facts),
        endpoints(facts, plan, answers),
        dns(facts, plan, answers),
    )
    return tuple(bounded(check) for check in made)


def bounded(check: Check) -> Check:
    """A check whose sentences end, whatever AWS or a container said: they are kept, shown and sent on."""
    return check._replace(evidence=_cut(check.evidence), remedy=_cut(check.remedy))


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
