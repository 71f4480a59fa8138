"""Claims repairs, and keeps what came of them; `record.repairs` has the layout of their items.

The claim is a conditional write, so of two invocations one repairs.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from unwedge.model.codec import to_json
from unwedge.observe.reads import code_of
from unwedge.record.repairs import (
    ANSWER,
    LATEST,
    LEASE,
    MADE,
    Answer,
    Repaired,
    Repairs,
    RepairState,
    service_key,
)
from unwedge.record.table import KEPT

_SENTENCE = 2000


class RepairWriter(Repairs):
    """Writes repairs. Raises AWS's errors of writes too."""

    def claim(self, repair: Repaired, after: timedelta) -> bool:
        """Whether it is ours: none was made, or refused by ECS, since `after` before it, but one of which
        nothing was sent. One that is refused is not tried at every audit: its first call may take effect
        each time, against somebody who takes it back."""
        try:
            self._put_latest(
                repair,
                ConditionExpression="attribute_not_exists(pk) OR #at < :before "
                "OR (#state IN (:claimed, :withdrawn) AND #at < :lease)",
                ExpressionAttributeNames={"#at": "at", "#state": "state"},
                ExpressionAttributeValues={
                    ":before": {"S": to_json(repair.at - after)},
                    ":claimed": {"S": RepairState.CLAIMED.value},
                    ":withdrawn": {"S": RepairState.WITHDRAWN.value},
                    ":lease": {"S": to_json(repair.at - LEASE)},
                },
            )
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def conclude(self, repair: Repaired) -> None:
        """What came of a claim of ours. What people are to hear of comes first: a crash in between leaves the
        claim, and whoever finds that says it again under the same key."""
        if repair.state in (RepairState.DONE, RepairState.REFUSED):
            self._put(repair, f"{MADE}{to_json(repair.at)}")
        self._put_latest(repair)

    def keep_answer(self, cluster_arn: str, service_name: str, answer: Answer) -> None:
        """In place of the one before it."""
        bounded = answer._replace(sentence=answer.sentence[:_SENTENCE])
        self._client.put_item(
            TableName=self._table, Item=_item(service_key(cluster_arn, service_name), ANSWER, bounded)
        )

    def _put_latest(self, repair: Repaired, **condition: object) -> None:
        shown = {"state": {"S": repair.state.value}, "at": {"S": to_json(repair.at)}}
        self._put(repair, LATEST, shown, **condition)

    def _put(
        self, repair: Repaired, sk: str, shown: Mapping[str, Any] | None = None, **condition: object
    ) -> None:
        bounded = repair._replace(sentence=repair.sentence[:_SENTENCE])
        pk = service_key(repair.cluster_arn, repair.service_name)
        item = {**_item(pk, sk, bounded), **(shown or {})}
        self._client.put_item(TableName=self._table, Item=item, **condition)  # type: ignore[arg-type]


def _item(pk: str, sk: str, data: Repaired | Answer) -> dict[str, Any]:
    return {
        "pk": {"S": pk},
        "sk": {"S": sk},
        "data": {"S": json.dumps(to_json(data), separators=(",", ":"))},
        "expires_at": {"N": str(int((data.at + KEPT).timestamp()))},
    }
