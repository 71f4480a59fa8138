"""What the catalogue says of one program."""

from enum import StrEnum
from typing import NamedTuple


class OnHeld(StrEnum):
    """What a program does when another process has its data directory. EXITS: it says so and ends. WAITS: it
    waits until the other is gone. WRITES: it has no lock, so both write. SHARES: several may write, by its
    design."""

    EXITS = "exits"
    WAITS = "waits"
    WRITES = "writes"
    SHARES = "shares"


class Entry(NamedTuple):
    """One program. `images`: the ends of the names of its images' repositories, as `owner/name`, or as the
    bare `name` where no other program uses it. `source`: where `on_held` is known from. `data`: the data
    directory of an image that is started as it comes; `bare_data`: of one whose command is replaced by one
    that names none; None where that is not known. `flush_seconds`: how long it may take to write its data
    when it is asked to stop, where its makers or reports say so."""

    program: str
    images: tuple[str, ...]
    on_held: OnHeld
    source: str
    data: str | None = None
    bare_data: str | None = None
    flush_seconds: int | None = None
