"""What was checked: services, what a deployment of each will do, and what was found. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from unwedge.model.posture import FindingKind, Outlook, Posture, Severity
from unwedge.posture.course import course_of
from unwedge.posture.facts import Facts
from unwedge.posture.gap import gap_of
from unwedge.posture.remedies import Language, Place
from unwedge_cli.checking.words import Case, Coming
from unwedge_cli.plans import Location


class Checked(NamedTuple):
    """A service. `name`: its address in a plan, else its own name. `says`: what a deployment will do, in
    sentences; `notes`: what was not read or not understood of it. `complete`: whether all that the answer
    depends on is known. `language`: of its remedies."""

    name: str
    posture: Posture
    says: tuple[str, ...]
    place: Place
    language: Language
    coming: Coming = Coming.NEXT
    notes: tuple[str, ...] = ()
    location: Location | None = None
    complete: bool = True

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to say of it."""
        return self.posture.outlook is Outlook.NOT_SHARED and not self.posture.findings


class Checkup(NamedTuple):
    """Everything that was checked. `source`: the cluster, or where the plan is from. `notes`: what was not
    read or not understood; `tells`: what else is to be known of the whole."""

    source: str
    planned: bool
    services: tuple[Checked, ...]
    notes: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the answer is the whole one."""
        return not self.notes and all(service.complete for service in self.services)

    def changed(self) -> "Checkup":
        """Without the services that the plan leaves as they are."""
        kept = tuple(service for service in self.services if service.coming is not Coming.NOTHING)
        return self._replace(services=kept)

    def written_in(self, language: Language) -> "Checkup":
        """With all remedies in one language."""
        return self._replace(services=tuple(one._replace(language=language) for one in self.services))

    def reaches(self, threshold: Severity) -> bool:
        """Whether a finding is as bad as this, or worse."""
        order = list(Severity)
        found = [worst for service in self.services if (worst := service.posture.worst)]
        return any(order.index(worst) <= order.index(threshold) for worst in found)


def not_known(posture: Posture) -> bool:
    """Whether it cannot be told what a deployment does."""
    unread = any(finding.kind is FindingKind.NOT_READ for finding in posture.findings)
    return unread or posture.outlook is Outlook.UNKNOWN


def case_of(facts: Facts, posture: Posture, coming: Coming) -> Case:
    """What the sentences are made of."""
    return Case(posture, course_of(facts.shape), coming, facts.shape.desired, why_gap=gap_of(facts).why)


def ordered(found: Iterable[Checked]) -> tuple[Checked, ...]:
    """The worst first, then by name."""
    severities, outlooks = list(Severity), list(Outlook)

    def key(service: Checked) -> tuple[int, int, str]:
        worst = service.posture.worst
        rank = severities.index(worst) if worst else len(severities)
        return rank, outlooks.index(service.posture.outlook), service.name

    return tuple(sorted(found, key=key))
