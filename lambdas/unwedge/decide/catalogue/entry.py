"""What the catalogue says of one program."""

from enum import StrEnum
from typing import NamedTuple

from unwedge.decide.catalogue.signature import Signature, Trigger


class OnHeld(StrEnum):
    """What a program does when another process has its data directory. EXITS: it says so and ends. WAITS: it
    waits until the other is gone. WRITES: it has no lock, so both write. SHARES: several may write, by its
    design."""

    EXITS = "exits"
    WAITS = "waits"
    WRITES = "writes"
    SHARES = "shares"


class Entry(NamedTuple):
    """One program.

    `images`: the ends of the names of its images' repositories, as `owner/name`, or as the bare `name` where
    no other program uses it. `tags`: the beginnings of the tags that it has, where one repository has
    programs of different kinds; empty for all. `source`: where all of this is known from, and `versions` of
    which versions.
    `data`: the data directory of an image that is started as it comes; `bare_data`: of one whose command is
    replaced by one that names none; None where that is not known. `flags`: options that name it and that no
    other program has; `own_flags`: those that only count for an image that is known to be this program's.
    `variables`: of the environment, where they name it.
    `flush_seconds`: how long it may take to write its data when it is asked to stop, where its makers or
    reports say so; `waits`: after how many seconds of waiting it gives up. `signature`: how it speaks of its
    lock; None where that is not known.
    """

    program: str
    images: tuple[str, ...]
    on_held: OnHeld
    source: str
    data: str | None = None
    bare_data: str | None = None
    flush_seconds: int | None = None
    signature: Signature | None = None
    versions: str = ""
    tags: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    own_flags: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    waits: int | None = None

    @property
    def trigger(self) -> Trigger | None:
        """What its lock line may lead to; None without one."""
        return self.signature.trigger if self.signature else None
