"""The inside of every widget but the custom ones, as HTML."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.dashboard.alarms import Standing, State, standing
from rehearsal.dashboard.chart import Axes, color_class, line_chart, short
from rehearsal.dashboard.insights import InsightsError, run
from rehearsal.dashboard.layout import Widget
from rehearsal.dashboard.lines import LogLine, function_groups
from rehearsal.dashboard.metrics import DashboardError, plotted
from rehearsal.dashboard.series import Series, Span, curves
from rehearsal.dashboard.source import Source

_SOURCES = re.compile(r"\s*(?:SOURCE\s+[^|]+\|\s*)+")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_STATE_CLASS = {State.ALARM: "alarm", State.OK: "ok"}


@dataclass(frozen=True)
class Scene:
    """What a widget is drawn from: the app, its log and numbers, the time looked at, its size in pixels."""

    deployed: DeployedApp
    lines: Sequence[LogLine]
    source: Source
    span: Span
    width: int
    height: int


def panel(widget: Widget, scene: Scene) -> str:
    """The inside of a widget; raises DashboardError or InsightsError for what is not understood."""
    return _PANELS[widget.kind](widget, scene)


def failure(error: Exception) -> str:
    """What stands in a widget that cannot be shown."""
    return f'<p class="failure" role="alert">{escape(str(error))}</p>'


def markdown(text: str) -> str:
    """Markdown as HTML; HTML in it stays text, as in CloudWatch's text widgets."""
    rendered: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return rendered


def _text(widget: Widget, scene: Scene) -> str:
    # the page has a heading of its own: those of the text are below it
    return re.sub(
        r"(</?h)(\d)\b",
        lambda match: f"{match[1]}{min(int(match[2]) + 1, 6)}",
        markdown(str(widget.properties["markdown"])),
    )


def _metric(widget: Widget, scene: Scene) -> str:
    properties = widget.properties
    if "metrics" not in properties and "alarms" in properties.get("annotations", {}):
        return _states(properties["annotations"]["alarms"], scene)
    view = properties.get("view", "timeSeries")
    entries = plotted(properties)
    if view == "singleValue":
        whole = bool(properties.get("setPeriodToTimeRange"))
        return _single_values(curves(entries, scene.source, scene.span, whole=whole))
    if view != "timeSeries":
        raise DashboardError(f"unknown view {view!r}")
    drawn = curves(entries, scene.source, scene.span)
    missing = [curve.label for curve in drawn if not curve.measured]
    note = (
        f'<p class="note">Not measured on this machine: {escape(", ".join(missing))}.</p>' if missing else ""
    )
    room = scene.height - (24 if missing else 0)
    axes = Axes(
        left_label=str(properties.get("yAxis", {}).get("left", {}).get("label", "")),
        limits=tuple(
            (float(limit["value"]), str(limit.get("label", "")))
            for limit in properties.get("annotations", {}).get("horizontal", [])
        ),
    )
    return line_chart(widget.title, drawn, scene.span, axes, width=scene.width, height=room) + note


def _single_values(series: Sequence[Series]) -> str:
    """A tile per metric with its newest value."""
    tiles = []
    for number, curve in enumerate(series):
        if not curve.measured:
            value, hint = "?", ' title="Not measured on this machine"'
        else:
            values = list(curve.values.values())
            value, hint = (short(values[-1]) if values else "--"), ""
        tiles.append(
            f'<div class="tile {color_class(curve, number)}"{hint}><dt>{escape(curve.label)}</dt>'
            f"<dd>{value}</dd></div>"
        )
    return f'<dl class="tiles">{"".join(tiles)}</dl>'


def _log(widget: Widget, scene: Scene) -> str:
    query = str(widget.properties["query"])
    match = _SOURCES.match(query)
    if match is None:
        raise InsightsError(f"the query names no log group: {query[:60]!r}")
    groups = {one or other for one, other in _QUOTED.findall(match[0])}
    strange = groups - set(function_groups(scene.deployed))
    if strange:
        raise InsightsError(f"no log group of a function: {', '.join(sorted(strange))}")
    span = scene.span
    lines = [line for line in scene.lines if line.group in groups and span.start <= line.at < span.end]
    view = widget.properties.get("view", "table")
    if view != "table":
        raise DashboardError(f"unknown view {view!r}")
    table = run(query[match.end() :], lines)
    if not table.rows:
        return '<p class="nothing">No results in this time range</p>'
    return _table(table.columns, table.rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _alarm(widget: Widget, scene: Scene) -> str:
    return _states(widget.properties["alarms"], scene)


def _states(arns: Sequence[str], scene: Scene) -> str:
    """The state of these alarms; their descriptions on hover."""
    watch = scene.deployed.emulator.client("cloudwatch")
    known: dict[str, Mapping[str, Any]] = {
        alarm["AlarmArn"]: alarm
        for page in watch.get_paginator("describe_alarms").paginate()
        for alarm in page["MetricAlarms"]
    }
    missing = [arn for arn in arns if arn not in known]
    if missing:
        raise DashboardError(f"no such alarm: {', '.join(missing)}")
    items = (_state(standing(known[arn], scene.source, scene.span)) for arn in arns)
    return f'<ul class="alarms">{"".join(items)}</ul>'


def _state(alarm: Standing) -> str:
    style = _STATE_CLASS.get(alarm.state, "unknown")
    last = f", last in alarm at {_time(alarm.last_alarm)}" if alarm.last_alarm else ""
    return (
        f'<li class="{style}" title="{escape(alarm.description, quote=True)}">'
        f"<strong>{escape(alarm.name)}</strong><span>{alarm.state}{last}</span></li>"
    )


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%H:%M:%S UTC")


_PANELS: dict[str, Callable[[Widget, Scene], str]] = {
    "text": _text,
    "metric": _metric,
    "log": _log,
    "alarm": _alarm,
}
