"""A deployment that will deadlock, told before it does. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from unwedge.model.codec import from_json, to_json
from unwedge.people.expectation import what_follows, what_happens
from unwedge.people.notification.card import Card, Telling
from unwedge.people.notification.message import DESCRIPTION, STEP, Addresses
from unwedge.people.wording import in_chat, short, unlinked, wrapped
from unwedge.record.postures import Expected

_SENTENCE = 1000
_CHAPTER = "a-deployment-is-expected-to-deadlock"
_WAY_OUT = (
    "To end it for good, stop the old task first: minimumHealthyPercent 0 and maximumPercent 100. The "
    "dashboard's list Posture has the change for Terraform, the CDK and the AWS CLI."
)


class ExpectedDeadlock(NamedTuple):
    """An expectation as the ledger's stream brings it: its key, and what it says."""

    pk: str
    sk: str
    found: Expected

    @property
    def card(self) -> Card:
        """The service, and why it is told of."""
        found = self.found
        facts = (
            ("Deployment", found.deployment),
            ("Mode", found.mode),
            ("Seen at", f"{found.at:%Y-%m-%d %H:%M:%SZ}"),
        )
        return Card(
            self.sk,
            found.cluster_arn,
            found.service_name,
            "Deadlock expected",
            "expectation",
            "expected",
            _CHAPTER,
            facts,
        )


def expected_of(pk: str, sk: str, data: Mapping[str, Any]) -> ExpectedDeadlock:
    """An expectation of the ledger. Raises DecodeError."""
    return ExpectedDeadlock(pk, sk, from_json(Expected, data))


def telling(deadlock: ExpectedDeadlock, addresses: Addresses) -> Telling:
    """What people are told."""
    card, happens = deadlock.card, what_happens(deadlock.found)
    follows = what_follows(deadlock.found)
    parts = [
        wrapped(card.sentence),
        unlinked(wrapped(short(happens, _SENTENCE), "  ")),
        wrapped(follows, "  "),
        wrapped(_WAY_OUT, "- ", "  "),
    ]
    told = short(f"{in_chat(happens, _SENTENCE)}\n{in_chat(follows, _SENTENCE)}", DESCRIPTION)
    return card.telling(
        card.mail(parts, addresses), card.chat(told, [in_chat(_WAY_OUT, STEP)], addresses), "expected"
    )


def detail(deadlock: ExpectedDeadlock) -> dict[str, Any]:
    """The detail of the event for programs."""
    found = deadlock.found
    return {
        "id": deadlock.sk,
        "service": found.service_name,
        "cluster": found.cluster_arn,
        "deployment": found.deployment,
        "mode": found.mode,
        "program": found.program,
        "gap_seconds": found.gap,
        "sentence": short(what_happens(found), _SENTENCE),
        "expected_at": to_json(found.at),
    }
