"""Part of gate 2: tasks that ECS ends for failed health checks."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    NEW,
    NEW_CODE,
    OLD,
    OLD_CODE,
    VOLUME,
    ago,
    arn,
    contender,
    definition,
    deployed,
    died,
    holder,
    incident,
    new_task,
    opened,
    service,
    stop,
    stopped,
    successor,
    wedged,
)
from unwedge.decide.catalogue.programs import waits_for_its_lock
from unwedge.decide.decide import decide
from unwedge.model.decision import Decision, IncidentStep, Requeue, Verdict
from unwedge.model.service import Container, Health, Task
from unwedge.model.settings import Settings
from unwedge.model.task_definition import Mount, Storage, TaskDefinition

SETTINGS = Settings()


def replaced(task_id: str, seconds: float, ran: float = 90, **changes: object) -> Task:
    """A task of the new revision that the scheduler ended for its health so many seconds ago."""
    task = Task(
        arn=arn(task_id),
        deployment_id=NEW,
        task_definition=NEW_CODE,
        last_status="STOPPED",
        desired_status="STOPPED",
        health=Health.UNHEALTHY,
        stop_code="ServiceSchedulerInitiated",
        created_at=ago(seconds + ran + 59),
        started_at=ago(seconds + ran),
        stopping_at=ago(seconds + 5),
        execution_stopped_at=ago(seconds),
        stopped_at=ago(seconds - 1),
        containers=(Container("copy-config", 0), Container("prometheus", 143)),
        failed_health=True,
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def of_image(code: str, image: str) -> TaskDefinition:
    """A task definition whose program comes from this image."""
    known = definition(code)
    return replace(known, containers=tuple(replace(spec, image=image) for spec in known.containers))


def test_one_task_that_does_not_become_healthy_is_no_pattern() -> None:
    """A slow start happens; nobody is called for one."""
    decision = decide(wedged(holder(), replaced("one", 40), logs=()), SETTINGS)

    assert decision.verdict is Verdict.HEALTHY
    assert not decision.escalate


def test_two_beside_an_older_task_on_their_volume_call_a_person_and_stop_nothing() -> None:
    """Nothing else starts a look at a program that waits for its lock: it never fails."""
    decision = decide(wedged(holder(), replaced("one", 200), replaced("two", 40), logs=()), SETTINGS)

    assert decision.verdict is Verdict.FAILS_HEALTH_CHECKS
    assert decision.action is None
    assert decision.escalate
    assert decision.incident is IncidentStep.KEEP
    assert decision.sentence == (
        "ECS has ended 2 tasks because health checks failed, the newest task two (dev-prometheus:42), "
        "while the older task holder (dev-prometheus:41) runs on a volume that they share. A program that "
        "waits for its lock instead of exiting ends so, or one that starts slowly. Nothing is stopped: no "
        "line says that a task failed on the lock."
    )


def test_a_program_that_is_known_to_wait_is_named() -> None:
    """The catalogue says which programs wait."""
    images = tuple(of_image(code, "quay.io/coreos/etcd:v3.6.1") for code in (OLD_CODE, NEW_CODE))
    situation = wedged(holder(), replaced("one", 200), replaced("two", 40), logs=(), task_definitions=images)

    assert "etcd waits for its lock instead of exiting." in decide(situation, SETTINGS).sentence
    images = tuple(of_image(code, "mysql:8.4") for code in (OLD_CODE, NEW_CODE))
    said = decide(replace(situation, task_definitions=images), SETTINGS).sentence
    assert "MySQL, for up to 100 s, waits for its lock instead of exiting." in said


@pytest.mark.parametrize(
    ("image", "program"),
    [
        ("quay.io/coreos/etcd:v3.6.1", "etcd"),
        ("registry.example:5000/apache/activemq-artemis@sha256:abc", "ActiveMQ Artemis"),
        ("apache/activemq-classic:6.1.7", "ActiveMQ"),
        ("mysql:8.4", "MySQL, for up to 100 s,"),
        ("public.ecr.aws/docker/library/mariadb:11.8", "MariaDB, for up to 100 s,"),
        ("percona/percona-server:8.4", "Percona Server, for up to 100 s,"),
        ("mysqld-exporter", None),
        ("prom/prometheus:v3.5.0", None),
        ("prom/etcd-exporter", None),
        ("", None),
    ],
)
def test_waiting_programs_are_known_by_the_name_of_the_image(image: str, program: str | None) -> None:
    """In whatever registry it lies."""
    assert waits_for_its_lock(image) == program


def test_a_service_that_did_not_opt_in_is_judged_and_nobody_is_called() -> None:
    """As with every other verdict."""
    decision = decide(
        wedged(holder(), replaced("one", 200), replaced("two", 40), service=service(tag="observe"), logs=()),
        SETTINGS,
    )

    assert decision.verdict is Verdict.FAILS_HEALTH_CHECKS
    assert not decision.escalate


@pytest.mark.parametrize(
    "tasks",
    [
        pytest.param((replaced("one", 200), replaced("two", 40), successor()), id="nothing older runs"),
        pytest.param(
            (holder(created_at=ago(30), started_at=ago(20)), replaced("one", 200), replaced("two", 40)),
            id="the one that runs came after them",
        ),
    ],
)
def test_tasks_that_nothing_older_stood_in_the_way_of_are_not_said_to_wait(tasks: tuple[Task, ...]) -> None:
    """Then there is no lock to wait for."""
    assert decide(wedged(*tasks, logs=()), SETTINGS).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("volumes", [(None, None), ("fs-0abc:-:/a", "fs-0abc:-:/b")], ids=["none", "two"])
def test_tasks_that_share_no_volume_are_not_said_to_wait(volumes: tuple[str | None, str | None]) -> None:
    """A web service with a bad health check is its owner's business, and so is one on a volume of its own."""
    apart = tuple(definition(*item) for item in zip((OLD_CODE, NEW_CODE), volumes, strict=True))
    situation = wedged(holder(), replaced("one", 200), replaced("two", 40), logs=(), task_definitions=apart)

    assert decide(situation, SETTINGS).verdict is Verdict.HEALTHY


