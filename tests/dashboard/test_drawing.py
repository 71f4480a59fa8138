"""Layouts are read, charts and texts are drawn so that they say what they show."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from rehearsal.dashboard.chart import Axes, line_chart, short
from rehearsal.dashboard.html import page
from rehearsal.dashboard.layout import parse
from rehearsal.dashboard.metrics import DashboardError, Plotted
from rehearsal.dashboard.panels import markdown
from rehearsal.dashboard.series import Series, Span
from rehearsal.dashboard.snapshot import canonical, harmless_calls

_START = datetime(2026, 1, 2, 10, tzinfo=UTC)
_SPAN = Span(_START, _START + timedelta(hours=1))


def _series(label: str, *values: float | None, right: bool = False, color: str | None = None) -> Series:
    found = {
        _START + timedelta(minutes=5 * number): value
        for number, value in enumerate(values)
        if value is not None
    }
    return Series(Plotted(id=label, label=label, period=300, right=right, color=color), found)


def _chart(*series: Series, axes: Axes | None = None) -> str:
    return line_chart("Title", series, _SPAN, axes or Axes(), width=600, height=300)


def test_widgets_come_in_reading_order_with_the_range_that_the_dashboard_begins_with() -> None:
    """Rows from the top, each from the left."""
    text = {"type": "text", "width": 6, "height": 2, "properties": {"markdown": "x"}}
    body = {
        "start": "-P1DT2H",
        "widgets": [{**text, "x": 6, "y": 3}, {**text, "x": 6}, {**text, "x": 0, "y": 3}],
    }

    layout = parse("name", body)

    assert [(widget.x, widget.y) for widget in layout.widgets] == [(6, 0), (0, 3), (6, 3)]
    assert layout.look_back == timedelta(days=1, hours=2)
    assert parse("name", {"widgets": []}).look_back == timedelta(hours=3)
    assert parse("name", {"widgets": [], "start": "-P1W"}).look_back == timedelta(days=7)


def test_a_kind_of_widget_that_is_not_known_is_an_error() -> None:
    """A gap in the page would go unnoticed."""
    body = {"widgets": [{"type": "explorer", "width": 1, "height": 1, "properties": {}}]}

    with pytest.raises(DashboardError, match="explorer"):
        parse("name", body)


def test_a_gap_stays_a_gap() -> None:
    """A period without a value is no zero: the line has two parts."""
    drawn = _chart(_series("stops", 1, 2, None, 4, 5))
    paths = re.findall(r'<path d="M([^"]+)" class="line reactive', drawn)

    assert len(paths) == 2
    assert drawn.count('class="dot ') == 4


def test_a_chart_says_in_words_what_it_shows() -> None:
    """For those who do not see it; labels are text, whatever is in them."""
    drawn = _chart(_series('<b>"stops"', 3, 1), axes=Axes("s", ((10.0, "time out"),)))

    assert 'aria-label="Title: &lt;b&gt;&quot;stops&quot; at most 3"' in drawn
    assert "<b>" not in drawn
    assert ">s</text>" in drawn
    assert "No data in this time range" in _chart(_series("stops"))
    assert "No data in this" not in drawn


def test_a_colour_of_its_own_is_used() -> None:
    """In the curve and the legend."""
    drawn = _chart(_series("stops", 1, 2, color="#d13212"))
    assert "--own: #d13212" in drawn
    assert "#d13212" in drawn.split("<ul")[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (3, "3"),
        (2.5, "2.5"),
        (0.126, "0.13"),
        (9999, "9999"),
        (12_345, "12.3K"),
        (2e6, "2M"),
        (3e9, "3G"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    """As they fit an axis."""
    assert short(value) == text


def test_html_in_markdown_stays_text() -> None:
    """As in CloudWatch's text widgets."""
    drawn = markdown("# Head\n**bold** <script>1</script> [link](javascript:x)\n\n| a |\n| - |\n| b |")

    assert "<h1>Head</h1>" in drawn
    assert "<strong>bold</strong>" in drawn
    assert "<table>" in drawn
    assert "<script" not in drawn
    assert 'href="javascript' not in drawn


def test_the_page_is_one_file_and_data_cannot_end_its_element() -> None:
    """Nothing is loaded from anywhere, and a name with markup stays a name."""
    about = {"name": "</script><b>", "speed": 2.0, "widgets": []}

    whole = page(about)

    assert "<b>" not in whole.replace("<body>", "")
    assert re.findall(r"\b(?:src|href)=\"(?!data:)", whole.split("<script>")[0]) == []
    assert "{{" not in whole.split("<script>")[0]


def test_only_calls_without_a_confirmation_are_recorded() -> None:
    """The rest would act."""
    html = (
        '<button>a</button><cwdb-action action="call" endpoint="e">{&quot;b&quot;: 1, "a": "x"}</cwdb-action>'
        '<button>b</button><cwdb-action action="call" endpoint="e" confirmation="Sure?">{}</cwdb-action>'
        '<button>c</button><cwdb-action action="html">{}</cwdb-action>'
        '<button>d</button><cwdb-action action="call" endpoint="f"></cwdb-action>'
    )

    assert list(harmless_calls(html)) == [("e", {"b": 1, "a": "x"}), ("f", {})]
    assert canonical({"b": [1, {"d": "ü"}], "a": None}) == '{"a":null,"b":[1,{"d":"ü"}]}'
