"""Reading the widgets' HTML in tests: what CloudWatch strips must not be there, and every element closes."""

import json
from html.parser import HTMLParser
from typing import Any

# CloudWatch strips these (User Guide, "Details about custom widgets"); `use` and event handlers too.
FORBIDDEN = frozenset({"script", "iframe", "use", "object", "embed", "base", "meta", "link"})
_VOID = frozenset({"br", "hr", "input"})
_ADDRESSES = ("href", "src", "action", "xlink:href")


class Markup(HTMLParser):
    """A parsed widget. `faults` says what is wrong with it, `text` is what a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.actions: list[tuple[dict[str, str], Any]] = []
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    @property
    def text(self) -> str:
        """The words of the page, without style and parameters."""
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag in FORBIDDEN:
            self.faults.append(f"<{tag}> is not allowed")
        self.faults += [f"{tag} has the handler {name}" for name in given if name.startswith("on")]
        for name in _ADDRESSES:
            address = given.get(name)
            if address is not None and not (tag == "cwdb-action" or address.startswith("https://")):
                self.faults.append(f"{tag} leads to {address[:60]}")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "cwdb-action":
            self.actions.append((self.elements[-1][1], json.loads(data)))
        elif not self._open or self._open[-1] != "style":
            self._words.append(data)

    def calls(self, view: str) -> list[dict[str, Any]]:
        """The parameters of the buttons that show this view."""
        return [given for _, given in self.actions if given.get("view") == view]
