"""Tokens of the dashboard's buttons: only a button that the viewer drew a moment ago acts.

CloudWatch invokes a widget's function in the name of whoever looks at the dashboard, and with the parameters
of whoever made it. Without a token a widget on anybody's dashboard could approve or resume as soon as a
person with the permission looks at it. A token is for one thing, one dashboard and some minutes; that it is
used once is for the ledger to see. The command line sends no widgetContext and needs none. Pure.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import NamedTuple

VALID = timedelta(minutes=15)
_AHEAD = timedelta(minutes=1)
_PARTS = 3


class Token(NamedTuple):
    """A token that holds: `nonce` names it in the ledger."""

    nonce: str


def answer_subject(incident: object, subject: object) -> str:
    """What approving or rejecting is about."""
    return f"answer\n{incident}\n{subject}"


RESUME = "resume"


def make_token(key: bytes, about: str, dashboard: str, now: datetime, nonce: str) -> str:
    """A token for what a button is about, on this dashboard. `nonce`: random, without dots."""
    at = str(int(now.timestamp()))
    return f"{at}.{nonce}.{_seal(key, about, dashboard, at, nonce)}"


def check_token(token: object, key: bytes, about: str, dashboard: str, now: datetime) -> Token | str:
    """The token, or why it does not hold. Never raises."""
    parts = token.split(".") if isinstance(token, str) and token.isascii() else []
    if len(parts) != _PARTS:
        return "it has no token of this stack's dashboard"
    at, nonce, seal = parts
    if not hmac.compare_digest(seal, _seal(key, about, dashboard, at, nonce)):
        return "its token is for another dashboard or another question"
    age = now - datetime.fromtimestamp(int(at), now.tzinfo)
    if not -_AHEAD <= age <= VALID:
        return f"it was drawn more than {VALID.seconds // 60} minutes ago; refresh the dashboard"
    return Token(nonce)


def _seal(key: bytes, *parts: str) -> str:
    return hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()
