"""`unwedge check CLUSTER`: what was read, and what could not be."""

import pytest

from tests.unit.cli.checking.commands import Reads, facts, on_cluster, run
from tests.unit.cli.checking.made import CLUSTER
from tests.unit.posture.shapes import AT
from unwedge.model.situation import Failure, ReadFailure
from unwedge.observe.reads import ReadError
from unwedge.posture.facts import Facts
from unwedge.posture.shape import Shape


def test_a_cluster_is_checked_with_its_worst_service_where_the_eye_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A terminal shows the end."""
    done = on_cluster(monkeypatch, Reads(facts("fine", (0, 100)), facts("bad")), "dev-cluster")
    assert done.exit_code == 1
    assert done.output.index("fine: overlaps") < done.output.index("bad: wedges")
    assert "  The next deployment deadlocks: the new task cannot take the lock" in done.output
    assert "--service bad" in done.output


def test_one_service_is_checked_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name."""
    done = on_cluster(monkeypatch, Reads(facts("fine", (0, 100)), facts("bad")), "dev-cluster", "fine")
    assert done.exit_code == 0
    assert "bad" not in done.output


def test_what_could_not_be_read_is_a_note_and_status_3(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the answer stands."""
    unread = Facts(Shape(CLUSTER, "hidden", None), AT, unread=("Its task definition could not be read: No.",))
    done = on_cluster(monkeypatch, Reads(facts("fine", (0, 100)), unread), "dev-cluster")
    assert done.exit_code == 3
    assert "  NOTE  Its task definition could not be read: No." in done.output
    assert "Not everything could be read or understood" in done.output
    partly = facts("fine", (0, 100), others_unread="The rest of the cluster could not be read: No.")
    assert on_cluster(monkeypatch, Reads(partly), "dev-cluster").exit_code == 3


@pytest.mark.parametrize(
    ("reads", "words", "sentence"),
    [
        (
            Reads(
                error=ReadError(
                    ReadFailure("ecs:ListServices", Failure.REFUSED, "ClusterNotFoundException", "")
                )
            ),
            ("nowhere",),
            "There is no cluster nowhere in this account and region.",
        ),
        (
            Reads(facts("b"), facts("a")),
            ("dev-cluster", "nobody"),
            "There is no active service nobody in cluster dev-cluster. It has a, b.",
        ),
        (
            Reads(
                error=ReadError(
                    ReadFailure("ecs:ListServices", Failure.DENIED, "AccessDeniedException", "No")
                )
            ),
            ("dev-cluster",),
            "ecs:ListServices: AccessDeniedException: No.",
        ),
    ],
)
def test_what_is_not_there_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, reads: Reads, words: tuple[str, ...], sentence: str
) -> None:
    """Nothing was checked: status 2."""
    done = on_cluster(monkeypatch, reads, *words)
    assert done.exit_code == 2
    assert done.output == f"Error: {sentence}\n"


def test_without_credentials_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is no finding."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    done = run("dev-cluster")
    assert done.exit_code == 2
    assert "No AWS credentials were found" in done.output
