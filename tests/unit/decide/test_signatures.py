"""Lock signatures: what is evidence, and what only looks like it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.situations import log
from unwedge.decide.signatures import find_evidence, prometheus_reports_held_lock

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
NOT_HELD = {
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
    "terminal escape": f'\x1b[31mlevel=error err="{ERROR}"\x1b[0m',
}


@pytest.mark.parametrize("line", HELD.values(), ids=HELD)
def test_every_shape_of_the_held_lock_is_evidence(line: str) -> None:
    """Prometheus 2.x and 3.x, logfmt and JSON; server and agent mode share the text."""
    assert prometheus_reports_held_lock(line)
    assert prometheus_reports_held_lock(f"{line}\n")


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
