"""Text that others wrote (log lines, names, AWS's answers), made safe for a chat, a mail and a subject."""

import json
import re
import textwrap

from unwedge.decide.lines import fields, plain

# A zero-width space: it ends a name, an address and a mention, and nobody sees it.
_INVISIBLE = "\u200b"
# What a chat would take for markup, a mention or a link; each with what it shows instead. Beside `*`, `_` and
# `~` an invisible space may count as the edge of a word, where they format, so these become look-alikes.
_IN_CHAT = {
    "&": "&amp;",
    "<": "&lt;",
    ">": f"{_INVISIBLE}&gt;",
    "`": "'",
    "*": "\u2217",
    "_": "\u02cd",
    "~": "\u223c",
    "@": f"@{_INVISIBLE}",
    "#": f"#{_INVISIBLE}",
    "[": f"[{_INVISIBLE}",
    "]": f"]{_INVISIBLE}",
    "://": f":{_INVISIBLE}//",
}
# Underscores within a word format nothing, and names have them. Any full stop between two characters may be
# that of an address, also one of those that browsers take for one.
_PART = re.compile(
    r"(?P<within>(?<=[A-Za-z0-9])_+(?=[A-Za-z0-9]))|(?P<stop>(?<=\S)[.\u3002\uff0e\uff61](?=\S))|://|."
)
# What makes an address of a text: a scheme, an @, a full stop before a letter.
_ADDRESS = re.compile(r":(?=//)|@|(?<=[^\s.])[.\u3002\uff0e\uff61](?=[^\W\d])")
# What Prometheus and other programs in Go call them (log/slog, go-kit, zap, zerolog).
_KNOWN_FIELDS = frozenset(
    {"ts", "time", "level", "caller", "source", "component", "msg", "message", "err", "error"}
)
_WIDTH = 78
_TASK_ID = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24}\b")


def brief(text: str) -> str:
    """A text with the ids of tasks cut to what tells them apart. The whole id stands behind a link, or in a
    table beside the text."""
    return _TASK_ID.sub(r"\1…", text)


def lasted(seconds: float) -> str:
    """A measured time as people say it: 11.3 s, 2 min 5 s, 3 h 20 min."""
    if seconds < 120:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def one_line(value: object) -> str:
    """Any value as one line that does nothing: control characters and bidirectional marks written out."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "backslashreplace").decode()
        for char in str(value)
    )


def short(text: str, most: int) -> str:
    """No longer than so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def in_chat(value: object, most: int) -> str:
    """Text no longer than `most` with its escapes, in which a chat finds nothing bold, italic, struck or
    code, no heading and no quotation, no mention, no link and no address to make one of. Emoji names stay,
    and so do dashes and numbers.

    Only what has a full stop within it, or an underscore at the edge of a word, looks the same and is copied
    as something else: no id, ARN or command of ours. What is too long is cut first and made harmless then:
    what stands within a word may stand at its edge after the cut.
    """
    text = one_line(value)
    whole = _harmless(text)
    if len(whole) <= most:
        return whole
    fits, over = 0, min(len(text), most)
    while fits < over:
        middle = (fits + over + 1) // 2
        fits, over = (middle, over) if len(_harmless(f"{text[:middle]}…")) <= most else (fits, middle - 1)
    return _harmless(f"{text[:fits]}…")


def _harmless(text: str) -> str:
    return "".join(_shown(match) for match in _PART.finditer(text))


def _shown(part: re.Match[str]) -> str:
    if part["within"]:
        return part[0]
    return f"{part[0]}{_INVISIBLE}" if part["stop"] else _IN_CHAT.get(part[0], part[0])


def unlinked(text: str) -> str:
    """Text in which a mail program finds no address to make a link of; nothing else looks different."""
    return _ADDRESS.sub(lambda part: f"{part[0]}{_INVISIBLE}", text)


def known_fields(line: str) -> str:
    """Of a log line that a program wrote as named values, those that such programs write. Whoever prints a
    line can add others, and choose what they say. A line of another form as it is."""
    said = fields(plain(line))
    known = {name: value for name, value in said.items() if name in _KNOWN_FIELDS}
    if not known or known == said:
        return line
    return " ".join(
        f"{name}={value if value.isalnum() else json.dumps(value)}" for name, value in known.items()
    )


def as_subject(value: object, most: int) -> str:
    """Printable ASCII, which is all that a mail's subject may be."""
    text = "".join(char if char.isascii() else "?" for char in one_line(value))
    return text if len(text) <= most else f"{text[: most - 3]}..."


def wrapped(value: object, indent: str = "", further: str | None = None) -> str:
    """Lines for a mail, each with its indentation, so that no part of the text can look like one of ours."""
    return textwrap.fill(
        one_line(value),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if further is None else further,
        break_on_hyphens=False,
    )
