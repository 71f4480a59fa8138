"""Every recorded case with one thing changed is decided as it was."""

from difflib import unified_diff

from tests.replay.variations import TABLE, table


def test_no_variation_of_a_case_is_decided_otherwise_than_before() -> None:
    """A wanted change is accepted by `python -m tests.replay.record`; `git diff` shows what it changes."""
    before, after = TABLE.read_text().splitlines(), table().splitlines()
    changes = [line for line in unified_diff(before, after, lineterm="", n=0) if line[0] in "+-"][2:]
    assert not changes, "\n".join(changes[:40])


def test_the_table_has_most_verdicts_many_times() -> None:
    """A table of a few verdicts would notice little."""
    verdicts = [line.split(" | ")[2] for line in TABLE.read_text().splitlines()]
    assert len(verdicts) > 3000
    assert len(set(verdicts)) > 35
