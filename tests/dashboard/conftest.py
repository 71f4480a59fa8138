"""A headless Chromium for the tests of the page, and what every page must keep to."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from rehearsal.dashboard.browser import chromium, find_chromium

LARGE, SMALL = (1440, 1000), (390, 844)
_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# For what a page is to do and to show alike: behind a button a deployed function starts, on a busy machine
# for longer than the five seconds that the driver waits by itself.
_PATIENCE_MILLISECONDS = 15_000
expect.set_options(timeout=_PATIENCE_MILLISECONDS)

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Without one these tests are left out loudly, but never in continuous integration."""
    binary = find_chromium()
    if binary is None:
        reason = "NO CHROMIUM: nobody has seen the dashboard. `make setup` says how to get one."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with chromium(binary) as opened:
        yield opened


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opener]:
    """Opens pages. At the end of the test none of them may have said an error or a warning to the console."""
    said: list[str] = []
    contexts = []

    def open_page(address: str, size: tuple[int, int] = LARGE) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MILLISECONDS)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"uncaught: {error}"))
        page.goto(address)
        drawn(page, 1)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []


def drawn(page: Page, times: int) -> None:
    """Wait until everything on the page has been drawn for this time."""
    page.wait_for_selector(f'html[data-drawn="{times}"]', state="attached")


def refreshed(page: Page) -> None:
    """Press Refresh and wait for what comes of it."""
    before = int(page.evaluate("document.documentElement.dataset.drawn"))
    page.get_by_role("button", name="Refresh").click()
    drawn(page, before + 1)


def violations(page: Page, part: str = "html") -> list[str]:
    """What axe finds wrong for people with disabilities: the rule and the place of each violation."""
    page.evaluate(_AXE.read_text() + ";0")
    found: dict[str, Any] = page.evaluate("(part) => axe.run(part)", part)
    assert found["passes"], "axe has looked at nothing"
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def sideways(page: Page, boxes: str) -> list[str]:
    """Which of these boxes are wider than the window or their place, so that people must scroll sideways."""
    found: list[str] = page.evaluate(
        """(boxes) => [...document.querySelectorAll(boxes)]
            .filter((box) => box.getBoundingClientRect().right > innerWidth + 1
                || box.scrollWidth > box.clientWidth + 1)
            .map((box) => `${box.tagName} ${box.className} ${box.getAttribute("aria-label") || ""}`)""",
        boxes,
    )
    return found
