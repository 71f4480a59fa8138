"""Keeps postures; `record.postures` has the layout of their items.

Audits run at the same time: on the schedule, at a deployment, for a person. `latest` is written on the
condition that nobody wrote it since it was read, and an older audit gives way to a newer one. The items of
single findings follow it, and the next audit mends what a crash in between has left.
"""

import json
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from unwedge.model.codec import to_json
from unwedge.model.posture import Finding, FindingKind, Posture, Severity, Step, StepKind
from unwedge.observe.reads import code_of
from unwedge.record.postures import (
    AUDITED,
    EXPECTATION,
    EXPECTED,
    FINDING,
    LATEST,
    Expected,
    FindingRow,
    KeptPosture,
    Opened,
    PostureRow,
    decoded,
    finding_in,
    service_key,
)
from unwedge.record.table import KEPT
from unwedge.record.wedged import Wedged

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# An item of DynamoDB has 400 KB; a posture of some twenty findings has twenty.
MOST_BYTES = 100_000
_MOST_FINDINGS, _TRIES = 40, 4
# A page of DynamoDB is a megabyte, some thousand findings.
_MOST_PAGES = 20
_SENTENCE, _STEPS, _STEP, _NAME = 1000, 12, 600, 300


class OvertakenError(Exception):
    """Others wrote the same service again and again. Retryable."""


class Saved(NamedTuple):
    """What an audit changed."""

    kept: KeptPosture
    opened: tuple[FindingKind, ...] = ()
    closed: tuple[FindingKind, ...] = ()


class _Before(NamedTuple):
    """`latest` as it was read. `at`: of the audit; `kept` is None where it closed everything."""

    version: int = 0
    at: str = ""
    kept: KeptPosture | None = None


class PostureWriter:
    """Writes postures. Raises AWS's errors, and OvertakenError."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def save(
        self, posture: Posture, wedged: Wedged, *, unproven: Collection[FindingKind] = ()
    ) -> Saved | None:
        """Keep an audit. `unproven`: kinds that it could not look for, which stay open if they are. None:
        there is a newer one, and nothing is written."""
        posture = bounded(posture)
        for _ in range(_TRIES):
            before = self._before(posture.cluster_arn, posture.service_name)
            if before.at >= to_json(posture.at):
                return None
            kept = merged(before.kept, posture, wedged, unproven)
            shown = {
                "feed": {"S": AUDITED},
                "summary": {"S": _text(row_of(kept))},
                "data": {"S": _text(kept)},
            }
            if self._replace(posture.cluster_arn, posture.service_name, posture.at, before, shown):
                self._follow(posture, kept)
                return Saved(kept, *_changes(before.kept, kept))
        raise OvertakenError(posture.service_name)

    def close(self, cluster_arn: str, service_name: str, at: datetime) -> bool:
        """Close every finding of a service that is gone, shares nothing or is not to be looked at. Nothing is
        written where nothing was kept. False: nothing was open, or there is a newer audit."""
        for _ in range(_TRIES):
            before = self._before(cluster_arn, service_name)
            if before.kept is None or before.at >= to_json(at):
                return False
            if self._replace(cluster_arn, service_name, at, before, {}):
                self._close_others(service_key(cluster_arn, service_name), (), at)
                return True
        raise OvertakenError(service_name)

    def expect(self, expected: Expected) -> bool:
        """Keep that a deployment will deadlock. False: that is known already."""
        pk = service_key(expected.cluster_arn, expected.service_name)
        item = {
            "pk": {"S": pk},
            "sk": {"S": f"{EXPECTATION}{expected.deployment}"},
            "feed": {"S": EXPECTED},
            "at": {"S": to_json(expected.at)},
            "summary": {"S": _text(expected)},
            "data": {"S": _text(expected)},
            "expires_at": _expiry(expected.at),
        }
        return self._conditional(
            self._client.put_item, Item=item, ConditionExpression="attribute_not_exists(pk)"
        )

    def ended(self, cluster_arn: str, service_name: str, deployment: str, at: datetime) -> bool:
        """What was expected of a deployment is expected no more: it is over. False: nothing was."""
        return self._conditional(
            self._client.update_item,
            Key={
                "pk": {"S": service_key(cluster_arn, service_name)},
                "sk": {"S": f"{EXPECTATION}{deployment}"},
            },
            UpdateExpression="SET ended_at = :at REMOVE feed",
            ConditionExpression="attribute_exists(pk) AND attribute_not_exists(ended_at)",
            ExpressionAttributeValues={":at": {"S": to_json(at)}},
        )

    def _before(self, cluster_arn: str, service_name: str) -> _Before:
        key: dict[str, Any] = {"pk": {"S": service_key(cluster_arn, service_name)}, "sk": {"S": LATEST}}
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if not item:
            return _Before()
        return _Before(int(item["version"]["N"]), item["at"]["S"], decoded(KeptPosture, item, "data"))

    def _replace(
        self, cluster_arn: str, service_name: str, at: datetime, before: _Before, shown: dict[str, Any]
    ) -> bool:
        """Write `latest`, unless somebody wrote it since it was read."""
        item: dict[str, Any] = {
            "pk": {"S": service_key(cluster_arn, service_name)},
            "sk": {"S": LATEST},
            "at": {"S": to_json(at)},
            "version": {"N": str(before.version + 1)},
            "expires_at": _expiry(at),
        }
        return self._conditional(
            self._client.put_item,
            Item={**item, **shown},
            ConditionExpression="attribute_not_exists(pk) OR version = :version",
            ExpressionAttributeValues={":version": {"N": str(before.version)}},
        )

    def _follow(self, posture: Posture, kept: KeptPosture) -> None:
        """Bring the items of single findings to what `latest` says."""
        pk = service_key(posture.cluster_arn, posture.service_name)
        known = self._close_others(pk, kept.opened, posture.at)
        for opened in kept.opened:
            if opened in known:
                continue
            finding = next(found for found in kept.posture.findings if found.kind is opened.kind)
            row = FindingRow(opened.kind, finding.severity, opened.at, finding.sentence[:_SENTENCE])
            item = {"pk": {"S": pk}, "sk": {"S": _sk(opened)}, "data": {"S": _text(row)}}
            self._conditional(
                self._client.put_item, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )

    def _close_others(self, pk: str, opened: Collection[Opened], at: datetime) -> set[Opened]:
        """Close the items of all findings but these; returns those that there are."""
        known = set[Opened]()
        for item in self._open_findings(pk):
            row = finding_in(item)
            found = Opened(row.kind, row.opened_at) if row else None
            if found and found in opened:
                known.add(found)
                continue
            self._conditional(
                self._client.update_item,
                Key={"pk": item["pk"], "sk": item["sk"]},
                UpdateExpression="SET closed_at = :at, expires_at = :expiry",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(closed_at)",
                ExpressionAttributeValues={":at": {"S": to_json(at)}, ":expiry": _expiry(at)},
            )
        return known

    def _open_findings(self, pk: str) -> Iterator[dict[str, Any]]:
        """A service whose findings come and go has many that are closed, for as long as they are kept."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :finding)",
            "FilterExpression": "attribute_not_exists(closed_at)",
            "ExpressionAttributeValues": {":pk": {"S": pk}, ":finding": {"S": FINDING}},
            "ConsistentRead": True,
        }
        for _ in range(_MOST_PAGES):
            answer = self._client.query(**request)
            yield from answer.get("Items", [])
            if not (last := answer.get("LastEvaluatedKey")):
                return
            request["ExclusiveStartKey"] = last

    def _conditional(self, call: Callable[..., Any], **params: Any) -> bool:
        """Whether the condition held."""
        try:
            call(TableName=self._table, **params)
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True


