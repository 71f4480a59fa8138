"""What the tasks have said of themselves: which of their words count."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    NEW_CODE,
    OLD_CODE,
    contender,
    definition,
    died,
    holder,
    incident,
    log,
    wedged,
)
from tests.unit.decide.tables import READ_ONLY, made_of, taker
from unwedge.decide import testimony
from unwedge.model.log import ContainerLog, LogStatus
from unwedge.model.service import Container, Task
from unwedge.model.settings import Settings
from unwedge.model.task_definition import ContainerSpec

SETTINGS = Settings()
FAILED = contender(containers=(Container("prometheus", 1),))


def said(
    *logs: ContainerLog, task: Task = FAILED, specs: tuple[ContainerSpec, ...] = (taker(),), **changes: object
) -> testimony.Testimony:
    """What a failed task of these containers said."""
    definitions = (made_of(NEW_CODE, *specs), definition(OLD_CODE))
    return testimony.Testimony(
        wedged(holder(), task, task_definitions=definitions, logs=logs, **changes), SETTINGS
    )


class TestEvidence:
    @pytest.mark.parametrize(
        "spec",
        [
            pytest.param(taker(volume=None), id="on a disk of its own"),
            pytest.param(taker(mounts=READ_ONLY), id="that only reads"),
            pytest.param(taker(image="grafana/grafana:12.0.0"), id="of another program"),
        ],
    )
    def test_the_lock_line_of_a_container_is_none(self, spec: ContainerSpec) -> None:
        """It cannot have failed on a lock that others hold, or does not say it so."""
        assert said(died(FAILED)).evidence_of(FAILED) is not None
        assert said(died(FAILED), specs=(spec,)).evidence_of(FAILED) is None

    def test_the_words_of_a_sidecar_are_none(self) -> None:
        """The program beside it is known to keep its data there, and said nothing."""
        task = contender(containers=(Container("prometheus", 1), Container("sidecar", 1)))
        words = died(task)._replace(container="sidecar")
        specs = (taker(), taker("sidecar", data_path=None))
        assert said(words, task=task, specs=specs).evidence_of(task) is None

    def test_without_the_tasks_definition_nothing_it_said_counts(self) -> None:
        """Nobody knows what its containers are."""
        unread = testimony.Testimony(wedged(holder(), FAILED, task_definitions=()), SETTINGS)
        assert unread.evidence_of(FAILED) is None
        assert unread.doubt_about(FAILED) is None


class TestDoubt:
    UNCLEAR = "opening storage failed: lock DB directory: resource temporarily unavailable"

    def test_a_line_in_another_form_is_a_doubt(self) -> None:
        """With the reason for a person."""
        unclear = log(self.UNCLEAR)
        found = said(unclear).doubt_about(FAILED)
        assert found is not None
        assert "not the form" in found.why

    def test_evidence_leaves_no_doubt(self) -> None:
        """Whatever another container of the task has said beside it."""
        task = contender(containers=(Container("prometheus", 1), Container("second", 1)))
        specs = (taker(), taker("second"))
        unclear = log(self.UNCLEAR)._replace(container="second")
        assert said(unclear, task=task, specs=specs).doubt_about(task) is not None
        assert said(unclear, died(task), task=task, specs=specs).doubt_about(task) is None


class TestBesideOthers:
    """Whether a container that failed can write where others can."""

    SPECS = (taker(), taker("web", volume=None, data_path=None))

    @pytest.mark.parametrize(
        ("codes", "beside"),
        [((1, 0), True), ((0, 1), False), ((None, 1), False), ((1, 1), True), ((0, None), True)],
    )
    def test_only_containers_that_failed_count(self, codes: tuple[int | None, ...], beside: bool) -> None:
        """Of none that is known to have failed it may have been any."""
        exited = tuple(Container(*item) for item in zip(("prometheus", "web"), codes, strict=True))
        task = contender(containers=exited)
        assert said(task=task, specs=self.SPECS).failed_beside_others(task) is beside

    def test_without_the_tasks_definition_it_may_have(self) -> None:
        """What cannot be read is not ruled out."""
        unread = testimony.Testimony(wedged(holder(), FAILED, task_definitions=()), SETTINGS)
        assert unread.failed_beside_others(FAILED)


class TestPrograms:
    ETCD = taker(image="quay.io/coreos/etcd:v3.6.1")
    PROMETHEUS = taker(image="prom/prometheus:v3.1.0")

    def test_a_program_of_whom_no_signature_is_known_is_named(self) -> None:
        """Where it can write beside others."""
        assert said(specs=(self.ETCD,)).program_without_signature(FAILED) == "etcd"
        alone = replace(self.ETCD, mounts=())
        for specs in ((alone,), (self.PROMETHEUS,), (taker(image="corp/metrics:7"),)):
            assert said(specs=specs).program_without_signature(FAILED) is None

    def test_a_known_program_is_known_by_its_image_or_else_by_where_its_command_puts_its_data(self) -> None:
        """An image that is of another program says more than the command."""
        unnamed = taker(data_path=None, image="corp/metrics:7")
        for specs, known in (
            ((self.PROMETHEUS,), True),
            ((taker(image="corp/metrics:7"),), True),
            ((unnamed,), False),
            ((self.ETCD,), False),
            ((unnamed, self.PROMETHEUS), True),
        ):
            assert said(specs=specs).runs_a_known_program(FAILED) is known

    def test_without_the_tasks_definition_it_may_run_any(self) -> None:
        """And none can be named."""
        unread = testimony.Testimony(wedged(holder(), FAILED, task_definitions=()), SETTINGS)
        assert unread.runs_a_known_program(FAILED)
        assert unread.program_without_signature(FAILED) is None


class TestExplained:
    """Whether the newest thing that a failed task said is all that it will say."""

    WORDS = log("level=error msg=config")

    def test_its_own_words_explain_a_failure_and_none_do_not(self) -> None:
        """Nor a log that could not be read."""
        assert said(self.WORDS).explained(FAILED)
        for unread in ((), (log(status=LogStatus.EMPTY),), (log(status=LogStatus.DENIED),)):
            assert not said(*unread).explained(FAILED)
            assert not said(*unread).spoke(FAILED)

    @pytest.mark.parametrize("status", [LogStatus.EMPTY, LogStatus.MISSING])
    @pytest.mark.parametrize(("seconds", "explained"), [(59.9, False), (60, True)])
    def test_a_stream_that_is_still_due_may_change_it_for_a_minute(
        self, status: LogStatus, seconds: float, explained: bool
    ) -> None:
        """The awslogs driver is late."""
        task = contender(failed=seconds, containers=(Container("prometheus", 1),))
        due = log(status=status)._replace(container="second")
        assert said(self.WORDS, due, task=task).explained(task) is explained
        assert said(self.WORDS, due, task=task).spoke(task)

    @pytest.mark.parametrize(("seconds", "explained"), [(14.9, False), (15, True)])
    def test_in_an_incident_the_first_lines_of_a_start_do_not_pass_for_all_of_them(
        self, seconds: float, explained: bool
    ) -> None:
        """The lock line may be in the next batch."""
        task = contender(failed=seconds, containers=(Container("prometheus", 1),))
        assert said(self.WORDS, task=task, incident=incident()).explained(task) is explained
        assert said(self.WORDS, task=task).explained(task)

    def test_evidence_explains_at_once(self) -> None:
        """Whatever else is due."""
        due = log(status=LogStatus.EMPTY)._replace(container="second")
        assert said(died(FAILED), due, incident=incident()).explained(FAILED)


def test_the_age_of_a_failure_is_never_below_nothing() -> None:
    """Clocks differ, and ECS may not date it."""
    assert said().age(contender(failed=20)) == 20
    assert said().age(contender(failed=-3)) == 0
    undated = contender(execution_stopped_at=None, stopping_at=None, stopped_at=None)
    assert said().age(undated) == 0
