"""When stopping the holder did not help: drain and rollback, both opt-in, gated and undone."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    CLUSTER,
    NEW,
    NEW_CODE,
    NOW,
    OLD_CODE,
    SERVICE,
    SERVICE_ARN,
    ago,
    arn,
    contender,
    deployed,
    holder,
    incident,
    log,
    opened,
    service,
    stop,
    stopped,
    successor,
    wedged,
)
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Requeue, StopTask, UpdateService, Verdict
from unwedge.model.incident import Approval, Controls, Drain, Incident, RefusedStop, Rollback, StopState
from unwedge.model.service import Deployment, Deregistration, Health, Rollout, Task
from unwedge.model.settings import Fallback, Settings, WhenBroken
from unwedge.model.situation import Situation

DRAIN = Settings(fallback=Fallback.DRAIN)
BACK = Settings(when_broken=WhenBroken.ROLLBACK)
SENT, CLAIMED = StopState.SENT, StopState.CLAIMED


def spent(**changes: object) -> Situation:
    """Both stops are spent, and a third task of the old revision has the lock."""
    third = holder(arn=arn("third"), started_at=ago(28))
    two = incident(stop("holder", 38), stop("second", 33))
    return wedged(third, contender(failed=5), incident=two, **changes)


def draining(
    seconds: float = 60,
    state: StopState = SENT,
    *tasks: Task,
    desired: int = 0,
    tag: str = "enforce",
    over: float | None = None,
    refused: RefusedStop | None = None,
    **changes: object,
) -> Situation:
    """The service was scaled to 0 so many seconds ago."""
    begun = Drain(1, ago(seconds), state, None if over is None else ago(over))
    opened = replace(incident(stop(), stop("third", seconds)), drain=begun, refused=refused)
    shown = service(desired_count=desired, tag=tag)
    return (
        wedged(incident=opened, service=shown, logs=(), **changes)
        if not tasks
        else wedged(*tasks, incident=opened, service=shown, logs=(), **changes)
    )


class TestDrain:
    def test_without_the_option_spent_stops_end_with_a_person(self) -> None:
        """It is opt-in."""
        decision = decide(spent(), Settings())
        assert (decision.verdict, decision.escalate, decision.action) == (Verdict.STOPS_SPENT, True, None)

    def test_with_the_option_the_service_is_scaled_to_0(self) -> None:
        """No successor is waited for: nothing races a drain."""
        decision = decide(spent(), DRAIN)
        assert decision.verdict is Verdict.DRAIN_SERVICE
        assert decision.action == UpdateService(CLUSTER, SERVICE, desired_count=0, holder=arn("third"))
        assert decision.requeue == Requeue(5)

    def test_the_claim_of_a_stop_that_was_never_sent_is_taken_over_as_a_stop(self) -> None:
        """Nothing was stopped yet, so nothing has lost a race."""
        claimed = incident(stop("other", 100), stop("holder", 50, CLAIMED))
        decision = decide(wedged(incident=claimed), DRAIN)
        assert isinstance(decision.action, StopTask)

    def test_stops_that_are_left_come_before_a_drain(self) -> None:
        """A drain always costs a gap, a stop at the right moment hardly one."""
        one = replace(spent(), incident=incident(stop("holder", 38)))
        assert decide(one, DRAIN).verdict is Verdict.AWAITING_SUCCESSOR

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"controls": Controls("maintenance")}, Verdict.PAUSED),
            ({"controls": None}, Verdict.READ_MORE),
            ({"controls": Controls(None, (), 10)}, Verdict.APPROVAL_NEEDED),
            ({"service": service(tag="observe")}, Verdict.WOULD_STOP),
            ({"service": service(tag="approve")}, Verdict.APPROVAL_NEEDED),
            ({"rollout": Rollout("x", "ROLLBACK_IN_PROGRESS")}, Verdict.ROLLBACK_IN_PROGRESS),
            ({"logs": ()}, Verdict.CANNOT_VERIFY),
        ],
    )
    def test_every_gate_before_a_stop_is_a_gate_before_a_drain(
        self, changes: dict[str, object], expected: Verdict
    ) -> None:
        """It ends a task as well."""
        decision = decide(replace(spent(), **changes), DRAIN)  # type: ignore[arg-type]
        assert (decision.verdict, decision.action) == (expected, None)

    def test_a_task_that_reaches_for_the_lock_is_waited_for(self) -> None:
        """It may have won."""
        trying = successor("RUNNING", started_at=ago(3))
        situation = replace(spent(), tasks=(*spent().tasks, trying))
        assert decide(situation, DRAIN).verdict is Verdict.SUCCESSOR_STARTED

    def test_an_approval_of_a_stop_is_no_approval_of_a_drain(self) -> None:
        """The question names the service, and so must the answer."""
        asking = replace(spent(), service=service(tag="approve"))
        question = decide(asking, DRAIN).approval_request
        assert question is not None
        assert question.subject == SERVICE_ARN
        for subject, expected in (
            (arn("third"), Verdict.APPROVAL_NEEDED),
            (SERVICE_ARN, Verdict.DRAIN_SERVICE),
        ):
            assert asking.incident is not None
            answered = replace(asking.incident, approval=Approval(subject, True, "ops", ago(5)))
            assert decide(replace(asking, incident=answered), DRAIN).verdict is expected

    @pytest.mark.parametrize("state", list(StopState))
    def test_an_incident_gets_one_drain(self, state: StopState) -> None:
        """What it did not help with is for a person; also when the call that began it gave no answer."""
        situation = spent()
        assert situation.incident is not None
        over = replace(situation.incident, drain=Drain(1, ago(300), state, ago(200)))
        assert decide(replace(situation, incident=over), DRAIN).verdict is Verdict.STOPS_SPENT

    @pytest.mark.parametrize(("seconds", "expected"), [(44, Verdict.DRAINING), (45, Verdict.DRAIN_SERVICE)])
    def test_a_drain_that_was_claimed_and_never_took_effect_is_taken_over(
        self, seconds: int, expected: Verdict
    ) -> None:
        """After the lease: its Lambda died before the call, or ECS never got it."""
        situation = spent()
        assert situation.incident is not None
        claimed = replace(situation.incident, drain=Drain(1, ago(seconds), CLAIMED))
        assert decide(replace(situation, incident=claimed), DRAIN).verdict is expected


class TestDraining:
    def test_tasks_that_still_end_are_waited_for(self) -> None:
        """One of them may hold the lock."""
        ending = holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(10))
        decision = decide(draining(60, SENT, ending), DRAIN)
        assert (decision.verdict, decision.requeue) == (Verdict.DRAINING, Requeue(3))

    @pytest.mark.parametrize("left", [successor("PROVISIONING"), successor("PENDING")])
    def test_a_task_on_its_way_is_waited_for_as_well(self, left: Task) -> None:
        """It would reach for the lock beside the one that comes back."""
        assert decide(draining(60, SENT, left, stopped(holder())), DRAIN).verdict is Verdict.DRAINING

    def test_when_every_task_has_ended_the_service_is_restored(self) -> None:
        """To the count that it had."""
        decision = decide(draining(60, SENT, stopped(holder())), DRAIN)
        assert decision.verdict is Verdict.RESTORE_SERVICE
        assert decision.action == UpdateService(CLUSTER, SERVICE, desired_count=1)
        assert not decision.escalate

    @pytest.mark.parametrize("state", list(StopState))
    @pytest.mark.parametrize("tag", ["enforce", "approve", "observe", "off", "misspelt"])
    @pytest.mark.parametrize("controls", [None, Controls("paused"), Controls(None, (), 99)])
    @pytest.mark.parametrize("settings", [DRAIN, Settings()])
    @pytest.mark.parametrize("rollout", ["COMPLETED", "FAILED", "IN_PROGRESS"])
    def test_it_is_restored_whatever_happens_in_between(
        self, state: StopState, tag: str, controls: Controls | None, settings: Settings, rollout: str
    ) -> None:
        """Mode, kill switch, budgets, settings and rollout do not matter: we undo what we did."""
        situation = draining(60, state, stopped(holder()), controls=controls)
        shown = replace(deployed(rollout), desired_count=0, tag=tag)
        decision = decide(replace(situation, service=shown), settings)
        assert decision.action == UpdateService(CLUSTER, SERVICE, desired_count=1), decision.sentence

    @pytest.mark.parametrize(
        ("delay", "seconds", "restored"),
        [
            (0, 299, False),
            (0, 300, True),
            (300, 599, False),
            (300, 600, True),
            (3600, 899, False),
            (3600, 900, True),
        ],
    )
    def test_a_task_that_does_not_end_does_not_keep_the_service_down(
        self, delay: float, seconds: int, restored: bool
    ) -> None:
        """A person hears of it, however long a load balancer may keep the task."""
        stuck = holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(290))
        situation = replace(draining(seconds, SENT, stuck), deregistration=Deregistration(delay))
        decision = decide(situation, DRAIN)
        assert (decision.verdict is Verdict.RESTORE_SERVICE) is restored
        assert decision.escalate is restored

    def test_a_restoring_that_was_refused_is_tried_again_and_escalated(self) -> None:
        """The service runs nothing meanwhile."""
        refused = RefusedStop(ago(5), "UpdateService answered AccessDeniedException.")
        decision = decide(draining(60, SENT, stopped(holder()), refused=refused), DRAIN)
        assert (decision.verdict, decision.escalate) == (Verdict.RESTORE_SERVICE, True)
        assert "AccessDenied" in decision.sentence
        assert "by hand" in decision.sentence

    def test_an_earlier_refusal_of_a_stop_does_not_make_a_drain_loud(self) -> None:
        """It was before the drain."""
        refused = RefusedStop(ago(61), "StopTask answered AccessDeniedException.")
        assert not decide(draining(60, SENT, stopped(holder()), refused=refused), DRAIN).escalate

    @pytest.mark.parametrize(("seconds", "known"), [(44, False), (45, True)])
    def test_a_count_that_is_shown_late_is_not_taken_for_somebody_elses(
        self, seconds: int, known: bool
    ) -> None:
        """DescribeServices may lag behind UpdateService."""
        decision = decide(draining(seconds, SENT, holder(arn=arn("third")), desired=1), DRAIN)
        assert (decision.verdict is not Verdict.DRAINING) is known

    @pytest.mark.parametrize(("seconds", "expected"), [(44, Verdict.DRAINING), (45, Verdict.WITHDRAWN)])
    def test_just_restored_the_old_count_may_still_be_shown(self, seconds: int, expected: Verdict) -> None:
        """Later it is somebody else's wish."""
        assert decide(draining(200, SENT, stopped(holder()), over=seconds), DRAIN).verdict is expected

    @pytest.mark.parametrize("state", list(StopState))
    def test_a_zero_without_our_mark_is_waited_for_a_moment_and_then_somebody_elses(
        self, state: StopState
    ) -> None:
        """A claim whose call never came left no mark; once the call was sent, somebody took the mark off."""
        for seconds in (44, 45):
            found = draining(seconds, state, stopped(holder()))
            assert found.incident is not None
            assert found.incident.drain is not None
            marked = replace(found.incident, drain=found.incident.drain._replace(mark="ours"))
            decision = decide(replace(found, incident=marked), DRAIN)
            if seconds == 44:
                assert (decision.verdict, decision.requeue) == (Verdict.DRAINING, Requeue(5))
                assert decision.reasons[-1].numbers == {"seconds_draining": 44.0}
                continue
            assert decision.verdict is Verdict.WITHDRAWN
            assert ("somebody has removed or changed our tag" in decision.sentence) is (state is SENT)
            assert decision.escalate is (state is SENT)

    def test_a_drain_opens_an_incident_where_none_is_open(self) -> None:
        """Whatever is done is done in one."""
        spent_once = replace(DRAIN, stops_per_incident=0)
        decision = decide(wedged(), spent_once)
        assert (decision.verdict, decision.incident) == (Verdict.DRAIN_SERVICE, IncidentStep.OPEN)

    def test_a_cluster_that_is_not_watched_any_more_is_left_with_a_loud_word(self) -> None:
        """IAM would not let us restore it."""
        elsewhere = replace(DRAIN, clusters=("arn:aws:ecs:eu-west-1:123456789012:cluster/other",))
        decision = decide(draining(60, SENT, stopped(holder())), elsewhere)
        assert (decision.verdict, decision.escalate) == (Verdict.NOT_WATCHED, True)
        assert "by hand" in decision.sentence

    def test_after_it_the_incident_recovers_like_any_other(self) -> None:
        """One writer of the target revision, healthy, rollout COMPLETED."""
        new = replace(holder(arn=arn("new"), started_at=ago(50)), deployment_id=NEW, task_definition=NEW_CODE)
        situation = draining(200, SENT, new, desired=1, over=90)
        decision = decide(replace(situation, service=deployed(), logs=(opened(),)), DRAIN)
        assert (decision.verdict, decision.incident) == (Verdict.RECOVERED, IncidentStep.RECOVERED)


