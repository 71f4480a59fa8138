"""The style of every page, in both of CloudWatch's themes, sent along with it: no external asset."""

from functools import cache
from pathlib import Path

from unwedge.people.view.context import Frame
from unwedge.people.view.html import Html, el, join

_LIGHT = (
    "--fg:#16191f;--soft:#545b64;--line:#d5dbdb;--fill:#f2f3f3;--link:#0a5a9c;"
    "--good:#1a6e02;--acted:#0a5a9c;--asks:#8a4b00;--trouble:#b3200a;--gap:#b3200a;--press:#0a5a9c;--on:#fff"
)
_DARK = (
    "--fg:#e9ebed;--soft:#b3bcc6;--line:#4a5563;--fill:#232f3e;--link:#7cc4ff;"
    "--good:#8bd96a;--acted:#7cc4ff;--asks:#ffc069;--trouble:#ff9c8a;--gap:#ff9c8a;--press:#7cc4ff;--on:#0f1b2a"
)


@cache
def _css() -> Html:
    return Html(Path(__file__).with_name("widget.css").read_text())


def page(frame: Frame, *parts: object) -> Html:
    """A whole answer: style and content in the dashboard's theme."""
    colours = (_DARK if frame.dark else _LIGHT) + (";--inverse:#0f1b2a" if frame.dark else ";--inverse:#fff")
    classes = "uw uw-narrow" if frame.narrow else "uw"
    return join(el("style", _css()), el("div", *parts, class_=classes, style=colours))


def table(heads: tuple[str, ...], rows: list[tuple[object, ...]], label: str) -> Html:
    """A table whose cells know their heading, for narrow widgets. Cells of numbers come as `Html` td."""
    made = []
    for row in rows:
        cells = [
            cell if isinstance(cell, Html) and cell.startswith("<td") else el("td", cell, data_label=head)
            for head, cell in zip(heads, row, strict=True)
        ]
        made.append(el("tr", cells))
    top = el("thead", el("tr", [el("th", head, scope="col") for head in heads]))
    return el("table", top, el("tbody", made), aria_label=label)


def figure(value: object, head: str) -> Html:
    """A cell with a measured number."""
    return el("td", value, class_="uw-num", data_label=head)


def service_cell(cluster_arn: str, name: str) -> Html:
    """A cell with a service, and its cluster under it."""
    cluster = el("small", cluster_arn.rsplit("/", 1)[-1])
    return el("td", name, " ", cluster, class_="uw-name", data_label="Service")
