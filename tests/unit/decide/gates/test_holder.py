"""Who has the lock, and on whose side holder and contender are."""

from dataclasses import replace

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
from tests.support.verdicts import SETTINGS, verdict
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Verdict
from unwedge.model.service import Deployment, Health
from unwedge.model.situation import OutsideHolder


class TestHolder:
    def test_a_stopping_holder_is_never_stopped_again(self) -> None:
        """0/100 deployments overlap like this and heal by themselves."""
        going = holder(desired_status="STOPPED", last_status="RUNNING", stopping_at=ago(3))
        assert verdict(wedged(going, contender(), successor())) is Verdict.HOLDER_STOPPING

    def test_two_writers_are_a_split_brain(self) -> None:
        """More than one writer: alarm, never stop."""
        decision = decide(
            wedged(
                holder(),
                holder(arn=arn("twin")),
                contender(),
                logs=(log(LOCK_LINE), opened("holder"), opened("twin")),
            ),
            SETTINGS,
        )
        assert (decision.verdict, decision.escalate) == (Verdict.SPLIT_BRAIN, True)

    def test_two_of_which_nothing_is_known_are_unclear_after_a_while_and_nothing_is_stopped(self) -> None:
        """No age makes a split brain: a program may reach for its lock late."""
        young = holder(arn=arn("twin"), started_at=ago(179))
        assert verdict(wedged(holder(), young, contender())) is Verdict.SUCCESSOR_STARTED
        decision = decide(wedged(holder(), holder(arn=arn("twin")), contender()), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.LOCK_UNCLEAR, True)
        assert decision.action is None

    def test_a_free_lock_is_left_to_the_next_attempt_and_escalated_when_it_stays_unused(self) -> None:
        """EFS may keep a dead client's lock for minutes."""
        assert verdict(wedged(contender(), successor())) is Verdict.LOCK_FREE
        assert not decide(wedged(contender(failed=300), successor()), SETTINGS).escalate
        assert decide(wedged(contender(failed=301), successor()), SETTINGS).escalate

    def test_where_nobody_held_the_lock_the_attempts_are_counted_and_no_hope_is_made(self) -> None:
        """What was seen, instead of that the next attempt should get it."""
        opened = incident(stop("holder", 62))
        seen = wedged(
            stopped(holder(), 60),
            contender(arn=arn("first"), started_at=ago(50), failed=45),
            contender(failed=20),
            replace(stopped(successor(), 5), arn=arn("scaled-in")),
            successor(),
            incident=opened,
        )
        decision = decide(seen, SETTINGS)
        assert decision.verdict is Verdict.LOCK_FREE
        assert "2 attempts have failed since task holder" in decision.sentence
        assert "EFS may keep the lock of a client that is gone" in decision.sentence
        assert "should get it" not in decision.sentence
        late = decide(replace(seen, incident=replace(opened, opened_at=ago(400))), SETTINGS)
        assert late.escalate
        assert "2 attempts have failed" in late.sentence

    def test_where_the_holder_was_there_when_it_failed_the_next_attempt_should_get_it(self) -> None:
        """The lock was free only after that."""
        seen = wedged(stopped(holder(), 10), contender(failed=20), successor())
        assert "the next attempt should get it" in decide(seen, SETTINGS).sentence

    def test_a_holder_in_another_service_is_named_and_never_stopped(self) -> None:
        """Two services on one volume are for people to part."""
        other = OutsideHolder(arn("other"), "service:prod-prometheus", "fs-0abc:fsap-1:/")
        decision = decide(wedged(contender(), successor(), outside=(other,)), SETTINGS)
        assert decision.verdict is Verdict.LOCK_HELD_ELSEWHERE
        assert "service:prod-prometheus" in decision.sentence

    def test_a_task_is_no_holder_for_want_of_another_while_a_neighbour_may_be_it(self) -> None:
        """Of a young task nothing else tells that it has the lock, so neighbours are looked for, and a list
        that was not read to its end counts as one that has somebody. A task that has run for longer than
        programs take to fail on the lock has it, whoever else there is."""
        other = OutsideHolder(arn("other"), "service:prod-prometheus", "fs-0abc:fsap-1:/")
        young = (
            holder(created_at=ago(60), started_at=ago(30), health=Health.UNKNOWN),
            contender(),
            successor(),
        )
        assert verdict(wedged(*young)) is Verdict.STOP_HOLDER
        for doubt in ({"outside": (other,)}, {"outside_unread": "the cluster runs 900 other tasks"}):
            assert decide(wedged(*young, **doubt), SETTINGS).action is None
            assert verdict(wedged(**doubt)) is Verdict.STOP_HOLDER

    def test_an_attempt_that_just_started_is_waited_for(self) -> None:
        """It has reached for the lock and the outcome is not known."""
        fresh = new_task(started=3, health=Health.UNKNOWN)
        after = replace(fresh, created_at=ago(10))
        assert verdict(wedged(contender(), after)) is Verdict.SUCCESSOR_STARTED
        assert verdict(wedged(holder(), contender(), fresh)) is Verdict.SUCCESSOR_STARTED


