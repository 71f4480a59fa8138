"""The situations that are recorded: a name, what it shows, the situation, and its settings."""

from dataclasses import replace
from typing import NamedTuple

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
    deployed,
    holder,
    incident,
    log,
    new_task,
    opened,
    service,
    stop,
    stopped,
    successor,
    wedged,
)
from unwedge.model.incident import Approval, Controls, Drain, RefusedStop, StopState
from unwedge.model.log import LogStatus
from unwedge.model.service import Deployment, Health, Rollout
from unwedge.model.settings import Fallback, Mode, Settings, WhenBroken, WithoutSuccessor
from unwedge.model.situation import Failure, OutsideHolder, ReadFailure, Situation


class Case(NamedTuple):
    """One situation to be recorded. The name is the file's, and begins with the verdict."""

    name: str
    title: str
    situation: Situation
    settings: Settings = Settings()


BACK = holder(arn=arn("back"), started_at=ago(28))
GOING = holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(20))
NEAR_MISS = LOCK_LINE.replace("resource temporarily unavailable", "permission denied")
PATIENT = wedged(holder(), contender(failed=1800))
OPENED = (log(LOCK_LINE), opened("new"), opened("twin"), opened("holder"))
AFTER = wedged(service=deployed(), incident=incident(stop()), logs=(log(LOCK_LINE), opened("new")))


def after(*tasks: object, **changes: object) -> Situation:
    """The service after our stop of the holder."""
    return replace(AFTER, tasks=tasks, **changes)  # type: ignore[arg-type]


def _denied(failure: Failure) -> ReadFailure:
    return ReadFailure("ecs:ListTasks", failure, "SomeException", "the answer of AWS")


_AGAIN = service(
    deployments=(
        Deployment("ecs-svc/3", "PRIMARY", NEW_CODE, "IN_PROGRESS", ago(5)),
        Deployment(NEW, "ACTIVE", NEW_CODE, "IN_PROGRESS", ago(300)),
        Deployment(OLD, "ACTIVE", OLD_CODE, "COMPLETED", ago(90000)),
    )
)

