"""Markup: text stays text, whatever it says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.markup import Markup
from tests.support.rows import HOSTILE
from unwedge.people.view.html import Html, button, el, join, link, text


def test_text_cannot_open_an_element_nor_end_an_attribute() -> None:
    """In content and in attributes alike."""
    made = Markup(el("p", HOSTILE, title=HOSTILE))
    assert made.faults == []
    assert [tag for tag, _ in made.elements] == ["p"]


def test_terminal_escapes_and_bidirectional_marks_are_written_out() -> None:
    """A line shows what it is; it cannot recolour a terminal or reorder what follows."""
    assert text("\x1b[31m \u202e \x00 \u2066") == r"\x1b[31m \u202e \x00 \u2066"


@given(st.text(), st.text())
def test_no_text_changes_the_elements_around_it(content: str, attribute: str) -> None:
    """Whatever Unicode has to offer."""
    made = Markup(el("div", el("b", content), title=attribute))
    assert made.faults == []
    assert [tag for tag, _ in made.elements] == ["div", "b"]


@given(st.dictionaries(st.text(), st.text()))
def test_the_parameters_of_a_button_arrive_as_they_were_given(given_: dict[str, str]) -> None:
    """They are JSON within HTML: both have to survive."""
    made = Markup(button("Press", calls="arn", given=given_))
    ((_, arrived),) = made.actions
    assert arrived == json.loads(json.dumps(given_))


def test_markup_is_not_escaped_twice_and_lists_are_flattened() -> None:
    """Only what was made here counts as markup."""
    assert join(el("b", "a & b"), ["c", [Html("<i></i>")]]) == "<b>a &amp; b</b>c<i></i>"


@pytest.mark.parametrize("address", [None, ""])
def test_a_link_without_an_address_is_its_label(address: str | None) -> None:
    """There is not always a page to lead to."""
    assert link("task", address) == "task"
