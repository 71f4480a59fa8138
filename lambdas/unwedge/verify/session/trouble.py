"""Why a session gave no result: words for whoever explains it, who knows no network."""

from enum import StrEnum


class Trouble(StrEnum):
    """Why a session gave no result."""

    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    ENCRYPTED = "encrypted"
    NO_SHELL = "no shell"
    CLOSED = "closed"
    TIMED_OUT = "timed out"
    NOT_UNDERSTOOD = "not understood"
