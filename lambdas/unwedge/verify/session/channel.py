"""Our end of a data channel, without a network: what arrives goes in, what is to be sent comes out.

Messages of the output stream are numbered. Each is acknowledged and taken in its order; one that came early
waits. What we send is sent again until it is acknowledged. The steps are those of session-manager-plugin
(src/datachannel), which is right where this differs, but for two: a message whose digest does not match is
taken with a warning, as some agents send such, and one that came a second time is acknowledged again.
"""

import json
from collections.abc import Iterator
from uuid import uuid4

from unwedge.verify.session import frames
from unwedge.verify.session.frames import (
    INPUT,
    TERMINATE,
    Frame,
    FrameError,
    Payload,
    acknowledgement,
    decode,
    encode,
    json_bytes,
)

# The agent lets a client end a session from this version on.
CLIENT_VERSION = "1.2.707.0"
_SESSION_TYPES = frozenset({"Standard_Stream", "InteractiveCommands", "NonInteractiveCommands"})
_RESEND_SECONDS = 0.5
# Each of 64 KB at most: 16 MB of a function's memory.
_MOST_EARLY = 256
_MOST_WARNINGS = 5
_SUCCESS, _FAILED, _UNSUPPORTED = 1, 2, 3


class Channel:
    """One session. `printed` is taken by whoever reads, piece by piece; `closed` is what the service said
    when it closed the channel; `encrypted`: the agent asks for a KMS key, which this client does not use."""

    def __init__(self, token: str) -> None:
        self.printed: list[bytes] = []
        self.warnings: list[str] = []
        self.closed: str | None = None
        self.encrypted = False
        self.exit_code: int | None = None
        self._token = token
        self._client = str(uuid4())
        self._expected = 0
        self._early: dict[int, Frame] = {}
        self._number = 0
        self._unacknowledged: dict[int, tuple[bytes, float]] = {}
        self._paused = False

    def opening(self) -> str:
        """The text message that opens the channel."""
        return json.dumps(
            {
                "MessageSchemaVersion": "1.0",
                "RequestId": str(uuid4()),
                "TokenValue": self._token,
                "ClientId": self._client,
                "ClientVersion": CLIENT_VERSION,
            }
        )

    def receive(self, data: bytes, now: float) -> list[bytes]:
        """Take a message; returns what to send. `now` in seconds. Raises FrameError."""
        frame = decode(data)
        if not frame.intact:
            self._warn(f"The digest of message {frame.sequence} does not match its payload.")
        match frame.type:
            case frames.OUTPUT:
                return list(self._output(frame, now))
            case frames.ACKNOWLEDGE:
                self._unacknowledged.pop(_acknowledged(frame), None)
            case frames.CHANNEL_CLOSED:
                self.closed = str(frame.json().get("Output") or "") if frame.payload else ""
            case frames.PAUSE_PUBLICATION:
                self._paused = True
            case frames.START_PUBLICATION:
                self._paused = False
            case other:
                self._warn(f"A message of the unknown type {other[:32]!r} was left alone.")
        return []

    def due(self, now: float) -> list[bytes]:
        """What was not acknowledged in time and is to be sent again; nothing while the other side pauses."""
        if self._paused:
            return []
        late = [number for number, (_, at) in self._unacknowledged.items() if now - at >= _RESEND_SECONDS]
        for number in late:
            self._unacknowledged[number] = (self._unacknowledged[number][0], now)
        return [self._unacknowledged[number][0] for number in late]

    def ending(self, now: float) -> bytes:
        """The message that ends the session, and with it what still runs in it."""
        return self._input(Payload.FLAG, TERMINATE, now)

    def _output(self, frame: Frame, now: float) -> Iterator[bytes]:
        ahead = frame.sequence - self._expected
        if ahead > 0 and len(self._early) >= _MOST_EARLY:
            return  # not acknowledged, so it comes again
        yield encode(acknowledgement(frame, round(now * 1000)))
        if ahead < 0:
            return
        self._early[frame.sequence] = frame
        while following := self._early.pop(self._expected, None):
            self._expected += 1
            yield from self._taken(following, now)

    def _taken(self, frame: Frame, now: float) -> Iterator[bytes]:
        match frame.payload_type:
            case Payload.HANDSHAKE_REQUEST:
                yield self._input(Payload.HANDSHAKE_RESPONSE, json_bytes(self._shaken(frame)), now)
            case Payload.ENCRYPTION_CHALLENGE_REQUEST:
                self.encrypted = True
            case Payload.EXIT_CODE:
                self.exit_code = _number(frame.payload)
            case Payload.OUTPUT | Payload.STDERR | Payload.ERROR:
                self.printed.append(frame.payload)
            case _:
                pass

    def _shaken(self, frame: Frame) -> dict[str, object]:
        """The answer to a handshake. The service's wishes are an array of actions, each answered."""
        processed, errors = [], []
        wishes = frame.json().get("RequestedClientActions")
        for wish in wishes if isinstance(wishes, list) else []:
            wish = wish if isinstance(wish, dict) else {}
            status, error = self._granted(wish)
            processed.append(
                {
                    "ActionType": wish.get("ActionType"),
                    "ActionStatus": status,
                    "ActionResult": None,
                    "Error": error,
                }
            )
            errors += [error] if error else []
        return {"ClientVersion": CLIENT_VERSION, "ProcessedClientActions": processed, "Errors": errors}

    def _granted(self, wish: dict[str, object]) -> tuple[int, str]:
        kind, parameters = wish.get("ActionType"), wish.get("ActionParameters")
        if kind == "KMSEncryption":
            self.encrypted = True
            return _FAILED, "This client does not encrypt sessions with a KMS key."
        if kind != "SessionType":
            return _UNSUPPORTED, f"Unsupported action {str(kind)[:40]}"
        session = parameters.get("SessionType") if isinstance(parameters, dict) else None
        if session not in _SESSION_TYPES:
            return _FAILED, f"Unsupported session type {str(session)[:40]}"
        return _SUCCESS, ""

    def _input(self, kind: Payload, payload: bytes, now: float) -> bytes:
        data = encode(Frame(INPUT, self._number, kind, payload, created_ms=round(now * 1000)))
        self._unacknowledged[self._number] = (data, now)
        self._number += 1
        return data

    def _warn(self, text: str) -> None:
        if len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(text)


def _acknowledged(frame: Frame) -> int:
    number = frame.json().get("AcknowledgedMessageSequenceNumber")
    if not isinstance(number, int):
        raise FrameError("an acknowledgement does not say of which message")
    return number


def _number(payload: bytes) -> int | None:
    """An exit code: digits."""
    text = payload.decode("ascii", "replace").strip()
    return int(text) if text.isdigit() and len(text) < 6 else None
