"""The services of plans, checked. No AWS is asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from unwedge.model.posture import Outlook
from unwedge.model.settings import Settings
from unwedge.posture.audit import audit
from unwedge.posture.remedies import Language, Place
from unwedge_cli.checking.checkup import Checked, Checkup, case_of, not_known, ordered
from unwedge_cli.checking.meant import facts_of, move_of
from unwedge_cli.checking.past import Past
from unwedge_cli.checking.words import Coming, says
from unwedge_cli.checking.written import Written
from unwedge_cli.plans import Location, Plan, Planned, Tool, read_plan
from unwedge_cli.plans.values import symbolic

_UNCERTAIN = frozenset({Outlook.MAY_WEDGE, Outlook.MAY_WRITE_TWICE})

_LANGUAGES = {Tool.TERRAFORM: Language.TERRAFORM, Tool.CLOUDFORMATION: Language.CDK_TYPESCRIPT}


def check_plans(
    paths: Sequence[str], written: Written | None, now: datetime, settings: Settings, past: Past
) -> Checkup:
    """The services of plans. `written` knows where Terraform's are written. Raises PlanError."""
    made = []
    for path in paths:
        plan = read_plan("-" if path == "-" else Path(path))
        found = checkup_of(plan, now, settings, past)
        services = tuple(_located(service, path, written) for service in found.services)
        made.append(found._replace(services=services))
    return Checkup(
        ", ".join(found.source for found in made),
        True,
        ordered(service for found in made for service in found.services),
        tuple(note for found in made for note in found.notes),
        tuple(text for found in made for text in found.tells),
    )


def _located(service: Checked, path: str, written: Written | None) -> Checked:
    """With the line that people wrote, else that of the plan, else the first one of its file."""
    whole = None if path == "-" else Location(path, 1)
    place = (written.of(service.name) if written else None) or service.location or whole
    return service._replace(location=place)


def checkup_of(plan: Plan, now: datetime, settings: Settings, past: Past) -> Checkup:
    """The services of one plan."""
    checked = []
    for planned, known, more in facts_of(plan.services, now, settings):
        facts = replace(known, history=past.of(planned.cluster, planned.name))
        posture = audit(facts)._replace(cluster_arn="", service_name=planned.address)
        coming = _coming(planned)
        move, moved = move_of(planned, facts)
        case = case_of(facts, posture, coming)._replace(move=move, moved=moved)
        cluster = "" if symbolic(planned.cluster) else planned.cluster
        name = "" if symbolic(planned.name) else planned.name
        place = Place(cluster, name, facts.shape.family, planned.address)
        notes = tuple(dict.fromkeys((*planned.notes, *more)))
        # A note is about any part of a service. It counts where what it is about decides the outlook.
        complete = not not_known(posture) and not (planned.unknown and posture.outlook in _UNCERTAIN)
        checked.append(
            Checked(
                planned.address,
                posture,
                says(case),
                place,
                _LANGUAGES[plan.tool],
                coming,
                notes,
                planned.location,
                complete,
            )
        )
    return Checkup(plan.source, True, ordered(checked), plan.notes, plan.says)


def _coming(planned: Planned) -> Coming:
    if planned.before is None:
        return Coming.CREATES if planned.deploys else Coming.NEXT
    if planned.deploys is None:
        return Coming.MAY_DEPLOY
    if planned.deploys:
        return Coming.DEPLOYS
    return Coming.NOTHING if planned.service == planned.before.service else Coming.CHANGES
