"""Text that others wrote (log lines, names, AWS's answers), made safe for a chat, a mail and a subject."""

import textwrap

_INVISIBLE = "\u200b"
# What a chat would take for markup, a mention or a link; each with what it shows instead.
_IN_CHAT = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "`": "'",
    "@": f"@{_INVISIBLE}",
    "[": f"[{_INVISIBLE}",
    "]": f"]{_INVISIBLE}",
}
_WIDTH = 78


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
    """Text that formats, mentions and links nothing, no longer than `most` with its escapes."""
    escaped: list[str] = []
    room = most - 1
    for char in one_line(value).replace("://", f":{_INVISIBLE}//"):
        part = _IN_CHAT.get(char, char)
        if len(part) > room:
            return "".join([*escaped, "…"])
        escaped.append(part)
        room -= len(part)
    return "".join(escaped)


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
