"""The programs, and which of them an image runs."""

from functools import lru_cache

from unwedge.decide.catalogue import (
    applications,
    brokers,
    databases,
    key_value,
    shared,
    time_series,
    without_lock,
)
from unwedge.decide.catalogue.entry import Entry, OnHeld
from unwedge.decide.catalogue.signature import Signature, Trigger

PROGRAMS: tuple[Entry, ...] = (
    *time_series.ENTRIES,
    *key_value.ENTRIES,
    *databases.ENTRIES,
    *brokers.ENTRIES,
    *applications.ENTRIES,
    *without_lock.ENTRIES,
    *shared.ENTRIES,
)
# Prometheus first; each once.
SIGNATURES: tuple[Signature, ...] = tuple(
    dict.fromkeys(entry.signature for entry in PROGRAMS if entry.signature)
)


@lru_cache(1024)
def program_of(image: str) -> Entry | None:
    """The catalogue's entry for an image, in whatever registry it lies; None where it is not known, and where
    its tag does not tell which of several programs it is."""
    repository, tag = _divided(image)
    parts = repository.split("/")
    ends = {parts[-1], "/".join(parts[-2:])}
    return next((entry for entry in PROGRAMS if ends & set(entry.images) and _tagged(entry, tag)), None)


def signature_named(program: str) -> Signature | None:
    """The signature of a program, by the name that the catalogue gives it; letters' case does not count."""
    wanted = program.strip().casefold()
    return next((found for found in SIGNATURES if found.program.casefold() == wanted), None)


def needs_allowance() -> tuple[str, ...]:
    """The programs whose lock line leads to a stop only where the operator allows it."""
    return tuple(found.program for found in SIGNATURES if found.trigger is Trigger.UNPROVEN)


def default_data_path(image: str, *, overrides_start: bool) -> str | None:
    """The data directory of an image started as it comes, or with a command that names none. None for an
    image that is not known, in whatever registry it lies."""
    known = program_of(image)
    if known is None:
        return None
    return known.bare_data if overrides_start else known.data


def waits_for_its_lock(image: str) -> str | None:
    """The program of an image that waits for a lock while another holds it; None where that is not known."""
    known = program_of(image)
    if known is None or known.on_held is not OnHeld.WAITS:
        return None
    return f"{known.program}, for up to {known.waits} s," if known.waits else known.program


def _tagged(entry: Entry, tag: str) -> bool:
    version = tag.removeprefix("v")
    return not entry.tags or any(
        version == known or version.startswith((f"{known}.", f"{known}-")) for known in entry.tags
    )


def _divided(image: str) -> tuple[str, str]:
    """An image's name without its tag and digest, and its tag."""
    name = image.partition("@")[0]
    repository, _, tag = name.rpartition(":")
    return (repository, tag) if repository and "/" not in tag else (name, "")
