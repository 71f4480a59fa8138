"""The kill switch: an SSM parameter that says `run`, or anything else to pause Unwedge everywhere.

It is read on every decision that comes near a stop, and once more just before the stop. The stack names the
parameter and does not own it: CloudFormation would put the template's value again on an update or a rollback
and end a pause. Where nobody has paused yet there is no parameter.
"""

from typing import TYPE_CHECKING, Protocol

from unwedge.observe.reads import ReadError, read

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient

RUN = "run"
_NONE = "ParameterNotFound"


class KillSwitch(Protocol):
    """Something that says whether Unwedge is paused."""

    def paused(self) -> str | None:
        """Why nothing may be stopped; None when all may run."""
        ...


class ParameterKillSwitch:
    """The switch in an SSM parameter. One that cannot be read pauses: we do not guess. That AWS says there is
    none is an answer: nobody has paused."""

    def __init__(self, ssm: "SSMClient", parameter: str) -> None:
        self._ssm = ssm
        self._parameter = parameter

    def paused(self) -> str | None:
        """See Switch. One GetParameter."""
        try:
            answer = read("ssm:GetParameter", self._ssm.get_parameter, Name=self._parameter)
        except ReadError as error:
            failure = error.failure
            if failure.code == _NONE:
                return None
            return f"the kill switch {self._parameter} cannot be read, {failure.code}: {failure.message}"
        value = answer["Parameter"]["Value"].strip()
        return None if value.lower() == RUN else f"the kill switch {self._parameter} says {value[:200]!r}."

    def change_to(self, value: str) -> None:
        """Set the kill switch. One PutParameter; raises AWS errors."""
        self._ssm.put_parameter(Name=self._parameter, Value=storable(value), Type="String", Overwrite=True)


def storable(value: str) -> str:
    """A value that Parameter Store takes: it refuses references to other parameters (`{{ssm:…}}`), and a
    pause must not fail for what its reason says. At most 4 KB (AWS Systems Manager, PutParameter)."""
    return value.replace("{", "(").replace("}", ")")[:1000]