def broken(
    *tasks: Task, idle: float = 70, tag: str = "enforce", previous: str | None = OLD_CODE, **changes: object
) -> Situation:
    """After our stop the new revision dies of its configuration, and nothing runs."""
    opened = replace(incident(stop("holder", idle + 5)), previous=previous)
    opened = replace(opened, **{k: changes.pop(k) for k in list(changes) if hasattr(Incident, k)})  # type: ignore[arg-type]
    old = stopped(holder(), idle)
    return wedged(
        *(tasks or (old, contender(failed=20), successor("PROVISIONING"))),
        incident=opened,
        service=changes.pop("service", service(tag=tag)),
        logs=changes.pop("logs", (log('level=error msg="error loading config"'),)),
        **changes,
    )


class TestRollback:
    def test_without_the_option_a_person_is_told(self) -> None:
        """It is opt-in."""
        decision = decide(broken(), Settings())
        assert (decision.verdict, decision.escalate, decision.action) == (
            Verdict.NEW_REVISION_BROKEN,
            True,
            None,
        )

    def test_with_the_option_the_service_goes_back_to_what_ran_before(self) -> None:
        """The sentence says why, and a person hears of it."""
        decision = decide(broken(), BACK)
        assert decision.verdict is Verdict.ROLL_BACK
        assert decision.action == UpdateService(CLUSTER, SERVICE, task_definition=OLD_CODE)
        assert decision.escalate
        assert decision.sentence.endswith('its last line is: level=error msg="error loading config"')
        assert "dev-prometheus:41" in decision.sentence

    @pytest.mark.parametrize(("idle", "acts"), [(59, False), (60, True)])
    def test_the_new_revision_gets_a_minute(self, idle: int, acts: bool) -> None:
        """One failure may be an accident."""
        decision = decide(broken(idle=idle), BACK)
        assert (decision.action is not None) is acts
        if not acts:
            assert decision.requeue == Requeue(10)

    @pytest.mark.parametrize(
        ("situation", "why"),
        [
            (broken(previous=None), "we do not know what ran before"),
            (broken(previous=NEW_CODE), "the same revision ran before"),
            (broken(holder(started_at=ago(50)), contender(failed=20)), "a task runs"),
            (
                broken(stopped(holder(), 70), contender(failed=20), successor("RUNNING", started_at=ago(3))),
                "trial",
            ),
            (
                broken(
                    stopped(holder(), 70), holder(arn=arn("x"), desired_status="STOPPED", stopping_at=ago(5))
                ),
                "a task is stopping",
            ),
            (
                broken(
                    stopped(holder(), 70),
                    contender(failed=20),
                    replace(holder(), arn=arn("y"), last_status="PENDING", started_at=None),
                ),
                "the previous revision comes back by itself",
            ),
            (broken(service=deployed("FAILED")), "the deployment is FAILED"),
            (broken(rollout=Rollout("x", "ROLLBACK_REQUESTED")), "somebody rolls back already"),
            (broken(service=service(desired_count=0)), "nothing is wanted"),
            (broken(controls=Controls("paused")), "the kill switch"),
            (broken(tag="observe"), "the mode"),
            (broken(rollback=Rollback(OLD_CODE, ago(10), CLAIMED)), "claimed a moment ago"),
            (broken(rollback=Rollback(OLD_CODE, ago(100), SENT)), "sent already"),
            (broken(refused=RefusedStop(ago(100), "denied")), "refused a moment ago"),
            (broken(stops=()), "we stopped nothing"),
        ],
    )
    def test_it_is_not_done_when(self, situation: Situation, why: str) -> None:
        """Each of these alone keeps the service where it is."""
        assert decide(situation, BACK).action is None, why

    def test_what_keeps_it_from_being_done_stands_beside_the_alarm(self) -> None:
        """Verdict, numbers and loudness stay those of the alarm; the next look is the refusal's."""
        alarm = decide(
            broken(stopped(holder(), 200), idle=200, broken=NEW, controls=Controls("maintenance")), BACK
        )
        assert (alarm.verdict, alarm.escalate, alarm.requeue) == (Verdict.NOTHING_RUNS, True, Requeue(60))
        assert (
            "Unwedge is paused, so the service does not go back to dev-prometheus:41: maintenance"
            in alarm.sentence
        )
        assert alarm.reasons[-1].numbers == {"seconds_idle": 200.0}
        soon = decide(broken(idle=30), BACK)
        assert (soon.requeue, soon.escalate) == (Requeue(10), True)

    def test_without_a_known_end_of_our_task_nothing_is_waited_for(self) -> None:
        """ECS shows an ended task for an hour."""
        decision = decide(broken(contender(failed=20), successor("PROVISIONING"), idle=4000), BACK)
        assert decision.verdict is Verdict.ROLL_BACK

    def test_the_kill_switch_is_read_before_it(self) -> None:
        """Only then."""
        assert decide(broken(controls=None), BACK).verdict is Verdict.READ_MORE
        assert decide(broken(controls=None), Settings()).verdict is Verdict.NEW_REVISION_BROKEN

    def test_a_claim_that_was_never_sent_is_taken_over(self) -> None:
        """After its lease."""
        assert (
            decide(broken(rollback=Rollback(OLD_CODE, ago(45), CLAIMED)), BACK).verdict is Verdict.ROLL_BACK
        )

    def test_approve_mode_asks_about_the_task_definition(self) -> None:
        """And takes an answer about nothing else."""
        decision = decide(broken(tag="approve"), BACK)
        assert decision.verdict is Verdict.APPROVAL_NEEDED
        assert decision.approval_request is not None
        assert decision.approval_request.subject == OLD_CODE
        yes, no = (Approval(OLD_CODE, granted, "ops", ago(5)) for granted in (True, False))
        assert decide(broken(tag="approve", approval=yes), BACK).verdict is Verdict.ROLL_BACK
        refused = decide(broken(tag="approve", approval=no), BACK)
        assert (refused.verdict, refused.action) == (Verdict.NEW_REVISION_BROKEN, None)
        assert "rejected by ops" in refused.sentence
        other = Approval(arn("holder"), True, "ops", ago(5))
        assert decide(broken(tag="approve", approval=other), BACK).verdict is Verdict.APPROVAL_NEEDED

    def test_when_nothing_is_even_on_its_way_a_revision_known_as_broken_goes_back(self) -> None:
        """The alarm alone would wait for a person."""
        nothing = (stopped(holder(), 200),)
        assert decide(broken(*nothing, idle=200), BACK).verdict is Verdict.NOTHING_RUNS
        told = decide(broken(*nothing, contender(failed=20), idle=200), BACK)
        assert told.verdict is Verdict.ROLL_BACK, "its own log says that it is broken"
        assert decide(broken(*nothing, idle=200, broken=NEW), BACK).verdict is Verdict.ROLL_BACK

    def test_what_the_broken_revision_still_says_is_of_no_interest_afterwards(self) -> None:
        """The service is on its way back, and the old revision's next task is looked at alone."""
        back = Deployment("ecs-svc/3", "PRIMARY", OLD_CODE, "IN_PROGRESS", ago(30))
        coming = replace(successor("PENDING"), deployment_id="ecs-svc/3", task_definition=OLD_CODE)
        situation = broken(
            stopped(holder(), 100),
            contender(failed=5),
            coming,
            service=service(deployments=(back, *service().deployments[:1])),
            broken=NEW,
            rollback=Rollback(OLD_CODE, ago(30), SENT),
        )
        decision = decide(situation, BACK)
        assert (decision.verdict, decision.escalate) == (Verdict.VERIFYING, False)

    def test_recovery_says_that_it_is_the_previous_revision_that_runs(self) -> None:
        """Nobody should believe that the deployment went through."""
        again = holder(arn=arn("again"), deployment_id="ecs-svc/3", started_at=ago(60))
        done = Deployment("ecs-svc/3", "PRIMARY", OLD_CODE, "COMPLETED", ago(100))
        situation = broken(
            again,
            service=service(deployments=(done,)),
            broken=NEW,
            rollback=Rollback(OLD_CODE, ago(100), SENT),
        )
        decision = decide(replace(situation, logs=(*situation.logs, opened("again"))), BACK)
        assert decision.verdict is Verdict.RECOVERED
        assert "previous revision" in decision.sentence


