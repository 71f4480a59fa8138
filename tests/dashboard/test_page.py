"""The page does around a custom widget what CloudWatch's dashboard does, by its documentation.

CloudWatch User Guide, "Details about custom widgets" and "Interactivity in the custom widget".
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from rehearsal.dashboard.server import serving
from tests.dashboard.conftest import SMALL, Opener, drawn, refreshed, violations

VIEWER, OTHER = (f"arn:aws:lambda:us-east-1:000000000000:function:{name}" for name in ("viewer", "other"))
_NOW = 1_800_000_000_000
_COULD_RUN = (
    "<script>window.ran = 1</script>",
    "<img src='data:,' onerror='window.ran = 1'>",
    "<svg onload='window.ran = 1'><path d='M0 0'/></svg>",
    "<svg><use href='data:image/svg+xml,x'/><script>window.ran = 1</script></svg>",
    "<a href='javascript:window.ran = 1' class='go'>go</a>",
    "<a href=' jAvA\tscript:window.ran = 1' class='go'>go</a>",
    "<svg><a xlink:href='javascript:window.ran = 1' class='go'><text y='20'>go</text></a></svg>",
    "<form action='javascript:window.ran = 1'><button class='go'>go</button></form>",
    "<button formaction='javascript:window.ran = 1' class='go'>go</button>",
    "<iframe srcdoc='<script>parent.ran = 1</script>'></iframe>",
    "<iframe src='javascript:parent.ran = 1'></iframe>",
    "<object data='javascript:window.ran = 1'></object><embed src='javascript:window.ran = 1'>",
    "<template shadowrootmode=open><script>window.ran = 1</script></template>",
    "<math><mtext><table><mglyph><style><img src=data:, onerror='window.ran = 1'></style></table></math>",
    "<body onload='window.ran = 1'>",
    "<meta http-equiv=refresh content='0;url=javascript:window.ran=1'><base href='http://127.0.0.1:1/'>",
)


def _widget(**told: object) -> dict[str, Any]:
    place = {"kind": "custom", "x": 0, "y": 0, "width": 12, "height": 6, "title": "Custom", "bare": False}
    updates = {"refresh": True, "resize": True, "timeRange": True}
    return {**place, "endpoint": VIEWER, "params": {"view": "now"}, "updateOn": updates, **told}


class Fake:
    """Answers of an app that nobody has deployed; keeps what it was asked."""

    def __init__(self) -> None:
        self.widgets = [_widget()]
        self.html = "<p>hello</p>"
        self.answers: dict[str, str] = {}
        self.asked: list[Mapping[str, Any]] = []

    def about(self) -> Mapping[str, Any]:
        return {
            "name": "A-dashboard",
            "account": "000000000000",
            "lookBack": 10_800_000,
            "speed": 1.0,
            "widgets": self.widgets,
        }

    def now(self) -> Mapping[str, Any]:
        return {"now": _NOW}

    def widget(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(request)
        return {"html": f"<p>number {request['widget']}</p>"}

    def invoke(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(request)
        given = {name: value for name, value in request["event"].items() if name != "widgetContext"}
        return {"html": self.answers.get(json.dumps(given), self.html)}


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def address(fake: Fake) -> Iterator[str]:
    with serving(fake) as served:
        yield served


def _custom(page: Page) -> Locator:
    return page.locator(".widget[data-kind=custom] .inside")


def _action(text: str, **attributes: str) -> str:
    told = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<button class="btn">{text}</button><cwdb-action{told}>{{"view": "{text}"}}</cwdb-action>'


def test_a_widget_is_called_with_its_parameters_and_its_context(
    fake: Fake, address: str, opened: Opener
) -> None:
    """Time range, theme, size, form fields, and who calls."""
    fake.html = (
        '<form><input name="who" aria-label="who" value="me"></form><input name="stray" aria-label="stray">'
        '<form><input type="checkbox" name="off" aria-label="off"></form>'
    )
    page = opened(f"{address}?theme=dark&range=3h")
    refreshed(page)
    event = fake.asked[-1]["event"]
    context = event.pop("widgetContext")

    assert fake.asked[-1]["endpoint"] == VIEWER
    assert event == {"view": "now"}
    assert context["timeRange"]["end"] - context["timeRange"]["start"] == 10_800_000
    assert context["timeRange"]["end"] == _NOW
    assert context["timeRange"]["mode"] == "relative"
    assert (context["theme"], context["title"], context["dashboardName"]) == ("dark", "Custom", "A-dashboard")
    assert (context["params"], context["accountId"]) == ({"view": "now"}, "000000000000")
    assert context["forms"] == {"all": {"who": "me"}}
    assert 500 < context["width"] < 720
    assert 200 < context["height"] < 330


def test_what_could_run_is_taken_out(fake: Fake, address: str, opened: Opener) -> None:
    """Nothing of it runs, not even when somebody clicks, and nothing of it is left. The page allows inline
    scripts, so that only this stands between them and the person."""
    fake.widgets = [_widget(y=6 * number, params={"view": html}) for number, html in enumerate(_COULD_RUN)]
    fake.answers = {json.dumps({"view": html}): f"<p>kept</p>{html}" for html in _COULD_RUN}
    page = opened(address)

    for link in page.locator(".go").all():
        link.click(no_wait_after=True)
    shown = page.evaluate(
        "[...document.querySelectorAll('.widget .inside')].map(box => box.shadowRoot.innerHTML)"
    )

    assert page.evaluate("window.ran") is None
    assert len(shown) == len(_COULD_RUN)
    for html, inside in zip(_COULD_RUN, shown, strict=True):
        left = inside[inside.index("<p>kept</p>") :].lower().removeprefix("<p>kept</p>")
        dangers = ("<script", "<iframe", "<use", "<object", "<embed", "<template", "<base", "javascript:")
        assert [part for part in dangers if part in left] == [], html
        assert " on" not in left.split("<style")[0], html


def test_styles_of_a_widget_stay_in_it_and_its_own_are_switched_off_on_demand(
    fake: Fake, address: str, opened: Opener
) -> None:
    """A button looks like one, unless the widget says that it brings all styles itself."""
    fake.widgets = [_widget(), _widget(y=6, params={"view": "plain"})]
    fake.html = "<style>h1, p { color: rgb(1, 2, 3) }</style><p>text</p><button class='btn'>press</button>"
    fake.answers['{"view": "plain"}'] = (
        "<div class='cwdb-no-default-styles'></div><button class='btn'>bare</button>"
    )
    page = opened(address)

    def style(locator: Locator, name: str) -> str:
        value: str = locator.evaluate("(element, name) => getComputedStyle(element)[name]", name)
        return value

    assert style(page.get_by_text("text", exact=True), "color") == "rgb(1, 2, 3)"
    assert style(page.locator("header h1"), "color") != "rgb(1, 2, 3)"
    assert style(page.get_by_role("button", name="press"), "fontWeight") == "600"
    assert style(page.get_by_role("button", name="bare"), "fontWeight") == "400"


def test_a_call_shows_its_answer_in_a_popup(fake: Fake, address: str, opened: Opener) -> None:
    """With the parameters in the action, bound to the element before it; the widget stays as it was."""
    fake.html = "<p>first</p>" + _action("more", action="call", display="popup", endpoint=OTHER)
    fake.answers['{"view": "more"}'] = (
        '<p>the answer</p><script>window.ran = 1</script><input name="x" aria-label="x">'
    )
    page = opened(address)

    page.get_by_text("first").click()
    assert len(fake.asked) == 1
    page.get_by_role("button", name="more").click()

    expect(page.locator("#popup")).to_contain_text("the answer")
    assert fake.asked[-1]["endpoint"] == OTHER
    assert page.evaluate("window.ran") is None
    assert violations(page) == []
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#popup")).to_be_hidden()
    expect(_custom(page)).to_contain_text("first")


def test_a_call_replaces_the_widget_when_no_popup_is_asked_for(
    fake: Fake, address: str, opened: Opener
) -> None:
    """That is the default; actions in the new content work as well, with the fields of the widget."""
    fake.html = '<form><input name="service" aria-label="service"></form>' + _action(
        "next", action="call", endpoint=OTHER
    )
    fake.answers['{"view": "next"}'] = "<p>second</p>" + _action("last", action="call", endpoint=VIEWER)
    fake.answers['{"view": "last"}'] = "<p>third</p>"
    page = opened(address)

    page.get_by_label("service", exact=True).fill("prom")
    page.get_by_role("button", name="next").click()
    expect(_custom(page)).to_contain_text("second")
    assert fake.asked[-1]["event"]["widgetContext"]["forms"] == {"all": {"service": "prom"}}
    page.get_by_role("button", name="last").click()

    expect(_custom(page)).to_contain_text("third")
    expect(page.locator("#popup")).to_be_hidden()


def test_an_action_with_html_shows_its_content_without_a_call(
    fake: Fake, address: str, opened: Opener
) -> None:
    """In the widget or in a popup, at a click or when the pointer comes."""
    fake.html = (
        "<a class='btn'>tell</a><cwdb-action action='html' display='popup'><b>told</b></cwdb-action>"
        "<a class='btn'>hover</a><cwdb-action action='html' event='mouseenter'><i>hovered</i></cwdb-action>"
    )
    page = opened(address)

    expect(page.get_by_text("told")).to_be_hidden()
    page.get_by_text("tell").click()
    expect(page.locator("#popup")).to_contain_text("told")
    page.keyboard.press("Escape")
    box = page.get_by_text("hover", exact=True).bounding_box()
    assert box
    page.mouse.move(box["x"] + 2, box["y"] + 2)

    expect(_custom(page)).to_contain_text("hovered")
    assert len(fake.asked) == 1


def test_a_confirmation_comes_before_the_call(fake: Fake, address: str, opened: Opener) -> None:
    """Cancel, Escape and OK; the text is text."""
    fake.html = _action(
        "act", action="call", display="popup", endpoint=OTHER, confirmation="Sure of &lt;b&gt;it?"
    )
    fake.answers['{"view": "act"}'] = "<p>done</p>"
    page = opened(address)
    question = page.locator("#question")

    page.get_by_role("button", name="act").click()
    expect(question).to_contain_text("Sure of <b>it?")
    assert violations(page) == []
    question.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="act").click()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    assert len(fake.asked) == 1
    page.get_by_role("button", name="act").click()
    question.get_by_role("button", name="OK").click()

    expect(page.locator("#popup")).to_contain_text("done")
    assert len(fake.asked) == 2


def test_a_widget_is_drawn_again_only_for_what_it_wants(fake: Fake, address: str, opened: Opener) -> None:
    """Refresh, time range and size are three reasons, each of which a widget may leave out."""
    fake.widgets = [_widget(updateOn={"refresh": False, "resize": True, "timeRange": False})]
    page = opened(f"{address}?range=1h")

    refreshed(page)
    page.get_by_label("Time range").select_option("12h")
    drawn(page, 3)
    assert len(fake.asked) == 1
    page.set_viewport_size({"width": 900, "height": 700})
    drawn(page, 4)

    assert len(fake.asked) == 2
    assert fake.asked[1]["event"]["widgetContext"]["width"] < fake.asked[0]["event"]["widgetContext"]["width"]


def test_other_widgets_are_asked_for_with_time_and_size_and_stack_in_a_narrow_window(
    fake: Fake, address: str, opened: Opener
) -> None:
    """Side by side in the grid of 24 columns, one below the other on a telephone."""
    place = {"kind": "metric", "y": 0, "width": 12, "height": 6, "bare": False}
    fake.widgets = [{**place, "x": 0, "title": "Left"}, {**place, "x": 12, "title": "Right"}]

    def corners(page: Page) -> list[tuple[float, float]]:
        boxes = [page.get_by_role("region", name=name).bounding_box() for name in ("Left", "Right")]
        return [(round(box["x"]), round(box["y"])) for box in boxes if box]

    (left, top), (right, same) = corners(opened(f"{address}?range=1w"))
    (stacked, first), (below, second) = corners(opened(address, SMALL))

    assert left < right
    assert top == same
    assert stacked == below
    assert second > first
    asked = fake.asked[0]
    assert asked["end"] - asked["start"] == 7 * 24 * 3_600_000
    assert 500 < asked["width"] < 720


def test_the_theme_changes_the_colours_and_what_widgets_are_told(
    fake: Fake, address: str, opened: Opener
) -> None:
    """Each theme is drawn with its own context."""
    page = opened(address)

    def background() -> str:
        colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    light = background()
    page.get_by_label("Theme").select_option("dark")
    drawn(page, 2)

    assert background() != light
    assert [asked["event"]["widgetContext"]["theme"] for asked in fake.asked] == ["light", "dark"]


def test_a_widget_that_showed_a_failure_is_drawn_again(fake: Fake, address: str, opened: Opener) -> None:
    """Once its function answers again."""
    fake.html = '<p class="failure" role="alert">it crashed</p>'
    page = opened(address)
    expect(_custom(page).get_by_role("alert")).to_contain_text("it crashed")

    fake.html = "<p>better</p>"
    refreshed(page)

    expect(_custom(page)).to_contain_text("better")
