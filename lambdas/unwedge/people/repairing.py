"""A repair in words: what was changed, what was before, what the infrastructure code has to say now, and how
to take it back. Pure."""

import json
from typing import NamedTuple

from unwedge.model.codec import DecodeError, from_json
from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies import Language, Place, render
from unwedge.posture.remedies.quoting import option, shell
from unwedge.record.repairs import Repaired, RepairState

NO_DEPLOYMENT = "No deployment was started and no task was stopped."
DIFFERS = (
    "Your infrastructure code now differs from the service. Change these lines, or the next apply puts the "
    "old values back; Unwedge does not change them again within a week."
)
BACK = (
    "To take it back, first remove the tag unwedge-repair, or it is repaired again after a week. The next "
    "deployment then goes as it did before."
)
_LANGUAGES = {
    "Terraform": Language.TERRAFORM,
    "CDK in Python": Language.CDK_PYTHON,
    "CDK in TypeScript": Language.CDK_TYPESCRIPT,
}


class Before(NamedTuple):
    """What a service had before a repair; None where ECS said nothing of it."""

    minimumHealthyPercent: int | None = None  # noqa: N815 - ECS's own names
    maximumPercent: int | None = None  # noqa: N815
    availabilityZoneRebalancing: str | None = None  # noqa: N815


def before_of(repair: Repaired) -> Before | None:
    """None where the ledger's record of it is damaged."""
    try:
        found = from_json(Before, json.loads(repair.before))
    except (DecodeError, ValueError, RecursionError):
        return None
    known = found.availabilityZoneRebalancing in (None, "ENABLED", "DISABLED")
    return found if known else None


def headline(repair: Repaired) -> str:
    """What it is, in two words."""
    return "Service repaired" if repair.state is RepairState.DONE else "Repair not completed"


def was(repair: Repaired) -> str:
    """What stood before it, in a sentence."""
    before = before_of(repair)
    if before is None:
        return "What stood before cannot be read."
    values = {
        "minimumHealthyPercent": before.minimumHealthyPercent,
        "maximumPercent": before.maximumPercent,
        "availabilityZoneRebalancing": before.availabilityZoneRebalancing,
    }
    told = ", ".join(f"{name} {'not set' if value is None else value}" for name, value in values.items())
    return f"Before: {told}."


def code(repair: Repaired) -> list[tuple[str, str]]:
    """The lines of infrastructure code that say what the service now has, by the names of the tools; none
    where it was not changed."""
    if repair.state is not RepairState.DONE:
        return []
    before = before_of(repair)
    off = before is None or before.availabilityZoneRebalancing != "DISABLED"
    steps = (*((Step(StepKind.REBALANCING_OFF),) if off else ()), Step(StepKind.STOP_FIRST))
    place = Place(repair.cluster_arn, repair.service_name)
    return [(name, render(language, steps, place)) for name, language in _LANGUAGES.items()]


def taken_back(repair: Repaired) -> str:
    """The commands of the AWS CLI that put the old values back; empty where they are not known.

    The percentages first: ECS refuses rebalancing while maximumPercent is 100 or less.
    """
    before = before_of(repair)
    if before is None or before.minimumHealthyPercent is None or before.maximumPercent is None:
        return ""
    place = Place(repair.cluster_arn, repair.service_name)
    call = f"aws ecs update-service {option('cluster', place.cluster)} {option('service', place.service)}"
    if place.region:
        call = f"{call} --region {shell(place.region)}"
    percentages = (
        f"minimumHealthyPercent={before.minimumHealthyPercent},maximumPercent={before.maximumPercent}"
    )
    calls = [f"{call} \\\n    --deployment-configuration {shell(percentages)}"]
    if before.availabilityZoneRebalancing == "ENABLED":
        calls.append(f"{call} \\\n    --availability-zone-rebalancing ENABLED")
    return "\n".join(calls) + "\n"
