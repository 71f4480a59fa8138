"""A websocket whose other side has always something to say, and never a message."""

import base64
import hashlib
import re
import socket
import time
from typing import Any

import pytest

from unwedge.verify.session.websocket import WebSocket

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_PING = b"\x89\x00"
_LONGEST = 3.0


class Talker:
    """Stands for a socket and for the TLS around it. `greets`: answers the handshake, and pings from then on;
    else its answer has no end."""

    def __init__(self, *, greets: bool) -> None:
        self.greets, self.sent, self.began = greets, b"", time.monotonic()

    def wrap_socket(self, plain: Any, server_hostname: str) -> Any:
        return self

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def sendall(self, data: bytes) -> None:
        self.sent = self.sent or data

    def recv(self, size: int) -> bytes:
        assert time.monotonic() - self.began < _LONGEST, "it reads for ever"
        time.sleep(0.001)
        if not self.greets:
            return b"H"
        found = re.search(rb"Sec-WebSocket-Key: (\S+)", self.sent)
        if self.sent == b"answered" or found is None:
            return _PING
        self.sent = b"answered"
        accepted = base64.b64encode(hashlib.sha1(found[1] + _GUID.encode()).digest()).decode()
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        return "\r\n".join([*lines, f"Sec-WebSocket-Accept: {accepted}", "", ""]).encode()

    def close(self) -> None:
        """Nothing to close."""


def opened(talker: Talker, monkeypatch: pytest.MonkeyPatch, seconds: float) -> WebSocket:
    """A websocket to it."""
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: talker)
    trust: Any = talker
    return WebSocket("wss://aws.example/", trust=trust, seconds=seconds, most_message=1000)


def test_pings_do_not_keep_a_read_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are answered, and are no message."""
    connected = opened(Talker(greets=True), monkeypatch, 1)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        connected.recv(timeout=0.1)
    assert time.monotonic() - began < 1


def test_an_answer_to_the_handshake_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """However fast it comes."""
    with pytest.raises(TimeoutError):
        opened(Talker(greets=False), monkeypatch, 0.2)
