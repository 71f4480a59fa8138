"""The cross product of everything a stop depends on: a stop comes when all of it agrees, and never else."""

from dataclasses import replace
from functools import cache
from itertools import product

import pytest

from tests.support.situations import (
    LOCK_LINE,
    NEW,
    NEW_CODE,
    OLD,
    OLD_CODE,
    ago,
    arn,
    contender,
    definition,
    holder,
    incident,
    log,
    service,
    stop,
    successor,
    wedged,
)
from unwedge.decide.decide import decide
from unwedge.model.codec import from_json, to_json
from unwedge.model.decision import Decision, StopTask, Verdict
from unwedge.model.incident import Controls, RefusedStop, StopState
from unwedge.model.log import LogStatus
from unwedge.model.service import Deployment, Health, Rollout, Service, Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Failure, ReadFailure, Scope, Situation

SETTINGS = Settings()

# One factor a line: its values, each with whether a stop may come with it.
TAGS = {"enforce": True, "observe": False, "approve": False, "off": False, "enfroce": False}
LOGS = {"lock line": True, "near miss": False, "nothing": False, "another stream": False}
HOLDERS = {
    "old": True,
    "old, unhealthy": True,
    "target": False,
    "stopping": False,
    "none": False,
    "two": False,
    "just started": False,
}
VOLUMES = {"same": True, "another access point": False, "unknown": False}
ROLLOUTS = {"IN_PROGRESS": True, "ROLLBACK_IN_PROGRESS": False, "?": False}
COUNTS = {1: True, 2: False}
SUCCESSORS = {"PENDING": True, "PROVISIONING": False, "none": False, "of the old revision": False}
INCIDENTS = {
    "none": True,
    "open": True,
    "spent": False,
    "claimed by another pass": False,
    "abandoned claim": True,
    "refused moments ago": False,
}
READS = {"complete": True, "one failed": False}
CONTROLS = {"running": True, "paused": False, "cooling down": False}

FACTORS = (TAGS, LOGS, HOLDERS, VOLUMES, ROLLOUTS, COUNTS, SUCCESSORS, INCIDENTS, READS, CONTROLS)


# what each value stands for, made once: a product asks for it thousands of times
LOG_READS = {
    "lock line": (log(LOCK_LINE),),
    "near miss": (log(LOCK_LINE.replace("resource temporarily unavailable", "permission denied")),),
    "nothing": (log(status=LogStatus.EMPTY),),
    "another stream": (log(LOCK_LINE, task="another"),),
}
_TARGET = {"deployment_id": NEW, "task_definition": NEW_CODE}
RUNNING = {
    "old": (holder(),),
    "old, unhealthy": (holder(health=Health.UNHEALTHY),),
    "target": (holder(**_TARGET),),
    "stopping": (holder(desired_status="STOPPED", stopping_at=ago(3)),),
    "none": (),
    "two": (holder(), holder(arn=arn("twin"))),
    "just started": (holder(started_at=ago(9), created_at=ago(15), health=Health.UNKNOWN),),
}
COMING = {
    "PENDING": (successor(),),
    "PROVISIONING": (successor("PROVISIONING"),),
    "none": (),
    "of the old revision": (successor(deployment_id=OLD, task_definition=OLD_CODE),),
}
DEFINITIONS = {
    "same": (definition(NEW_CODE), definition(OLD_CODE)),
    "another access point": (definition(NEW_CODE, "fs-0abc:fsap-2:/"), definition(OLD_CODE)),
    "unknown": (definition(OLD_CODE),),
}
PASTS = {
    "none": None,
    "open": incident(),
    "spent": incident(stop("one", 900), stop("two", 600)),
    "claimed by another pass": incident(stop("holder", 5, StopState.CLAIMED)),
    "abandoned claim": incident(stop("holder", 45, StopState.CLAIMED)),
    "refused moments ago": replace(incident(), refused=RefusedStop(ago(5), "denied")),
}
CONTROLLED = {
    "running": Controls(None),
    "paused": Controls("by a person"),
    "cooling down": Controls(None, (ago(100),)),
}


