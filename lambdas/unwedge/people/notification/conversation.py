"""A conversation of notifications: what was told in it, so that repeats are counted and a retry tells nothing
twice.

Pure. One conversation is one incident, or one service without an incident. The ledger keeps it as one item.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from unwedge.people.notification.notification import Kind, Notification

# Far more than an incident has; a bound, because an item of the ledger has one.
_MOST_MESSAGES = 60


class Suppressed(NamedTuple):
    """What was counted and not told: so many more times since then."""

    what: str
    more: int
    since: datetime


class Message(NamedTuple):
    """One notice of a conversation.

    entry: the decision that it tells of, and that alone may send it, again after a failure. more: how often
    the same came since then without being told; `last` is the occasion that was told or counted last. missed:
    what it says of others.
    """

    what: str
    entry: str
    at: datetime
    since: datetime
    sent: bool = False
    more: int = 0
    last: str | None = None
    suppressed: tuple[Suppressed, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything told in one conversation, oldest first. `version` counts the writes of its item."""

    pk: str
    sk: str
    version: int = 0
    messages: tuple[Message, ...] = ()


def admit(conversation: Conversation, notification: Notification) -> tuple[Conversation, Message | None]:
    """The conversation with this notification in it, and what is to be sent; None for what is counted or was
    sent.

    Weighing a decision again changes nothing: a stream brings records more than once.
    """
    at, entry = notification.record.at, notification.record.sk
    same = [message for message in conversation.messages if message.what == notification.what]
    before = same[-1] if same else None
    if before and before.entry == entry:
        return conversation, None if before.sent else before
    if before:
        if before.last == notification.occasion:
            return conversation, None
        quiet = notification.quiet_after(len(same))
        if quiet is None or at - before.at < quiet:
            again = before._replace(more=before.more + 1, last=notification.occasion)
            return replace(conversation, messages=_with(conversation.messages, again)), None
    suppressed = tuple(
        Suppressed(_label(message), message.more, message.since)
        for message in conversation.messages
        if message.more
    )
    reset = tuple(
        message._replace(more=0, since=at) if message.more else message for message in conversation.messages
    )
    fresh = Message(notification.what, entry, at, at, last=notification.occasion, suppressed=suppressed)
    return replace(conversation, messages=(*reset, fresh)[-_MOST_MESSAGES:]), fresh


def sent(conversation: Conversation, message: Message) -> Conversation:
    """The conversation once this notification is out."""
    return replace(conversation, messages=_with(conversation.messages, message._replace(sent=True)))


def _with(messages: tuple[Message, ...], changed: Message) -> tuple[Message, ...]:
    return tuple(changed if message.entry == changed.entry else message for message in messages)


def _label(message: Message) -> str:
    """What was counted, in words: a verdict, but for a question, which has its subject in `what`."""
    kind, _, rest = message.what.partition("#")
    return "asked" if kind == Kind.APPROVAL_REQUEST else rest
