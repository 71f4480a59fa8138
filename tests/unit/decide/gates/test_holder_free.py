"""Where no task of the service holds the lock, or it is not this lock: what is said, and to whom."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    NEW_CODE,
    OLD_CODE,
    ago,
    arn,
    contender,
    definition,
    deployed,
    died,
    holder,
    incident,
    last_words,
    new_task,
    opened,
    service,
    stop,
    stopped,
    successor,
    wedged,
)
from tests.support.verdicts import SETTINGS, verdict
from tests.unit.decide.tables import READ_ONLY, made_of, taker
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Requeue, Verdict
from unwedge.model.service import Container, Deployment, Deregistration, Task
from unwedge.model.situation import OutsideHolder, Situation

KILLED = replace(stopped(holder(), 60), containers=(Container("prometheus", 137),))
OTHER_SYSTEM = definition(OLD_CODE, "fs-0def:fsap-1:/")


class TestLease:
    """A task was killed, and the file system may keep its lock for minutes."""

    def test_it_opens_an_incident_at_once_and_calls_nobody(self) -> None:
        """That will last, unlike an overlap that heals within a stop's time."""
        decision = decide(wedged(KILLED, contender(), successor()), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.LOCK_FREE, False)
        assert decision.incident is IncidentStep.OPEN
        assert decision.requeue == Requeue(5)

    def test_the_killed_task_is_named_and_how_many_attempts_failed_since(self) -> None:
        """Not that the next attempt should get the lock."""
        decision = decide(wedged(KILLED, contender(), successor()), SETTINGS)
        assert decision.sentence == (
            "Task holder (dev-prometheus:41) was killed; EFS may keep its lock for minutes, until when "
            "attempts fail; 1 attempt has failed since task holder (dev-prometheus:41) ended at 22:31:00Z."
        )


class TestAttempts:
    def test_they_are_counted_from_the_last_one_that_was_gone(self) -> None:
        """We stopped one, and another one was killed after it."""
        first = stopped(holder(arn=arn("first")), 150)
        attempts = (contender(100, arn=arn("early")), contender(20))
        made = wedged(
            first,
            KILLED,
            *attempts,
            successor(),
            incident=incident(stop("first", 155)),
            logs=tuple(died(task) for task in attempts),
        )
        sentence = decide(made, SETTINGS).sentence
        assert "1 attempt has failed since task holder (dev-prometheus:41) ended at 22:31:00Z" in sentence

    def test_where_none_failed_since_nothing_is_said_of_attempts(self) -> None:
        """The contender failed before; a sentence does not end in a remark about nobody."""
        for seconds in (70, 60):
            decision = decide(wedged(KILLED, contender(seconds), successor()), SETTINGS)
            assert decision.verdict is Verdict.LOCK_FREE
            assert decision.sentence.endswith("until when attempts fail.")


class TestFree:
    @pytest.mark.parametrize(("seconds", "late"), [(300, False), (301, True)])
    def test_whoever_is_told_of_a_lock_that_stays_free_has_an_incident_to_look_at(
        self, seconds: int, late: bool
    ) -> None:
        """Also behind a load balancer, where an overlap may last longer before it is an incident."""
        made = wedged(contender(seconds), successor(), deregistration=Deregistration(900))
        decision = decide(made, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.LOCK_FREE, late)
        assert decision.incident is (IncidentStep.OPEN if late else IncidentStep.KEEP)
        assert decision.requeue == Requeue(15 if late else 5)

    def test_how_long_it_stays_free_is_counted_from_the_failure_and_the_incident(self) -> None:
        """In whole seconds of the record."""
        decision = decide(wedged(contender(301), successor()), SETTINGS)
        assert "none has got it for 301 s" in decision.sentence
        just_opened = replace(incident(), opened_at=ago(0), failed_at=ago(0))
        fresh = decide(wedged(contender(0), successor(), incident=just_opened), SETTINGS)
        assert fresh.reasons[-1].numbers == {"seconds_waited": 0.0}

    LINGERS: tuple[Task, ...] = (
        holder(
            desired_status="STOPPED",
            last_status="STOPPING",
            stopping_at=ago(100),
            containers=(Container("prometheus", 0), Container("sidecar")),
        ),
        contender(
            arn=arn("attempt"),
            failed=60,
            last_status="STOPPING",
            execution_stopped_at=None,
            containers=(Container("prometheus", 1), Container("sidecar")),
        ),
    )

    @pytest.mark.parametrize("task", LINGERS, ids=["the old task", "an attempt"])
    def test_a_sidecar_that_outlives_its_program_does_not_make_it_another_lock(self, task: Task) -> None:
        """The task runs on, its program has ended: the lock is free, and nobody is called yet."""
        decision = decide(wedged(task, contender(), successor()), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.LOCK_FREE, False)

    def test_the_contenders_own_sidecar_neither(self) -> None:
        """It would be its own neighbour on the same directory."""
        lingering = contender(
            last_status="STOPPING",
            execution_stopped_at=None,
            containers=(Container("prometheus", 1), Container("sidecar")),
        )
        assert verdict(wedged(lingering, successor())) is Verdict.LOCK_FREE

    def test_a_task_that_only_reads_there_neither(self) -> None:
        """It has the very directory, and cannot lock it."""
        definitions = (definition(NEW_CODE), made_of(OLD_CODE, taker(mounts=READ_ONLY)))
        decision = decide(wedged(task_definitions=definitions), SETTINGS)
        assert decision.verdict is Verdict.LOCK_FREE


