"""A shell script as the command of ECS Exec, and what it printed as output and exit status.

The agent splits the command into words as a shell would and starts them on a terminal (amazon-ssm-agent,
agent/session/shell). The status does not come back, so the script prints it after a mark of its own.
"""

import re
import shlex
from typing import NamedTuple

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][0-9A-Za-z]|\x1b[=>]")
# What is kept of an output that is longer: its beginning. The end is looked at for the mark.
MOST_OUTPUT = 64 * 1024
_END_KEPT = 256


def command(script: str, mark: str) -> str:
    """The command that runs this script in `sh` and prints the mark and its exit status at the end."""
    # In a subshell, so that an `exit` of the script does not keep the mark from us.
    whole = f"( {script}\n); printf '\\n%s:%d:\\n' {mark} $?"
    return f"/bin/sh -c {shlex.quote(whole)}"


class Said(NamedTuple):
    """What a script printed, standard output and error together as on a terminal, and its exit status.
    `cut`: so many characters are left out at the end of the text."""

    text: str
    status: int
    cut: int = 0


class Printed:
    """Collects what a script prints, in bounded space, until its mark is there."""

    def __init__(self, mark: str, most: int = MOST_OUTPUT) -> None:
        self._end_mark = re.compile(rf"\r?\n?{re.escape(mark)}:(\d+):")
        self._most = most
        self._kept = bytearray()
        self._end = b""
        self._length = 0

    def add(self, piece: bytes) -> Said | None:
        """Take a piece; the whole once the mark is there."""
        self._length += len(piece)
        self._kept += piece[: max(0, self._most - len(self._kept))]
        self._end = (self._end + piece)[-_END_KEPT:]
        found = self._end_mark.search(self._end.decode("utf-8", "replace"))
        return self._said(int(found[1]), len(found[0])) if found else None

    @property
    def text(self) -> str:
        """What came so far."""
        return _plain(bytes(self._kept))

    def _said(self, status: int, mark_length: int) -> Said:
        text = self._end_mark.split(_plain(bytes(self._kept)))[0]
        cut = max(0, self._length - self._most - mark_length)
        return Said(text.rstrip("\n"), status, cut)


def _plain(data: bytes) -> str:
    """Text without what is for a terminal: colours, carriage returns."""
    return _ESCAPES.sub("", data.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n")
