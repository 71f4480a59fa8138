"""The widget Posture."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.markup import Markup
from tests.support.postures import CLUSTER, NOW, SERVICE, SHORT, WEDGES, kept, row
from unwedge.model.posture import FindingKind, Outlook, Severity, Step, StepKind
from unwedge.people.view.context import Calls, Frame
from unwedge.people.view.posture import ROWS, handed_on, not_audited, posture_list, posture_page
from unwedge.people.view.repaired import Mended
from unwedge.record.postures import FindingRow, PostureRow
from unwedge.record.repairs import Answer, Repaired, RepairState

FRAME = Frame(NOW, NOW)
CALLS = Calls("the-viewer", "the-approver", auditor="the-auditor")
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e'; rm -rf / #"


def shown(rows: list[PostureRow], wanted: str = "", skipped: int = 0, calls: Calls = CALLS) -> Markup:
    """The widget, parsed."""
    made = Markup(posture_list(rows, 0, FRAME, calls, wanted, skipped))
    assert made.faults == []
    return made


def test_the_worst_comes_first_and_each_row_opens_its_fix_and_audits_again() -> None:
    """With a question before it."""
    found = shown(
        [
            row("fine", worst=None, outlook=Outlook.HANDS_OVER),
            row("bad"),
            row("worst", worst=Severity.CRITICAL, outlook=Outlook.WRITES_TWICE),
        ]
    )
    assert found.text.index("worst dev-cluster") < found.text.index("bad dev-cluster")
    assert found.text.index("bad dev-cluster") < found.text.index("fine dev-cluster")
    assert "1 critical, 1 high, 1 without a finding." in found.text
    asked = [given for _, given in found.actions]
    assert {"view": "audit", "cluster_arn": CLUSTER, "service_name": "bad"} in asked
    assert {"cluster_arn": CLUSTER, "service_name": "bad"} in asked
    assert all(
        action.get("confirmation") for action, _ in found.actions if action["endpoint"] == "the-auditor"
    )


def test_a_service_that_wedged_again_and_again_stands_on_top_with_the_change_that_ends_it() -> None:
    """Its count, what it cost, and what to do, in one sentence; not where nobody knows what ends it."""
    often = {"wedges": 9, "lost": 240.0}
    found = shown(
        [
            row("often", stop_first=True, **often),
            row("unknown", **often),
            row("once", wedges=1, stop_first=True),
        ]
    )
    assert "often : 9 times in 30 days, 4 min without a writer; this change ends it" in found.text
    assert found.text.count("this change ends it") == 1


def test_nothing_audited_yet_is_said_with_a_button_that_audits_all() -> None:
    """The first audit on the schedule may be a day away."""
    found = shown([])
    assert "No service that shares data is audited yet" in found.text
    assert [given for _, given in found.actions] == [{"everything": True}]
    assert "2 clusters are being audited" in handed_on(2, FRAME)
    assert shown([row("x")], calls=Calls("v", "a")).actions[-1][1]["view"] == "audit"


def test_many_services_are_paged_and_filtered() -> None:
    """A page at a time, by a part of the name."""
    rows = [row(f"service-{number:03}") for number in range(3 * ROWS)]
    assert f"1 to {ROWS} of {3 * ROWS}" in shown(rows).text
    assert f"{2 * ROWS + 1} to {3 * ROWS}" in shown(rows, skipped=2 * ROWS).text
    assert "service-008" not in shown(rows, wanted="007").text
    assert len(posture_list(rows, 0, FRAME, CALLS, "", 0).encode()) < 200_000


def test_the_page_has_each_finding_with_its_date_and_the_whole_fix_in_every_language() -> None:
    """What closed of late stands below."""
    closed = FindingRow(FindingKind.DRIFT, Severity.LOW, NOW - timedelta(days=9), "It was so.", NOW)
    page = Markup(posture_page(kept(wedges=9, lost=240.0, carried=(FindingKind.WEDGES,)), [closed], FRAME))
    assert page.faults == []
    for text in (
        WEDGES.sentence,
        SHORT.sentence,
        WEDGES.cost,
        "Open since 2025-11-12 22:40:00Z",
        "It was so.",
    ):
        assert text in page.text
    assert "This audit could not look for it." in page.text
    assert "9 times in 30 days, 4 min without a writer; this change ends it." in page.text
    for tool in ("Terraform", "CDK in Python", "CDK in TypeScript", "AWS CLI"):
        assert tool in page.text
    assert "deployment_maximum_percent" in page.text
    assert sum(tag == "pre" for tag, _ in page.elements) == 4


@pytest.mark.parametrize("text", [HOSTILE, "x" * 5000, "", "\x00"])
def test_foreign_text_stays_text(text: str) -> None:
    """In every cell, and in what is to be pasted."""
    finding = WEDGES._replace(sentence=text, cost=text, steps=(Step(StepKind.STOP_TIMEOUT, text, 60),))
    made = kept(finding)
    foreign: dict[str, Any] = {"service_name": text, "program": text, "mode": text}
    made = made._replace(posture=made.posture._replace(**foreign))
    closed = FindingRow(FindingKind.DRIFT, Severity.LOW, NOW, text, NOW)
    for page in (
        posture_page(made, [closed], FRAME),
        posture_list([row(text, program=text, mode=text, wedges=5, stop_first=True)], 0, FRAME, CALLS, "", 0),
        not_audited(text, FRAME),
    ):
        assert Markup(page).faults == []
        assert "<script>" not in page


def test_one_time_is_once() -> None:
    """In the row and on the page."""
    listed = str(posture_list([row("one", wedges=1)], 0, FRAME, CALLS, "", 0))
    assert "once" in listed
    assert "1 times" not in listed
    assert "Wedged once in 30 days" in str(posture_page(kept(wedges=1), [], FRAME))


BEFORE = '{"minimumHealthyPercent": 100, "maximumPercent": 200, "availabilityZoneRebalancing": "ENABLED"}'
DONE = Repaired(CLUSTER, SERVICE, NOW, RepairState.DONE, BEFORE, "It stops its old task first now.")
LATER = Answer(NOW + timedelta(days=1), "Its desired count is 2.", told=True)


def repaired(repair: Repaired | None = None, answer: Answer | None = None) -> Markup:
    """The page of a service with these."""
    page = Markup(posture_page(kept(), [], FRAME, Mended(repair, answer)))
    assert page.faults == []
    return page


def test_a_repair_stands_there_with_what_was_before_the_lines_to_change_and_the_way_back() -> None:
    """For whoever finds the service changed."""
    page = repaired(DONE)
    for text in (
        "Repaired at 2025-11-13 22:40:00Z. It stops its old task first now.",
        "Before: minimumHealthyPercent 100, maximumPercent 200, availabilityZoneRebalancing ENABLED.",
        "Your infrastructure code now differs",
        "minimumHealthyPercent=100,maximumPercent=200",
    ):
        assert text in page.text
    assert sum(tag == "pre" for tag, _ in page.elements) == 4 + 4


def test_of_several_things_to_say_of_a_repair_the_newest_stands_there() -> None:
    """A request that was not granted before the repair is over."""
    assert "Not repaired at 2025-11-14" in repaired(None, LATER).text
    assert "Its desired count is 2." in repaired(DONE, LATER).text
    assert "Its desired count is 2." not in repaired(DONE, LATER._replace(at=NOW)).text
    assert "Not completed at" in repaired(DONE._replace(state=RepairState.REFUSED)).text
    assert "differs" not in repaired(DONE._replace(state=RepairState.REFUSED)).text
    assert "Under way since" in repaired(DONE._replace(state=RepairState.CLAIMED)).text
    assert "Repair" not in repaired(DONE._replace(state=RepairState.WITHDRAWN)).text
    assert "Repair" not in repaired().text


def test_foreign_text_in_a_repair_stays_text() -> None:
    """ECS's answers and tags are text of others."""
    page = posture_page(
        kept(),
        [],
        FRAME,
        Mended(DONE._replace(sentence=HOSTILE, before=HOSTILE), LATER._replace(sentence=HOSTILE)),
    )
    assert Markup(page).faults == []
    assert "<script>" not in page
