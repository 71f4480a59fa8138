"""Repairs: decide, claim, look again, change, and keep what came of it. The loop for what needs no haste."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from unwedge.act.kill_switch import KillSwitch
from unwedge.act.repairer import Repairer
from unwedge.model.codec import DecodeError
from unwedge.posture.facts import Facts
from unwedge.posture.repair import ONCE_IN, NotRepaired, Standing, repair_of
from unwedge.record.repairs import Repaired, Repairs, RepairState


class Fresh(NamedTuple):
    """A service read again: its facts, and the answer of DescribeServices that they are from."""

    facts: Facts
    described: Mapping[str, Any]


class Mender:
    """Mends root causes. `allowed`: whether the stack may change services of a cluster. `incident`: whether
    one of the service is open. `again`: reads it anew; None where it is gone."""

    def __init__(
        self,
        repairer: Repairer,
        repairs: Repairs,
        kill_switch: KillSwitch,
        *,
        allowed: Callable[[str], bool],
        incident: Callable[[str, str], bool],
        again: Callable[[str, str, datetime], Fresh | None],
    ) -> None:
        self._repairer, self._repairs, self._kill_switch = repairer, repairs, kill_switch
        self._allowed, self._incident, self._again = allowed, incident, again

    def mend(self, facts: Facts, now: datetime) -> Repaired | NotRepaired:
        """Repair this service if every gate is open, twice: as it was found, and as it is after the claim.

        Raises ReadError and AWS's errors of the ledger, for the caller to try again: nothing is changed then.
        """
        cluster, name = facts.shape.cluster, facts.shape.name
        found = repair_of(facts, self._standing(cluster, name))
        if isinstance(found, NotRepaired):
            return found
        claim = Repaired(cluster, name, now, RepairState.CLAIMED, _before(facts))
        if not self._repairs.claim(claim, ONCE_IN):
            return NotRepaired("It is being repaired, or was within a week.")
        fresh = self._again(cluster, name, now)
        # The claim is ours, so what the ledger says of it is no reason against.
        standing = self._standing(cluster, name, ours=True)
        still = repair_of(fresh.facts, standing) if fresh else NotRepaired("The service is gone.")
        if fresh is None or isinstance(still, NotRepaired):
            why = still.sentence if isinstance(still, NotRepaired) else ""
            self._repairs.conclude(claim._replace(state=RepairState.REFUSED, sentence=why))
            return NotRepaired(f"Not repaired after a second look: {why}")
        refused = self._repairer.stop_first(fresh.described, rebalancing_first=still.rebalancing_first)
        state = RepairState.REFUSED if refused else RepairState.DONE
        done = claim._replace(state=state, sentence=refused or still.sentence, before=_before(fresh.facts))
        self._repairs.conclude(done)
        return done

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


def _before(facts: Facts) -> str:
    shape = facts.shape
    return json.dumps(
        {
            "minimumHealthyPercent": shape.minimum,
            "maximumPercent": shape.maximum,
            "availabilityZoneRebalancing": {True: "ENABLED", False: "DISABLED"}.get(
                shape.rebalancing  # type: ignore[arg-type]
            ),
        }
    )
