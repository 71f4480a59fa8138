"""Notify: a recorded decision as an EventBridge event, and as a message to people where it is notable.

The ledger's stream brings each decision at least once and in the order of its service. What fails raises, and
the stream brings it again; what was sent already is not sent again.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from unwedge.model.codec import DecodeError, to_json
from unwedge.people.notification import expected, repaired, verified
from unwedge.people.notification.card import Telling
from unwedge.people.notification.conversation import Conversation, Message, admit, sent
from unwedge.people.notification.conversation_store import ConversationStore
from unwedge.people.notification.expected import ExpectedDeadlock, expected_of
from unwedge.people.notification.hourly import Allowance, weigh, weigh_verification
from unwedge.people.notification.message import Addresses, chat, mail, short_text, subject
from unwedge.people.notification.notification import (
    Notification,
    RecordedDecision,
    decision_of,
    notification_of,
)
from unwedge.people.notification.repaired import RepairedService, repaired_of
from unwedge.people.notification.sending import RefusedRecordError, Sender
from unwedge.people.notification.verified import VerifiedService, verified_of
from unwedge.people.wording import short
from unwedge.record.postures import POSTURES
from unwedge.record.repairs import REPAIRS
from unwedge.record.verifications import VERIFICATIONS

DETAIL_TYPE, VERIFICATION_TYPE = "Unwedge Decision", "Unwedge Verification"
EXPECTATION_TYPE, REPAIR_TYPE = "Unwedge Expectation", "Unwedge Repair"
SERVICES = "service#"
# An event has at most 256 KB; a decision's own texts are bounded, and this bounds what others wrote.
_LONGEST = 4096


class Event(NamedTuple):
    """What programs are told: its detail type, when it was, what it is about, and the detail."""

    kind: str
    at: datetime
    resource: str
    told: Mapping[str, Any]


class Notifier:
    """Tells of one recorded decision after the other."""

    def __init__(
        self,
        conversations: ConversationStore,
        sender: Sender,
        addresses: Addresses,
    ) -> None:
        self._conversations = conversations
        self._sender = sender
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
        """Tell programs of a verification, and then people of one that failed: what is tried again for want
        of the one is not told twice to the other. Returns whether people were told. Raises as `notify`."""
        refusal = None
        try:
            self._sender.to_programs(
                service.sk,
                VERIFICATION_TYPE,
                service.found.at,
                service.card.service_arn,
                verified.detail(service),
            )
        except RefusedRecordError as error:
            refusal = error
        out = service.for_people and self._verified_to_people(service)
        if refusal:
            raise refusal
        return out

    def _verified_to_people(self, service: VerifiedService) -> bool:
        earlier = self._conversations.load_hour(service.pk.replace(VERIFICATIONS, SERVICES, 1))
        hour, allowance = weigh_verification(earlier, service.sk, service.found.at)
        if hour is not earlier:
            self._conversations.save(hour, service.found.at)
        if allowance.out:
            self._sender.to_people(verified.telling(service, self._addresses))
        return allowance.out

    def notify_expected(self, deadlock: ExpectedDeadlock) -> bool:
        """Tell programs and people of a deadlock to come. Returns whether people were told now. Raises as
        `notify`."""
        telling = expected.telling(deadlock, self._addresses)
        told = expected.detail(deadlock)
        event = Event(EXPECTATION_TYPE, deadlock.found.at, deadlock.card.service_arn, told)
        return self._once(deadlock.pk.replace(POSTURES, SERVICES, 1), event, telling)

    def notify_repaired(self, service: RepairedService) -> bool:
        """Tell programs and people of a repair. Returns whether people were told now. Raises as `notify`."""
        telling = repaired.telling(service, self._addresses)
        event = Event(REPAIR_TYPE, service.found.at, service.card.service_arn, repaired.detail(service))
        return self._once(service.pk.replace(REPAIRS, SERVICES, 1), event, telling)

    def _once(self, service_pk: str, event: Event, telling: Telling) -> bool:
        """Programs each time the stream brings it, people once."""
        refusal = None
        try:
            self._sender.to_programs(telling.entry, event.kind, event.at, event.resource, event.told)
        except RefusedRecordError as error:
            refusal = error
        out = self._once_to_people(service_pk, event.at, telling)
        if refusal:
            raise refusal
        return out

    def _once_to_people(self, service_pk: str, at: datetime, telling: Telling) -> bool:
        """However often the stream brings it; within what a service may send in an hour."""
        conversation: Conversation = self._conversations.load_thread(service_pk, telling.entry)
        if any(message.sent for message in conversation.messages):
            return False
        message = Message(telling.labels["verdict"], telling.entry, at, at)
        if not conversation.messages:
            conversation = self._conversations.save(replace(conversation, messages=(message,)), at)
        earlier = self._conversations.load_hour(service_pk)
        hour, allowance = weigh_verification(earlier, telling.entry, at)
        if hour is not earlier:
            self._conversations.save(hour, at)
        if allowance.out:
            self._sender.to_people(telling)
        self._conversations.save(sent(conversation, message), at)
        return allowance.out

    def _publish(self, notification: Notification, message: Message, allowance: Allowance) -> None:
        record = notification.record
        labels = {
            "kind": notification.kind.value,
            "verdict": record.decision.verdict,
            "service": record.service_name,
        }
        self._sender.to_people(
            Telling(
                record.sk,
                subject(notification),
                mail(notification, message, self._addresses, allowance),
                short_text(notification),
                chat(notification, message, self._addresses, allowance),
                labels,
            )
        )

    def _to_programs(self, record: RecordedDecision, notification: Notification | None) -> None:
        told = detail(record, notification)
        self._sender.to_programs(record.sk, DETAIL_TYPE, record.at, record.service_arn, told)


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


Entry = RecordedDecision | VerifiedService | ExpectedDeadlock | RepairedService


def entry_in(event: Mapping[str, Any]) -> Entry:
    """What a record of the ledger's stream tells of. Raises RefusedRecordError."""
    key = str(event.get("eventID", "a record without an id"))
    try:
        change = event["dynamodb"]
        pk, sk = change["Keys"]["pk"]["S"], change["Keys"]["sk"]["S"]
        key = f"{pk} {sk}"
        data = json.loads(change["NewImage"]["data"]["S"])
        if pk.startswith(POSTURES):
            return expected_of(pk, sk, data)
        if pk.startswith(REPAIRS):
            return repaired_of(pk, sk, data)
        return verified_of(pk, sk, data) if pk.startswith(VERIFICATIONS) else decision_of(pk, sk, data)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        told = str(error) if isinstance(error, DecodeError) else f"{type(error).__name__}: {error}"
        raise RefusedRecordError(key[:300], told[:300]) from error
