"""Markup that cannot be broken by what it shows: text is escaped unless it was made here.

What is shown comes from logs and from AWS. Control characters, terminal escapes and bidirectional marks are
written out, so that a hostile line shows what it is instead of doing something.
"""

import html
import json
from collections.abc import Mapping
from typing import Any

_KEPT = "\n\t"
_VOID = frozenset({"br", "hr", "input"})
# In a picture an element without content has to be closed, or it holds all that follows.
_CLOSED = frozenset({"circle", "path", "rect"})


class Html(str):
    """Text that is markup already. Made by `el` and `join` only, and by literals of this package."""

    __slots__ = ()


def visible(text: str) -> str:
    """Text with everything unprintable written out."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in _KEPT else char.encode("unicode_escape").decode()
        for char in text
    )


def text(value: object) -> Html:
    """Anything as text, safe in markup and in attributes. Markup stays as it is, None is nothing."""
    if isinstance(value, Html):
        return value
    return Html("" if value is None else html.escape(visible(str(value)), quote=True))


def join(*parts: object) -> Html:
    """Parts one after the other; lists are flattened."""
    made = (join(*part) if isinstance(part, list | tuple) else text(part) for part in parts)
    return Html("".join(made))


def el(tag: str, *children: object, **attributes: object) -> Html:
    """An element. `class_` and `for_` lose the underscore, other underscores become hyphens; an attribute
    that is None is left out, one that is True stands alone."""
    written = "".join(_attribute(name, value) for name, value in attributes.items() if value is not None)
    if tag in _VOID:
        return Html(f"<{tag}{written}>")
    if tag in _CLOSED:
        return Html(f"<{tag}{written}/>")
    return Html(f"<{tag}{written}>{join(*children)}</{tag}>")


def _attribute(name: str, value: object) -> str:
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return f' {name}="{text(value)}"'


def button(label: object, *, calls: str, given: Mapping[str, Any], **options: object) -> Html:
    """A button that calls a Lambda (its ARN) with these parameters.

    Options: `display` is popup or widget, `confirmation` the question before it, `primary` marks the one to
    press, `hint` a title. CloudWatch binds a cwdb-action to the element before it.
    """
    kind = "btn btn-primary" if options.get("primary") else "btn"
    made = el("button", label, type="button", class_=kind, title=options.get("hint"))
    action = el(
        "cwdb-action",
        json.dumps(given),
        action="call",
        display=options.get("display", "popup"),
        endpoint=calls,
        confirmation=options.get("confirmation"),
    )
    return join(made, action)


def field(label: object, name: str, *, hint: str, value: str = "") -> Html:
    """A text field whose content CloudWatch sends along as widgetContext.forms.all.

    In a form of its own, as AWS's samples have it. The second, hidden field keeps the Enter key from sending
    the form: browsers do that only where there is one text field and no submit button (HTML, 4.10.21.2).
    """
    visible_one = el("input", type="text", name=name, value=value or None, placeholder=hint, maxlength="150")
    hidden = el("input", type="text", hidden=True)
    return el("form", el("label", label, " ", visible_one), hidden, class_="uw-form")


def link(label: object, to: str | None) -> Html:
    """A link that opens beside the dashboard; the label alone where there is no address."""
    return el("a", label, href=to, target="_blank", rel="noopener noreferrer") if to else text(label)
