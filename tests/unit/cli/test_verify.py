"""`unwedge verify` and `unwedge exec`, against a verifier that answers as told."""

from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.verified import CLUSTER, SERVICE
from tests.unit.handlers.test_verifier import verification
from unwedge.model.situation import Failure, ReadFailure
from unwedge.model.verification import Check, Part
from unwedge.model.verification import Result as Found
from unwedge.observe.reads import ReadError
from unwedge.verify.facts import Attempt, AttemptKind
from unwedge.verify.verifier import Looked, NotVerified
from unwedge_cli.main import main
from unwedge_cli.verbs import execute, verify


class Answers:
    """A verifier."""

    def __init__(self, *looks: Looked | NotVerified | Exception, ran: Any = None) -> None:
        self.looks, self.ran = list(looks), ran
        self.asked: list[dict[str, Any]] = []

    def look(self, cluster: str, name: str, cause: object, now: datetime, **more: Any) -> Any:
        self.asked.append(more)
        answer = self.looks.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, cluster: str, name: str, script: str, now: datetime, **more: Any) -> Any:
        self.asked.append({"script": script, **more})
        if isinstance(self.ran, Exception):
            raise self.ran
        return self.ran


def cli(monkeypatch: pytest.MonkeyPatch, answers: Answers, *words: str) -> Result:
    """Run the command before this verifier."""
    for module in (verify, execute):
        monkeypatch.setattr(module, "verifier", lambda *, execs: answers)
    monkeypatch.setattr(verify, "_AGAIN_SECONDS", 0.01)
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize(("result", "status"), [(Found.PASS, 0), (Found.FAIL, 1), (Found.UNKNOWN, 3)])
def test_the_exit_status_says_what_was_found(
    monkeypatch: pytest.MonkeyPatch, result: Found, status: int
) -> None:
    """For a pipeline."""
    done = cli(monkeypatch, Answers(Looked(verification(result))), "verify", CLUSTER, SERVICE)
    assert done.exit_code == status
    assert f"{result.value}: 0 calls of AWS" in done.output
    assert "It says so." in done.output
    assert ("Mend it." in done.output) is (result is not Found.PASS)


def test_what_has_only_just_started_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """And said, where it does not disturb the output."""
    soon = Looked(verification(Found.UNKNOWN), "its tasks do not all run yet")
    answers = Answers(soon, soon, Looked(verification()))
    done = cli(monkeypatch, answers, "verify", CLUSTER, SERVICE)
    assert done.exit_code == 0
    assert done.stderr.count("Waiting: its tasks do not all run yet.") == 2
    done = cli(monkeypatch, Answers(soon), "verify", CLUSTER, SERVICE, "--wait", "0")
    assert done.exit_code == 3


def test_json_has_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """For machines."""
    import json

    done = cli(monkeypatch, Answers(Looked(verification())), "verify", CLUSTER, SERVICE, "--json")
    data = json.loads(done.output)
    assert (data["result"], data["checks"][0]["part"]) == ("PASS", "Logs")


@pytest.mark.parametrize(
    "answer",
    [
        NotVerified("There is no service prom in cluster dev."),
        ReadError(
            ReadFailure(
                "ecs:DescribeServices",
                Failure.DENIED,
                "AccessDenied",
                "There is no service prom in cluster dev.",
            )
        ),
    ],
)
def test_what_cannot_be_verified_is_one_sentence(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """No stack trace."""
    done = cli(monkeypatch, Answers(answer), "verify", CLUSTER, SERVICE)
    assert done.exit_code == 1
    assert "There is no service prom in cluster dev." in done.output
    assert "Traceback" not in done.output


def test_exec_gives_the_commands_own_output_and_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words stay words."""
    attempt = Attempt(AttemptKind.RAN, said="hello", status=7, cut=5, warnings=("odd",))
    answers = Answers(ran=(attempt, Check(Part.EXEC, Found.PASS, "It ran.")))
    done = cli(monkeypatch, answers, "exec", CLUSTER, SERVICE, "--", "sh", "-c", "echo $HOME | wc -c")
    assert (done.exit_code, done.stdout) == (7, "hello\n")
    assert "5 characters are left out" in done.stderr
    assert "odd" in done.stderr
    assert answers.asked == [{"script": "sh -c 'echo $HOME | wc -c'", "seconds": 60, "container": None}]


def test_exec_that_finds_no_way_in_says_why_and_what_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor's answer, and a status of its own."""
    check = Check(Part.EXEC, Found.FAIL, "The agent is STOPPED.", "Replace the task.")
    done = cli(monkeypatch, Answers(ran=(None, check)), "exec", CLUSTER, SERVICE, "--", "true")
    assert done.exit_code == 255
    assert (done.stdout, done.stderr) == ("", "The agent is STOPPED.\n\nReplace the task.\n")
    broken = Attempt(AttemptKind.BROKEN, "It ended.", said="half of it")
    done = cli(monkeypatch, Answers(ran=(broken, check)), "exec", CLUSTER, SERVICE, "--", "true")
    assert done.stdout == "half of it\n"


def test_without_credentials_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for every other verb."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    for words in (("verify", "c", "s"), ("exec", "c", "s", "--", "true")):
        done = CliRunner().invoke(main, list(words))
        assert done.exit_code == 1
        assert "No AWS credentials were found" in done.output
