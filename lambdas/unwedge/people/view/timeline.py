"""The course of an incident as a picture: who wrote when, and its moments on a line; and as a list."""

from collections.abc import Callable
from datetime import datetime, timedelta

from unwedge.people.view.course import Course, Moment
from unwedge.people.view.html import Html, el, join
from unwedge.people.view.style import figure, table
from unwedge.people.view.words import clock
from unwedge.people.wording import lasted

_WIDTH, _LEFT, _RIGHT = 1000, 10, 990
_BAR, _BAR_HEIGHT = 34, 16
_AXIS = 68
# Nearer than this two markers would cover each other.
_NEAREST = 44
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
    words = f"Time line of {lasted(span)} with {len(happened)} moments, listed below."
    return el(
        "svg",
        _writers(course, x),
        _axis(span),
        [_marker(group, places[group[0]]) for group in _groups(places)],
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
    parts.append(_bar(gone, began, "uw-gap", f"gap {lasted(seconds)}"))
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
    return [line, start, el("text", lasted(span), x=_RIGHT, y=_AXIS + 12, text_anchor="end")]


def _groups(places: list[float]) -> list[list[int]]:
    """Which moments share a marker: those too near to the first of a group to stand apart."""
    groups: list[list[int]] = []
    for number, place in enumerate(places):
        if groups and place - places[groups[-1][0]] < _NEAREST:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _marker(group: list[int], place: float) -> Html:
    """A dot with the number of its moment, or a longer one for several: 2-4."""
    first, last = group[0] + 1, group[-1] + 1
    words = str(first) if first == last else f"{first}-{last}"
    half = max(9.0, 4.2 * len(words) + 3)
    left = min(max(place - half, _LEFT), _RIGHT - 2 * half)
    y = _BAR - 16
    return join(
        el("path", d=f"M{place} {y}V{_AXIS - 8}", class_="uw-stem", fill="none"),
        el("rect", x=round(left, 1), y=y - 9, width=2 * half, height=18, rx=9, class_="uw-dot"),
        el("text", words, x=round(left + half, 1), y=y + 4.5, text_anchor="middle", class_="uw-dotn"),
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
    return f"+{lasted((moment.at - course.start).total_seconds())}"
