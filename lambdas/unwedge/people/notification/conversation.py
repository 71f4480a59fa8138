"""A thread of notices: what was told in it, so that repeats are counted and a retry tells nothing twice.

Pure. One thread is one incident, or one service without an incident. The ledger keeps it as one item.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from unwedge.people.notification.notification import Kind, Notice

# Far more than an incident has; a bound, because an item of the ledger has one.
_MOST_POSTS = 60


class Missed(NamedTuple):
    """What was counted and not told: so many more times since then."""

    what: str
    more: int
    since: datetime


class Post(NamedTuple):
    """One notice of a thread.

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
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """Everything told in one thread, oldest first. `version` counts the writes of its item."""

    pk: str
    sk: str
    version: int = 0
    posts: tuple[Post, ...] = ()


def weigh(thread: Thread, notice: Notice) -> tuple[Thread, Post | None]:
    """The thread with this notice in it, and what is to be sent; None for what is counted or was sent.

    Weighing a decision again changes nothing: a stream brings records more than once.
    """
    at, entry = notice.record.at, notice.record.sk
    same = [post for post in thread.posts if post.what == notice.what]
    before = same[-1] if same else None
    if before and before.entry == entry:
        return thread, None if before.sent else before
    if before:
        if before.last == notice.occasion:
            return thread, None
        quiet = notice.quiet_after(len(same))
        if quiet is None or at - before.at < quiet:
            again = before._replace(more=before.more + 1, last=notice.occasion)
            return replace(thread, posts=_with(thread.posts, again)), None
    missed = tuple(Missed(_label(post), post.more, post.since) for post in thread.posts if post.more)
    reset = tuple(post._replace(more=0, since=at) if post.more else post for post in thread.posts)
    fresh = Post(notice.what, entry, at, at, last=notice.occasion, missed=missed)
    return replace(thread, posts=(*reset, fresh)[-_MOST_POSTS:]), fresh


def sent(thread: Thread, post: Post) -> Thread:
    """The thread once this notice is out."""
    return replace(thread, posts=_with(thread.posts, post._replace(sent=True)))


def _with(posts: tuple[Post, ...], changed: Post) -> tuple[Post, ...]:
    return tuple(changed if post.entry == changed.entry else post for post in posts)


def _label(post: Post) -> str:
    """What was counted, in words: a verdict, but for a question, which has its subject in `what`."""
    kind, _, rest = post.what.partition("#")
    return "asked" if kind == Kind.QUESTION else rest
