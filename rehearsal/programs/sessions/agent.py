"""The agent's end of a session: handshake, a command on a terminal, its output in numbered messages.

As amazon-ssm-agent does it in a container (agent/session): the command is split into words and started
without a shell; what is not acknowledged in time is sent again.
"""

import contextlib
import errno
import os
import pty
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from rehearsal.programs.sessions.image import Image
from unwedge.verify.session import frames
from unwedge.verify.session.frames import Frame, Payload, acknowledgement, decode, encode, json_bytes

AGENT_VERSION = "3.3.2299.0"
_PIECE = 1024
_RESEND_SECONDS = 0.5
_MOST_RESENDS = 20
_TICK_SECONDS = 0.02


class SessionFault(StrEnum):
    """What may be wrong with a session that ECS opened."""

    ENCRYPTED = "encrypted"
    CLOSED = "closed"
    SILENT = "silent"
    REORDERED = "reordered"
    TWICE = "twice"
    WRONG_DIGESTS = "wrong-digests"
    NOISE = "noise"


class Wire(Protocol):
    """A websocket, as the agent sees it."""

    def send(self, message: bytes) -> None: ...

    def recv(self, timeout: float | None = None) -> str | bytes: ...


@dataclass
class Agent:
    """One session of one command."""

    wire: Wire
    command: str
    image: Image
    port: int | None
    fault: SessionFault | None = None
    sleep: Callable[[float], None] = time.sleep
    _number: int = 0
    _unacknowledged: dict[int, tuple[bytes, float, int]] = field(default_factory=dict)
    _held_back: list[bytes] = field(default_factory=list)
    _answered: bool = False
    _ended: bool = False

    def serve(self) -> None:
        """From the handshake until the command or the client ends the session."""
        self._shake_hands()
        if not self._answered:
            return
        if self.fault is SessionFault.CLOSED:
            self._close("")
            return
        if self.fault is SessionFault.ENCRYPTED:
            self._close("Encryption was requested and the client does not support it.")
            return
        self._say(
            Payload.HANDSHAKE_COMPLETE, json_bytes({"HandshakeTimeToComplete": 1, "CustomerMessage": ""})
        )
        words = shlex.split(self.command)
        program = self.image.program(words[0])
        if program is None:
            self._close(
                f"Unable to start command: Failed to start pty: fork/exec {words[0]}: no such "
                "file or directory"
            )
            return
        self._run([str(program), *words[1:]])

    def _shake_hands(self) -> None:
        wishes: list[dict[str, object]] = [
            {
                "ActionType": "SessionType",
                "ActionParameters": {"SessionType": "InteractiveCommands", "Properties": {}},
            }
        ]
        if self.fault is SessionFault.ENCRYPTED:
            wishes.append(
                {"ActionType": "KMSEncryption", "ActionParameters": {"KMSKeyId": "arn:aws:kms:key"}}
            )
        request = {"AgentVersion": AGENT_VERSION, "RequestedClientActions": wishes}
        self._say(Payload.HANDSHAKE_REQUEST, json_bytes(request))
        until = time.monotonic() + 15
        while not self._answered and not self._ended and time.monotonic() < until:
            self._listen()

    def _run(self, words: list[str]) -> None:
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            words,
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env=self.image.environment(self.port),
            start_new_session=True,
        )
        os.close(follower)
        try:
            for piece in self._output(leader, process):
                if self.fault is not SessionFault.SILENT:
                    self._say(Payload.OUTPUT, piece)
            self._flush()
            until = time.monotonic() + 5
            while self._unacknowledged and not self._ended and time.monotonic() < until:
                self._listen()
            if not self._ended:
                self._close("")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(leader)

    def _output(self, leader: int, process: subprocess.Popen[bytes]) -> Iterator[bytes]:
        while not self._ended:
            self._listen()
            if not select.select([leader], [], [], _TICK_SECONDS)[0]:
                if process.poll() is not None:
                    return
                continue
            try:
                piece = os.read(leader, _PIECE)
            except OSError as error:
                if error.errno == errno.EIO:  # nobody has the terminal open any more
                    return
                raise
            if not piece:
                return
            yield piece

    def _listen(self) -> None:
        """Take what the client sent, and send again what it did not acknowledge."""
        with contextlib.suppress(TimeoutError):
            while True:
                message = self.wire.recv(timeout=_TICK_SECONDS if not self._answered else 0)
                if isinstance(message, bytes):
                    self._take(decode(message))
        now = time.monotonic()
        for number, (data, at, times) in list(self._unacknowledged.items()):
            if now - at >= _RESEND_SECONDS and times < _MOST_RESENDS:
                self._unacknowledged[number] = (data, now, times + 1)
                self.wire.send(data)

    def _take(self, frame: Frame) -> None:
        if frame.type == frames.ACKNOWLEDGE:
            number = frame.json()["AcknowledgedMessageSequenceNumber"]
            self._unacknowledged.pop(number, None)
            return
        if frame.type != frames.INPUT:
            return
        self.wire.send(encode(acknowledgement(frame, _ms())))
        if frame.payload_type is Payload.HANDSHAKE_RESPONSE:
            self._answered = True
        if frame.payload_type is Payload.FLAG and frame.payload == frames.TERMINATE:
            self._ended = True

    def _say(self, kind: Payload, payload: bytes) -> None:
        data = encode(Frame(frames.OUTPUT, self._number, kind, payload, created_ms=_ms()))
        if self.fault is SessionFault.WRONG_DIGESTS:
            data = data[:80] + bytes(32) + data[112:]
        self._unacknowledged[self._number] = (data, time.monotonic(), 0)
        self._number += 1
        if self.fault is SessionFault.NOISE:
            self.wire.send(encode(Frame("pause_publication", created_ms=_ms())))
            self.wire.send(encode(Frame("start_publication", created_ms=_ms())))
        if self.fault is SessionFault.REORDERED and kind is Payload.OUTPUT:
            self._held_back.insert(0, data)
            if len(self._held_back) >= 3:
                self._flush()
            return
        self.wire.send(data)
        if self.fault is SessionFault.TWICE:
            self.wire.send(data)

    def _flush(self) -> None:
        held, self._held_back = self._held_back, []
        for data in held:
            self.wire.send(data)

    def _close(self, output: str) -> None:
        content = {
            "SessionId": "session",
            "MessageType": frames.CHANNEL_CLOSED,
            "SchemaVersion": 1,
            "Output": output,
        }
        self.wire.send(encode(Frame(frames.CHANNEL_CLOSED, payload=json_bytes(content), created_ms=_ms())))


def _ms() -> int:
    return int(time.time() * 1000)
