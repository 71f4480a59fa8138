"""The page itself: one HTML file without any outside asset."""

import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "page"
_MARKER = re.compile(r"\{\{(\w+)\}\}")


def page(about: Mapping[str, Any], recorded: Mapping[str, Any] | None = None) -> str:
    """The page of a dashboard. With ``recorded`` answers it needs no server, and shows that one moment."""
    speed = f"{about['speed']:g}"
    note = (
        "A moment of a rehearsal on one machine."
        if recorded
        else f"A rehearsal on this machine; time runs {speed} times faster."
    )
    filling = {
        "title": escape(str(about["name"])),
        "note": note,
        "page_style": _file("page.css"),
        "widget_style": _file("widget.css"),
        "script": _file("page.js") + _file("custom.js"),
        "about": _data(about),
        "recorded": _data(recorded),
    }
    return _MARKER.sub(lambda match: filling[match[1]], _file("page.html"))


def _file(name: str) -> str:
    return (_FOLDER / name).read_text()


def _data(value: object) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")
