"""A proxy before any AWS endpoint: records every call of the deployed app, and answers some with faults.

Faults have AWS's own error format, so that an SDK's retries and an app's own handling see what AWS sends. A
call can also be carried out and its answer lost, which no error code can show.
"""

import http.client
import json
import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from rehearsal.aws.emulator import TLS_ENDED
from tests.support.faults import ERRORS, QUERY, Answer, Fault, FaultKind, error

_log = logging.getLogger(__name__)
# Who signed the call, and for which service.
_SIGNED = re.compile(r"Credential=([^/,\s]+)/[^/]+/[^/]+/([^/,\s]+)/")
_SERVICES = {
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "Logs_20140328": "logs",
    "DynamoDB_20120810": "dynamodb",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "AWSEvents": "events",
    "GraniteServiceVersion20100801": "cloudwatch",
    "secretsmanager": "secretsmanager",
    "Route53AutoNaming_v20170314": "servicediscovery",
}
# Services that take a form.
_FORMS = frozenset({QUERY, "iam", "ec2"})
# Where the SDK's name for a service is not the one in ARNs.
_ENDPOINT_NAMES = {
    "logs": "CLOUDWATCH_LOGS",
    "events": "EVENTBRIDGE",
    "secretsmanager": "SECRETS_MANAGER",
}
_UPSTREAM_SECONDS = 30.0


@dataclass(frozen=True)
class Intercepted:
    """One call: its operation with the service, its parameters, who signed it, and its fault, if any."""

    operation: str
    params: Mapping[str, Any]
    caller: str | None
    fault: FaultKind | None


class Interceptor:
    """Listens on loopback from its making until ``close``; usable as a context manager.

    ``upstreams`` has the endpoint of each service ("ecs", "logs", …) and may be filled in later.
    """

    def __init__(self, *, timeout_seconds: float = 6.0) -> None:
        self.upstreams: dict[str, str] = {}
        self.calls: list[Intercepted] = []
        self.failures: list[str] = []
        self._faults: list[Fault] = []
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.front = self
        threading.Thread(
            target=lambda: self._http.serve_forever(poll_interval=0.05), name="interceptor", daemon=True
        ).start()

    @property
    def endpoint(self) -> str:
        """The URL that AWS_ENDPOINT_URL_… is to have."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def environment(self, services: Iterable[str]) -> dict[str, str]:
        """Variables that send an SDK's calls of these services here."""
        return {
            f"AWS_ENDPOINT_URL_{_ENDPOINT_NAMES.get(service, service.upper())}": self.endpoint
            for service in services
        }

    def inject(self, fault: Fault) -> Fault:
        """Let calls fail from now on; returns the fault, which counts."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def lift(self, faults: Iterable[Fault] | None = None) -> None:
        """End these faults; all of them by default."""
        with self._lock:
            gone = list(self._faults if faults is None else faults)
            self._faults = [fault for fault in self._faults if fault not in gone]

    def counts(self) -> Counter[str]:
        """How often each operation was called."""
        with self._lock:
            return Counter(call.operation for call in self.calls)

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()

    def _note(
        self, operation: str, params: Mapping[str, Any], body: bytes, caller: str | None
    ) -> FaultKind | None:
        with self._lock:
            fault = next((fault for fault in self._faults if fault.applies(operation, body)), None)
            if fault:
                fault.fired += 1
            kind = fault.kind if fault else None
            self.calls.append(Intercepted(operation, params, caller, kind))
            return kind

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """What to send back; None: nothing at all, and the connection ends."""
        signed = _SIGNED.search(headers.get("Authorization", ""))
        caller, signed_for = (signed[1], signed[2]) if signed else (None, "")
        service, name, params = _form(signed_for, body) if signed_for in _FORMS else _target(headers, body)
        if service not in self.upstreams:
            self.failures.append(f"a call that is not for us: {service}:{name}")
            return Answer(400, (), b'{"__type":"UnknownOperationException"}')
        kind = self._note(f"{service}:{name}", params, body, caller)
        if kind is FaultKind.DROPPED:
            return None
        if kind and kind in ERRORS:
            return error(kind, service, name)
        upstream = _forward(self.upstreams[service], path, headers, body)
        if kind is FaultKind.ANSWER_LOST:
            return None
        if kind is FaultKind.TIMED_OUT:
            time.sleep(self._timeout_seconds)
        return upstream

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _target(headers: Mapping[str, str], body: bytes) -> tuple[str, str, dict[str, Any]]:
    """Service, operation and parameters of a call in JSON."""
    prefix, _, name = headers.get("X-Amz-Target", "").rpartition(".")
    return _SERVICES.get(prefix, prefix), name, _json(body)


def _form(service: str, body: bytes) -> tuple[str, str, dict[str, Any]]:
    """The same of a call in a form."""
    params: dict[str, Any] = dict(parse_qsl(body.decode(errors="replace")))
    return service, str(params.get("Action", "")), params


def _json(body: bytes) -> dict[str, Any]:
    try:
        params = json.loads(body or b"{}")
    except ValueError:
        return {}
    return params if isinstance(params, dict) else {}


def _forward(endpoint: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Pass a call on unchanged. The Host header stays as signed: an endpoint that verifies needs it."""
    url = urlsplit(endpoint)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=_UPSTREAM_SECONDS)
    try:
        kept = {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}
        connection.request("POST", path, body=body, headers=kept | dict([TLS_ENDED]))
        answer = connection.getresponse()
        told = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP)
        return Answer(answer.status, told, answer.read())
    finally:
        connection.close()


_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    front: Interceptor

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up waiting is what some faults are for."""
        _log.debug("a call ended early", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            answer = self.server.front.answer(self.path, dict(self.headers.items()), body)
        except OSError as error:  # the endpoint itself failed: the rehearsal is not sound
            self.server.front.failures.append(f"{type(error).__name__}: {error}")
            answer = None
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """One line a request on stderr would drown everything else."""
