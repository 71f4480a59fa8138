"""Headless Chromium: shows the page, takes its picture, and tries it in tests."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing but the page: no look-ups and updates of its own.
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """The binary named in UNWEDGE_CHROMIUM, or one on PATH."""
    named = os.environ.get("UNWEDGE_CHROMIUM")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium(binary: str) -> Iterator[Browser]:
    """A running headless Chromium; it ends with the block."""
    with sync_playwright() as playwright:
        sandbox = os.geteuid() != 0  # root cannot have one
        browser = playwright.chromium.launch(
            executable_path=binary, args=list(_FLAGS), chromium_sandbox=sandbox
        )
        try:
            yield browser
        finally:
            browser.close()
