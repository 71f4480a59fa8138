"""The key of the buttons: read once for some minutes, and an answer that is none is an error."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.aws import client_error
from tests.support.situations import NOW
from unwedge.observe.reads import ReadError
from unwedge.people.answer.button_key import ButtonKey


def test_a_rotated_key_is_known_after_five_minutes() -> None:
    """And not read for every widget."""
    keys = iter(("old", "new"))
    asked: list[Any] = []

    def get_secret_value(**params: Any) -> Any:
        asked.append(params)
        return {"SecretString": next(keys)}

    key = ButtonKey(get_secret_value, "arn")
    assert key.get(NOW) == key.get(NOW + timedelta(seconds=299)) == b"old"
    assert asked == [{"SecretId": "arn"}]
    assert key.get(NOW + timedelta(seconds=300)) == b"new"


def test_a_key_that_cannot_be_read_is_an_error() -> None:
    """The viewer then draws no button and says why; the approver refuses."""

    def denied(**_: Any) -> Any:
        raise client_error("AccessDeniedException", "GetSecretValue")

    with pytest.raises(ReadError):
        ButtonKey(denied, "arn").get(NOW)
