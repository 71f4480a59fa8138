"""The kill switch: only the word run runs, and what cannot be read pauses."""

from typing import Any, cast

import pytest

from tests.support.aws import client_error
from unwedge.act.kill_switch import ParameterKillSwitch


class FakeSsm:
    """One parameter, or an error."""

    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer

    def get_parameter(self, **_: Any) -> Any:
        """The parameter's value."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"Parameter": {"Value": self.answer}}


def paused(answer: str | Exception) -> str | None:
    """What the kill switch says to this answer."""
    return ParameterKillSwitch(cast(Any, FakeSsm(answer)), "/unwedge/switch").paused()


@pytest.mark.parametrize("value", ["run", "RUN", " run\n"])
def test_the_word_run_lets_unwedge_run(value: str) -> None:
    """However it was typed."""
    assert paused(value) is None


@pytest.mark.parametrize("value", ["pause", "", "running", "false", "maintenance until noon"])
def test_anything_else_pauses_and_is_quoted(value: str) -> None:
    """A person's reason is shown to people."""
    reason = paused(value)
    assert reason is not None
    assert repr(value) in reason


@pytest.mark.parametrize("code", ["ParameterVersionNotFound", "AccessDeniedException", "ThrottlingException"])
def test_a_switch_that_cannot_be_read_pauses(code: str) -> None:
    """What we cannot read we do not guess."""
    reason = paused(client_error(code, "GetParameter"))
    assert reason is not None
    assert code in reason


def test_a_switch_that_nobody_has_turned_yet_lets_unwedge_run() -> None:
    """The stack does not create the parameter: it would put its value again on every update."""
    assert paused(client_error("ParameterNotFound", "GetParameter")) is None


class RefusingSsm:
    """Refuses what Parameter Store refuses: references to other parameters in a value."""

    def __init__(self) -> None:
        self.value = ""

    def put_parameter(self, **params: Any) -> None:
        """Keep the value."""
        if "{{" in params["Value"] or len(params["Value"].encode()) > 4096:
            raise client_error("ValidationException", "PutParameter")
        self.value = params["Value"]


@pytest.mark.parametrize("reason", ["waiting for {{ticket}}", "{{ssm:other}}", "{{{", "x" * 10_000])
def test_no_reason_keeps_the_switch_from_being_turned(reason: str) -> None:
    """Somebody who presses pause must not find out later that nothing was paused."""
    ssm = RefusingSsm()
    ParameterKillSwitch(cast(Any, ssm), "/unwedge/switch").change_to(reason)
    assert ssm.value
    assert paused(ssm.value)
