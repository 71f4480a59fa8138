"""The course of an incident as a picture: who wrote when, and its moments on a line; and as a list."""

from collections.abc import Callable
from datetime import datetime, timedelta

from unwedge.people.view.course import Course, Moment
from unwedge.people.view.html import Html, el, join
from unwedge.people.view.style import figure, table
from unwedge.people.view.words import clock

_WIDTH, _LEFT, _RIGHT = 1000, 10, 990
_BAR, _BAR_HEIGHT = 58, 16
_AXIS = 92
_LANES, _LANE_HEIGHT, _NEAREST = 3, 18, 22
# So much is drawn before the first moment and after the last, for the eye.
_MARGIN = 0.04


def picture(course: Course) -> Html:
    """Who wrote when, with the moments by their numbers. Nothing where there is no span of time."""
    happened = course.moments
    if len(happened) < 2:
        return Html()
    span = max((happened[-1].at - happened[0].at).total_seconds(), 1.0)
    first = happened[0].at - timedelta(seconds=span * _MARGIN)
    whole = span * (1 + 2 * _MARGIN)

    def x(at: datetime) -> float:
        part: float = (at - first).total_seconds() / whole
        return round(_LEFT + (_RIGHT - _LEFT) * min(max(part, 0.0), 1.0), 1)

    places = [x(moment.at) for moment in happened]
    words = f"Time line of {span:.0f} seconds with {len(happened)} moments, listed below."
    return el(
        "svg",
        _writers(course, x),
        _axis(span),
        [_dot(number, addresses, lane) for number, (addresses, lane) in enumerate(_lanes(places), 1)],
        viewBox=f"0 0 {_WIDTH} {_AXIS + 20}",
        class_="uw-time",
        role="img",
        aria_label=words,
    )


def _writers(course: Course, x: Callable[[datetime], float]) -> list[Html]:
    """The bar of who held the lock: the old task, nobody, the new task."""
    if course.gone is None:
        return [_bar(_LEFT, _RIGHT, "uw-old", "the old task writes")]
    gone = x(course.gone)
    parts = [_bar(_LEFT, gone, "uw-old", "old task writes")]
    if course.began is None:
        return [*parts, _bar(gone, _RIGHT, "uw-gap", "nobody known to write")]
    began = x(course.began)
    seconds = (course.began - course.gone).total_seconds()
    parts.append(_bar(gone, began, "uw-gap", f"gap {seconds:.1f} s"))
    return [*parts, _bar(began, _RIGHT, "uw-new", "new task writes")]


def _bar(start: float, end: float, kind: str, words: str) -> Html:
    width = max(end - start, 1)
    made = el("rect", x=start, y=_BAR, width=width, height=_BAR_HEIGHT, class_=kind)
    fits = width > 7.5 * len(words)
    told = el("text", words, x=start + width / 2, y=_BAR + 12.5, text_anchor="middle") if fits else ""
    return join(made, told)


def _axis(span: float) -> list[Html]:
    """The line, with what its ends mean."""
    line = el("path", d=f"M{_LEFT} {_AXIS - 8}H{_RIGHT}", class_="uw-stem", fill="none")
    start = el("text", "0 s", x=_LEFT, y=_AXIS + 12)
    return [line, start, el("text", f"{span:.0f} s", x=_RIGHT, y=_AXIS + 12, text_anchor="end")]


def _lanes(places: list[float]) -> list[tuple[float, int]]:
    """A height for each dot, so that neighbours do not cover each other."""
    free = [float("-inf")] * _LANES
    found: list[tuple[float, int]] = []
    for addresses in places:
        lane = next((lane for lane in range(_LANES) if addresses - free[lane] >= _NEAREST), None)
        if lane is None:
            lane = min(range(_LANES), key=lambda candidate: free[candidate])
        free[lane] = addresses
        found.append((addresses, lane))
    return found


def _dot(number: int, addresses: float, lane: int) -> Html:
    y = _BAR - 12 - lane * _LANE_HEIGHT
    return join(
        el("path", d=f"M{addresses} {y}V{_AXIS - 8}", class_="uw-stem", fill="none"),
        el("circle", cx=addresses, cy=y, r=9, class_="uw-dot"),
        el("text", number, x=addresses, y=y + 4.5, text_anchor="middle", class_="uw-dotn"),
    )


def moments(course: Course) -> Html:
    """The moments in order, by the numbers that they have in the picture."""
    rows: list[tuple[object, ...]] = [
        (
            str(number),
            figure(clock(moment.at), "Time"),
            figure(_since(moment, course), "Since the failure"),
            moment.about,
            moment.source,
        )
        for number, moment in enumerate(course.moments, 1)
    ]
    return table(("No.", "Time", "Since the first", "What", "Dated by"), rows, "Course of the incident")


def _since(moment: Moment, course: Course) -> str:
    return f"+{(moment.at - course.start).total_seconds():.1f} s"
