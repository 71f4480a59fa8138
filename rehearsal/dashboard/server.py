"""Serves the page to this machine alone."""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from rehearsal.clockwork.loopback import body_length, foreign
from rehearsal.dashboard.html import page

_LONGEST_REQUEST = 1_000_000


class Answers(Protocol):
    """What the page asks for; ``rehearsal.dashboard.backend`` answers from a deployed app."""

    def about(self) -> Mapping[str, Any]: ...

    def now(self) -> Mapping[str, Any]: ...

    def widget(self, request: Mapping[str, Any]) -> Mapping[str, Any]: ...

    def invoke(self, request: Mapping[str, Any]) -> Mapping[str, Any]: ...


@contextmanager
def serving(answers: Answers, port: int = 0) -> Iterator[str]:
    """Serve within the block; gives the page's address. Any free port by default."""
    server = _Server(("127.0.0.1", port), _handler(answers))
    thread = threading.Thread(target=server.serve_forever, name="dashboard", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """Ends without waiting for open connections, and takes no notice of a browser that hangs up."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _let_in(handler: BaseHTTPRequestHandler) -> bool:
    names = _names(handler.headers)
    why = foreign(names, page=f"http://{names.get('host', '')}")
    if why:
        handler.send_error(403, f"Refused: {why}")
    return why is None


def _names(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _handler(answers: Answers) -> type[BaseHTTPRequestHandler]:
    asked: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
        "/now": lambda request: answers.now(),
        "/widget": answers.widget,
        "/invoke": answers.invoke,
    }

    class Handler(BaseHTTPRequestHandler):
        """One request; the log of requests is of no use to anybody."""

        def parse_request(self) -> bool:
            """Another site's page may neither ask nor read, also under a name that it made point here."""
            return super().parse_request() and _let_in(self)

        def do_GET(self) -> None:
            if self.path.split("?")[0] != "/":
                self.send_error(404)
                return
            self._send(page(answers.about()), "text/html")

        def do_POST(self) -> None:
            length = body_length(_names(self.headers), _LONGEST_REQUEST)
            # Only the page itself may ask: other sites cannot send JSON here without a preflight.
            if self.path not in asked or self.headers.get("content-type") != "application/json":
                self.send_error(404)
                return
            if length is None:
                self.send_error(413)
                return
            answer = asked[self.path](json.loads(self.rfile.read(length)))
            self._send(json.dumps(answer), "application/json")

        def _send(self, text: str, kind: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("content-type", f"{kind}; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.send_header("cache-control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
