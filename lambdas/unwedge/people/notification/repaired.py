"""A repair, told once; the mail has the lines of infrastructure code. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.people import repairing
from unwedge.people.notification.card import Card, Telling
from unwedge.people.notification.message import DESCRIPTION, STEP, Addresses
from unwedge.people.wording import in_chat, short, unlinked, wrapped
from unwedge.record.repairs import Repaired, RepairState
from unwedge.signal.signals import plausible

_SENTENCE = 1000
_CHAPTER = "a-service-was-repaired-or-a-repair-was-not-completed"
_IN_CHAT = (
    "Your infrastructure code now differs from the service. The mail and the dashboard's list Posture have "
    "the lines to change, and the commands that take it back."
)


class RepairedService(NamedTuple):
    """A repair as the ledger's stream brings it: its key, and what it says."""

    pk: str
    sk: str
    found: Repaired

    @property
    def card(self) -> Card:
        """The service, and why it is told of."""
        found = self.found
        return Card(
            self.sk,
            found.cluster_arn,
            found.service_name,
            repairing.headline(found),
            "repair",
            "repair",
            _CHAPTER,
            (("At", f"{found.at:%Y-%m-%d %H:%M:%SZ}"),),
        )

    @property
    def done(self) -> bool:
        """Whether the service was changed."""
        return self.found.state is RepairState.DONE


def repaired_of(pk: str, sk: str, data: Mapping[str, Any]) -> RepairedService:
    """A repair of the ledger. Raises DecodeError, also where it names no service: its names get into commands
    that people paste."""
    found = from_json(Repaired, data)
    if not plausible(found.cluster_arn, found.service_name):
        raise DecodeError("service_name", "names no service")
    return RepairedService(pk, sk, found)


def telling(service: RepairedService, addresses: Addresses) -> Telling:
    """What people are told."""
    card, found = service.card, service.found
    said = (found.sentence, repairing.was(found), repairing.NO_DEPLOYMENT)
    parts = [
        wrapped(card.sentence),
        *(unlinked(wrapped(short(text, _SENTENCE), "  ")) for text in said),
        *_lines(service),
    ]
    told = short("\n".join(in_chat(text, _SENTENCE) for text in said), DESCRIPTION)
    steps = [in_chat(_IN_CHAT, STEP)] if service.done else []
    return card.telling(card.mail(parts, addresses), card.chat(told, steps, addresses), found.state.value)


def _lines(service: RepairedService) -> Iterator[str]:
    """What to paste."""
    if service.done:
        yield wrapped(repairing.DIFFERS, "- ", "  ")
        for name, text in repairing.code(service.found):
            yield f"{name}:\n\n{text.rstrip()}"
    back = repairing.taken_back(service.found)
    if back:
        yield wrapped(repairing.BACK, "- ", "  ")
        yield back.rstrip()


def detail(service: RepairedService) -> dict[str, Any]:
    """The detail of the event for programs."""
    found = service.found
    return {
        "id": service.sk,
        "service": found.service_name,
        "cluster": found.cluster_arn,
        "state": found.state.value,
        "before": to_json(repairing.before_of(found)),
        "sentence": short(found.sentence, _SENTENCE),
        "repaired_at": to_json(found.at),
    }
