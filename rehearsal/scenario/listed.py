"""Programs of the product's catalogue as the tasks of a scenario: by what names, images and places."""

from unwedge.decide.catalogue.entry import Entry
from unwedge.decide.catalogue.programs import PROGRAMS

_ANYWHERE = "/data"


def slug(program: str) -> str:
    """How a scenario file names a program."""
    return program.lower().replace(" ", "-")


# Those that say so when another process has their data; Prometheus has kinds of its own.
LISTED: dict[str, Entry] = {}
for _entry in PROGRAMS:
    if _entry.signature and _entry.program != "Prometheus":
        LISTED.setdefault(slug(_entry.program), _entry)


def image_of(entry: Entry) -> str:
    """An image that runs it; of a library, one that nobody knows."""
    name = entry.images[0] if entry.images else f"example/with-{slug(entry.program)}"
    return f"{name}:{entry.tags[0]}" if entry.tags else name


def data_of(entry: Entry) -> str:
    """Where its volume is mounted."""
    return entry.data or _ANYWHERE
