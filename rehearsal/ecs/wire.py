"""The simulated ECS over HTTP: AWS JSON 1.1 for any SDK, and a thread that lets its time pass."""

import json
import logging
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from rehearsal.clockwork.clock import Clock
from rehearsal.clockwork.loopback import body_length, foreign
from rehearsal.ecs.errors import ApiError
from rehearsal.ecs.model import decode, encode, operation, target_prefix
from rehearsal.ecs.simulator import Simulator

BeforeCall = Callable[[str, Mapping[str, Any], Mapping[str, str]], ApiError | None]

_log = logging.getLogger(__name__)
_DRIVE_SECONDS = 0.02  # real time between two looks at the programs
_KEY_ID = re.compile(r"Credential=([^/,\s]+)/")


class EcsServer:
    """Serves one simulator on loopback from its making until ``close``; usable as a context manager.

    With a ``clock`` a thread keeps the simulator at its present; without one the owner advances it, and calls
    see the time last advanced to. ``before_call`` may refuse a call (operation, parameters, HTTP headers)
    before the simulator sees it: for faults and authorisation. ``lock`` guards the simulator, also against
    its owner. ``failures`` collects what went wrong inside, one line each; empty in a sound run.
    """

    def __init__(
        self,
        simulator: Simulator,
        *,
        port: int = 0,
        lock: AbstractContextManager[object] | None = None,
        clock: Clock | None = None,
        before_call: BeforeCall | None = None,
    ) -> None:
        self.simulator = simulator
        self.lock = lock or threading.RLock()
        self.before_call = before_call
        self.failures: list[str] = []
        self._clock = clock
        self._closed = threading.Event()
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.front = self
        self._start("ecs-http", lambda: self._http.serve_forever(poll_interval=0.05))
        if clock is not None:
            self._start("ecs-drive", lambda: self._drive(clock))

    @staticmethod
    def _start(name: str, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name=name, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """The URL that AWS_ENDPOINT_URL_ECS is to have."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        """Stop listening and let time stand still. The programs are the owner's to end."""
        self._closed.set()
        self._http.shutdown()
        self._http.server_close()

    def call(self, name: str, params: Mapping[str, Any], *, caller: str | None = None) -> dict[str, Any]:
        """One API call from this process at the present; raises ApiError."""
        with self.lock:
            if self._clock is not None:
                self.simulator.advance(self._clock.now())
            return self.simulator.call(name, params, caller=caller)

    def _drive(self, clock: Clock) -> None:
        while not self._closed.wait(_DRIVE_SECONDS):
            try:
                with self.lock:
                    self.simulator.advance(clock.now())
            except Exception as error:  # noqa: BLE001 - the boundary of this thread: recorded for the owner
                _log.exception("the simulated ECS failed")
                self.failures.append(f"{type(error).__name__}: {error}")

    def answer(self, name: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """HTTP status and JSON body for one request."""
        try:
            return 200, self._perform(name, body, headers)
        except ApiError as refusal:
            return refusal.http_status, {"__type": refusal.code, "message": refusal.message}
        except Exception as error:  # noqa: BLE001 - the boundary of a request: answered as AWS's own failure
            _log.exception("%s failed", name)
            self.failures.append(f"{name}: {type(error).__name__}: {error}")
            return 500, {"__type": "ServerException", "message": "The simulated ECS failed; see its log."}

    def _perform(self, name: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        model = operation(name)
        try:
            params = decode(model.input_shape, json.loads(body or b"{}"))
        except ValueError as error:
            raise ApiError("SerializationException", f"The request is not JSON: {error}") from error
        if not isinstance(params, dict):
            raise ApiError("SerializationException", "The request is not a JSON object.")
        found = _KEY_ID.search(headers.get("Authorization", ""))
        caller = found[1] if found else None
        if self.before_call and (refusal := self.before_call(name, params, headers)):
            with self.lock:
                self.simulator.record_call(name, params, refusal.code, caller)
            raise refusal
        answer: dict[str, Any] = encode(model.output_shape, self.call(name, params, caller=caller))
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_LONGEST_REQUEST = 1_000_000  # many times what ECS itself takes


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    front: EcsServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        if why := foreign(headers):
            self.send_error(403, f"Refused: {why}")
            return
        length = body_length(headers, _LONGEST_REQUEST)
        if length is None:
            self.send_error(413)
            return
        body = self.rfile.read(length)
        prefix, _, name = (self.headers.get("X-Amz-Target") or "").partition(".")
        if prefix != target_prefix():
            name = ""  # not for ECS: AWS knows no such operation either
        status, answer = self.server.front.answer(name, body, dict(self.headers.items()))
        payload = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """One line a request on stderr would drown everything else."""
