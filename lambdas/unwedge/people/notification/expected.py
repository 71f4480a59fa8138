"""A deployment that will deadlock, told before it does: as a mail, and as the custom notification that a chat
shows. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from unwedge.model.codec import from_json, to_json
from unwedge.people.console import dashboard_page, place_of, service_page
from unwedge.people.expectation import what_follows, what_happens
from unwedge.people.notification.message import (
    DESCRIPTION,
    KEYWORD,
    SUBJECT,
    SUMMARY,
    THREAD,
    TITLE,
    Addresses,
)
from unwedge.people.wording import as_subject, in_chat, one_line, short, unlinked, wrapped
from unwedge.record.postures import Expected

_STEP, _NAME, _SENTENCE = 350, 160, 1000
_CHAPTER = "a-deployment-is-expected-to-deadlock"
_HEADLINE = "Deadlock expected"
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
    def cluster_name(self) -> str:
        """The cluster's name."""
        return self.found.cluster_arn.rsplit("/", 1)[-1]

    @property
    def service_arn(self) -> str:
        """The service's ARN."""
        services = self.found.cluster_arn.replace(":cluster/", ":service/", 1)
        return f"{services}/{self.found.service_name}"


def expected_of(pk: str, sk: str, data: Mapping[str, Any]) -> ExpectedDeadlock:
    """An expectation of the ledger. Raises DecodeError."""
    return ExpectedDeadlock(pk, sk, from_json(Expected, data))


def subject(deadlock: ExpectedDeadlock) -> str:
    """The mail's subject line."""
    return as_subject(f"[Unwedge] {_HEADLINE}: {deadlock.found.service_name}", SUBJECT)


def short_text(deadlock: ExpectedDeadlock) -> str:
    """A text message."""
    return short(one_line(f"Unwedge: {_HEADLINE}: {deadlock.found.service_name}"), 140)


def mail(deadlock: ExpectedDeadlock, addresses: Addresses) -> str:
    """Plain text."""
    found = deadlock.found
    parts = [
        wrapped(f"{_HEADLINE}: service {found.service_name} in cluster {deadlock.cluster_name}."),
        unlinked(wrapped(short(what_happens(found), _SENTENCE), "  ")),
        wrapped(what_follows(found), "  "),
        wrapped(_WAY_OUT, "- ", "  "),
        "\n".join(
            f"{name + ':':<11} {short(one_line(value), 2 * _NAME)}" for name, value in _facts(deadlock)
        ),
        "\n".join(f"{name}:\n  {where}" for name, where in _links(deadlock, addresses)),
    ]
    return "\n\n".join(parts) + "\n"


def chat(deadlock: ExpectedDeadlock, addresses: Addresses) -> dict[str, Any]:
    """The custom notification, version 1.0."""
    found = deadlock.found
    told = f"{in_chat(what_happens(found), _SENTENCE)}\n{in_chat(what_follows(found), _SENTENCE)}"
    links = [
        f"{name}: {where}" for name, where in _links(deadlock, addresses) if len(name) + len(where) < _STEP
    ]
    return {
        "version": "1.0",
        "source": "custom",
        "id": deadlock.sk,
        "content": {
            "textType": "client-markdown",
            "title": in_chat(f"Unwedge: {_HEADLINE}: {found.service_name}", TITLE),
            "description": short(told, DESCRIPTION),
            "nextSteps": [in_chat(_WAY_OUT, _STEP), *links],
            "keywords": [in_chat(word, KEYWORD) for word in ("Unwedge", "expected", found.service_name)],
        },
        "metadata": {
            "threadId": in_chat(f"expected {deadlock.cluster_name}/{found.service_name}", THREAD),
            "summary": in_chat(f"{_HEADLINE}: {found.service_name}", SUMMARY),
            "eventType": "unwedge-expectation",
            "relatedResources": [in_chat(deadlock.service_arn, 4 * _NAME)],
            "additionalContext": {key: in_chat(value, _NAME) for key, value in _facts(deadlock)},
        },
    }


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


def _facts(deadlock: ExpectedDeadlock) -> Iterator[tuple[str, str]]:
    found = deadlock.found
    yield "Service", found.service_name
    yield "Cluster", deadlock.cluster_name
    yield "Deployment", found.deployment
    yield "Mode", found.mode
    yield "Seen at", f"{found.at:%Y-%m-%d %H:%M:%SZ}"


def _links(deadlock: ExpectedDeadlock, addresses: Addresses) -> Iterator[tuple[str, str]]:
    partition, _ = place_of(deadlock.found.cluster_arn)
    pages = {
        "Runbook": f"{addresses.runbook}#{_CHAPTER}",
        "Dashboard": dashboard_page(addresses.region, addresses.dashboard, partition),
        "Service in ECS": service_page(deadlock.service_arn),
    }
    yield from ((name, page) for name, page in pages.items() if page)