@cache
def _tasks(holders: str, successors: str) -> tuple[Task, ...]:
    return (*RUNNING[holders], contender(), *COMING[successors])


@cache
def _service(tag: str, count: int) -> Service:
    return service(tag=tag, desired_count=count)


def _situation(
    tag: str,
    logs: str,
    holders: str,
    volumes: str,
    rollout: str,
    count: int,
    successors: str,
    incidents: str,
    reads: str,
    controls: str = "running",
) -> Situation:
    return wedged(
        *_tasks(holders, successors),
        service=_service(tag, count),
        logs=LOG_READS[logs],
        task_definitions=DEFINITIONS[volumes],
        rollout=Rollout("arn", rollout),
        incident=PASTS[incidents],
        controls=CONTROLLED[controls],
        failures=()
        if reads == "complete"
        else (ReadFailure("ecs:ListTasks", Failure.DENIED, "AccessDeniedException", ""),),
    )


@pytest.mark.parametrize("tag", TAGS)
def test_a_stop_comes_exactly_when_every_factor_agrees(tag: str) -> None:
    """The action is there if and only if each factor allows it, and names the holder."""
    stops = 0
    # In the modes that never act the smaller half of the product shows it as well.
    factors = FACTORS[1:] if tag == "enforce" else [list(factor)[:3] for factor in FACTORS[1:]]
    for values in product((tag,), *factors):
        decision = decide(_situation(*values), SETTINGS)
        agreed = all(factor[value] for factor, value in zip(FACTORS, values, strict=True))  # type: ignore[index]
        assert (decision.action is not None) is agreed, (values, decision.verdict, decision.sentence)
        if decision.action:
            assert isinstance(decision.action, StopTask)
            assert decision.action.task_arn == arn("holder")
            stops += 1
    assert stops == (6 if tag == "enforce" else 0)


@pytest.mark.parametrize("scope", [Scope.SERVICE, Scope.FAILURE])
def test_a_part_of_the_situation_never_leads_to_a_stop(scope: Scope) -> None:
    """Whatever is in it: only a full pass may act."""
    for holders, successors in product(HOLDERS, SUCCESSORS):
        situation = replace(wedged(*_tasks(holders, successors)), scope=scope)
        assert decide(situation, SETTINGS).action is None


def test_no_task_of_the_primary_deployment_is_stopped_for_another_deployment() -> None:
    """Whatever sides the tasks are on, the target's task is stopped only for its own unhealthy deployment."""
    codes = (OLD_CODE, NEW_CODE)
    for primary, holding, failing in product((OLD, NEW), repeat=3):
        for code, other in product(codes, repeat=2):
            situation = wedged(
                holder(deployment_id=holding, task_definition=code, health=Health.UNHEALTHY),
                contender(deployment_id=failing, task_definition=other),
                successor(deployment_id=failing, task_definition=other),
                service=service(
                    deployments=(
                        Deployment(primary, "PRIMARY", codes[primary == NEW], "IN_PROGRESS", ago(300)),
                        Deployment(
                            OLD if primary == NEW else NEW, "ACTIVE", OLD_CODE, "COMPLETED", ago(9000)
                        ),
                    )
                ),
            )
            decision = decide(situation, SETTINGS)
            if holding == primary and failing != primary:
                assert decision.action is None, (primary, holding, failing, code, other)
            if decision.action:
                assert failing == primary or holding == failing


def test_decisions_and_situations_survive_json_and_decide_the_same_again() -> None:
    """A recorded situation put through the decision again gives the recorded decision."""
    seen = set()
    for values in product(
        ("enforce", "observe"),
        LOGS,
        HOLDERS,
        VOLUMES,
        ("IN_PROGRESS", "?"),
        (1, 2),
        SUCCESSORS,
        INCIDENTS,
        READS,
    ):
        situation = _situation(*values)
        decision = decide(situation, SETTINGS)
        if decision.verdict in seen:
            continue
        seen.add(decision.verdict)
        kept = from_json(Situation, to_json(situation))
        assert kept == situation
        assert from_json(Decision, to_json(decision)) == decision
        assert decide(kept, SETTINGS) == decision
    assert Verdict.STOP_HOLDER in seen
    assert len(seen) >= 15