class TestQuestions:
    def test_a_question_keeps_its_expiry_from_look_to_look(self) -> None:
        """Fifteen minutes from when it was first asked."""
        asking = wedged(service=service(tag="approve"))
        first = decide(asking, Settings()).approval_request
        assert first is not None
        assert (first.subject, (first.expires_at - NOW).total_seconds()) == (arn("holder"), 900)
        earlier = first._replace(asked_at=ago(100), expires_at=ago(-1))
        again = decide(replace(asking, incident=replace(incident(), approval_request=earlier)), Settings())
        assert again.approval_request == earlier
        assert not again.escalate

    def test_a_question_that_nobody_answered_is_asked_again_and_escalated(self) -> None:
        """In time, a person must hear of it."""
        asking = wedged(service=service(tag="approve"))
        first = decide(asking, Settings()).approval_request
        assert first is not None
        expired = first._replace(asked_at=ago(900), expires_at=ago(0))
        again = decide(replace(asking, incident=replace(incident(), approval_request=expired)), Settings())
        assert again.approval_request is not None
        assert again.approval_request.asked_at == NOW
        assert again.escalate
        assert "Nobody answered" in again.sentence

    def test_a_question_about_another_task_is_a_new_one(self) -> None:
        """And nobody has missed it yet."""
        asking = wedged(service=service(tag="approve"))
        first = decide(asking, Settings()).approval_request
        assert first is not None
        other = first._replace(subject=arn("other"), expires_at=ago(1))
        again = decide(replace(asking, incident=replace(incident(), approval_request=other)), Settings())
        assert again.approval_request is not None
        assert (again.approval_request.subject, again.escalate) == (arn("holder"), False)

    def test_a_drained_service_takes_no_stop(self) -> None:
        """Whatever the tasks look like, a drain is ended first."""
        unhealthy = holder(arn=arn("third"), health=Health.UNHEALTHY)
        for seconds in (10, 60, 400):
            action = decide(draining(seconds, SENT, unhealthy, contender(), successor()), DRAIN).action
            assert not isinstance(action, StopTask)