def merged(
    before: KeptPosture | None, posture: Posture, wedged: Wedged, unproven: Collection[FindingKind]
) -> KeptPosture:
    """An audit with the dates of those before it. What it could not look for stays as it was."""
    found = {finding.kind for finding in posture.findings}
    stays = [
        finding
        for finding in (before.posture.findings if before else ())
        if finding.kind in unproven and finding.kind not in found and finding.kind is not FindingKind.NOT_READ
    ]
    order = list(Severity)
    findings = sorted((*posture.findings, *stays), key=lambda finding: order.index(finding.severity))
    findings = findings[:_MOST_FINDINGS]
    kinds = dict.fromkeys(finding.kind for finding in findings)
    known = {opened.kind: opened.at for opened in before.opened} if before else {}
    return KeptPosture(
        posture._replace(findings=tuple(findings)),
        tuple(Opened(kind, known.get(kind, posture.at)) for kind in kinds),
        wedged.times,
        round(wedged.lost, 1),
        tuple(dict.fromkeys(finding.kind for finding in stays)),
    )


def row_of(kept: KeptPosture) -> PostureRow:
    """What the list shows."""
    posture, worst = kept.posture, kept.posture.worst
    bad = [kept.since(finding.kind) for finding in posture.findings if finding.severity is worst]
    return PostureRow(
        posture.cluster_arn,
        posture.service_name,
        posture.at,
        posture.outlook,
        worst,
        min(bad, default=None),
        len(posture.findings),
        posture.mode,
        posture.program,
        posture.gap,
        kept.wedges,
        kept.lost,
        any(step.kind is StepKind.STOP_FIRST for finding in posture.findings for step in finding.steps),
    )


def bounded(posture: Posture) -> Posture:
    """A posture that fits: names and paths are other people's text."""
    findings = tuple(_bounded(finding) for finding in posture.findings[:_MOST_FINDINGS])
    made = posture._replace(findings=findings, program=posture.program[:_NAME])
    while len(_text(made)) > MOST_BYTES and made.findings:
        made = made._replace(findings=made.findings[: len(made.findings) // 2])
    return made


def _bounded(finding: Finding) -> Finding:
    return finding._replace(
        sentence=finding.sentence[:_SENTENCE],
        cost=finding.cost[:_SENTENCE],
        steps=tuple(_bounded_step(step) for step in finding.steps[:_STEPS]),
    )


def _bounded_step(step: Step) -> Step:
    return step._replace(
        container=step.container[:_NAME], target_group=step.target_group[:_NAME], text=step.text[:_STEP]
    )


def _changes(
    before: KeptPosture | None, kept: KeptPosture
) -> tuple[tuple[FindingKind, ...], tuple[FindingKind, ...]]:
    """The kinds that opened, and those that closed."""
    was = {opened.kind for opened in before.opened} if before else set()
    now = {opened.kind for opened in kept.opened}
    return tuple(sorted(now - was)), tuple(sorted(was - now))


def _sk(opened: Opened) -> str:
    return f"{FINDING}{opened.kind.value}#{to_json(opened.at)}"


def _text(value: object) -> str:
    return json.dumps(to_json(value), separators=(",", ":"))


def _expiry(at: datetime) -> dict[str, Any]:
    return {"N": str(int((at + KEPT).timestamp()))}
