"""docs/posture.md and the rules say the same."""

import re
from pathlib import Path

from unwedge.model.posture import FindingKind
from unwedge.posture.repair import ONCE_IN, STOP_FIRST
from unwedge.posture.shape import REPAIR_TAG

TEXT = (Path(__file__).parents[3] / "docs" / "posture.md").read_text()


def test_every_rule_has_a_row_and_every_row_is_a_rule() -> None:
    """Rule ids are what people search for."""
    rows = re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.MULTILINE)
    assert sorted(rows) == sorted(kind.value for kind in FindingKind)


def test_the_repairs_tag_and_its_pause_are_the_codes() -> None:
    """A tag that is spelt otherwise does nothing."""
    assert f"`{REPAIR_TAG}={STOP_FIRST}`" in TEXT
    assert ONCE_IN.days == 7
    assert "within the last seven days" in TEXT
