"""Lock signatures: what is evidence, and what only looks like it."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.situations import log
from unwedge.decide.life import Life
from unwedge.decide.lines import plain
from unwedge.decide.signatures import PROMETHEUS, find_doubt, find_evidence, prometheus_reports_held_lock
from unwedge.model.log import ContainerLog, LogLine

ERROR = "opening storage failed: lock DB directory: resource temporarily unavailable"
HELD = {
    "2.x logfmt": f'ts=2025-11-13T22:32:37.042Z caller=main.go:1159 level=error err="{ERROR}"',
    "early 2.x": "level=error ts=2018-01-01T00:00:00Z caller=main.go:582 "
    'err="Opening storage failed lock DB directory: resource temporarily unavailable"',
    "2.x JSON": json.dumps({"caller": "main.go:1127", "err": ERROR, "level": "error", "ts": "2023-01-01"}),
    "3.x logfmt": "time=2025-01-01T00:00:00.000Z level=ERROR source=main.go:1340 "
    f'msg="Fatal error" err="{ERROR}"',
    "3.0 logfmt": "time=2024-11-14T00:00:00.000Z level=ERROR source=main.go:1256 "
    f'msg="Error running goroutines from run.Group" err="{ERROR}"',
    "3.x JSON": json.dumps(
        {"time": "2025", "level": "ERROR", "source": "main.go:1340", "msg": "Fatal error", "err": ERROR}
    ),
}
WRAPPED = {
    "colours": f'\x1b[31mlevel=error err="{ERROR}"\x1b[0m',
    "compose": f'prometheus-1  | level=error err="{ERROR}"',
    "docker's json-file": json.dumps({"log": f'level=error err="{ERROR}"\n', "stream": "stderr"}),
    "CRI": f'2025-11-13T22:32:37.042Z stderr F level=error err="{ERROR}"',
    "s6-log": f'@400000006915f8a5027f1c2c level=error err="{ERROR}"',
    "a time before it": f'2025-11-13 22:32:37,042 level=error err="{ERROR}"',
    "syslog": f'Nov 13 22:32:37 ip-10-0-0-1 prometheus[12]: level=error err="{ERROR}"',
    "a name in brackets": f'[prometheus] level=error err="{ERROR}"',
    "two of them": f'prometheus | [prometheus] level=error err="{ERROR}"',
}
NOT_HELD = {
    "JSON with a key twice": '{"level":"info","err":"' + ERROR + '","level":"error"}',
    "logfmt with a key twice": f'level=info level=error err="{ERROR}"',
    "in a forwarder's JSON": json.dumps({"log": f'level=error err="{ERROR}"', "container_id": "x"}),
    "permission denied": "level=error "
    'err="opening storage failed: lock DB directory: open /data/lock: permission denied"',
    "no locks available": 'level=error err="opening storage failed: lock DB directory: no locks available"',
    "no space left": 'level=error err="opening storage failed: lock DB directory: no space left on device"',
    "left-over lock file": "level=warn component=tsdb "
    'msg="A lockfile from a previous execution already existed. It was replaced" file=/data/lock',
    "a warning": f'level=warn err="{ERROR}"',
    "no level": f'err="{ERROR}"',
    "quoted in a message": f'level=error msg="query failed" query="err=\\"{ERROR}\\"" err="bad query"',
    "inside a longer error": f'level=error err="remote says: {ERROR}"',
    "with a tail": f'level=error err="{ERROR} (of another host)"',
    "in another key": f'level=error msg="{ERROR}" err="x"',
    "bare text": ERROR,
    "prose around": f'somebody wrote: level=error err="{ERROR}"',
    "second err key": f'level=error err="x" err="{ERROR}"',
    "broken JSON": '{"level":"error","err":"' + ERROR,
    "JSON in a list": json.dumps([{"level": "error", "err": ERROR}]),
    "nested JSON": json.dumps({"level": "error", "err": {"err": ERROR}}),
    "numbers": json.dumps({"level": 1, "err": ERROR}),
    "cut": HELD["2.x logfmt"][:-5],
    "deep JSON": '{"a":' * 20000,
    "empty": "",
}


@pytest.mark.parametrize("line", HELD.values(), ids=HELD)
def test_every_shape_of_the_held_lock_is_evidence(line: str) -> None:
    """Prometheus 2.x and 3.x, logfmt and JSON; server and agent mode share the text."""
    assert prometheus_reports_held_lock(line)
    assert prometheus_reports_held_lock(f"{line}\n")


@pytest.mark.parametrize("line", WRAPPED.values(), ids=WRAPPED)
def test_what_wrappers_put_around_a_line_is_taken_off(line: str) -> None:
    """Colours and prefixes of compose, container runtimes and supervisors."""
    assert prometheus_reports_held_lock(line)


@pytest.mark.parametrize("line", NOT_HELD.values(), ids=NOT_HELD)
def test_near_misses_and_quotations_are_no_evidence(line: str) -> None:
    """A line that looks like it must not lead to a stop."""
    assert not prometheus_reports_held_lock(line)


def test_the_newest_matching_line_is_quoted() -> None:
    """Among several containers and lines."""
    found = find_evidence([log("noise", HELD["2.x JSON"]), log("noise")])
    assert found is not None
    assert found.line.text == HELD["2.x JSON"]
    assert found.program == "Prometheus"
    assert find_evidence([log("noise")]) is None


@given(st.text())
def test_no_text_makes_a_signature_fail(line: str) -> None:
    """Whatever a container prints, reading it ends."""
    assert not prometheus_reports_held_lock(line)


@given(st.sampled_from(sorted(HELD)), st.data())
def test_no_cut_of_a_lock_line_is_evidence_unless_its_error_is_whole(shape: str, data: st.DataObject) -> None:
    """Half-written lines prove nothing."""
    line = HELD[shape]
    cut = line[: data.draw(st.integers(0, len(line) - 1))]
    assert not prometheus_reports_held_lock(cut)


def test_pairs_that_run_into_each_other_are_no_logfmt() -> None:
    """Prometheus parts them by a space; whoever does not is somebody else."""
    held = 'err="opening storage failed: lock DB directory: resource temporarily unavailable"'
    assert prometheus_reports_held_lock(f'level=error msg="x" {held}')
    assert not prometheus_reports_held_lock(f'level=error msg="x"{held}')


AT = datetime(2025, 11, 13, 22, 32, tzinfo=UTC)
LIFE = Life(AT - timedelta(seconds=60), AT)


def said(*lines: str, at: datetime = AT) -> ContainerLog:
    """A stream with these lines, all of one time."""
    return log()._replace(lines=tuple(LogLine(at, line) for line in lines))


def held(at: datetime = AT) -> str:
    """The lock line with this time stamp of its own."""
    return f'ts={at:%Y-%m-%dT%H:%M:%S}Z level=error err="{ERROR}"'


def test_an_event_of_several_lines_is_several_lines() -> None:
    """Joined by awslogs-multiline-pattern: found in it, and never mixed of two."""
    assert find_evidence([said(f"starting\n{held()}\n")])
    assert not find_evidence([said(f'level=error msg="x"\nlevel=info err="{ERROR}"')])
    assert not find_evidence([said(f'level=error\nerr="{ERROR}"')])


@pytest.mark.parametrize(
    "later", ['level=error err="bad config"', "panic: x", 'level=info msg="TSDB started"']
)
def test_only_the_last_word_of_weight_is_evidence(later: str) -> None:
    """What a later life or another error says comes after the lock."""
    assert find_evidence([said(held(), 'level=info msg="bye"', "sh: exited with 1")])
    assert not find_evidence([said(held(), later)])


@pytest.mark.parametrize("seconds", [-66, 6, 3600, -3600 * 3, -86400 * 700])
@pytest.mark.parametrize("by", ["CloudWatch", "own"])
def test_a_line_from_outside_the_last_life_is_a_doubt_by_either_clock(seconds: int, by: str) -> None:
    """Before an in-place restart, after the end, tomorrow, years ago."""
    moved = AT + timedelta(seconds=seconds)
    found = said(held(), at=moved) if by == "CloudWatch" else said(held(moved))
    codes = {"prometheus": 1}
    assert find_evidence([said(held())], LIFE, codes)
    assert not find_doubt([said(held())], LIFE, codes)
    assert not find_evidence([found], LIFE, codes)
    doubt = find_doubt([found], LIFE, codes)
    assert doubt is not None
    assert ("CloudWatch" if by == "CloudWatch" else "its own time stamp") in doubt.why


@pytest.mark.parametrize("code", [None, 0, 2, 137, 255])
def test_a_container_that_did_not_end_with_the_programs_exit_code_gives_no_evidence(code: int | None) -> None:
    """Killed, crashed, still running: its lock line does not tell why."""
    codes = {} if code is None else {"prometheus": code}
    assert not find_evidence([said(held())], LIFE, codes)
    doubt = find_doubt([said(held())], LIFE, codes)
    assert doubt is not None
    assert (str(code) if code is not None else "has not ended") in doubt.why


def test_the_locks_text_in_another_form_is_a_doubt_until_something_else_is_said() -> None:
    """A person reads it; a later error of the program's own explains more."""
    strange = f"FATAL {ERROR}"
    doubt = find_doubt([said(strange)], LIFE, {"prometheus": 1})
    assert doubt is not None
    assert "not the form" in doubt.why
    assert not find_doubt([said(strange, 'level=error err="bad config"')], LIFE, {"prometheus": 1})
    assert not find_evidence([said(strange)])


@pytest.mark.parametrize("piece", ["a", "a.", 'a="', "ab=1 ", "\\\\", "[", "@a", "\x1b[", " |", "{", '{"a":'])
def test_reading_a_line_takes_time_in_proportion_to_its_length(piece: str) -> None:
    """Eight times the length takes far less than 64 times the time, which a quadratic pattern would."""

    def seconds(repeats: int) -> float:
        text, best = piece * repeats, 1.0
        for _ in range(5):
            begin = time.process_time()
            PROMETHEUS.read(plain(text))
            best = min(best, time.process_time() - begin)
        return best

    assert seconds(40_000) < 30 * max(seconds(5_000), 0.0005)
