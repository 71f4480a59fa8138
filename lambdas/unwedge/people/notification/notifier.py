"""Notify: a recorded decision as an EventBridge event, and as a message to people where it is notable.

The ledger's stream brings each decision at least once and in the order of its service. What fails raises, and
the stream brings it again; what was sent already is not sent again.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from unwedge.model.codec import DecodeError, to_json
from unwedge.observe.reads import code_of
from unwedge.people.notification import verified
from unwedge.people.notification.conversation import Message, admit, sent
from unwedge.people.notification.conversation_store import ConversationStore
from unwedge.people.notification.hourly import Allowance, weigh, weigh_verification
from unwedge.people.notification.message import Addresses, chat, mail, short_text, subject
from unwedge.people.notification.notification import (
    Notification,
    RecordedDecision,
    decision_of,
    notification_of,
)
from unwedge.people.notification.verified import VerifiedService, verified_of
from unwedge.people.wording import short
from unwedge.record.verifications import VERIFICATIONS

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient

SOURCE, DETAIL_TYPE, VERIFICATION_TYPE = "unwedge", "Unwedge Decision", "Unwedge Verification"
SERVICES = "service#"
# An event has at most 256 KB; a decision's own texts are bounded, and this bounds what others wrote.
_LONGEST = 4096
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


class Notifier:
    """Tells of one recorded decision after the other."""

    def __init__(
        self,
        conversations: ConversationStore,
        sns: Topic,
        topic: str,
        events: "EventBridgeClient",
        addresses: Addresses,
    ) -> None:
        self._conversations = conversations
        self._sns = sns
        self._topic = topic
        self._events = events
        self._addresses = addresses

    def notify(self, record: RecordedDecision) -> tuple[Notification | None, bool]:
        """People first, then programs, also of what SNS refuses for good. Returns the notification, if the
        decision is worth one, and whether it was sent now. Raises AWS's errors and NotAcceptedError, to be
        retried, and then, once nothing is left to retry, RefusedRecordError."""
        notification = notification_of(record)
        out, refusal = False, None
        if notification:
            try:
                out = self._to_people(notification)
            except RefusedRecordError as error:
                refusal = error
        self._to_programs(record, notification)
        if refusal:
            raise refusal
        return notification, out

    def _to_people(self, notification: Notification) -> bool:
        before = self._conversations.load_conversation(notification)
        conversation, message = admit(before, notification)
        if conversation is not before:
            conversation = self._conversations.save(conversation, notification.record.at)
        if message is None:
            return False
        earlier = self._conversations.load_hour(notification.record.pk)
        hour, allowance = weigh(earlier, notification)
        if hour is not earlier:
            self._conversations.save(hour, notification.record.at)
        if allowance.out:
            self._publish(notification, message, allowance)
        self._conversations.save(sent(conversation, message), notification.record.at)
        return allowance.out

    def notify_verified(self, service: VerifiedService) -> bool:
        """Tell programs of a verification, and people of one that failed. Returns whether people were told.
        Raises as `notify` does."""
        out, refusal = False, None
        if service.for_people:
            pk = service.pk.replace(VERIFICATIONS, SERVICES, 1)
            earlier = self._conversations.load_hour(pk)
            hour, allowance = weigh_verification(earlier, service.sk, service.found.at)
            if hour is not earlier:
                self._conversations.save(hour, service.found.at)
            out = allowance.out
        if out:
            try:
                self._send(
                    service.sk,
                    verified.subject(service),
                    verified.mail(service, self._addresses),
                    verified.short_text(service),
                    verified.chat(service, self._addresses),
                    {
                        "kind": "verification",
                        "verdict": service.found.result.value,
                        "service": service.found.service_name,
                    },
                )
            except RefusedRecordError as error:
                refusal = error
        self._put(
            service.sk, VERIFICATION_TYPE, service.found.at, service.service_arn, verified.detail(service)
        )
        if refusal:
            raise refusal
        return out

    def _publish(self, notification: Notification, message: Message, allowance: Allowance) -> None:
        record = notification.record
        labels = {
            "kind": notification.kind.value,
            "verdict": record.decision.verdict,
            "service": record.service_name,
        }
        self._send(
            record.sk,
            subject(notification),
            mail(notification, message, self._addresses, allowance),
            short_text(notification),
            chat(notification, message, self._addresses, allowance),
            labels,
        )

    def _send(
        self,
        entry: str,
        subject_line: str,
        text: str,
        brief_text: str,
        message: Mapping[str, Any],
        labels: Mapping[str, str],
    ) -> None:
        program = json.dumps(message, ensure_ascii=False)
        forms = {
            "default": text,
            "email": text,
            "sms": brief_text,
            **dict.fromkeys(_PROGRAMS, program),
        }
        try:
            self._sns.publish(
                TopicArn=self._topic,
                Subject=subject_line,
                Message=json.dumps(forms, ensure_ascii=False),
                MessageStructure="json",
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in labels.items()
                },
            )
        except ClientError as error:
            if code_of(error) in _FINAL:
                raise RefusedRecordError(entry, f"sns:Publish answered {error}") from error
            raise

    def _to_programs(self, record: RecordedDecision, notification: Notification | None) -> None:
        told = detail(record, notification)
        self._put(record.sk, DETAIL_TYPE, record.at, record.service_arn, told)

    def _put(self, entry: str, kind: str, at: datetime, resource: str, told: Mapping[str, Any]) -> None:
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


def detail(record: RecordedDecision, notification: Notification | None) -> dict[str, Any]:
    """The event's detail: the decision as the log line has it, under the same names but for the entry's `id`
    and the kind of `notification`. It leaves out what is for operators: the reasons, the signal, the
    repeats."""
    decision, outcome, times = record.decision, record.content.outcome, record.decision.times
    action = {key: _bounded(value) for key, value in (decision.action or {}).items()}
    return {
        "id": record.sk,
        "service": record.service_name,
        "cluster": record.content.situation.cluster_arn,
        "incident_id": record.incident,
        "incident_step": decision.incident,
        "verdict": decision.verdict,
        "gate": decision.gate,
        "sentence": short(decision.sentence, _LONGEST),
        "mode": decision.mode,
        "action": action or None,
        "request": to_json(decision.approval_request),
        "outcome": outcome.kind,
        "outcome_sentence": short(outcome.sentence, _LONGEST),
        "escalated": decision.escalate,
        "holder": decision.holder,
        "contender": decision.contender,
        "successor": decision.successor,
        "evidence": _bounded(decision.evidence),
        "seconds_to_detect": times.to_detect,
        "seconds_to_stop": times.to_stop,
        "seconds_to_recover": times.to_recover,
        "gap_seconds": times.gap,
        "observed_at": to_json(record.at),
        "notification": notification.kind.value if notification else None,
    }


def _bounded(value: Any) -> Any:
    return short(value, _LONGEST) if isinstance(value, str) else value


def entry_in(event: Mapping[str, Any]) -> RecordedDecision | VerifiedService:
    """The decision or verification in a record of the ledger's stream. Raises RefusedRecordError."""
    key = str(event.get("eventID", "a record without an id"))
    try:
        change = event["dynamodb"]
        pk, sk = change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"]
        key = f"{pk} {sk}"
        data = json.loads(change["NewImage"]["data"]["S"])
        return verified_of(pk, sk, data) if pk.startswith(VERIFICATIONS) else decision_of(pk, sk, data)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        told = str(error) if isinstance(error, DecodeError) else f"{type(error).__name__}: {error}"
        raise RefusedRecordError(key[:300], told[:300]) from error