# after a stop

WHAT_TO_RAISE = (
    "If its program only starts slowly, raise the service's healthCheckGracePeriodSeconds or the startPeriod "
    "of its health check (at most 300 s)."
)


@pytest.mark.parametrize(
    ("others", "count"),
    [
        pytest.param((successor(),), 1, id="the next is PENDING"),
        pytest.param((replaced("two", 30), successor()), 2, id="and again"),
        pytest.param(
            (replaced("two", 30), new_task(started=3, health=Health.UNKNOWN)), 2, id="the next runs"
        ),
        pytest.param(
            (
                replaced("two", -1, last_status="STOPPING", execution_stopped_at=None, stopped_at=None),
                successor(),
            ),
            2,
            id="one is still stopping",
        ),
    ],
)
def test_after_a_stop_one_verdict_says_that_health_checks_end_the_tasks(
    others: tuple[Task, ...], count: int
) -> None:
    """Whatever state the next attempt is in: not four verdicts that take turns for an hour."""
    freed = stopped(holder(), 600)
    situation = wedged(freed, replaced("one", 200), *others, incident=incident(stop("holder", 605)), logs=())
    decision = decide(situation, SETTINGS)

    assert decision.verdict is Verdict.FAILS_HEALTH_CHECKS
    assert decision.escalate is (count > 1)
    assert decision.requeue == Requeue(60)
    assert decision.sentence.startswith(f"ECS has ended {count} task")
    assert decision.sentence.endswith(WHAT_TO_RAISE)


def after_the_stop(*tasks: Task, **changes: object) -> Decision:
    """Our stop was 605 s ago, and nothing has said that it failed on the lock."""
    freed = stopped(holder(), 600)
    return decide(wedged(freed, *tasks, incident=incident(stop("holder", 605)), logs=(), **changes), SETTINGS)


def test_what_the_verdict_counts_is_in_the_record() -> None:
    """For who asks how often."""
    decision = after_the_stop(replaced("one", 200), replaced("two", 30), successor())
    assert decision.reasons[-1].numbers == {"replaced": 2}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replaced("early", 560), id="created before the stop"),
        pytest.param(
            replaced("old", 100, deployment_id=OLD, task_definition=OLD_CODE), id="of the old revision"
        ),
        pytest.param(replaced("undated", 100, created_at=None), id="without a time of creation"),
    ],
)
def test_only_the_targets_tasks_since_the_stop_are_counted(other: Task) -> None:
    """Those of before it may have waited for the lock."""
    assert after_the_stop(other, successor()).verdict is not Verdict.FAILS_HEALTH_CHECKS
    both = after_the_stop(other, replaced("one", 200), successor())
    assert both.sentence.startswith("ECS has ended 1 task since")


