"""Who may speak to what listens on this machine while a rehearsal runs: this run's own processes, not a page
in the developer's browser, and nobody who merely finds the port.

A page of another site can send requests to 127.0.0.1. Browsers put an Origin or Sec-Fetch-Site on them, and
the name that the page used into Host, also after DNS rebinding. The key is drawn for each run and travels
as the session token of the AWS credentials.
"""

import hmac
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import parse_qs

KEY_VARIABLE = "UNWEDGE_REHEARSAL_KEY"
_TOKEN = "x-amz-security-token"
_DIGITS = 20
_HEALTH = "/_ministack/health"


def foreign(headers: Mapping[str, str], page: str | None = None) -> str | None:
    """Why a request is not from a program of this machine; None where it may be. Names of headers are in
    small letters. `page`: the origin of our own page, if what listens has one."""
    host = headers.get("host", "")
    if host.partition(":")[0] not in ("127.0.0.1", "localhost"):
        return f"Host is {host[:80]!r}"
    origin = headers.get("origin")
    if origin is not None and origin != page:
        return f"Origin is {origin[:80]!r}"
    site = headers.get("sec-fetch-site", "none")
    own = ("none", "same-origin") if page else ("none",)
    return None if site in own else f"Sec-Fetch-Site is {site[:40]!r}"


def body_length(headers: Mapping[str, str], most: int) -> int | None:
    """How long a request's body is; None for one that is too long, or whose length is no number."""
    told = headers.get("content-length") or "0"
    length = int(told) if told.isdecimal() and len(told) < _DIGITS else most + 1
    return length if length <= most else None


def token_of(headers: Mapping[str, str], query: str) -> str:
    """The session token of a signed request, in its headers or its URL; empty without one."""
    signed = {name.lower(): values[0] for name, values in parse_qs(query).items()}
    return headers.get(_TOKEN) or signed.get(_TOKEN, "")


def guarded(app: Any, key: str, issued: Callable[[], Collection[str]]) -> Any:
    """The ASGI application behind these checks. `issued` are the tokens of the sessions that the application
    gave to callers of this run."""

    def refusal(scope: Any) -> str | None:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        why = foreign(headers)
        if why or scope["path"] == _HEALTH:
            return why
        token = token_of(headers, scope["query_string"].decode("latin-1"))
        if hmac.compare_digest(token.encode(), key.encode()) or (token and token in issued()):
            return None
        return "it carries no key of this run"

    async def guard(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        why = refusal(scope) if scope["type"] == "http" else None
        if why is None:
            await app(scope, receive, send)
            return
        print(f"refused {scope['method']} {scope['path'][:80]!r}: {why}", flush=True)
        body = json.dumps({"__type": "AccessDeniedException", "message": f"Refused: {why}."}).encode()
        kind = [(b"content-type", b"application/x-amz-json-1.1")]
        await send({"type": "http.response.start", "status": 403, "headers": kind})
        await send({"type": "http.response.body", "body": body})

    return guard