class TestAnotherLock:
    """The tasks of the service that run use another place than the contender."""

    def test_both_places_are_named_and_a_person_is_told(self) -> None:
        """Not the place of an init container that comes first in the definition."""
        init = taker("copy-config", "fs-0cfg:fsap-9:/", data_path=None)
        old = made_of(OLD_CODE, init, taker(volume="fs-0def:fsap-1:/"))
        decision = decide(wedged(task_definitions=(definition(NEW_CODE), old)), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.DIFFERENT_LOCK, True)
        assert (decision.requeue, decision.incident) == (Requeue(60), IncidentStep.OPEN)
        assert decision.sentence == (
            "Not this lock: task contender (dev-prometheus:42) wants / of fs-0abc:fsap-1:/, and task holder "
            "(dev-prometheus:41) writes to / of fs-0def:fsap-1:/."
        )

    def test_a_container_that_was_renamed_is_found_by_its_data(self) -> None:
        """The old revision called it otherwise."""
        init = taker("copy-config", "fs-0cfg:fsap-9:/", data_path=None)
        old = made_of(OLD_CODE, init, taker("metrics", "fs-0def:fsap-1:/"))
        decision = decide(wedged(task_definitions=(definition(NEW_CODE), old)), SETTINGS)
        assert decision.verdict is Verdict.DIFFERENT_LOCK
        assert "writes to / of fs-0def:fsap-1:/" in decision.sentence

    def test_a_task_that_has_ended_does_not_write_there_any_more(self) -> None:
        """Nothing of the service runs, so the lock is somebody else's or free."""
        apart = (definition(NEW_CODE), OTHER_SYSTEM)
        made = wedged(stopped(holder(), 10), contender(), successor(), task_definitions=apart)
        assert verdict(made) is Verdict.LOCK_FREE

    def test_that_other_services_were_not_all_read_is_said(self) -> None:
        """Whoever looks for the holder knows where nobody has looked."""
        apart = (definition(NEW_CODE), OTHER_SYSTEM)
        made = wedged(task_definitions=apart, outside_unread="the cluster runs 900 other tasks")
        assert decide(made, SETTINGS).sentence.endswith(
            "Other services were not all read: the cluster runs 900 other tasks."
        )
        assert "Other services" not in decide(wedged(task_definitions=apart), SETTINGS).sentence

    def test_a_store_that_may_be_another_one_is_no_split_brain(self) -> None:
        """Each of two access points has its own writer: nobody is told to stop one of them at once, and
        nothing is stopped for a third."""
        apart = (definition(NEW_CODE, "fs-0abc:fsap-2:/"), definition(OLD_CODE))
        said = (died(contender()), opened("holder"), opened("new"))
        for parties in ((holder(), new_task(200)), (holder(), new_task(200), contender())):
            made = wedged(*parties, task_definitions=apart, incident=incident(), logs=said)
            decision = decide(made, SETTINGS)
            assert decision.verdict is not Verdict.SPLIT_BRAIN
            assert decision.action is None


class TestStopping:
    @pytest.mark.parametrize(("seconds", "late"), [(180, False), (181, True)])
    def test_whoever_is_told_of_a_task_that_will_not_end_has_an_incident_to_look_at(
        self, seconds: int, late: bool
    ) -> None:
        """Though the contender has only just failed."""
        going = holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(seconds))
        decision = decide(wedged(going, contender(20), successor()), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.HOLDER_STOPPING, late)
        assert decision.incident is (IncidentStep.OPEN if late else IncidentStep.KEEP)
        assert decision.requeue == Requeue(30 if late else 3)
        assert decision.reasons[-1].numbers == {"seconds_stopping": float(seconds)}


