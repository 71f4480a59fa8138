"""Text of others in a chat: harmless however long it is and wherever it is cut."""

import re

import pytest

from tests.unit.people.notification.test_message import as_read, check_harmless
from unwedge.people.wording import brief, in_chat, lasted, one_line

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


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (11.2843, "11.3 s"),
        (20.0, "20 s"),
        (119.96, "120 s"),
        (125, "2 min 5 s"),
        (600, "10 min"),
        (7199.7, "2 h"),
        (12000, "3 h 20 min"),
    ],
)
def test_a_time_is_rounded_to_what_a_person_would_say(seconds: float, text: str) -> None:
    """Microseconds tell nobody anything."""
    assert lasted(seconds) == text


def test_only_the_ids_of_tasks_are_cut() -> None:
    """An image's digest, an ARN of something else and a short id stay whole."""
    task = "0123456789abcdef" * 2
    assert brief(f"Stop task {task} (p:1).") == "Stop task 01234567… (p:1)."
    assert brief("a" * 33 + " " + "b" * 64) == "a" * 33 + " " + "b" * 64
