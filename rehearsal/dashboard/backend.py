"""Answers the page: the layout, the inside of a widget, and the deployed functions' own answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from botocore.exceptions import ClientError

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.aws.emulator import ACCOUNT
from rehearsal.dashboard.alarm_states import set_alarms
from rehearsal.dashboard.insights import InsightsError
from rehearsal.dashboard.layout import Layout, Widget, layout_of
from rehearsal.dashboard.lines import LogLine, function_groups, read_lines
from rehearsal.dashboard.metrics import DashboardError
from rehearsal.dashboard.panels import Scene, failure, markdown, panel
from rehearsal.dashboard.series import Span
from rehearsal.dashboard.source import EmulatorSource, Source

_ALARMS_LOOK_BACK = timedelta(hours=1)
Request = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True)
class _Read:
    """The functions' log at one moment, and the numbers in it: read once for all widgets."""

    lines: Sequence[LogLine]
    source: Source

    @classmethod
    def of(cls, deployed: DeployedApp) -> Self:
        lines = read_lines(deployed, function_groups(deployed))
        return cls(lines, EmulatorSource(deployed, lines))


class Backend:
    """What stands behind the page: one deployed app in its emulator."""

    def __init__(self, deployed: DeployedApp) -> None:
        self._deployed = deployed
        self._read = _Read.of(deployed)
        self.layout: Layout = layout_of(deployed)

    def about(self) -> Answer:
        """The dashboard as the page's script needs it."""
        return {
            "name": self.layout.name,
            "account": ACCOUNT,
            "lookBack": int(self.layout.look_back.total_seconds() * 1000),
            "speed": self._deployed.clock.speed,
            "widgets": [_described(widget) for widget in self.layout.widgets],
        }

    def now(self) -> Answer:
        """The virtual present, in milliseconds since 1970. What is drawn next is from the log as it is now,
        and the alarms stand as it says."""
        now = self._deployed.clock.now()
        self._read = _Read.of(self._deployed)
        set_alarms(self._deployed, self._read.source, Span(now - _ALARMS_LOOK_BACK, now))
        return {"now": int(now.timestamp() * 1000)}

    def widget(self, request: Request) -> Answer:
        """The inside of widget number ``widget`` in the time from ``start`` to ``end`` (milliseconds)."""
        widget = self.layout.widgets[int(request["widget"])]
        span = Span(_moment(request["start"]), _moment(request["end"]))
        read, size = self._read, (int(request["width"]), int(request["height"]))
        scene = Scene(self._deployed, read.lines, read.source, span, *size)
        try:
            return {"html": panel(widget, scene)}
        except (DashboardError, InsightsError) as error:
            return {"html": failure(error), "failed": True}

    def invoke(self, request: Request) -> Answer:
        """The answer of the deployed function ``endpoint`` to ``event``, as a custom widget shows it."""
        try:
            answered = self._deployed.emulator.client("lambda").invoke(
                FunctionName=request["endpoint"], Payload=json.dumps(request["event"]).encode()
            )
        except ClientError as error:
            return {"html": failure(error), "failed": True}
        body = answered["Payload"].read().decode(errors="replace")
        if answered.get("FunctionError"):
            return {"html": failure(RuntimeError(body)), "failed": True}
        return {"html": _as_html(json.loads(body))}


def _as_html(answer: Any) -> str:
    """A function answers HTML as a string, Markdown in an object, or anything else, shown as JSON."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict) and set(answer) == {"markdown"}:
        return markdown(str(answer["markdown"]))
    return f"<pre>{_escaped(json.dumps(answer, indent=2))}</pre>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _described(widget: Widget) -> Answer:
    told: Answer = {
        "kind": widget.kind,
        "x": widget.x,
        "y": widget.y,
        "width": widget.width,
        "height": widget.height,
        "title": widget.title,
        "bare": widget.properties.get("background") == "transparent",
    }
    if widget.kind == "custom":
        properties = widget.properties
        told["endpoint"] = properties["endpoint"]
        told["params"] = properties.get("params", {})
        told["updateOn"] = properties.get("updateOn", {"refresh": True, "resize": True, "timeRange": True})
    return told


def _moment(milliseconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=float(milliseconds))
