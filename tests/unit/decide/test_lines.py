"""Lines as their program wrote them; reading one takes time in proportion to its length."""

import json
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


class TestWrappers:
    """What comes before a line, or around it, and is not the program's."""

    LINE = "level=error msg=locked"

    @pytest.mark.parametrize("layers", [1, 4])
    def test_up_to_four_are_taken_off(self, layers: int) -> None:
        """A supervisor's in a runtime's in compose's."""
        assert plain("[prometheus] " * layers + self.LINE) == self.LINE

    def test_a_fifth_one_stays(self) -> None:
        """However many somebody prints, the work is bounded."""
        assert plain("[prometheus] " * 5 + self.LINE) == "[prometheus] " + self.LINE

    @pytest.mark.parametrize(
        "wrapper",
        [
            {"log": "level=error msg=locked\n", "stream": "stderr"},
            {"log": "level=error msg=locked\n", "stream": "stderr", "time": "2025-11-13T22:32:37Z"},
            {"log": "level=error msg=locked\n", "stream": "stderr", "time": "x", "attrs": {"a": "b"}},
        ],
    )
    def test_dockers_own_json_is_taken_off(self, wrapper: dict[str, object]) -> None:
        """With a time and attributes, or without."""
        assert plain(json.dumps(wrapper)) == self.LINE

    @pytest.mark.parametrize(
        "other",
        [
            {"log": "level=error msg=locked"},
            {"log": "level=error msg=locked", "stream": "stderr", "level": "info"},
            {"stream": "stderr"},
            {"log": 1, "stream": "stderr"},
        ],
    )
    def test_a_programs_own_json_stays(self, other: dict[str, object]) -> None:
        """It has a field of that name, too; a quotation is not its line."""
        assert plain(json.dumps(other)) == json.dumps(other)


def test_an_event_is_divided_at_line_feeds_and_blank_lines_are_left_out() -> None:
    """What a multiline pattern joined. A separator inside a text ends no line."""
    assert divided("one\r\n\n  \ntwo\u2028still two") == ("one", "two\u2028still two")


@pytest.mark.parametrize(("event", "lines"), [("   ", (" ",)), ("\n\n", ("\n",)), ("", ("",))])
def test_an_event_without_text_is_one_short_line(event: str, lines: tuple[str, ...]) -> None:
    """The container has said something, if not much: its log is not empty."""
    assert divided(event) == lines
