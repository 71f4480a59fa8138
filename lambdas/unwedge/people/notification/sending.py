"""Sending: one message to people by SNS, one event to programs by EventBridge, and what of it is final."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from unwedge.observe.reads import code_of
from unwedge.people.notification.card import Telling

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient

SOURCE = "unwedge"
# Protocols that a program reads; Amazon Q Developer subscribes by HTTPS.
_PROGRAMS = ("https", "http", "sqs", "lambda", "firehose")
# The same again would be answered the same again, by SNS and by EventBridge.
_FINAL = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid", "ValidationError"})
_FINAL_EVENT = frozenset({"ValidationException", "MalformedDetail", "InvalidArgument"})


class RefusedRecordError(ValueError):
    """A record of which people or programs cannot be told, now or later. Carries its key and the problem."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(key, problem)
        self.key = key
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.key}: {self.problem}"


class NotAcceptedError(Exception):
    """EventBridge took the call and not the event. Retryable. Carries the code that it gave."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"EventBridge did not accept the event: {self.code}"


class Topic(Protocol):
    """The one call of an SNS client that is needed."""

    def publish(self, **params: Any) -> Any:
        """Send a message to everybody who subscribed."""
        ...


class Sender:
    """Sends. What raises AWS's error is to be tried again; RefusedRecordError is final."""

    def __init__(self, sns: Topic, topic: str, events: "EventBridgeClient") -> None:
        self._sns = sns
        self._topic = topic
        self._events = events

    def to_people(self, telling: Telling) -> None:
        """To everybody who subscribed, each protocol in its form."""
        program = json.dumps(telling.chat, ensure_ascii=False)
        forms = {
            "default": telling.text,
            "email": telling.text,
            "sms": telling.brief,
            **dict.fromkeys(_PROGRAMS, program),
        }
        try:
            self._sns.publish(
                TopicArn=self._topic,
                Subject=telling.subject,
                Message=json.dumps(forms, ensure_ascii=False),
                MessageStructure="json",
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in telling.labels.items()
                },
            )
        except ClientError as error:
            if code_of(error) in _FINAL:
                raise RefusedRecordError(telling.entry, f"sns:Publish answered {error}") from error
            raise

    def to_programs(
        self, entry: str, kind: str, at: datetime, resource: str, told: Mapping[str, Any]
    ) -> None:
        """To the account's bus. Raises NotAcceptedError as well."""
        event: Any = {
            "Source": SOURCE,
            "DetailType": kind,
            "Time": at,
            "Resources": [resource],
            "Detail": json.dumps(told, ensure_ascii=False),
        }
        try:
            answer = self._events.put_events(Entries=[event])
        except ClientError as error:
            if code_of(error) in _FINAL_EVENT:
                raise RefusedRecordError(entry, f"events:PutEvents answered {error}") from error
            raise
        if answer["FailedEntryCount"]:
            code = str(answer["Entries"][0].get("ErrorCode"))
            if code in _FINAL_EVENT:
                raise RefusedRecordError(entry, f"events:PutEvents answered {code}")
            raise NotAcceptedError(code)
