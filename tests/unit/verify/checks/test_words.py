"""What the program says since its start."""

from dataclasses import replace

import pytest

from tests.support.situations import LOCK_LINE
from tests.support.verified import SPEC, STARTED, log_of, working
from unwedge.model.log import LogStatus
from unwedge.model.verification import Result
from unwedge.verify.checks.words import logs, runs_prometheus
from unwedge.verify.facts import Facts

WARNING = (
    'ts=2025-11-13T22:30:00Z caller=db.go:777 level=warn component=tsdb msg="This filesystem is '
    "not supported "
    'and may lead to data corruption and data loss" fs_type=NFS_SUPER_MAGIC'
)
BROKEN = 'ts=2025-11-13T22:35:00Z caller=db.go:1 level=error component=tsdb msg="compaction failed"'
GENERIC = replace(SPEC, image="example/store:1", data_path=None)


@pytest.mark.parametrize(
    ("facts", "result", "words"),
    [
        (working(), Result.PASS, 'The store was opened ("TSDB started"), and none of 2 lines'),
        (working(log=log_of(*STARTED, BROKEN)), Result.FAIL, "compaction failed"),
        (working(log=log_of(STARTED[0], LOCK_LINE)), Result.FAIL, "lock DB directory"),
        (working(log=log_of(STARTED[0])), Result.UNKNOWN, "says that the store was opened"),
        (working(log=log_of(*STARTED, WARNING)), Result.PASS, "supports no NFS, and so no EFS"),
        (working(log=log_of(LOCK_LINE, *STARTED)), Result.PASS, "The store was opened"),
        (working(log=None), Result.UNKNOWN, "was not read"),
        (working(log=log_of(status=LogStatus.EMPTY)), Result.UNKNOWN, "has no line"),
        (working(log=log_of(status=LogStatus.DENIED)), Result.UNKNOWN, "cannot be read"),
        (working(log=log_of("hello"), spec=GENERIC), Result.PASS, "is not known"),
        (working(whole_log=False), Result.PASS, "Only the beginning and the end of the log were read"),
    ],
)
def test_the_log_since_the_start(facts: Facts, result: Result, words: str) -> None:
    """An earlier life's error is none of this one's."""
    check = logs(facts)
    assert (check.result, words in check.evidence) == (result, True), check


def test_a_prometheus_is_told_by_its_command_or_its_image() -> None:
    """In whatever registry it lies."""
    assert runs_prometheus(SPEC)
    assert runs_prometheus(replace(SPEC, data_path=None, image="1.dkr.ecr/mirror/prometheus:v3"))
    assert not runs_prometheus(GENERIC)
