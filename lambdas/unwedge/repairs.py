"""Repairs: decide, claim, look again, change, and keep what came of it. The loop for what needs no haste."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from unwedge.act.kill_switch import KillSwitch
from unwedge.act.repairer import NothingSent, Repairer
from unwedge.model.codec import DecodeError
from unwedge.posture.facts import Facts
from unwedge.posture.repair import ONCE_IN, NotRepaired, Standing, repair_of
from unwedge.record.repair_writer import RepairWriter
from unwedge.record.repairs import LEASE, Repaired, RepairState

# What an invocation that died has left is finished by the next one.
_FOUND_DONE = (
    "The service stops its old task before it starts a new one: minimumHealthyPercent 0 and maximumPercent "
    "100. The invocation that changed it ended before it could say so. The change started no deployment."
)
_LEFT = (
    "A repair was begun and not brought to its end: availabilityZoneRebalancing may have been turned off, "
    "and the percentages were not changed."
)


class Fresh(NamedTuple):
    """A service read again: its facts, and the answer of DescribeServices that they are from."""

    facts: Facts
    described: Mapping[str, Any]


class Busy(NamedTuple):
    """Another invocation has claimed the repair and not said yet what came of it. Retryable: by the end of
    its lease it has, or has died."""

    sentence: str


class Mender:
    """Mends root causes. `allowed`: whether the stack may change services of a cluster. `incident`: whether
    one of the service is open. `again`: reads it anew; None where it is gone."""

    def __init__(
        self,
        repairer: Repairer,
        repairs: RepairWriter,
        kill_switch: KillSwitch,
        *,
        allowed: Callable[[str], bool],
        incident: Callable[[str, str], bool],
        again: Callable[[str, str, datetime], Fresh | None],
    ) -> None:
        self._repairer, self._repairs, self._kill_switch = repairer, repairs, kill_switch
        self._allowed, self._incident, self._again = allowed, incident, again

    def mend(self, facts: Facts, now: datetime) -> Repaired | NotRepaired | Busy:
        """Repair this service if every gate is open, twice: as it was found, and as it is after the claim.

        Raises ReadError and AWS's errors of the ledger, for the caller to try again.
        """
        cluster, name = facts.shape.cluster, facts.shape.name
        left = self._left(cluster, name)
        if left and now - left.at < LEASE:
            return Busy("It is being repaired.")
        if left and (facts.shape.minimum, facts.shape.maximum) == (0, 100):
            return self._concluded(left, RepairState.DONE, _FOUND_DONE)
        found = repair_of(facts, self._standing(cluster, name))
        if isinstance(found, NotRepaired):
            return self._concluded(left, RepairState.REFUSED, f"{_LEFT} {found.sentence}") if left else found
        # What a dead invocation has changed already was not so before.
        before = left.before if left else _before(facts)
        claim = Repaired(cluster, name, now, RepairState.CLAIMED, before)
        if not self._repairs.claim(claim, ONCE_IN):
            return NotRepaired("It is being repaired, or was, or ECS has refused it, within a week.")
        fresh = self._again(cluster, name, now)
        # The claim is ours, so what the ledger says of it is no reason against.
        standing = self._standing(cluster, name, ours=True)
        still = repair_of(fresh.facts, standing) if fresh else NotRepaired("The service is gone.")
        if fresh is None or isinstance(still, NotRepaired):
            why = still.sentence if isinstance(still, NotRepaired) else ""
            return self._given_back(claim, left, why)
        refused = self._repairer.stop_first(fresh.described, rebalancing_first=still.rebalancing_first)
        if isinstance(refused, NothingSent):
            return self._given_back(claim, left, refused.sentence)
        if refused and self._took_effect(cluster, name, now):
            refused = None
        state = RepairState.REFUSED if refused else RepairState.DONE
        claim = claim._replace(before=before if left else _before(fresh.facts))
        return self._concluded(claim, state, refused or still.sentence)

    def _given_back(self, claim: Repaired, left: Repaired | None, why: str) -> Repaired | NotRepaired:
        """A claim of which nothing was sent. After a dead invocation something may have been changed, of
        which people have to hear."""
        if left:
            return self._concluded(claim, RepairState.REFUSED, f"{_LEFT} {why}")
        self._concluded(claim, RepairState.WITHDRAWN, why)
        return NotRepaired(f"Not repaired after a second look: {why}")

    def _took_effect(self, cluster: str, name: str, now: datetime) -> bool:
        """A change without an answer may have been made all the same; taken for refused, it would be made
        again when somebody takes it back."""
        fresh = self._again(cluster, name, now)
        return fresh is not None and (fresh.facts.shape.minimum, fresh.facts.shape.maximum) == (0, 100)

    def _left(self, cluster: str, name: str) -> Repaired | None:
        """A claim of which nobody has said what came. One that cannot be read is for `_standing` to say."""
        try:
            newest = self._repairs.newest_of(cluster, name)
        except ValueError:  # DecodeError is one
            return None
        return newest if newest and newest.state is RepairState.CLAIMED else None

    def _concluded(self, claim: Repaired, state: RepairState, sentence: str) -> Repaired:
        made = claim._replace(state=state, sentence=sentence)
        self._repairs.conclude(made)
        return made

    def _standing(self, cluster: str, name: str, *, ours: bool = False) -> Standing:
        paused = self._kill_switch.paused()
        try:
            before = None if ours else self._repairs.newest_of(cluster, name)
        except (DecodeError, ValueError, KeyError) as error:
            paused = paused or f"what the ledger has of an earlier repair cannot be read ({error})"
            before = None
        return Standing(
            allowed=self._allowed(cluster),
            paused=paused,
            incident=self._incident(cluster, name),
            repaired_at=before.at if before and before.state is RepairState.DONE else None,
        )


_REBALANCING = {True: "ENABLED", False: "DISABLED", None: None}


def _before(facts: Facts) -> str:
    shape = facts.shape
    return json.dumps(
        {
            "minimumHealthyPercent": shape.minimum,
            "maximumPercent": shape.maximum,
            "availabilityZoneRebalancing": _REBALANCING[shape.rebalancing],
        }
    )
