"""What the timeline takes from the functions' log lines."""

import json
from datetime import UTC, datetime

from rehearsal.aws.function_log import Remark, interpret

AT = datetime(2025, 11, 13, 22, 26, tzinfo=UTC)


def test_a_deadlock_that_is_expected_is_told_before_it_happens() -> None:
    """The auditor's line of a deployment that has just begun; it is no error."""
    line = {"message": "deadlock_expected", "sentence": "It will deadlock.", "timestamp": AT.isoformat()}
    assert interpret(json.dumps(line), AT) == Remark(AT, "expected: It will deadlock.", error=False)


def test_a_line_without_news_is_left_out() -> None:
    """Metrics, and what no operator asks for."""
    assert interpret(json.dumps({"message": "service_audited", "level": "INFO"}), AT) is None
    assert interpret("START RequestId: 1", AT) is None
