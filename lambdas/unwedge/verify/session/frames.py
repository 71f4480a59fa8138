"""Messages of a session's data channel, to bytes and back.

Layout, big-endian: header length, message type padded with spaces, schema version, creation time in ms,
sequence number, flags, message id, SHA-256 of the payload, payload type, payload length, payload. From
session-manager-plugin, src/message (github.com/aws/session-manager-plugin).
"""

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from uuid import UUID, uuid4

_HEADER = struct.Struct(">I32sIQqQ16s32sII")
# The length of the header does not count the payload's length, which follows it.
_HEADER_LENGTH = _HEADER.size - 4
_LENGTH = struct.Struct(">I")
_SCHEMA = 1

INPUT = "input_stream_data"
OUTPUT = "output_stream_data"
ACKNOWLEDGE = "acknowledge"
CHANNEL_CLOSED = "channel_closed"
START_PUBLICATION = "start_publication"
PAUSE_PUBLICATION = "pause_publication"


class Payload(IntEnum):
    """What a message of the input or output stream carries."""

    OTHER = 0
    OUTPUT = 1
    ERROR = 2
    SIZE = 3
    PARAMETER = 4
    HANDSHAKE_REQUEST = 5
    HANDSHAKE_RESPONSE = 6
    HANDSHAKE_COMPLETE = 7
    ENCRYPTION_CHALLENGE_REQUEST = 8
    ENCRYPTION_CHALLENGE_RESPONSE = 9
    FLAG = 10
    STDERR = 11
    EXIT_CODE = 12

    @classmethod
    def _missing_(cls, value: object) -> "Payload":
        return cls.OTHER


# The payload of a FLAG that ends the session.
TERMINATE = struct.pack(">I", 2)


class FrameError(ValueError):
    """Bytes that are no message of a data channel. Carries what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. `intact`: the digest that came with it is that of its payload."""

    type: str
    sequence: int = 0
    payload_type: Payload = Payload.OTHER
    payload: bytes = b""
    created_ms: int = 0
    flags: int = 0
    message_id: UUID = field(default_factory=uuid4)
    intact: bool = True

    def json(self) -> dict[str, Any]:
        """The payload as a JSON object. Raises FrameError."""
        try:
            found = json.loads(self.payload)
        except (ValueError, RecursionError) as error:
            raise FrameError(f"the payload of a message of type {self.type} is no JSON") from error
        if not isinstance(found, dict):
            raise FrameError(f"the payload of a message of type {self.type} is no JSON object")
        return found


def encode(frame: Frame) -> bytes:
    """A message as bytes."""
    head = _HEADER.pack(
        _HEADER_LENGTH,
        frame.type.encode().ljust(32),
        _SCHEMA,
        frame.created_ms,
        frame.sequence,
        frame.flags,
        _swapped(frame.message_id.bytes),
        hashlib.sha256(frame.payload).digest(),
        frame.payload_type,
        len(frame.payload),
    )
    return head + frame.payload


def decode(data: bytes) -> Frame:
    """Bytes as a message; a header may be longer than ours. Raises FrameError."""
    if len(data) < _HEADER.size:
        raise FrameError(f"a message of {len(data)} bytes is shorter than its header")
    _, kind, _, created, sequence, flags, message_id, digest, payload_type, _ = _HEADER.unpack_from(data)
    (header_length,) = _LENGTH.unpack_from(data)
    start = header_length + _LENGTH.size
    if header_length < _HEADER_LENGTH or start > len(data):
        raise FrameError(f"a message says that its header has {header_length} bytes")
    (length,) = _LENGTH.unpack_from(data, header_length)
    payload = data[start : start + length]
    if len(payload) != length:
        raise FrameError(f"a message lacks {length - len(payload)} bytes of its payload")
    return Frame(
        type=kind.decode("ascii", "replace").strip(" \0"),
        sequence=sequence,
        payload_type=Payload(payload_type),
        payload=payload,
        created_ms=created,
        flags=flags,
        message_id=UUID(bytes=_swapped(message_id)),
        intact=not length or hashlib.sha256(payload).digest() == digest,
    )


def acknowledgement(of: Frame, created_ms: int) -> Frame:
    """The answer to a message that arrived."""
    content = {
        "AcknowledgedMessageType": of.type,
        "AcknowledgedMessageId": str(of.message_id),
        "AcknowledgedMessageSequenceNumber": of.sequence,
        "IsSequentialMessage": True,
    }
    # SYN and FIN: a stream of its own, of one message.
    return Frame(ACKNOWLEDGE, payload=json_bytes(content), created_ms=created_ms, flags=3)


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """A JSON object as the agent reads it."""
    return json.dumps(content).encode()


def _swapped(raw: bytes) -> bytes:
    """The lower half of a message id comes first."""
    return raw[8:] + raw[:8]
