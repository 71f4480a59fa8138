"""What the catalogue's programs say, as logs of a container."""

from datetime import timedelta

from tests.support.situations import NOW, log
from unwedge.decide.catalogue.signature import Signature
from unwedge.decide.life import Life
from unwedge.model.log import ContainerLog, LogLine

AT = NOW - timedelta(seconds=20)
LIFE = Life(AT - timedelta(seconds=60), AT)


def stamped(line: str) -> str:
    """A line of the catalogue with its time filled in."""
    return line.replace("{time}", f"{AT:%Y-%m-%dT%H:%M:%S}.042Z")


def stream(*lines: str) -> ContainerLog:
    """The stream of container `prometheus`, with these lines one after the other."""
    said = tuple(LogLine(AT + timedelta(milliseconds=n), stamped(line)) for n, line in enumerate(lines))
    return log()._replace(lines=said)


def code(signature: Signature) -> dict[str, int]:
    """The exit code with which the program ends without its lock."""
    return {"prometheus": min(signature.exit_codes)}
