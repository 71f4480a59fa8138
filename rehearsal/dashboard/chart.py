"""Line charts as SVG, drawn by pygal. Colours come from the page's style, so that one drawing suits both
themes."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

import pygal
from pygal.style import Style

from rehearsal.dashboard.series import Series, Span

# pygal leaves a finder of Python 2's kind behind, which today's import machinery cannot ask.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

_COLORS = 10
_LEGEND = 26


@dataclass(frozen=True)
class Axes:
    """What a widget says of its axes: a unit at the left one, and lines across at certain values of it."""

    left_label: str = ""
    limits: tuple[tuple[float, str], ...] = ()


def line_chart(
    title: str, series: Sequence[Series], span: Span, axes: Axes, *, width: int, height: int
) -> str:
    """The curves over time with their legend, as HTML of about this size."""
    name = escape(f"{title}: {_in_words(series)}", quote=True)
    if not any(curve.values for curve in series):
        nothing = f'<p class="nothing" role="img" aria-label="{name}">No data in this time range</p>'
        return nothing + legend(series)
    chart = pygal.XY(
        width=width,
        height=max(height - _LEGEND * (1 + len(series) // 4), 110),
        style=_style(series, axes),
        show_legend=False,
        js=[],
        no_data_text="",
        xrange=(span.start.timestamp(), span.end.timestamp()),
        range=(0, None),
        allow_interruptions=True,
        dots_size=2.5,
        x_label_rotation=0,
        x_value_formatter=_clock,
        value_formatter=short,
        x_labels_major_count=6,
        show_minor_x_labels=False,
        y_title=axes.left_label or None,
        margin=8,
    )
    for curve in series:
        chart.add(curve.label, _points(curve), secondary=curve.entry.right)
    for value, label in axes.limits:
        chart.add(
            label,
            [(span.start.timestamp(), value), (span.end.timestamp(), value)],
            show_dots=False,
            stroke_style=_DASHED,
        )
    drawn: str = chart.render(disable_xml_declaration=True, is_unicode=True)
    return f'<div class="chart" role="img" aria-label="{name}">{drawn}</div>{legend(series)}'


_DASHED = {"dasharray": "4, 4"}


def _clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M}"


def _points(curve: Series) -> list[tuple[float, float | None]]:
    """A point for each value, and none where a period between two has none: a gap stays a gap."""
    points: list[tuple[float, float | None]] = []
    before = None
    for at, value in sorted(curve.values.items()):
        if before is not None and (at - before).total_seconds() > curve.entry.period:
            points.append((before.timestamp() + curve.entry.period, None))
        points.append((at.timestamp(), value))
        before = at
    return points


def _style(series: Sequence[Series], axes: Axes) -> Style:
    colors = [curve.entry.color or f"var(--c{number % _COLORS})" for number, curve in enumerate(series)]
    return Style(
        colors=(*colors, *("var(--soft)" for _ in axes.limits)),
        background="transparent",
        plot_background="transparent",
        font_family="inherit",
        label_font_size=11,
        major_label_font_size=11,
        title_font_size=12,
        transition="0s",
        foreground="var(--soft)",
        foreground_strong="var(--text)",
        foreground_subtle="var(--line)",
    )


def legend(series: Sequence[Series]) -> str:
    """The names of the curves with their colours."""
    items = (
        f'<li><span class="key {color_class(curve, number)}"{_own_color(curve)}></span>'
        f"{escape(curve.label)}{' (right)' if curve.entry.right else ''}</li>"
        for number, curve in enumerate(series)
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def color_class(curve: Series, number: int) -> str:
    """The style class that gives a curve its colour."""
    return "own-color" if curve.entry.color else f"color-{number % _COLORS}"


def _own_color(curve: Series) -> str:
    return f' style="--own: {escape(curve.entry.color, quote=True)}"' if curve.entry.color else ""


def short(value: float) -> str:
    """A number for an axis or a tile."""
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e4, "K")):
        if abs(value) >= limit:
            return f"{value / (limit if suffix != 'K' else 1e3):.1f}".rstrip("0").rstrip(".") + suffix
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _in_words(series: Sequence[Series]) -> str:
    """What the picture shows, for those who do not see it."""
    told = [f"{curve.label} at most {short(max(curve.values.values()))}" for curve in series if curve.values]
    return "; ".join(told) or "no data in this time range"
