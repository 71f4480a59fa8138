"""A session over the network: a websocket with TLS, within a time and a size."""

import contextlib
import secrets
import ssl
import time
from collections.abc import Callable
from typing import NamedTuple

from websockets.exceptions import InvalidHandshake, InvalidURI

from unwedge.verify.session.channel import Channel
from unwedge.verify.session.frames import FrameError
from unwedge.verify.session.script import MOST_OUTPUT, Printed, Said, command
from unwedge.verify.session.trouble import Trouble
from unwedge.verify.session.websocket import ClosedError, WebSocket

_CONNECT_SECONDS = 10.0
_TICK_SECONDS = 0.25
# The agent's pieces of output have 1 KB, and a handshake has a few.
_MOST_MESSAGE = 1 << 16
# Of what the service or a container said: it goes into sentences.
_QUOTED = 300
# In the words of Go, in which the agent is written, and of the runtimes of containers.
_NO_SHELL = ("no such file or directory", "executable file not found")


class SessionError(Exception):
    """A session gave no result. Carries the trouble and one sentence about it; `output`: what the command
    printed until then."""

    def __init__(self, trouble: Trouble, sentence: str, output: str = "") -> None:
        super().__init__(trouble, sentence, output)
        self.trouble = trouble
        self.sentence = sentence
        self.output = output

    def __str__(self) -> str:
        return self.sentence


class Session(NamedTuple):
    """What ExecuteCommand answers. The token opens the session: it is kept from logs and errors."""

    id: str
    url: str
    token: str

    def __repr__(self) -> str:
        return f"Session({self.id!r})"


class Ran(NamedTuple):
    """A command's result, how long it took, and what was odd about the session."""

    said: Said
    seconds: float
    warnings: tuple[str, ...] = ()


def run(
    open_session: Callable[[str], Session],
    script: str,
    *,
    seconds: float,
    most_output: int = MOST_OUTPUT,
    trust: ssl.SSLContext | None = None,
) -> Ran:
    """Run a shell script and wait for its result. `open_session` calls ExecuteCommand with the command that
    it is given, and what it raises goes through. `trust`: certificates to trust instead of the system's.

    Raises SessionError. A session that was opened is ended in any case, and with it the script.
    """
    mark = f"unwedge-{secrets.token_hex(8)}"
    began = time.monotonic()
    session = open_session(command(script, mark))
    if not session.url.startswith("wss://"):
        raise SessionError(Trouble.UNTRUSTED, "The session's address is not one of a websocket with TLS.")
    printed = Printed(mark, most_output)
    channel = Channel(session.token)
    until = began + seconds
    try:
        with WebSocket(
            session.url,
            trust=trust or ssl.create_default_context(),
            seconds=min(_CONNECT_SECONDS, seconds),
            most_message=_MOST_MESSAGE,
        ) as socket:
            said = _talked(socket, channel, printed, until)
    except ssl.SSLError as error:
        raise SessionError(Trouble.UNTRUSTED, f"TLS failed: {_quoted(error)}.") from error
    except (OSError, InvalidHandshake, InvalidURI, ValueError, ClosedError) as error:
        raise SessionError(
            Trouble.UNREACHABLE, f"The session cannot be reached: {_quoted(error)}."
        ) from error
    return Ran(said, time.monotonic() - began, tuple(channel.warnings))


def _talked(socket: WebSocket, channel: Channel, printed: Printed, until: float) -> Said:
    """The conversation until the script's mark. Raises SessionError."""
    try:
        socket.send(channel.opening())
        while True:
            said = _heard(socket, channel, printed)
            if said:
                _end(socket, channel)
                return said
            if time.monotonic() >= until:
                _end(socket, channel)
                raise SessionError(Trouble.TIMED_OUT, "The command did not end in time.", printed.text)
    except FrameError as error:
        raise SessionError(
            Trouble.NOT_UNDERSTOOD, f"The session's messages are not understood: {error}.", printed.text
        ) from error
    except ClosedError as error:
        raise SessionError(
            Trouble.CLOSED, "The connection ended before the command did.", printed.text
        ) from error


def _end(socket: WebSocket, channel: Channel) -> None:
    """End the session, unless it has ended."""
    _send(socket, channel.ending(time.time()))


def _send(socket: WebSocket, data: bytes) -> None:
    """What cannot be sent any more is left: what came before the end is still to be heard."""
    with contextlib.suppress(ClosedError):
        socket.send(data)


def _heard(socket: WebSocket, channel: Channel, printed: Printed) -> Said | None:
    """Take one message, or let a moment pass; the result, once it is there. Raises SessionError."""
    now = time.time()
    try:
        message = socket.recv(timeout=_TICK_SECONDS)
    except TimeoutError:
        message = b""
    answers = channel.receive(message, now) if isinstance(message, bytes) and message else []
    for data in [*answers, *channel.due(now)]:
        _send(socket, data)
    pieces, channel.printed = channel.printed, []
    for piece in pieces:
        if said := printed.add(piece):
            return said
    if channel.encrypted:
        sentence = "The cluster encrypts sessions with a KMS key, and this client does not."
        raise SessionError(Trouble.ENCRYPTED, sentence)
    if channel.closed is not None:
        raise _closed(channel, printed.text)
    return None


def _closed(channel: Channel, text: str) -> SessionError:
    told = channel.closed or text
    if any(words in told for words in _NO_SHELL):
        return SessionError(Trouble.NO_SHELL, f"The container has no shell: {_quoted(told)}", text)
    code = f" with exit code {channel.exit_code}" if channel.exit_code is not None else ""
    why = f": {_quoted(told)}" if told.strip() else "."
    return SessionError(Trouble.CLOSED, f"The session ended{code} before the command did{why}", text)


def _quoted(value: object) -> str:
    text = " ".join(str(value).split())[:_QUOTED]
    return text or type(value).__name__
