"""Session Manager's data channel on this machine: websockets with TLS, one for each session "
"that ECS opened."""

import json
import logging
import secrets
import ssl
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from rehearsal.ecs.records import ContainerRecord, TaskRecord
from rehearsal.programs.sessions.agent import Agent, SessionFault
from rehearsal.programs.sessions.image import Image

_log = logging.getLogger(__name__)
# It reports a client that hangs up as an error of its own.
logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
_OPENING_SECONDS = 10.0


@dataclass(frozen=True)
class _Waiting:
    """A session that ECS has opened and nobody has joined yet."""

    command: str
    image: Image
    port: int | None
    fault: SessionFault | None


class Sessions:
    """Opens sessions for the simulated ECS, and serves them until ``close``.

    ``certificate`` is the authority that a client is to trust, as a PEM file. ``port_of`` says where the
    program of a container listens. ``fault``, ``no_shell`` and ``lost`` (an address at which nobody listens)
    are those of the sessions opened from now on.
    """

    def __init__(
        self,
        folder: Path | None = None,
        port_of: Callable[[ContainerRecord], int | None] | None = None,
    ) -> None:
        self._own = None if folder else tempfile.TemporaryDirectory(prefix="unwedge-sessions-")
        self._folder = folder or Path(self._own.name if self._own else ".")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port_of = port_of or _port_of
        self.image = Image(self._folder / "image")
        self._without_shell = Image(self._folder / "distroless", shell=False)
        self.fault: SessionFault | None = None
        self.no_shell = False
        self.lost = False
        self.commands: list[str] = []
        self._waiting: dict[str, _Waiting] = {}
        authority = trustme.CA()
        self.certificate = self._folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        self._server: Server = serve(self._serve, "127.0.0.1", 0, ssl=context, compression=None)
        threading.Thread(target=self._server.serve_forever, name="exec-sessions", daemon=True).start()

    @property
    def endpoint(self) -> str:
        """Where the websockets are."""
        return f"wss://localhost:{self._server.socket.getsockname()[1]}"

    def open(self, task: TaskRecord, container: ContainerRecord, command: str) -> dict[str, str]:
        """A session for ExecuteCommand's answer."""
        session = f"ecs-execute-command-{secrets.token_hex(9)}"
        token = secrets.token_urlsafe(48)
        image = self._without_shell if self.no_shell else self.image
        self.commands.append(command)
        self._waiting[token] = _Waiting(command, image, self._port_of(container), self.fault)
        if self.lost:
            return {"sessionId": session, "streamUrl": "wss://localhost:1/", "tokenValue": token}
        url = f"{self.endpoint}/v1/data-channel/{session}?role=publish_subscribe"
        return {"sessionId": session, "streamUrl": url, "tokenValue": token}

    def _serve(self, connection: ServerConnection) -> None:
        try:
            opening = json.loads(connection.recv(timeout=_OPENING_SECONDS))
            waiting = self._waiting.pop(str(opening.get("TokenValue")), None)
            if waiting is None:
                connection.close(1008, "invalid token")
                return
            Agent(connection, waiting.command, waiting.image, waiting.port, waiting.fault).serve()
        except (ConnectionClosed, TimeoutError, ValueError):
            _log.info("a session ended early", exc_info=True)

    def close(self) -> None:
        """End every session."""
        self._server.shutdown()
        if self._own:
            self._own.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _port_of(container: ContainerRecord) -> int | None:
    """Of a process of this machine; a launched program has it inside."""
    inner = getattr(container.program, "program", container.program)
    port = getattr(inner, "port", None)
    return port if isinstance(port, int) else None
