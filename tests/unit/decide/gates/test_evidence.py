"""The line that says why a task failed."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    LOCK_LINE,
    NEW_CODE,
    OLD_CODE,
    ago,
    arn,
    contender,
    definition,
    died,
    holder,
    incident,
    log,
    service,
    successor,
    wedged,
)
from tests.support.verdicts import SETTINGS, verdict
from unwedge.decide.decide import decide
from unwedge.model.decision import Requeue, StopTask, Verdict
from unwedge.model.log import LogLine, LogStatus
from unwedge.model.service import Container
from unwedge.model.situation import Scope
from unwedge.model.task_definition import ContainerSpec


class TestEvidence:
    @pytest.mark.parametrize("status", [LogStatus.EMPTY, LogStatus.MISSING])
    def test_late_lines_are_waited_for_and_then_not_guessed(self, status: LogStatus) -> None:
        """A minute of patience, then: cannot verify."""
        empty = (log(status=status),)
        early = wedged(holder(), contender(failed=59), successor(), logs=empty)
        late = wedged(holder(), contender(failed=60), successor(), logs=empty)
        assert verdict(early) is Verdict.AWAITING_EVIDENCE
        assert verdict(late) is Verdict.CANNOT_VERIFY

    @pytest.mark.parametrize("status", [LogStatus.DENIED, LogStatus.UNSUPPORTED])
    def test_unreadable_logs_say_what_to_fix_at_once(self, status: LogStatus) -> None:
        """Waiting does not grant a permission or change a log driver."""
        decision = decide(wedged(logs=(log(status=status, detail="because of that"),)), SETTINGS)
        assert decision.verdict is Verdict.CANNOT_VERIFY
        assert decision.requeue == Requeue(30)
        assert "because of that" in decision.sentence

    @pytest.mark.parametrize("mounted", [False, True])
    def test_what_a_sidecar_says_of_the_lock_is_no_evidence(self, mounted: bool) -> None:
        """A forwarder prints others' lines and may end with the same exit code; sharing the mount does not
        make it the one that takes the lock."""
        mounts = definition(NEW_CODE).containers[1].mounts if mounted else ()
        forwarder = ContainerSpec(
            "forwarder", True, False, "awslogs", None, "/ecs/p", "p/forwarder", None, mounts
        )
        code = definition(NEW_CODE)
        code = replace(code, containers=(*code.containers, forwarder))
        failed = contender(containers=(Container("prometheus", 0), Container("forwarder", 1)))
        said = died(failed)._replace(container="forwarder", stream="p/forwarder/contender")
        found = wedged(
            holder(),
            failed,
            successor(),
            logs=(said,),
            task_definitions=(code, definition(OLD_CODE)),
        )
        decision = decide(found, SETTINGS)
        assert decision.evidence is None
        assert not isinstance(decision.action, StopTask)

    def test_an_unverifiable_failure_never_leaves_an_open_incident_without_a_look(self) -> None:
        """And a person is told."""
        lost = wedged(holder(), contender(failed=70), logs=(log(status=LogStatus.EMPTY),))
        assert decide(lost, SETTINGS).requeue is None
        decision = decide(replace(lost, incident=incident()), SETTINGS)
        assert (decision.requeue, decision.escalate) == (Requeue(60), True)

    def test_a_newer_failure_without_lines_does_not_hide_an_older_one_with_evidence(self) -> None:
        """In a fast crash loop the newest failure is always too young for late lines."""
        newest = contender(failed=5, arn=arn("newest"))
        older = contender(failed=35)
        logs = (log(status=LogStatus.EMPTY, task="newest"), died(older))
        found = wedged(holder(), newest, older, successor(), logs=logs)
        decision = decide(found, SETTINGS)
        assert (decision.verdict, decision.contender) == (Verdict.STOP_HOLDER, arn("contender"))

    @pytest.mark.parametrize(("tag", "heard"), [("enforce", True), ("approve", True), ("observe", False)])
    def test_the_locks_text_in_another_form_stops_nothing_and_who_opted_in_hears_of_it(
        self, tag: str, *, heard: bool
    ) -> None:
        """Never "did not fail on the lock" of a task whose last line says that it did."""
        strange = log(f"FATAL {LOCK_LINE}")
        for failed, late in ((20, False), (61, True)):
            task = contender(failed=failed)
            lines = (LogLine(ago(failed), strange.lines[0].text),)
            found = wedged(holder(), task, service=service(tag=tag), logs=(strange._replace(lines=lines),))
            decision = decide(found, SETTINGS)
            assert (decision.verdict, decision.action) == (Verdict.CANNOT_VERIFY, None)
            assert decision.escalate is (late and heard)
            assert "FATAL" in decision.sentence

    @pytest.mark.parametrize("doubtful", [True, False])
    def test_an_open_incident_without_evidence_is_looked_at_each_minute_and_told_in_every_mode(
        self, *, doubtful: bool
    ) -> None:
        """Also of a service that is tagged `observe`: its people were told that it is wedged."""
        strange = log(f"FATAL {LOCK_LINE}")._replace(lines=(LogLine(ago(70), f"FATAL {LOCK_LINE}"),))
        logs = (strange if doubtful else log(status=LogStatus.EMPTY),)
        watched = service(tag="observe")
        found = wedged(holder(), contender(failed=70), service=watched, logs=logs)
        decision = decide(found, SETTINGS)
        assert (decision.verdict, decision.requeue, decision.escalate) == (Verdict.CANNOT_VERIFY, None, False)
        decision = decide(replace(found, incident=incident()), SETTINGS)
        assert decision.verdict is Verdict.CANNOT_VERIFY
        assert (decision.requeue, decision.escalate) == (Requeue(60), True)

    @pytest.mark.parametrize(("tag", "heard"), [("enforce", True), ("observe", False)])
    def test_a_log_that_stays_unreadable_is_told_after_a_quarter_of_an_hour_to_who_opted_in(
        self, tag: str, *, heard: bool
    ) -> None:
        """Nobody else waits for us to act."""
        for failed, late in ((899, False), (900, True)):
            logs = (log(status=LogStatus.UNAVAILABLE),)
            found = wedged(holder(), contender(failed=failed), service=service(tag=tag), logs=logs)
            decision = decide(found, SETTINGS)
            assert decision.verdict is Verdict.AWS_UNAVAILABLE
            assert decision.escalate is (late and heard)
            assert decision.requeue == Requeue(60 if late and heard else 15)

    def test_patience_is_measured_from_the_oldest_unexplained_failure(self) -> None:
        """A crash loop does not start the patience again with every crash."""
        newest = contender(failed=5, arn=arn("newest"))
        logs = (log(status=LogStatus.EMPTY, task="newest"), log(status=LogStatus.EMPTY))
        found = wedged(holder(), newest, contender(failed=61), successor(), logs=logs)
        decision = decide(found, SETTINGS)
        assert (decision.verdict, decision.requeue) == (Verdict.CANNOT_VERIFY, Requeue(30))

    def test_a_newer_failure_for_another_reason_counts_before_an_older_lock_failure(self) -> None:
        """What the new revision does now is what matters."""
        newest = contender(failed=5, arn=arn("newest"))
        logs = (log("panic", task="newest"), log(LOCK_LINE))
        found = wedged(holder(), newest, contender(failed=35), successor(), logs=logs)
        assert verdict(found) is Verdict.OTHER_FAILURE

    def test_no_readable_container_is_not_verifiable(self) -> None:
        """No log at all proves nothing."""
        assert verdict(wedged(logs=())) is Verdict.CANNOT_VERIFY

    def test_a_log_that_cannot_be_read_now_is_read_later(self) -> None:
        """Throttling passes."""
        assert verdict(wedged(logs=(log(status=LogStatus.UNAVAILABLE),))) is Verdict.AWS_UNAVAILABLE

    def test_another_failure_is_left_alone_and_not_quoted(self) -> None:
        """Its log may hold anything, passwords included."""
        decision = decide(wedged(logs=(log("panic: password=hunter2"),)), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.OTHER_FAILURE, False)
        assert "no lock line that Unwedge knows" in decision.sentence
        assert "hunter2" not in repr(decision)

    @pytest.mark.parametrize(("code", "hint"), [("InvalidOperationException", True), ("Other", False)])
    def test_the_remedy_of_a_refused_log_group_is_told_only_for_its_own_answer(
        self, code: str, *, hint: bool
    ) -> None:
        """INFREQUENT_ACCESS is one reason to refuse; a permission is none."""
        refused = log(status=LogStatus.REFUSED, detail=f"{code}: no")
        sentence = decide(wedged(logs=(refused,)), SETTINGS).sentence
        assert f"{code}: no" in sentence
        assert ("STANDARD" in sentence) is hint
        assert "grant" not in sentence

    @pytest.mark.parametrize(("tag", "heard"), [("enforce", True), ("approve", True), ("observe", False)])
    def test_who_opted_in_for_an_unknown_program_hears_that_the_mode_does_nothing(
        self, tag: str, *, heard: bool
    ) -> None:
        """VictoriaMetrics says of its lock what no signature knows."""
        said = "fatal error: cannot acquire lock on /storage/flock.lock"
        unknown = tuple(
            replace(item, containers=tuple(replace(spec, data_path=None) for spec in item.containers))
            for item in (definition(NEW_CODE), definition(OLD_CODE))
        )
        found = wedged(service=service(tag=tag), logs=(log(said),), task_definitions=unknown)
        decision = decide(found, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.OTHER_FAILURE, heard)
        assert (f"mode {tag} does nothing" in decision.sentence) is heard
        assert (said in decision.sentence) is heard

    def test_a_crashed_sidecar_does_not_hide_an_older_failure_whose_lines_are_late(self) -> None:
        """The older task may yet say that it failed on the lock."""
        sidecar = ContainerSpec("router", True, False, "awslogs", None, "/ecs/p", "p/router", None)
        code = definition(NEW_CODE)
        code = replace(code, containers=(*code.containers, sidecar))
        newest = contender(failed=5, arn=arn("newest"), containers=(Container("router", 1),))
        found = wedged(
            holder(),
            newest,
            contender(failed=35),
            successor(),
            logs=(log(status=LogStatus.EMPTY),),
            task_definitions=(code, definition(OLD_CODE)),
            service=service(tag="enforce"),
        )
        decision = decide(found, SETTINGS)
        assert decision.verdict is Verdict.AWAITING_EVIDENCE
        assert decision.requeue

    def test_a_container_that_shares_nothing_did_not_fail_on_a_lock(self) -> None:
        """A crashing sidecar, or a service without a volume: not even its log is looked at."""
        alone = (definition(NEW_CODE, volume=None), definition(OLD_CODE, volume=None))
        found = wedged(service=service(tag="enforce"), logs=(), task_definitions=alone)
        decision = decide(found, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.OTHER_FAILURE, False)
        assert "shares no volume" in decision.sentence

    def test_a_log_that_was_read_and_has_no_line_explains_nothing(self) -> None:
        """The decision is total, whatever a record may hold."""
        assert verdict(wedged(logs=(log(status=LogStatus.READ),))) is Verdict.AWAITING_EVIDENCE

    def test_a_lock_line_in_another_tasks_stream_is_no_evidence(self) -> None:
        """Evidence is the contender's own words only."""
        assert verdict(wedged(logs=(log(LOCK_LINE, task="somebody-else"),))) is Verdict.CANNOT_VERIFY

    def test_evidence_without_the_whole_situation_asks_for_more(self) -> None:
        """A part of the situation never leads to a stop."""
        part = wedged(contender(), scope=Scope.FAILURE)
        assert verdict(part) is Verdict.READ_MORE