def test_an_old_task_that_is_healthy_does_not_end_it() -> None:
    """It came back, and the target's tasks still do not become healthy."""
    back = holder(arn=arn("back"), created_at=ago(590), started_at=ago(560))
    assert after_the_stop(back, replaced("one", 200), successor()).verdict is Verdict.FAILS_HEALTH_CHECKS


def test_one_of_the_targets_that_runs_and_is_not_yet_healthy_does_not_end_it() -> None:
    """It has the store open, and its checks have not passed."""
    running = new_task(started=150, health=Health.UNKNOWN)
    assert after_the_stop(replaced("one", 200), running).verdict is Verdict.FAILS_HEALTH_CHECKS


def test_two_that_hold_the_lock_are_worse_news() -> None:
    """Their store is in danger."""
    twins = (holder(arn=arn("a")), holder(arn=arn("b")))
    said = (opened("a"), opened("b"))
    found = wedged(*twins, replaced("one", 200), incident=incident(stop("holder", 605)), logs=said)
    assert decide(found, SETTINGS).verdict is Verdict.SPLIT_BRAIN


def test_a_failure_on_the_lock_of_before_is_no_news() -> None:
    """The newest thing to say is what ended last."""
    failed = contender(100)
    decision = after_the_stop(replaced("one", 30), failed, successor())
    assert decision.verdict is Verdict.FAILS_HEALTH_CHECKS


@pytest.mark.parametrize(
    "older", [holder(stopping_at=ago(5), desired_status="STOPPED"), holder(started_at=None)]
)
def test_a_task_that_leaves_or_has_not_started_is_nothing_to_wait_for(older: Task) -> None:
    """Whoever waits for its lock gets it, or did not wait for it."""
    found = wedged(older, replaced("one", 200), replaced("two", 40), logs=())
    assert decide(found, SETTINGS).verdict is not Verdict.FAILS_HEALTH_CHECKS


def test_a_task_that_becomes_healthy_ends_it() -> None:
    """Recovered, however many had to be replaced."""
    situation = wedged(
        stopped(holder(), 600),
        replaced("one", 200),
        replaced("two", 120),
        new_task(started=80),
        service=deployed(),
        incident=incident(stop("holder", 605)),
        logs=(opened(seconds=78),),
    )

    assert decide(situation, SETTINGS).verdict is Verdict.RECOVERED


def test_a_newer_failure_on_the_lock_is_the_news() -> None:
    """The old revision may have come back between two attempts."""
    failed = contender(20)
    situation = wedged(
        stopped(holder(), 600),
        holder(arn=arn("back"), created_at=ago(60), started_at=ago(40)),
        replaced("one", 200),
        failed,
        successor(),
        incident=incident(stop("holder", 605)),
        logs=(died(failed),),
    )

    assert decide(situation, SETTINGS).verdict is Verdict.STOP_HOLDER


def test_that_nothing_runs_is_worse_news() -> None:
    """Nothing runs and nothing is on its way: the alarm."""
    situation = wedged(
        stopped(holder(), 900), replaced("one", 600), incident=incident(stop("holder", 905)), logs=()
    )

    assert decide(situation, SETTINGS).verdict is Verdict.NOTHING_RUNS


def beside(older: Task, *tasks: Task, **changes: object) -> Decision:
    """Without an incident: these tasks beside an older one."""
    return decide(wedged(older, *tasks, logs=(), **changes), SETTINGS)


TWO = (replaced("one", 200), replaced("two", 40))


def mounting(code: str, storage: Storage, *, read_only: bool) -> TaskDefinition:
    """A definition whose containers mount the volume in this way."""
    mounts = (Mount("/prometheus", VOLUME, storage, read_only),)
    known = definition(code)
    return replace(known, containers=tuple(replace(spec, mounts=mounts) for spec in known.containers))


