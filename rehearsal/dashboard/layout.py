"""The deployed dashboard as it was deployed: its widgets and where they stand."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.dashboard.metrics import DashboardError

# The grid of CloudWatch is so many columns wide.
COLUMNS = 24
_KINDS = frozenset({"text", "metric", "log", "alarm", "custom"})
_DURATION = re.compile(r"-P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_DEFAULT_RANGE = timedelta(hours=3)


@dataclass(frozen=True)
class Widget:
    """One widget: its kind, its place and size in units of the grid, and its properties."""

    kind: str
    x: int
    y: int
    width: int
    height: int
    properties: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Its heading, if it has one."""
        return str(self.properties.get("title", ""))


@dataclass(frozen=True)
class Layout:
    """A dashboard: its name, its widgets, and how far back it looks at first."""

    name: str
    widgets: tuple[Widget, ...]
    look_back: timedelta = field(default=_DEFAULT_RANGE)


def layout_of(deployed: DeployedApp) -> Layout:
    """The dashboard in the emulator; raises DashboardError for a kind of widget that is not known."""
    name = deployed.deployment.output("Dashboard")
    body = deployed.emulator.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    return parse(name, json.loads(body))


def parse(name: str, body: Mapping[str, Any]) -> Layout:
    """A dashboard from its body."""
    widgets = tuple(_widget(widget) for widget in body["widgets"])
    return Layout(name, tuple(sorted(widgets, key=lambda widget: (widget.y, widget.x))), _look_back(body))


def _widget(body: Mapping[str, Any]) -> Widget:
    if body["type"] not in _KINDS:
        raise DashboardError(f"unknown kind of widget: {body['type']!r}")
    x, y, width, height = (int(body.get(name, 0)) for name in ("x", "y", "width", "height"))
    return Widget(body["type"], x, y, width, height, body["properties"])


def _look_back(body: Mapping[str, Any]) -> timedelta:
    match = _DURATION.fullmatch(str(body.get("start", "")))
    if match is None:
        return _DEFAULT_RANGE
    weeks, days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
