"""A verification in words, for people. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from unwedge.model.codec import from_json
from unwedge.model.verification import Check, Result, Verification
from unwedge.people.notification.card import Card, Telling
from unwedge.people.notification.message import DESCRIPTION, STEP, Addresses, fitting
from unwedge.people.wording import brief, in_chat, short, unlinked, wrapped

_TEXT, _REMEDY = 700, 900
_CHAPTER = "a-service-is-not-verified"


class VerifiedService(NamedTuple):
    """A verification as the ledger's stream brings it: its key, and what it says."""

    pk: str
    sk: str
    found: Verification

    @property
    def card(self) -> Card:
        """The service, and why it is told of."""
        found = self.found
        facts = (
            ("Revision", found.revision or "unknown"),
            ("Seen at", f"{found.at:%Y-%m-%d %H:%M:%SZ}"),
        )
        return Card(
            self.sk,
            found.cluster_arn,
            found.service_name,
            "Verification failed",
            "verification",
            "verification",
            _CHAPTER,
            facts,
        )

    @property
    def for_people(self) -> bool:
        """Whether people are told: something is broken. What could not be proven is on the dashboard."""
        return self.found.result is Result.FAIL


def verified_of(pk: str, sk: str, data: Mapping[str, Any]) -> VerifiedService:
    """A verification of the ledger. Raises DecodeError."""
    return VerifiedService(pk, sk, from_json(Verification, data))


def telling(service: VerifiedService, addresses: Addresses) -> Telling:
    """What people are told: what failed, what could not be proven, what passed."""
    card, found = service.card, service.found
    parts = [
        wrapped(card.sentence),
        *(_check(check) for check in _told(found)),
        wrapped(f"Passed: {_names(found, Result.PASS) or 'nothing'}."),
    ]
    if skipped := _names(found, Result.SKIPPED):
        parts.append(wrapped(f"Skipped: {skipped}."))
    steps = [in_chat(check.remedy, STEP) for check in found.of(Result.FAIL) if check.remedy]
    told = card.chat(fitting(_lines(service), DESCRIPTION), steps, addresses)
    return card.telling(card.mail(parts, addresses), told, found.result.value)


def detail(service: VerifiedService) -> dict[str, Any]:
    """The detail of the event for programs."""
    found = service.found
    return {
        "id": service.sk,
        "service": found.service_name,
        "cluster": found.cluster_arn,
        "result": found.result.value,
        "cause": found.cause.value,
        "revision": found.revision,
        "checks": [
            {
                "name": check.part.value,
                "result": check.result.value,
                "evidence": short(check.evidence, 2 * _TEXT),
                "remedy": short(check.remedy, 2 * _TEXT),
            }
            for check in found.checks
        ],
        "verified_at": f"{found.at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "waited_seconds": found.waited,
    }


def _told(found: Verification) -> list[Check]:
    return [*found.of(Result.FAIL), *found.of(Result.UNKNOWN)]


def _check(check: Check) -> str:
    word = "failed" if check.result is Result.FAIL else "could not be proven"
    lines = [f"{check.part.value} {word}:", unlinked(wrapped(short(brief(check.evidence), _TEXT), "  "))]
    if check.remedy:
        lines.append(unlinked(wrapped(short(check.remedy, _REMEDY), "  - ", "    ")))
    return "\n".join(lines)


def _lines(service: VerifiedService) -> Iterator[str]:
    for check in _told(service.found):
        word = "failed" if check.result is Result.FAIL else "not proven"
        yield f"{check.part.value} {word}: {in_chat(brief(check.evidence), _TEXT)}"
    yield f"Passed: {_names(service.found, Result.PASS) or 'nothing'}."


def _names(found: Verification, result: Result) -> str:
    return ", ".join(check.part.value for check in found.of(result))