class TestBesideAnother:
    def test_the_record_has_how_many_were_replaced(self) -> None:
        """And counts them all."""
        assert beside(holder(), *TWO).reasons[-1].numbers == {"replaced": 2}
        assert beside(holder(), *TWO, replaced("zero", 400)).reasons[-1].numbers == {"replaced": 3}

    def test_the_newest_is_the_one_that_ended_last(self) -> None:
        """In whatever order ECS told of them; one whose end is not dated has ended just now."""
        for first, last in (("a", "b"), ("b", "a")):
            ended = (replaced(first, 200), replaced(last, 40))
            for tasks in (ended, ended[::-1]):
                assert f"the newest task {last} " in beside(holder(), *tasks).sentence
        undated = replaced("undated", 300, execution_stopped_at=None, stopping_at=None, stopped_at=None)
        assert "the newest task undated " in beside(holder(), undated, *TWO).sentence

    def test_only_tasks_of_after_the_older_ones_start_can_have_waited_for_it(self) -> None:
        """Created at that very moment is not after it."""
        started = TWO[0].created_at
        assert beside(holder(started_at=started), *TWO).verdict is Verdict.HEALTHY
        before = holder(started_at=ago(200 + 90 + 60))
        assert beside(before, *TWO).verdict is Verdict.FAILS_HEALTH_CHECKS

    def test_of_two_that_run_the_older_stood_in_the_way(self) -> None:
        """The younger one has not been waited for by all of them."""
        young = new_task(started=3, health=Health.UNKNOWN)
        decision = beside(holder(), *TWO, young)
        assert "the older task holder (dev-prometheus:41) runs" in decision.sentence

    def test_an_older_task_whose_start_is_not_dated_is_not_said_to_be_older(self) -> None:
        """The other one that runs is."""
        undated = holder(arn=arn("undated"), started_at=None)
        assert "the older task holder (" in beside(holder(), undated, *TWO).sentence

    @pytest.mark.parametrize(
        ("storage", "read_only"), [(Storage.NETWORK, True), (Storage.TASK, False), (Storage.TASK, True)]
    )
    def test_a_volume_that_they_cannot_both_write_to_is_none_that_they_share(
        self, storage: Storage, read_only: bool
    ) -> None:
        """Nobody waits for a lock there."""
        definitions = tuple(mounting(code, storage, read_only=read_only) for code in (OLD_CODE, NEW_CODE))
        assert beside(holder(), *TWO, task_definitions=definitions).verdict is Verdict.HEALTHY

    def test_a_program_that_waits_and_shares_nothing_is_not_what_waits(self) -> None:
        """A sidecar's image says nothing of the program on the volume."""
        sidecar = replace(definition(NEW_CODE).containers[0], image="quay.io/coreos/etcd:v3.6.1", mounts=())
        definitions = tuple(
            replace(known, containers=(sidecar, *known.containers[1:]))
            for known in (definition(OLD_CODE), definition(NEW_CODE))
        )
        assert "etcd" not in beside(holder(), *TWO, task_definitions=definitions).sentence

    def test_the_newest_ones_program_is_named(self) -> None:
        """An older revision ran another one."""
        images = (
            of_image(OLD_CODE, "mysql:8.4"),
            of_image(NEW_CODE, "quay.io/coreos/etcd:v3.6.1"),
        )
        old = replaced("one", 200, task_definition=OLD_CODE)
        assert "etcd waits for its lock" in beside(holder(), old, TWO[1], task_definitions=images).sentence


class TestAfterAStop:
    def test_a_task_of_the_very_moment_of_the_stop_is_not_since_the_stop(self) -> None:
        """ECS made it before, and it may have waited for the lock."""
        moment = replaced("moment", 100, created_at=ago(605))
        assert after_the_stop(moment, successor()).verdict is not Verdict.FAILS_HEALTH_CHECKS

    def test_a_failure_of_the_very_moment_is_not_newer(self) -> None:
        """Both ended at once; the failed health checks are the pattern."""
        decision = after_the_stop(replaced("one", 30), contender(30), successor())
        assert decision.verdict is Verdict.FAILS_HEALTH_CHECKS

    def test_how_long_the_newest_lasted_is_said_where_ecs_dates_it(self) -> None:
        """And that it does not, where it does not."""
        assert (
            "task one (dev-prometheus:42) 90 s after it started."
            in after_the_stop(replaced("one", 200), successor()).sentence
        )
        undated = replaced("one", 200, started_at=None)
        said = after_the_stop(undated, successor()).sentence
        assert "task one (dev-prometheus:42) after a start that ECS does not date." in said

    def test_the_start_period_is_advised_only_where_there_is_a_check_of_the_container(self) -> None:
        """Where a load balancer's checks end the tasks it would change nothing."""
        unchecked = tuple(definition(code, health_check=False) for code in (OLD_CODE, NEW_CODE))
        said = after_the_stop(replaced("one", 200), successor(), task_definitions=unchecked).sentence
        assert said.endswith("raise the service's healthCheckGracePeriodSeconds.")
        unread = after_the_stop(replaced("one", 200), successor(), task_definitions=(definition(OLD_CODE),))
        assert unread.sentence.endswith("raise the service's healthCheckGracePeriodSeconds.")
