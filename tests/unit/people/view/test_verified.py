"""The widget Verified."""

import json
from typing import Any

import pytest

from tests.support.markup import Markup
from tests.support.verified import CLUSTER, NOW, SERVICE
from tests.unit.handlers.test_verifier import verification
from unwedge.model.verification import Check, Part, Result
from unwedge.people.view.context import Calls, Frame
from unwedge.people.view.verified import ROWS, not_verified, verification_page, verified_list
from unwedge.record.verifications import VerifiedRow

FRAME = Frame(NOW, NOW)
CALLS = Calls("the-viewer", "the-approver", verifier="the-verifier")
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"


def row(name: str, result: Result = Result.PASS, **more: Any) -> VerifiedRow:
    """A row of the list."""
    made = VerifiedRow(CLUSTER, name, NOW, result, "deployed", "prom:2")
    return made._replace(**more)


def shown(rows: list[VerifiedRow], wanted: str = "", skipped: int = 0, calls: Calls = CALLS) -> Markup:
    """The widget, parsed."""
    return Markup(verified_list(rows, 0, FRAME, calls, wanted, skipped))


def test_what_failed_comes_first_and_each_row_opens_its_checks_and_verifies_again() -> None:
    """With a question before it."""
    found = shown([row("good"), row("bad", Result.FAIL, parts=("Logs", "DNS name"))])
    assert found.faults == []
    assert found.text.index("bad") < found.text.index("good")
    assert "1 verified, 1 failed." in found.text
    assert "Logs, DNS name" in found.text
    asked = [given for _, given in found.actions]
    assert {"view": "verification", "cluster_arn": CLUSTER, "service_name": "bad"} in asked
    assert {"cluster_arn": CLUSTER, "service_name": "bad"} in asked


def test_nothing_verified_yet_is_said() -> None:
    """An empty table says nothing."""
    assert "No service is verified yet" in shown([]).text


def test_many_services_are_paged_and_filtered() -> None:
    """A page at a time, by a part of the name."""
    rows = [row(f"service-{number:03}") for number in range(3 * ROWS)]
    assert f"1 to {ROWS} of {3 * ROWS}" in shown(rows).text
    assert f"{2 * ROWS + 1} to {3 * ROWS}" in shown(rows, skipped=2 * ROWS).text
    assert "service-007" in shown(rows, wanted="007").text
    assert "service-008" not in shown(rows, wanted="007").text
    assert len(verified_list(rows, 0, FRAME, CALLS, "", 0).encode()) < 200_000


def test_without_a_verifier_there_is_no_button_for_it() -> None:
    """The page of an older stack."""
    asked = [given for _, given in shown([row("x")], calls=Calls("v", "a")).actions]
    assert asked == [{"view": "verification", "cluster_arn": CLUSTER, "service_name": "x"}]


def test_a_verification_shows_every_check_with_evidence_and_remedy() -> None:
    """And how long it took."""
    checks = tuple(
        Check(part, result, f"Evidence of {part}.", f"Remedy of {part}.")
        for part, result in zip(Part, [*Result, *Result], strict=True)
    )
    page = Markup(verification_page(verification(checks=checks, waited=125, seconds=3.25, calls=9), FRAME))
    assert page.faults == []
    for part in Part:
        assert f"Evidence of {part}." in page.text
        assert f"Remedy of {part}." in page.text
    assert "2 min 5 s after the first look: 9 calls of AWS in 3.2 s" in page.text


def test_a_remedy_begins_a_line_for_each_tool() -> None:
    """Whoever uses one of them finds it."""
    remedy = "Enable it. Terraform: a = b. CDK: c. CLI: aws d. Then wait."
    made = verification(checks=(Check(Part.EXEC, Result.FAIL, "It is off.", remedy),))
    page = verification_page(made, FRAME)
    assert "<small>Enable it.</small><small>Terraform: a = b.</small><small>CDK: c.</small>" in page


@pytest.mark.parametrize("text", [HOSTILE, "x" * 5000, "", "\x00"])
def test_foreign_text_stays_text(text: str) -> None:
    """In every cell."""
    checks = (Check(Part.LOGS, Result.FAIL, text, text),)
    page = verification_page(verification(checks=checks, revision=text, service_name=SERVICE), FRAME)
    assert Markup(page).faults == []
    assert "<script>" not in page
    listed = verified_list([row("x", revision=text, parts=(text,))], 0, FRAME, CALLS, "", 0)
    assert Markup(listed).faults == []
    assert "<script>" not in listed
    assert json.dumps(text) is not None
    assert "<script>" not in not_verified(text, FRAME)
