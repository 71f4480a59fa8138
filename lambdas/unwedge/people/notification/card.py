"""What every notification about a service has beside its own words: as a mail, and as the custom notification
that a chat shows. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from unwedge.people.console import dashboard_page, place_of, service_page
from unwedge.people.notification.message import (
    KEYWORD,
    STEP,
    SUBJECT,
    SUMMARY,
    THREAD,
    TITLE,
    Addresses,
)
from unwedge.people.wording import as_subject, in_chat, one_line, short

_NAME = 160


class Telling(NamedTuple):
    """A message to people: the ledger's entry that it is about, the mail's subject and text, a text message,
    the custom notification of a chat, and labels to filter by."""

    entry: str
    subject: str
    text: str
    brief: str
    chat: Mapping[str, Any]
    labels: Mapping[str, str]


class Card(NamedTuple):
    """One service, and why it is told of. `kind`: the event's type; `word`: what a chat searches for;
    `chapter`: of the runbook; `facts`: names and values."""

    entry: str
    cluster_arn: str
    service_name: str
    headline: str
    kind: str
    word: str
    chapter: str
    facts: tuple[tuple[str, str], ...]

    @property
    def cluster_name(self) -> str:
        """The cluster's name."""
        return self.cluster_arn.rsplit("/", 1)[-1]

    @property
    def service_arn(self) -> str:
        """The service's ARN."""
        services = self.cluster_arn.replace(":cluster/", ":service/", 1)
        return f"{services}/{self.service_name}"

    @property
    def sentence(self) -> str:
        """The first line of a mail."""
        return f"{self.headline}: service {self.service_name} in cluster {self.cluster_name}."

    def mail(self, parts: Iterable[str], addresses: Addresses) -> str:
        """Plain text: these parts, the facts, and where to look."""
        names = ["Service", "Cluster", *(name for name, _ in self.facts)]
        values = [self.service_name, self.cluster_name, *(value for _, value in self.facts)]
        facts = [
            f"{name + ':':<11} {short(one_line(value), 2 * _NAME)}"
            for name, value in zip(names, values, strict=True)
        ]
        links = [f"{name}:\n  {where}" for name, where in self._links(addresses)]
        return "\n\n".join([*parts, "\n".join(facts), "\n".join(links)]) + "\n"

    def chat(self, description: str, steps: Iterable[str], addresses: Addresses) -> dict[str, Any]:
        """The custom notification, version 1.0. `description` and `steps` are made for a chat already."""
        links = [f"{name}: {where}" for name, where in self._links(addresses)]
        told = {"Service": self.service_name, "Cluster": self.cluster_name, **dict(self.facts)}
        return {
            "version": "1.0",
            "source": "custom",
            "id": self.entry,
            "content": {
                "textType": "client-markdown",
                "title": in_chat(f"Unwedge: {self.headline}: {self.service_name}", TITLE),
                "description": description,
                "nextSteps": [*steps, *(link for link in links if len(link) < STEP)],
                "keywords": [in_chat(word, KEYWORD) for word in ("Unwedge", self.word, self.service_name)],
            },
            "metadata": {
                "threadId": in_chat(f"{self.word} {self.cluster_name}/{self.service_name}", THREAD),
                "summary": in_chat(f"{self.headline}: {self.service_name}", SUMMARY),
                "eventType": f"unwedge-{self.kind}",
                "relatedResources": [in_chat(self.service_arn, 4 * _NAME)],
                "additionalContext": {key: in_chat(value, _NAME) for key, value in told.items()},
            },
        }

    def telling(self, mail: str, chat: Mapping[str, Any], verdict: str) -> Telling:
        """The message in all its forms."""
        return Telling(
            self.entry,
            as_subject(f"[Unwedge] {self.headline}: {self.service_name}", SUBJECT),
            mail,
            short(one_line(f"Unwedge: {self.headline}: {self.service_name}"), 140),
            chat,
            {"kind": self.kind, "verdict": verdict, "service": self.service_name},
        )

    def _links(self, addresses: Addresses) -> Iterator[tuple[str, str]]:
        partition, _ = place_of(self.cluster_arn)
        pages = {
            "Runbook": f"{addresses.runbook}#{self.chapter}",
            "Dashboard": dashboard_page(addresses.region, addresses.dashboard, partition),
            "Service in ECS": service_page(self.service_arn),
        }
        yield from ((name, page) for name, page in pages.items() if page)
