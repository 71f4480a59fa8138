"""All checks together."""

from tests.support.verified import not_connected, working
from unwedge.model.verification import Part
from unwedge.verify.checks.every import checks
from unwedge.verify.endpoints import Plan
from unwedge.verify.facts import Registration


def test_every_part_has_its_check_in_its_order() -> None:
    """The list is what people see."""
    assert [check.part for check in checks(working(), Plan(), None)] == list(Part)


def test_no_sentence_is_longer_than_what_can_be_shown_whatever_others_said() -> None:
    """A registration of a thousand addresses is one of many ways to say too much."""
    crowd = {str(number): f"10.0.{number // 250}.{number % 250}" for number in range(1000)}
    made = checks(not_connected(registration=Registration("name", crowd)), Plan(problem="x" * 5000), None)
    lengths = {check.part: len(check.evidence) for check in made}
    assert lengths[Part.DISCOVERY] == lengths[Part.ENDPOINTS] == 2000
    assert all(length <= 2000 for length in lengths.values())
    assert all(len(check.remedy) <= 2000 for check in made)
