"""Text that somebody else wrote, as a literal, a comment or an identifier of each language.

No literal and no comment ever holds a line break or a character that is not printable: the first would end a
comment or a heredoc, the second can make a line look like another one.
"""

import json
import re
import shlex
import textwrap

_WIDTH = 96
# The characters of ECS's own names.
_OF_ECS = re.compile("[A-Za-z0-9_-]+")
# What begins an interpolation or a directive of HCL. It is escaped by its code and not doubled: Terraform and
# python-hcl2 do not agree on what a run of such signs means.
_TEMPLATE = re.compile(r"[$%](?=\{)")
# A lone surrogate is no text, and no shell can pass a NUL.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def plain(text: str) -> str:
    """The text that every language can hold: without what no encoding or no command line has."""
    return _NO_TEXT.sub("\ufffd", text)


def one_line(text: str) -> str:
    """For a comment: whatever is not printable becomes a space."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in plain(text)).split())


def commented(mark: str, text: str) -> list[str]:
    """A comment of as many lines as it needs, each beginning with `mark`."""
    lines = textwrap.wrap(one_line(text), _WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"{mark} {line}" for line in lines]


def python(text: str) -> str:
    """A Python string literal."""
    inside = repr('"' + plain(text))[2:-1]  # the double quote makes repr choose single ones
    return '"' + inside.replace("\\'", "'").replace('"', '\\"') + '"'


def typescript(text: str) -> str:
    """A TypeScript string literal; its escapes are JSON's."""
    inside = json.dumps(plain(text), ensure_ascii=True)[1:-1]
    return "'" + inside.replace('\\"', '"').replace("'", "\\'") + "'"


def hcl(text: str) -> str:
    """A quoted HCL template without any interpolation or directive."""
    inside = "".join(map(_in_hcl, plain(text)))
    return '"' + _TEMPLATE.sub(lambda found: _code(found[0]), inside) + '"'


def _in_hcl(mark: str) -> str:
    if mark in '"\\':
        return "\\" + mark
    if mark.isprintable():
        return mark
    return _code(mark)


def _code(mark: str) -> str:
    return f"\\u{ord(mark):04x}" if ord(mark) < 0x10000 else f"\\U{ord(mark):08x}"


def shell(text: str) -> str:
    """A word of bash. What is not printable is written as its bytes, whatever the locale."""
    text = plain(text)
    return shlex.quote(text) if text.isprintable() else "$'" + "".join(map(_in_shell, text)) + "'"


def _in_shell(mark: str) -> str:
    if mark in "'\\":
        return "\\" + mark
    return mark if mark.isprintable() else "".join(f"\\x{byte:02x}" for byte in mark.encode())


def option(name: str, value: str) -> str:
    """An option of the AWS CLI with its value, which the CLI takes for the name of a file or an address to
    read where it has "://" in it. No name or ARN of AWS has."""
    value = value.replace("://", ":__")
    return f"--{name}{'=' if value.startswith('-') else ' '}{shell(value)}"


def identifier(text: str, otherwise: str) -> str:
    """A name that HCL, Python and TypeScript take; `otherwise` where nothing is left of it."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    return (f"_{name}" if name[:1].isdigit() else name) or otherwise


def construct_id(text: str, otherwise: str) -> str:
    """An ID of the CDK: the name itself where ECS would take it, else what is left of it."""
    return text if _OF_ECS.fullmatch(text) else identifier(text, otherwise)
