"""Expressions of CloudWatch Logs Insights: the words of a query, and what they are worth for one log line.

After "CloudWatch Logs Insights language query syntax" in the CloudWatch Logs user guide, as far as this
project's own queries go. Whatever is not known here raises InsightsError: a query that is only half
understood would show half a truth.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

# A field's value. Booleans of JSON are 1 and 0 in Logs Insights.
Value = str | float | datetime | None
Row = Mapping[str, Value]
Evaluate = Callable[[Row], Value]

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<quoted>`[^`]+`)
    |(?P<span>\d+(?:ms|s|m|h|d|w)\b)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[@A-Za-z_][\w.@]*)
    |(?P<sign>!=|<=|>=|=~|[=<>+\-*/%()\[\],|])""",
    re.VERBOSE,
)
_REGEX = re.compile(r"\s*/((?:\\.|[^/\\])+)/(i?)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


class InsightsError(Exception):
    """A query that is wrong, or beyond what is understood here; says where."""


@dataclass(frozen=True)
class Token:
    """One word of a query: its kind, its text, and where it stands."""

    kind: str
    text: str
    start: int
    end: int


def tokens(query: str) -> list[Token]:
    """The words of a query. A pattern may follow only ``like`` and ``=~``: elsewhere a slash divides."""
    found: list[Token] = []
    at = 0
    while at < len(query):
        after_like = bool(found) and found[-1].text.lower() in ("like", "=~")
        pattern = _REGEX.match(query, at) if after_like else None
        match = pattern or _TOKEN.match(query, at)
        if match is None:
            raise InsightsError(f"not understood: {query[at : at + 30]!r}")
        kind = "regex" if pattern else str(match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match.group(), at, match.end()))
        at = match.end()
    return found


def pattern(token: Token) -> re.Pattern[str]:
    """The pattern that a token is."""
    match = _REGEX.match(token.text)
    if token.kind != "regex" or match is None:
        raise InsightsError(f"{token.text!r} is no pattern")
    return re.compile(match[1], re.IGNORECASE if match[2] else 0)


def seconds(token: Token) -> float:
    """The length of a span such as 5m."""
    match = re.fullmatch(r"(\d+)(\D+)", token.text)
    if token.kind != "span" or match is None:
        raise InsightsError(f"{token.text!r} is no span of time")
    return int(match[1]) * _UNIT_SECONDS[match[2]]


def number(value: Value) -> float | None:
    """A value as a number, if it is one or reads like one."""
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def shown(value: Value) -> str:
    """A value as Logs Insights shows it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def compare(sign: str, left: Value, right: Value) -> bool:
    """One comparison: numbers as numbers, else as text. A missing field compares with nothing."""
    if left is None or right is None:
        return False
    numbers = (number(left), number(right))
    a, b = numbers if None not in numbers else (shown(left), shown(right))
    order = (a > b) - (a < b)  # type: ignore[operator]  # both numbers or both text
    return {
        "=": order == 0,
        "!=": order != 0,
        "<": order < 0,
        "<=": order <= 0,
        ">": order > 0,
        ">=": order >= 0,
    }[sign]


def calculate(sign: str, left: Value, right: Value) -> Value:
    """One sum or product; nothing when a side is no number or the divisor is zero."""
    a, b = number(left), number(right)
    if a is None or b is None or (sign in "/%" and b == 0):
        return None
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b
        case _:
            return a % b