def test_the_reason_names_the_fact_of_the_container_that_holds_the_lock() -> None:
    """Not of another one of its task that has ended."""
    init, task = taker("migrate"), holder(containers=(Container("migrate", 0), Container("prometheus")))
    made = wedged(
        task,
        contender(),
        successor(),
        task_definitions=(definition(NEW_CODE), made_of(OLD_CODE, init, taker())),
    )
    decision = decide(made, SETTINGS)
    assert decision.verdict is Verdict.STOP_HOLDER
    assert [reason.numbers for reason in decision.reasons if reason.code == "holder"] == [{"holding": 1}]
    assert [reason.text for reason in decision.reasons if reason.code == "holder"] == [
        "Task holder (dev-prometheus:41) holds the lock (it held the lock when the contender failed, and "
        "still runs)."
    ]


def test_a_healthy_holder_of_the_same_deployment_has_ten_minutes_from_the_first_look() -> None:
    """Without an incident nothing has lasted yet."""
    same = wedged(new_task(5000), contender(), successor())
    decision = decide(replace(same, incident=replace(incident(), opened_at=ago(600))), SETTINGS)
    assert not decision.escalate


def test_whoever_took_the_lock_after_the_contender_had_failed_on_another_is_not_stopped_for_it() -> None:
    """Its line is from before this task was created, though its task took long to end: who had the lock then
    is gone, and the next attempt counts."""
    failed = contender(40)
    words = died(failed)._replace(lines=(last_words(ago(60)),))
    back = holder(arn=arn("back"), created_at=ago(52), started_at=ago(45))
    made = wedged(back, failed, successor(), logs=(words, opened("back", 44)))
    decision = decide(made, SETTINGS)
    assert (decision.verdict, decision.action) == (Verdict.STALE_CONTENDER, None)
    assert (decision.requeue, decision.incident) == (Requeue(10), IncidentStep.OPEN)
    before = replace(made, tasks=(replace(back, created_at=ago(70)), *made.tasks[1:]))
    assert verdict(before) is Verdict.STOP_HOLDER


def test_a_holder_outside_the_service_is_told_to_a_person_each_minute() -> None:
    """Nobody here can part the two."""
    other = OutsideHolder(arn("other"), "service:prod-prometheus", "fs-0abc:fsap-1:/")
    decision = decide(wedged(contender(), successor(), outside=(other,)), SETTINGS)
    assert (decision.verdict, decision.escalate) == (Verdict.LOCK_HELD_ELSEWHERE, True)
    assert (decision.requeue, decision.incident) == (Requeue(60), IncidentStep.OPEN)


def test_an_attempt_that_may_be_reaching_for_the_lock_is_looked_at_again_in_three_seconds() -> None:
    """Its outcome comes within moments."""
    fresh = new_task(started=3, created_at=ago(10))
    decision = decide(wedged(contender(), fresh), SETTINGS)
    assert (decision.verdict, decision.requeue) == (Verdict.SUCCESSOR_STARTED, Requeue(3))


AGAIN = (
    Deployment("ecs-svc/3", "PRIMARY", NEW_CODE, "IN_PROGRESS", ago(5)),
    *service().deployments[1:],
)


@pytest.mark.parametrize(
    ("situation", "expected", "seconds", "told"),
    [
        pytest.param(
            wedged(task_definitions=(definition(NEW_CODE, "fs-0abc:fsap-2:/"), definition(OLD_CODE))),
            Verdict.LOCK_UNDETERMINED,
            60,
            True,
            id="whose lock nobody can compare",
        ),
        pytest.param(
            wedged(service=service(deployments=AGAIN)),
            Verdict.STALE_CONTENDER,
            10,
            False,
            id="for another deployment than the target",
        ),
        pytest.param(
            wedged(new_task(5000), contender(), successor(), service=deployed()),
            Verdict.HOLDER_HEALTHY,
            60,
            False,
            id="of the contender's own deployment",
        ),
    ],
)
def test_a_holder_that_is_not_stopped_is_looked_at_again_in_an_incident(
    situation: Situation, expected: Verdict, seconds: int, told: bool
) -> None:
    """A person is told at once only where nothing more will be known."""
    decision = decide(situation, SETTINGS)
    assert (decision.verdict, decision.escalate) == (expected, told)
    assert (decision.requeue, decision.incident) == (Requeue(seconds), IncidentStep.OPEN)
