"""A verification in words, for people: as a mail, and as the custom notification that a chat shows. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from unwedge.model.codec import from_json
from unwedge.model.verification import Check, Result, Verification
from unwedge.people.console import dashboard_page, place_of, service_page
from unwedge.people.notification.message import (
    DESCRIPTION,
    KEYWORD,
    SUBJECT,
    SUMMARY,
    THREAD,
    TITLE,
    Addresses,
    fitting,
)
from unwedge.people.wording import as_subject, brief, in_chat, one_line, short, unlinked, wrapped

_TEXT, _REMEDY, _STEP, _NAME = 700, 900, 350, 160
_CHAPTER = "a-service-is-not-verified"
_HEADLINE = "Verification failed"


class VerifiedService(NamedTuple):
    """A verification as the ledger's stream brings it: its key, and what it says."""

    pk: str
    sk: str
    found: Verification

    @property
    def cluster_name(self) -> str:
        """The cluster's name."""
        return self.found.cluster_arn.rsplit("/", 1)[-1]

    @property
    def service_arn(self) -> str:
        """The service's ARN."""
        services = self.found.cluster_arn.replace(":cluster/", ":service/", 1)
        return f"{services}/{self.found.service_name}"

    @property
    def for_people(self) -> bool:
        """Whether people are told: something is broken. What could not be proven is on the dashboard."""
        return self.found.result is Result.FAIL


def verified_of(pk: str, sk: str, data: Mapping[str, Any]) -> VerifiedService:
    """A verification of the ledger. Raises DecodeError."""
    return VerifiedService(pk, sk, from_json(Verification, data))


def subject(service: VerifiedService) -> str:
    """The mail's subject line."""
    return as_subject(f"[Unwedge] {_HEADLINE}: {service.found.service_name}", SUBJECT)


def short_text(service: VerifiedService) -> str:
    """A text message."""
    return short(one_line(f"Unwedge: {_HEADLINE}: {service.found.service_name}"), 140)


def mail(service: VerifiedService, addresses: Addresses) -> str:
    """Plain text: what failed, what could not be proven, what passed."""
    found = service.found
    parts = [
        wrapped(f"{_HEADLINE}: service {found.service_name} in cluster {service.cluster_name}."),
        *(_check(check) for check in _told(found)),
        wrapped(f"Passed: {_names(found, Result.PASS) or 'nothing'}."),
    ]
    if skipped := _names(found, Result.SKIPPED):
        parts.append(wrapped(f"Skipped: {skipped}."))
    parts.append(
        "\n".join(f"{name + ':':<10} {short(one_line(value), 2 * _NAME)}" for name, value in _facts(service))
    )
    parts.append("\n".join(f"{name}:\n  {where}" for name, where in _links(service, addresses)))
    return "\n\n".join(parts) + "\n"


def chat(service: VerifiedService, addresses: Addresses) -> dict[str, Any]:
    """The custom notification, version 1.0."""
    found = service.found
    steps = [in_chat(check.remedy, _STEP) for check in found.of(Result.FAIL) if check.remedy]
    steps += [
        f"{name}: {where}" for name, where in _links(service, addresses) if len(name) + len(where) < _STEP
    ]
    return {
        "version": "1.0",
        "source": "custom",
        "id": service.sk,
        "content": {
            "textType": "client-markdown",
            "title": in_chat(f"Unwedge: {_HEADLINE}: {found.service_name}", TITLE),
            "description": fitting(_lines(service), DESCRIPTION),
            "nextSteps": steps,
            "keywords": [in_chat(word, KEYWORD) for word in ("Unwedge", "verification", found.service_name)],
        },
        "metadata": {
            "threadId": in_chat(f"verification {service.cluster_name}/{found.service_name}", THREAD),
            "summary": in_chat(f"{_HEADLINE}: {found.service_name}", SUMMARY),
            "eventType": "unwedge-verification",
            "relatedResources": [in_chat(service.service_arn, 2 * KEYWORD + 2 * _NAME)],
            "additionalContext": {key: in_chat(value, _NAME) for key, value in _facts(service)},
        },
    }


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


def _facts(service: VerifiedService) -> Iterator[tuple[str, str]]:
    yield "Service", service.found.service_name
    yield "Cluster", service.cluster_name
    yield "Revision", service.found.revision or "unknown"
    yield "Seen at", f"{service.found.at:%Y-%m-%d %H:%M:%SZ}"


def _links(service: VerifiedService, addresses: Addresses) -> Iterator[tuple[str, str]]:
    partition, _ = place_of(service.found.cluster_arn)
    pages = {
        "Runbook": f"{addresses.runbook}#{_CHAPTER}",
        "Dashboard": dashboard_page(addresses.region, addresses.dashboard, partition),
        "Service in ECS": service_page(service.service_arn),
    }
    yield from ((name, page) for name, page in pages.items() if page)
