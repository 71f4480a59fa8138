"""Line charts as SVG. Colours come from the page's style, so that one drawing suits both themes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from rehearsal.dashboard.series import Series, Span

_COLORS = 10
_LEFT, _TOP, _BOTTOM, _NARROW = 46, 24, 24, 14
_LEGEND_LINE = 22
_TICK_SECONDS = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_DAY = 86400


@dataclass(frozen=True)
class Axes:
    """What a widget says of its axes: a unit at the left one, and lines across at certain values of it."""

    left_label: str = ""
    limits: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Frame:
    """Where the curves are drawn, in pixels, and what the axes span. An axis without curves is None."""

    width: int
    height: int
    span: Span
    left: float
    right: float | None

    @property
    def inner_right(self) -> float:
        return self.width - (_LEFT if self.right is not None else _NARROW)

    def x(self, at: datetime) -> float:
        """The place of a moment."""
        share = (at - self.span.start) / (self.span.end - self.span.start)
        return _LEFT + min(max(share, 0.0), 1.0) * (self.inner_right - _LEFT)

    def y(self, value: float, *, right: bool = False) -> float:
        """The place of a value on its axis."""
        top = (self.right or 1.0) if right else self.left
        return self.height - _BOTTOM - value / top * (self.height - _BOTTOM - _TOP)


def line_chart(
    title: str, series: Sequence[Series], span: Span, axes: Axes, *, width: int, height: int
) -> str:
    """The curves over time with their legend, as HTML of about this size."""
    lines = max(1, math.ceil(len(series) * 130 / max(width, 1)))
    frame = Frame(
        width,
        max(height - lines * _LEGEND_LINE, 90),
        span,
        _ceiling([curve for curve in series if not curve.entry.right], axes.limits),
        _ceiling([c for c in series if c.entry.right]) if any(c.entry.right for c in series) else None,
    )
    drawn = "".join(_curve(curve, number, frame) for number, curve in enumerate(series))
    if not any(curve.values for curve in series):
        middle = f'x="{width / 2:.0f}" y="{frame.height / 2:.0f}"'
        drawn = f'<text class="nothing" {middle} text-anchor="middle">No data in this time range</text>'
    name = escape(f"{title}: {_in_words(series)}", quote=True)
    picture = (
        f'<svg class="chart" role="img" aria-label="{name}" viewBox="0 0 {width} {frame.height}">'
        f"{''.join(_grid(frame, axes))}{drawn}</svg>"
    )
    return picture + legend(series)


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


def short(value: float) -> str:
    """A number for an axis or a tile."""
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e4, "K")):
        if abs(value) >= limit:
            return f"{value / (limit if suffix != 'K' else 1e3):.1f}".rstrip("0").rstrip(".") + suffix
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _own_color(curve: Series) -> str:
    return f' style="--own: {escape(curve.entry.color, quote=True)}"' if curve.entry.color else ""


def _ceiling(series: Sequence[Series], limits: Sequence[tuple[float, str]] = ()) -> float:
    """A round number at or above the highest value, which four lines of the grid divide well."""
    highest = max([0.0, *(value for curve in series for value in curve.values.values())])
    highest = max([highest, *(value for value, _ in limits)])
    if highest <= 0:
        return 1.0
    step = highest / 4
    magnitude: float = 10 ** math.floor(math.log10(step))
    nice = next(factor for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= step * 0.999)
    if highest <= 4 and float(highest).is_integer():
        return float(highest) if highest > 1 else 1.0
    return 4 * nice * magnitude


def _grid(frame: Frame, axes: Axes) -> Iterator[str]:
    if axes.left_label:
        yield f'<text x="{_LEFT - 6}" y="{_TOP // 2}" text-anchor="end">{escape(axes.left_label)}</text>'
    for value, label in axes.limits:
        place = frame.y(value)
        across = f'x1="{_LEFT}" x2="{frame.inner_right:.1f}" y1="{place:.1f}" y2="{place:.1f}"'
        yield f'<line class="limit" {across}/>'
        yield f'<text x="{_LEFT + 4}" y="{place + 13:.1f}">{escape(label)}</text>'
    count = int(frame.left) if frame.left <= 4 and frame.left.is_integer() else 4
    for number in range(count + 1):
        share = number / count
        y = frame.y(frame.left * share)
        yield f'<line class="grid" x1="{_LEFT}" x2="{frame.inner_right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{short(frame.left * share)}</text>'
        if frame.right is not None:
            x = frame.inner_right + 6
            yield f'<text x="{x:.1f}" y="{y + 4:.1f}">{short(frame.right * share)}</text>'
    for at in _ticks(frame):
        x, foot = frame.x(at), frame.height - _BOTTOM
        text = at.strftime(
            "%H:%M" if frame.span.end - frame.span.start <= timedelta(days=1) else "%m-%d %H:%M"
        )
        yield f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{foot}" y2="{foot + 4}"/>'
        yield f'<text x="{x:.1f}" y="{foot + 17}" text-anchor="middle">{text}</text>'


def _ticks(frame: Frame) -> Iterator[datetime]:
    """Round moments, far enough apart for their labels."""
    most = max(2, int((frame.inner_right - _LEFT) / 80))
    whole = (frame.span.end - frame.span.start).total_seconds()
    step = next(
        (step for step in _TICK_SECONDS if whole / step <= most), _DAY * math.ceil(whole / _DAY / most)
    )
    second = math.ceil(frame.span.start.timestamp() / step) * step
    while second <= frame.span.end.timestamp():
        yield datetime.fromtimestamp(second, UTC)
        second += step


def _curve(curve: Series, number: int, frame: Frame) -> str:
    """A line through neighbouring periods; a gap where a period has no value; a dot on each value."""
    style = f'class="{{}} {color_class(curve, number)}"{_own_color(curve)}'
    points = [
        (at, frame.x(at), frame.y(value, right=curve.entry.right)) for at, value in curve.values.items()
    ]
    path, before = "", None
    for at, x, y in points:
        near = before is not None and (at - before).total_seconds() <= curve.entry.period
        path += f"{'L' if near else 'M'}{x:.1f} {y:.1f}"
        before = at
    dots = "".join(f'<circle {style.format("dot")} cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for _, x, y in points)
    return f'<path {style.format("curve")} d="{path}"/>{dots}' if path else ""


def _in_words(series: Sequence[Series]) -> str:
    """What the picture shows, for those who do not see it."""
    told = [f"{curve.label} at most {short(max(curve.values.values()))}" for curve in series if curve.values]
    return "; ".join(told) or "no data in this time range"