SERVICE_AND_HEALTH = (
    Case("service-gone", "The service was deleted.", wedged(service=None, tasks=())),
    Case("service-inactive", "The service is draining.", wedged(service=service(status="DRAINING"))),
    Case("not-watched", "The service has the tag unwedge=off.", wedged(service=service(tag="off"))),
    Case("cannot-observe", "A read was denied.", wedged(failures=(_denied(Failure.DENIED),))),
    Case("aws-unavailable", "A read was throttled.", wedged(failures=(_denied(Failure.UNAVAILABLE),))),
    Case(
        "unsupported-deployment",
        "CodeDeploy deploys this service.",
        wedged(service=service(controller="CODE_DEPLOY")),
    ),
    Case("healthy", "No task failed.", wedged(holder(), logs=())),
    Case(
        "recovered",
        "After our stop the new task writes alone, healthy, and the rollout is COMPLETED.",
        after(new_task(), stopped(holder())),
    ),
    Case(
        "verifying", "After our stop the successor is on its way.", after(stopped(holder(), 10), successor())
    ),
    Case("holder-stopping-after-our-stop", "The stopped holder still shuts down.", after(GOING, successor())),
    Case(
        "withdrawn",
        "The target runs alone without a stop by us.",
        wedged(new_task(), service=deployed(), incident=incident(), logs=(opened("new"),)),
    ),
    Case("nothing-runs", "After our stop nothing runs and nothing comes.", after(stopped(holder(), 11))),
)
EVIDENCE = (
    Case(
        "awaiting-evidence",
        "No log line has arrived yet.",
        wedged(holder(), contender(failed=30), successor(), logs=(log(status=LogStatus.EMPTY),)),
    ),
    Case(
        "cannot-verify",
        "The container's log driver leaves nothing to read.",
        wedged(logs=(log(status=LogStatus.UNSUPPORTED, detail="its log driver is awsfirelens"),)),
    ),
    Case("other-failure", "A near miss: permission denied on the lock file.", wedged(logs=(log(NEAR_MISS),))),
    Case(
        "cannot-verify-quotation",
        "The lock text stands inside another message.",
        wedged(logs=(log(f'ts=2025-11-13T22:31:37.042Z level=info msg="copied" line="{LOCK_LINE}"'),)),
    ),
    Case(
        "other-failure-hostile",
        "Terminal escapes and markup in a log line are text.",
        wedged(logs=(log("\x1b[2J\x1b[31m[red]panic[/red]: :boom: \u202e\x07"),)),
    ),
    Case(
        "new-revision-broken",
        "After our stop the new revision fails for another reason.",
        after(BACK, contender(failed=15), successor(), logs=(log("panic: nil map"),), service=service()),
    ),
)
HOLDER = (
    Case("lock-free", "Nobody holds the lock.", wedged(contender(), successor())),
    Case("holder-stopping", "ECS stops the holder already.", wedged(GOING, contender(), successor())),
    Case(
        "split-brain",
        "Two tasks say that they opened the store.",
        wedged(holder(), holder(arn=arn("twin")), contender(), logs=OPENED),
    ),
    Case(
        "lock-unclear",
        "Two tasks run, and neither says that it opened the store.",
        wedged(holder(), holder(arn=arn("twin")), contender()),
    ),
    Case(
        "lock-undetermined",
        "Two access points of one file system may begin anywhere.",
        wedged(task_definitions=(definition(NEW_CODE, "fs-0abc:fsap-2:/"), definition(OLD_CODE))),
    ),
    Case(
        "deployment-failed",
        "The circuit breaker has given up.",
        wedged(
            service=service(
                deployments=(
                    service().deployments[0]._replace(rollout_state="FAILED"),
                    service().deployments[1],
                )
            )
        ),
    ),
    Case("rollout-unknown", "ECS lists no service deployment.", wedged(rollout=None)),
    Case(
        "lock-held-elsewhere",
        "A task of another service holds the lock.",
        wedged(
            contender(),
            successor(),
            outside=(OutsideHolder(arn("other"), "service:prod-prometheus", "fs-0abc:fsap-1:/"),),
        ),
    ),
    Case(
        "target-holds-lock",
        "The target holds the lock; a task of the old revision failed beside it.",
        wedged(new_task(), contender(deployment_id=OLD, task_definition=OLD_CODE), logs=OPENED),
    ),
    Case(
        "holder-healthy",
        "A replacement within one deployment, and the holder is healthy.",
        wedged(new_task(5000), contender(), successor(), service=deployed()),
    ),
    Case("stale-contender", "Somebody deployed again in the middle.", wedged(service=_AGAIN)),
    Case(
        "different-lock",
        "Holder and contender use different file systems.",
        wedged(task_definitions=(definition(NEW_CODE, "fs-0def:fsap-1:/"), definition(OLD_CODE))),
    ),
)
LIMITS = (
    Case(
        "rollback-in-progress",
        "The deployment rolls back.",
        wedged(rollout=Rollout("arn", "ROLLBACK_IN_PROGRESS")),
    ),
    Case(
        "rollout-paused",
        "A lifecycle hook of the deployment awaits an action.",
        wedged(rollout=Rollout("arn", "IN_PROGRESS", awaiting="POST_SCALE_UP")),
    ),
    Case(
        "approval-needed-protected",
        "The holder is under scale-in protection.",
        wedged(protected=(arn("holder"),)),
    ),
    Case(
        "unsupported-deployment-blue-green",
        "ECS deploys it, but not task by task.",
        wedged(service=replace(service(), strategy="BLUE_GREEN")),
    ),
    Case("misconfigured", "Two tasks are wanted on one lock.", wedged(service=service(desired_count=2))),
    Case(
        "stops-spent",
        "The old revision won the race twice.",
        wedged(
            holder(started_at=ago(150)),
            contender(failed=5),
            successor(),
            incident=incident(stop("first", 500), stop("second", 200)),
        ),
    ),
    Case(
        "stop-denied",
        "StopTask was denied a moment ago.",
        wedged(incident=replace(incident(), refused=RefusedStop(ago(5), "Grant it."))),
    ),
    Case(
        "holder-stopping-claimed",
        "Another pass has claimed the stop.",
        wedged(incident=incident(stop("holder", 5, StopState.CLAIMED))),
    ),
    Case(
        "stop-holder-takeover",
        "The claim's owner died before it stopped the holder.",
        wedged(incident=incident(stop("holder", 60, StopState.CLAIMED))),
    ),
    Case(
        "paused",
        "The kill switch says pause.",
        wedged(controls=Controls("maintenance of the file system")),
    ),
    Case(
        "cooling-down",
        "An earlier incident was ended by a stop five minutes ago.",
        wedged(controls=Controls(None, (ago(300),), 1)),
    ),
    Case(
        "keeps-wedging",
        "Four stops within an hour did not help for long.",
        wedged(controls=Controls(None, tuple(ago(60 * minutes) for minutes in (55, 45, 35, 25)), 4)),
    ),
    Case(
        "budget-spent",
        "The service had its stops of the day.",
        wedged(controls=Controls(None, tuple(ago(3600 * hours) for hours in range(4, 14)))),
    ),
    Case(
        "approval-needed-storm",
        "Many services want a stop at once.",
        wedged(controls=Controls(None, (), 10)),
    ),
    Case("approval-needed", "Mode approve, and nobody has answered.", wedged(service=service(tag="approve"))),
    Case(
        "rejected",
        "Mode approve, and a person said no.",
        wedged(
            service=service(tag="approve"),
            incident=replace(incident(), approval=Approval(arn("holder"), False, "a person", ago(60))),
        ),
    ),
    Case("would-stop", "Mode observe, by the service's tag.", wedged(service=service(tag="observe"))),
    Case(
        "would-stop-misspelt",
        "A misspelt tag is only observed, whatever the default.",
        wedged(service=service(tag="enfroce")),
        Settings(default_mode=Mode.ENFORCE),
    ),
)
_SPENT = replace(incident(stop("holder", 38), stop("second", 33)))
_DRAINED = replace(
    incident(stop("holder", 90), stop("third", 60)),
    drain=Drain(1, ago(60), StopState.SENT),
    previous=OLD_CODE,
)
_EMPTY = service(desired_count=0)
_BROKEN = replace(incident(stop("holder", 75)), previous=OLD_CODE)
_DRAIN = Settings(fallback=Fallback.DRAIN)
HANDOVER = (
    Case(
        "drain-service",
        "The stops are spent, and a drain is allowed.",
        wedged(holder(arn=arn("third"), started_at=ago(28)), contender(failed=5), incident=_SPENT),
        _DRAIN,
    ),
    Case(
        "draining",
        "Scaled to 0, and a task is still ending.",
        wedged(
            holder(arn=arn("third"), desired_status="STOPPED", stopping_at=ago(50)),
            incident=_DRAINED,
            service=_EMPTY,
            logs=(),
        ),
        _DRAIN,
    ),
    Case(
        "restore-service",
        "Scaled to 0, and every task has ended; Unwedge is paused and the tag is off now.",
        wedged(
            stopped(holder(arn=arn("third")), 10),
            incident=_DRAINED,
            service=replace(_EMPTY, tag="off"),
            logs=(),
            controls=Controls("maintenance"),
        ),
        _DRAIN,
    ),
    Case(
        "roll-back",
        "The new revision is broken, nothing runs, and a rollback is allowed.",
        wedged(
            stopped(holder(), 70),
            contender(failed=20),
            successor("PROVISIONING"),
            incident=_BROKEN,
            logs=(log('level=error msg="error loading config"'),),
        ),
        Settings(when_broken=WhenBroken.ROLLBACK),
    ),
)
TIMING = (
    Case(
        "awaiting-successor",
        "The successor is PROVISIONING.",
        wedged(holder(), contender(), successor("PROVISIONING")),
    ),
    Case(
        "successor-started",
        "The successor has just reached for the lock.",
        wedged(holder(), contender(), new_task(started=3, health=Health.UNKNOWN)),
    ),
    Case("no-successor", "No successor came for half an hour.", PATIENT),
    Case("stop-holder", "The wedge, and a successor that is PENDING.", wedged()),
    Case(
        "stop-holder-second-round",
        "The old revision won the first race.",
        after(BACK, contender(failed=5), successor(), service=service()),
    ),
    Case(
        "stop-holder-approved",
        "Mode approve, and a person said yes.",
        wedged(
            service=service(tag="approve"),
            incident=replace(incident(), approval=Approval(arn("holder"), True, "a person", ago(60))),
        ),
    ),
    Case(
        "stop-holder-unhealthy",
        "Within one deployment the holder is UNHEALTHY.",
        wedged(new_task(5000, health=Health.UNHEALTHY), contender(), successor(), service=deployed()),
    ),
    Case(
        "stop-holder-without-successor",
        "No successor came, and the settings says stop.",
        PATIENT,
        Settings(without_successor=WithoutSuccessor.STOP),
    ),
    Case(
        "stop-holder-by-default-mode",
        "No tag, and the stack enforces.",
        wedged(service=service(tag=None)),
        Settings(default_mode=Mode.ENFORCE),
    ),
)
CASES = (*SERVICE_AND_HEALTH, *EVIDENCE, *HOLDER, *LIMITS, *HANDOVER, *TIMING)
