"""Reading a line takes time in proportion to its length, whatever it contains."""

import time

import pytest

from unwedge.decide.lines import divided, fields, plain
from unwedge.decide.signatures import PROMETHEUS

_SHORT, _TIMES = 40_000, 4
# A line of four times the length takes four times as long; sixteen times where a pattern goes back.
_MOST = 10
HOSTILE = {
    "letters": "a",
    "hex digits": "deadbeef",
    "keys without an end": "a.b_c.",
    "pairs": "k{n}=v ",
    "pairs without a space": "k=v",
    "open quotes": 'k="',
    "escapes in an open quote": "\\",
    "backslashes and quotes": '\\"',
    "empty pairs": "= ",
    "braces": "{",
    "brackets in an object": '{"a":[',
    "blanks": " ",
    "line feeds": "\n",
    "bars of compose": "a | ",
    "colours": "\x1b[31m",
    "half a colour": "\x1b[",
    "digits and dots of a time": "2025-11-13T",
    "names of a syslog": "Nov 13 22:32:37 h p[1]: ",
    "brackets of supervisord": "[a] ",
    "the word error": "error ",
    "the lock line": "opening storage failed: lock DB directory: resource temporarily unavailable ",
}


def text(unit: str, length: int) -> str:
    """A line made of this over and over."""
    count = length // len(unit) + 1
    return ("".join(unit.replace("{n}", str(number)) for number in range(count)))[:length]


def seconds(line: str) -> float:
    """Of this process, the least of three."""
    found = []
    for _ in range(3):
        began = time.process_time()
        for part in divided(line):
            fields(plain(part))
        PROMETHEUS.read(plain(line))
        found.append(time.process_time() - began)
    return min(found)


@pytest.mark.parametrize("start", ["", 'level=error err="', "{"])
@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_a_line_four_times_as_long_takes_no_more_than_in_proportion(unit: str, start: str) -> None:
    """A container that prints such lines and crashes must not cost its neighbours the Lambda's time."""
    short = seconds(start + text(unit, _SHORT))
    long = seconds(start + text(unit, _SHORT * _TIMES))
    assert long < short * _MOST + 0.02
