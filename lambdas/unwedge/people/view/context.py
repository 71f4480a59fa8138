"""What CloudWatch tells a custom widget: theme, size, time range, form fields.

Source: CloudWatch User Guide, "Details about custom widgets". Everything may be missing or of another type,
because whoever may invoke the function may send anything: then a default is taken.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

DEFAULT_RANGE = timedelta(days=1)
_NARROW = 620
_LONGEST_FIELD = 200


class Frame(NamedTuple):
    """The frame of a widget. `fields` are the form fields that people filled in."""

    since: datetime
    until: datetime
    dark: bool = False
    width: int = 1200
    fields: Mapping[str, str] = {}
    dashboard: str = ""

    @property
    def narrow(self) -> bool:
        """Whether a table with many columns would not be readable."""
        return self.width < _NARROW


def no_token(about: str) -> str:
    """Where no button can be made."""
    return ""


class Calls(NamedTuple):
    """The ARNs that buttons call: of the viewer itself, the approver, the verifier and the auditor. `token`
    makes the token of a button for what it is about; empty where none can be made, and then `untold` says
    why."""

    viewer: str
    approver: str
    token: Callable[[str], str] = no_token
    untold: str = "Answer on the command line."
    verifier: str = ""
    auditor: str = ""


def frame_of(event: Mapping[str, Any], now: datetime) -> Frame:
    """The frame that came with an invocation. Never raises."""
    context = _mapping(event.get("widgetContext"))
    since, until = _range(_mapping(context.get("timeRange")), now)
    width = context.get("width")
    return Frame(
        since,
        until,
        dark=context.get("theme") == "dark",
        width=width if isinstance(width, int) and width > 0 else 1200,
        fields=_fields(_mapping(_mapping(context.get("forms")).get("all"))),
        dashboard=str(context.get("dashboardName") or "")[:_LONGEST_FIELD],
    )


def _range(told: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """The part that was zoomed into, else the dashboard's range, else the last day."""
    for part in (_mapping(told.get("zoom")), told):
        since, until = _moment(part.get("start")), _moment(part.get("end"))
        if since and until and since < until:
            # A relative range ends when the page was loaded; what came since is wanted, too.
            live = part is told and told.get("mode") == "relative"
            return since, max(until, now) if live else until
    return now - DEFAULT_RANGE, now


def _moment(value: object) -> datetime | None:
    """Milliseconds since 1970."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _fields(told: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value).strip()[:_LONGEST_FIELD] for name, value in told.items() if value}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
