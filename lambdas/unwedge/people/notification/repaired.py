"""A repair, told once: as a mail with the lines of infrastructure code, and as the custom notification that a
chat shows. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.people import repairing
from unwedge.people.console import dashboard_page, place_of, service_page
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
from unwedge.record.repairs import Repaired, RepairState
from unwedge.signal.signals import plausible

_STEP, _NAME, _SENTENCE = 350, 160, 1000
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
    def cluster_name(self) -> str:
        """The cluster's name."""
        return self.found.cluster_arn.rsplit("/", 1)[-1]

    @property
    def service_arn(self) -> str:
        """The service's ARN."""
        services = self.found.cluster_arn.replace(":cluster/", ":service/", 1)
        return f"{services}/{self.found.service_name}"

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


def subject(service: RepairedService) -> str:
    """The mail's subject line."""
    return as_subject(f"[Unwedge] {repairing.headline(service.found)}: {service.found.service_name}", SUBJECT)


def short_text(service: RepairedService) -> str:
    """A text message."""
    return short(one_line(f"Unwedge: {repairing.headline(service.found)}: {service.found.service_name}"), 140)


def mail(service: RepairedService, addresses: Addresses) -> str:
    """Plain text."""
    found = service.found
    head = f"{repairing.headline(found)}: service {found.service_name} in cluster {service.cluster_name}."
    parts = [
        wrapped(head),
        unlinked(wrapped(short(found.sentence, _SENTENCE), "  ")),
        unlinked(wrapped(repairing.was(found), "  ")),
        wrapped(repairing.NO_DEPLOYMENT, "  "),
        *_lines(service),
        "\n".join(f"{name + ':':<11} {short(one_line(value), 2 * _NAME)}" for name, value in _facts(service)),
        "\n".join(f"{name}:\n  {where}" for name, where in _links(service, addresses)),
    ]
    return "\n\n".join(parts) + "\n"


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


def chat(service: RepairedService, addresses: Addresses) -> dict[str, Any]:
    """The custom notification, version 1.0."""
    found, head = service.found, repairing.headline(service.found)
    told = "\n".join(
        in_chat(text, _SENTENCE) for text in (found.sentence, repairing.was(found), repairing.NO_DEPLOYMENT)
    )
    links = [f"{name}: {where}" for name, where in _links(service, addresses)]
    steps = [in_chat(_IN_CHAT, _STEP)] if service.done else []
    return {
        "version": "1.0",
        "source": "custom",
        "id": service.sk,
        "content": {
            "textType": "client-markdown",
            "title": in_chat(f"Unwedge: {head}: {found.service_name}", TITLE),
            "description": short(told, DESCRIPTION),
            "nextSteps": [*steps, *(link for link in links if len(link) < _STEP)],
            "keywords": [in_chat(word, KEYWORD) for word in ("Unwedge", "repair", found.service_name)],
        },
        "metadata": {
            "threadId": in_chat(f"repair {service.cluster_name}/{found.service_name}", THREAD),
            "summary": in_chat(f"{head}: {found.service_name}", SUMMARY),
            "eventType": "unwedge-repair",
            "relatedResources": [in_chat(service.service_arn, 4 * _NAME)],
            "additionalContext": {key: in_chat(value, _NAME) for key, value in _facts(service)},
        },
    }


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


def _facts(service: RepairedService) -> Iterator[tuple[str, str]]:
    found = service.found
    yield "Service", found.service_name
    yield "Cluster", service.cluster_name
    yield "At", f"{found.at:%Y-%m-%d %H:%M:%SZ}"


def _links(service: RepairedService, addresses: Addresses) -> Iterator[tuple[str, str]]:
    partition, _ = place_of(service.found.cluster_arn)
    pages = {
        "Runbook": f"{addresses.runbook}#{_CHAPTER}",
        "Dashboard": dashboard_page(addresses.region, addresses.dashboard, partition),
        "Service in ECS": service_page(service.service_arn),
    }
    yield from ((name, page) for name, page in pages.items() if page)