class TestSides:
    def test_a_contender_of_a_superseded_deployment_waits_for_one_of_the_target(self) -> None:
        """Somebody deployed again in the middle."""
        again = service(
            deployments=(
                Deployment("ecs-svc/3", "PRIMARY", NEW_CODE, "IN_PROGRESS", ago(5)),
                Deployment(NEW, "ACTIVE", NEW_CODE, "IN_PROGRESS", ago(300)),
                Deployment(OLD, "ACTIVE", OLD_CODE, "COMPLETED", ago(90000)),
            )
        )
        assert verdict(wedged(service=again)) is Verdict.STALE_CONTENDER

    def test_within_one_deployment_only_an_unhealthy_holder_is_stopped(self) -> None:
        """Fargate retirement and replacement of an unhealthy task also start the new task first."""
        same = deployed()
        attempt = successor()
        for health in (Health.HEALTHY, Health.UNKNOWN):
            situation = wedged(new_task(5000, health=health), contender(), attempt, service=same)
            assert verdict(situation) is Verdict.HOLDER_HEALTHY
        unhealthy = wedged(new_task(5000, health=Health.UNHEALTHY), contender(), attempt, service=same)
        assert verdict(unhealthy) is Verdict.STOP_HOLDER

    def test_a_healthy_holder_of_the_same_deployment_is_left_to_ecs_for_ten_minutes(self) -> None:
        """Then a person looks; without an incident the first such decision opens it."""
        parties = (new_task(5000), contender(), successor())
        first = decide(wedged(*parties, service=deployed()), SETTINGS)
        assert (first.escalate, first.incident) == (False, IncidentStep.OPEN)
        assert "a person should look" not in first.sentence
        for seconds, late in ((600, False), (601, True)):
            since = replace(incident(), opened_at=ago(seconds))
            decision = decide(wedged(*parties, service=deployed(), incident=since), SETTINGS)
            assert decision.verdict is Verdict.HOLDER_HEALTHY
            assert decision.escalate is late
            assert (
                f"That has not happened for {seconds} s: a person should look." in decision.sentence
            ) is late

    def test_different_file_systems_are_different_locks(self) -> None:
        """Whatever the access points."""
        apart = (definition(NEW_CODE, "fs-0def:fsap-1:/"), definition(OLD_CODE))
        decision = decide(wedged(task_definitions=apart), SETTINGS)
        assert decision.verdict is Verdict.DIFFERENT_LOCK
        assert "fs-0abc" in decision.sentence

    def test_two_access_points_of_one_file_system_may_begin_anywhere(self) -> None:
        """Nothing is said of them that is not known."""
        apart = (definition(NEW_CODE, "fs-0abc:fsap-2:/"), definition(OLD_CODE))
        assert verdict(wedged(task_definitions=apart)) is Verdict.LOCK_UNDETERMINED

    def test_unknown_volumes_are_not_the_same_volume(self) -> None:
        """What we cannot read we do not guess."""
        decision = decide(wedged(task_definitions=(definition(NEW_CODE),)), SETTINGS)
        assert decision.verdict is Verdict.LOCK_UNDETERMINED
        assert "nothing was read of it" in decision.sentence
        bare = (definition(NEW_CODE, None), definition(OLD_CODE, None))
        assert decide(wedged(task_definitions=bare), SETTINGS).action is None
