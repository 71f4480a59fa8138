"""A ledger's table in the emulator, with the keys and the index that the stack gives it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from rehearsal.aws.emulator import Emulator
from rehearsal.clockwork.clock import ScaledClock
from unwedge.record.table import FEED

TABLE = "ledger"


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """A client of an emulator with an empty table."""
    with Emulator(clock=ScaledClock(datetime.now(UTC), 1.0)) as emulator:
        client = emulator.client("dynamodb")
        client.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "feed", "at")
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": FEED,
                    "KeySchema": [
                        {"AttributeName": "feed", "KeyType": "HASH"},
                        {"AttributeName": "at", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["summary"]},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client
