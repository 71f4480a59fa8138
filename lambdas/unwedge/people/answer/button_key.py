"""The secret with which the viewer seals its buttons and the approver checks them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from unwedge.observe.reads import read

_KEPT = timedelta(minutes=5)


class ButtonKey:
    """A secret of Secrets Manager, read again after some minutes: it may be rotated. `get_secret_value` is
    the client's method."""

    def __init__(self, get_secret_value: Callable[..., Any], secret: str) -> None:
        self._get = get_secret_value
        self._secret = secret
        self._known: tuple[datetime, bytes] | None = None

    def get(self, now: datetime) -> bytes:
        """The key. Raises ReadError."""
        if self._known is None or not now - _KEPT < self._known[0] <= now:
            answer = read("secretsmanager:GetSecretValue", self._get, SecretId=self._secret)
            self._known = (now, answer["SecretString"].encode())
        return self._known[1]
