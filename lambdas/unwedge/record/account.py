"""The account's stops of the last sixty minutes, in one item: what every claim is counted against.

The item is written with the claim, on the condition that nobody wrote it in between, so that concurrent
Lambdas cannot spend more than the budget. Stops stand under the id of their task: counting one again changes
nothing, and neither does giving one back twice. Pure.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

KEY = ("account", "stops")
_AN_HOUR = timedelta(hours=1)


class AccountStops(NamedTuple):
    """When which task was claimed for a stop, in epoch milliseconds by task id."""

    claimed: Mapping[str, int] = {}
    version: int = 0

    def within_hour(self, now: datetime) -> int:
        """How many stops there were in the last sixty minutes. What lies ahead, by clock skew, counts too."""
        return len(self._recent(now))

    def with_stop(self, task_arn: str, at: datetime) -> "AccountStops":
        """With one stop more, and those of more than an hour ago forgotten."""
        claimed = {**self._recent(at), _id(task_arn): _milliseconds(at)}
        return AccountStops(claimed, self.version + 1)

    def without(self, task_arn: str) -> "AccountStops":
        """Without the stop of this task."""
        claimed = {key: at for key, at in self.claimed.items() if key != _id(task_arn)}
        return AccountStops(claimed, self.version + 1)

    def _recent(self, now: datetime) -> dict[str, int]:
        since = _milliseconds(now - _AN_HOUR)
        return {key: at for key, at in self.claimed.items() if at > since}


def read_item(item: Mapping[str, Any] | None) -> AccountStops:
    """From DynamoDB's item; none where there was no stop yet."""
    if not item:
        return AccountStops()
    claimed = {key: int(value["N"]) for key, value in item["claimed"]["M"].items()}
    return AccountStops(claimed, int(item["version"]["N"]))


def attributes(stops: AccountStops) -> dict[str, Any]:
    """As DynamoDB's item has them, besides its key."""
    return {
        "claimed": {"M": {key: {"N": str(at)} for key, at in stops.claimed.items()}},
        "version": {"N": str(stops.version)},
    }


def _id(task_arn: str) -> str:
    return task_arn.rsplit("/", 1)[-1]


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
