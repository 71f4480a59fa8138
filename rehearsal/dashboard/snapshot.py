"""The page as one file that needs no server: all answers of one moment are in it."""

import json
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from rehearsal.dashboard.backend import Backend
from rehearsal.dashboard.html import page

_THEMES = ("light", "dark")
# What a widget's content measures in a window of this width; see page.js.
_COLUMN_PIXELS, _ROW_PIXELS = 58, 56
_FRAME_WIDTH, _FRAME_HEIGHT = 40, 58
_MOST_ANSWERS = 70


def write(backend: Backend, file: Path, *, range_name: str, range_milliseconds: int) -> None:
    """Write the page with what every widget shows now, the popups behind its links included."""
    now = backend.now()["now"]
    times = {"start": now - range_milliseconds, "end": now}
    recorded: dict[str, Any] = {"now": now, "range": range_name}
    for theme in _THEMES:
        recorded[theme] = _Recorder(backend, theme, times).record()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(backend.about(), recorded))


class _Recorder:
    """Asks for everything that the page could ask for in one theme."""

    def __init__(self, backend: Backend, theme: str, times: Mapping[str, int]) -> None:
        self._backend = backend
        self._theme = theme
        self._times = times
        self._invoked: dict[str, str] = {}

    def record(self) -> dict[str, dict[str, str]]:
        widgets: dict[str, str] = {}
        for number, widget in enumerate(self._backend.layout.widgets):
            size = {
                "width": widget.width * _COLUMN_PIXELS - _FRAME_WIDTH,
                "height": widget.height * _ROW_PIXELS - _FRAME_HEIGHT,
            }
            if widget.kind == "custom":
                properties = widget.properties
                self._invoke(properties["endpoint"], properties.get("params", {}), size)
            else:
                asked = {"widget": number, **self._times, **size}
                widgets[str(number)] = self._backend.widget(asked)["html"]
        return {"widget": widgets, "invoke": self._invoked}

    def _invoke(self, endpoint: str, given: Mapping[str, Any], size: Mapping[str, int]) -> None:
        key = f"{endpoint} {canonical(given)}"
        if key in self._invoked or len(self._invoked) >= _MOST_ANSWERS:
            return
        context = {
            "dashboardName": self._backend.layout.name,
            "timeRange": {"mode": "relative", **self._times},
            "theme": self._theme,
            "forms": {"all": {}},
            "params": given,
            **size,
        }
        answer = self._backend.invoke({"endpoint": endpoint, "event": {**given, "widgetContext": context}})
        self._invoked[key] = answer["html"]
        for called, inner in harmless_calls(answer["html"]):
            self._invoke(called, inner, size)


def canonical(value: object) -> str:
    """JSON of one spelling: page.js finds an answer by the same."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def harmless_calls(html: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls in a widget's answer that only show something: those that ask for no confirmation."""
    found = _Actions()
    found.feed(html)
    found.close()
    yield from found.calls


class _Actions(HTMLParser):
    """Collects endpoint and parameters of the calls in HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._endpoint: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "cwdb-action" and told.get("action") == "call" and not told.get("confirmation"):
            self._endpoint, self._text = told.get("endpoint"), ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "cwdb-action" and self._endpoint:
            self.calls.append((self._endpoint, json.loads(self._text or "{}")))
            self._endpoint = None
