"""Pictures of the page: the dashboard in both themes, and one decision."""

from pathlib import Path

from playwright.sync_api import Browser, Page

_WIDTH, _HEIGHT = 1440, 1400
_PATIENCE_MILLISECONDS = 30_000


def opened(browser: Browser, address: str, *, theme: str, range_name: str, width: int = _WIDTH) -> Page:
    """The page in a window of this width, when everything on it is drawn."""
    page = browser.new_page(viewport={"width": width, "height": _HEIGHT})
    page.goto(f"{address}?theme={theme}&range={range_name}")
    page.wait_for_selector("html[data-drawn]", timeout=_PATIENCE_MILLISECONDS)
    return page


def take(browser: Browser, address: str, folder: Path, *, range_name: str) -> list[Path]:
    """Take all pictures into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    light = opened(browser, address, theme="light", range_name=range_name)
    files = [folder / name for name in ("dashboard-light.png", "dashboard-dark.png", "decision.png")]
    light.screenshot(path=files[0])
    _open_a_decision(light)
    light.locator("#popup").screenshot(path=files[2])
    dark = opened(browser, address, theme="dark", range_name=range_name)
    dark.get_by_role("heading", name="Trends", exact=True).evaluate("heading => heading.scrollIntoView()")
    dark.screenshot(path=files[1])
    return files


def _open_a_decision(page: Page) -> None:
    """The popup of a decision to stop a task that led to recovery: the one that tells most."""
    rows = page.get_by_role("region", name="Decisions", exact=True).get_by_role("row")
    recovered = rows.filter(has_text="recovered").first.get_by_role("cell").nth(1)
    service = recovered.inner_text().splitlines()[0]
    stop = rows.filter(has=page.get_by_text(service, exact=True)).filter(has_text="stop holder")
    stop.first.get_by_role("button").first.click()
    page.wait_for_selector("#popup[open]", timeout=_PATIENCE_MILLISECONDS)
