"""What the deployed ledger knows of services: how often they wedged, and how long nobody wrote."""

from collections.abc import Mapping
from datetime import datetime

from unwedge.posture.facts import History
from unwedge.record.feed import MOST_READ, Feed
from unwedge.record.wedged import LATELY, wedged
from unwedge_cli.connecting import connect
from unwedge_cli.verifying import told


class Past:
    """Services by the name of their cluster and their own: a plan may not know the ARN."""

    def __init__(self, known: Mapping[tuple[str, str], History] | None = None) -> None:
        self._known = known or {}

    def of(self, cluster: str, service: str) -> History:
        """Nothing, for a service that never wedged."""
        return self._known.get((cluster.rsplit("/", 1)[-1], service), History())


def past_of(stack: str, now: datetime) -> Past:
    """By the ledger of a deployed stack. Raises LedgerError."""
    client, table = connect(None, stack)
    with told():
        rows = Feed(client, table).decisions(now - LATELY, now, "", MOST_READ).rows
    return Past(
        {
            (cluster.rsplit("/", 1)[-1], service): History(found.times, found.gaps)
            for (cluster, service), found in wedged(rows).items()
        }
    )
