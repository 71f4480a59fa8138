"""A websocket with TLS for one thread, on the protocol of the websockets library, which does no I/O itself.

The library's own synchronous client reads in a thread of its own. Python's TLS sockets take a lock for each
operation: a reader that waits after a session ticket, which TLS 1.3 sends first, keeps the writer out, and
the connection hangs (seen with websockets 17 on Python 3.13).
"""

import contextlib
import socket
import ssl
import time
from types import TracebackType
from typing import Self

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

_PIECE = 1 << 16
_WRITE_SECONDS = 5.0


class ClosedError(Exception):
    """The other side, or the network, has ended the connection."""


class WebSocket:
    """One connection, open from its making; a context manager that closes it.

    Making it raises OSError (TimeoutError and ssl.SSLError among them), ValueError for an address that is
    none, and websockets' InvalidHandshake.
    """

    def __init__(self, url: str, *, trust: ssl.SSLContext, seconds: float, most_message: int) -> None:
        address = parse_uri(url)
        self._protocol = ClientProtocol(address, max_size=most_message)
        self._parts: list[bytes] = []
        self._messages: list[bytes | str] = []
        self._text = False
        until = time.monotonic() + seconds
        plain = socket.create_connection((address.host, address.port), timeout=seconds)
        try:
            plain.settimeout(_left(until))
            self._socket = trust.wrap_socket(plain, server_hostname=address.host)
            self._shake_hands(until)
        except BaseException:
            plain.close()
            raise

    def _shake_hands(self, until: float) -> None:
        protocol = self._protocol
        protocol.send_request(protocol.connect())
        self._flush()
        while protocol.state is State.CONNECTING:
            _in_time(until)
            self._socket.settimeout(_left(until))
            data = self._socket.recv(_PIECE)
            self._take(data)
            if not data:
                raise InvalidHandshake("the connection ended during the handshake")
            if protocol.handshake_exc is not None:
                raise protocol.handshake_exc

    def send(self, message: str | bytes) -> None:
        """Send one message: text, or binary. Raises ClosedError."""
        if self._protocol.state is not State.OPEN:
            raise ClosedError
        if isinstance(message, str):
            self._protocol.send_text(message.encode())
        else:
            self._protocol.send_binary(message)
        self._flush()

    def recv(self, timeout: float) -> str | bytes:
        """The next message. Raises TimeoutError when none came in time, and ClosedError after the last."""
        until = time.monotonic() + timeout
        while not self._messages:
            if self._protocol.state is not State.OPEN:
                raise ClosedError
            _in_time(until)
            self._socket.settimeout(_left(until))
            try:
                self._take(self._socket.recv(_PIECE))
            except TimeoutError:
                raise
            except OSError as error:
                raise ClosedError from error
        return self._messages.pop(0)

    def _take(self, data: bytes) -> None:
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._frame(event)
            else:
                assert isinstance(event, Response)
        with contextlib.suppress(ClosedError):  # what has come is still to be heard
            self._flush()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return  # pings and closes are answered by the protocol
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        self._parts.append(bytes(frame.data))
        if frame.fin:
            whole, self._parts = b"".join(self._parts), []
            self._messages.append(whole.decode("utf-8", "replace") if self._text else whole)

    def _flush(self) -> None:
        try:
            for data in self._protocol.data_to_send():
                if data:  # an empty one asks for the end of our direction, which TLS does not have
                    self._socket.settimeout(_WRITE_SECONDS)
                    self._socket.sendall(data)
        except OSError as error:
            raise ClosedError from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say good-bye, and wait for no answer."""
        with contextlib.suppress(ClosedError), self._socket:
            if self._protocol.state is State.OPEN:
                self._protocol.send_close()
                self._flush()


def _in_time(until: float) -> None:
    """Raises TimeoutError after this moment: a side that never stops sending what is no message, pings or the
    bytes of a header, would not let a read wait for long enough to end by itself."""
    if time.monotonic() > until:
        raise TimeoutError


def _left(until: float) -> float:
    """Seconds until then, and never none: that would mean not to wait at all."""
    return max(until - time.monotonic(), 0.001)
