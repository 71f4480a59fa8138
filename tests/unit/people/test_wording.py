"""Text of others in a chat: harmless however long it is and wherever it is cut."""

import re

import pytest

from tests.unit.people.notification.test_message import as_read, check_harmless
from unwedge.people.wording import in_chat, one_line

FORMATTING = (
    "_",
    "__",
    "*",
    "**",
    "~",
    "~~",
    "`",
    "```",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "@",
    "#",
    "&",
    "|",
    "!",
    "-",
)
SHAPES = (
    "0000000{}0",
    "{}a",
    "a{}",
    "a {}b{} c",
    "{}{}",
    "a{}b{}c",
    "{0}a b{0}",
    "a.b{}c",
    "\n{} a",
    "1{}2{}3",
)
WHOLE = (
    "see https://example.com/a_b_c for more",
    "<https://example.com|click>",
    "[click](https://example.com)",
    "<@U012AB3CD> and @here and <!channel>",
    "`code` and ```block```",
    "_italics_ *bold* ~struck~ snake_case_name",
    "&lt;b&gt; &amp; a&b",
)


def harmless_at_every_length(text: str) -> None:
    """From nothing but the mark of the cut to the whole text."""
    for most in range(1, len(one_line(text)) * 3 + 3):
        made = in_chat(text, most)
        assert len(made) <= most
        check_harmless(made)


@pytest.mark.parametrize("character", FORMATTING)
def test_a_formatting_character_is_harmless_wherever_the_text_is_cut(character: str) -> None:
    """`0000000_0` cut at nine characters once ended in an underscore, which begins italics in a chat."""
    for shape in SHAPES:
        harmless_at_every_length(shape.format(character, character))


@pytest.mark.parametrize("text", WHOLE)
def test_links_mentions_and_code_spans_are_harmless_cut_in_the_middle_too(text: str) -> None:
    """Also where only half of one is left."""
    harmless_at_every_length(text)


def test_what_fits_is_not_cut_and_what_does_not_says_so() -> None:
    """As much of it as there is room for."""
    assert in_chat("abc", 3) == "abc"
    assert in_chat("abcd", 3) == "ab…"
    assert as_read(in_chat("x" * 50, 20)) == "x" * 19 + "…"
    assert re.fullmatch("<<+…", as_read(in_chat("<" * 50, 20)))
