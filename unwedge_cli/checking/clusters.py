"""The services of a cluster, checked with the caller's own AWS credentials."""

from dataclasses import replace
from datetime import datetime

import boto3
from botocore.config import Config

from unwedge.model.settings import Settings
from unwedge.posture.audit import audit
from unwedge.posture.facts import Facts
from unwedge.posture.reading import PostureReads
from unwedge.posture.remedies import Language, Place
from unwedge_cli.checking.checkup import Checked, Checkup, case_of, not_known, ordered
from unwedge_cli.checking.past import Past
from unwedge_cli.checking.words import Coming, says

# A call for each task definition: in a large cluster ECS throttles, and botocore waits.
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 8})
# A person waits for the answer; a Lambda would look at fewer.
_MOST, _DEFINITIONS = 1000, 300


class NothingToCheckError(Exception):
    """There is no such cluster or service. Carries the sentence that says so."""


def posture_reads() -> PostureReads:
    """Region and credentials are found as by every AWS tool. Raises botocore's errors without them."""
    session = boto3.Session()
    return PostureReads(
        session.client("ecs", config=_CONFIG),
        lambda: session.client("elbv2", config=_CONFIG),
        most=_MOST,
        definitions=_DEFINITIONS,
    )


def check_cluster(
    reads: PostureReads, cluster: str, service: str | None, now: datetime, settings: Settings, past: Past
) -> Checkup:
    """The services of a cluster, or one of them. Raises ReadError and NothingToCheckError."""
    if service is None:
        found = reads.cluster(cluster, now, settings)
    else:
        one = reads.service(cluster, service, now, settings)
        if one is None:
            raise NothingToCheckError(_missing(service, cluster, reads.names(cluster)))
        found = [one]
    return Checkup(cluster, False, ordered(_of_cluster(facts, past) for facts in found))


def _missing(service: str, cluster: str, names: list[str]) -> str:
    there = f"It has {', '.join(names[:10])}{' and others' if len(names) > 10 else ''}."
    return f"There is no active service {service} in cluster {cluster}. {there if names else 'It has none.'}"


def _of_cluster(facts: Facts, past: Past) -> Checked:
    shape = facts.shape
    facts = replace(facts, history=past.of(shape.cluster, shape.name))
    posture = audit(facts)
    unread = (*facts.unread, *([facts.others_unread] if facts.others_unread else []))
    return Checked(
        shape.name,
        posture,
        says(case_of(facts, posture, Coming.NEXT)),
        Place(shape.cluster, shape.name, shape.family),
        Language.CLI,
        notes=tuple(dict.fromkeys(unread)),
        complete=not unread and not not_known(posture),
    )
