"""Evidence: the line with which a container ended because another process holds its data directory.

How each program says so stands in the catalogue. Which signatures are asked about a container is decided by
its image: where that is known to be a program's, only this program's own signature can be evidence, and a
line of another program's is a doubt that a person is told of. Where the image is not known, the container is
judged by its own lines: any signature may match, provided that no other one has a later word to say.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from unwedge.decide.catalogue.programs import SIGNATURES, program_of
from unwedge.decide.catalogue.signature import Meaning, Signature, Trigger, Word
from unwedge.decide.catalogue.time_series import PROMETHEUS
from unwedge.decide.life import Life
from unwedge.decide.lines import divided, plain
from unwedge.model.log import ContainerLog, LogLine

__all__ = [
    "PROMETHEUS",
    "SIGNATURES",
    "Doubt",
    "Evidence",
    "Meaning",
    "Signature",
    "Trigger",
    "Word",
    "find_doubt",
    "find_evidence",
    "lines_of",
    "meaning",
    "opened",
    "prometheus_reports_held_lock",
    "unkept",
]


class Evidence(NamedTuple):
    """A line of the contender's own stream that matches a signature."""

    program: str
    container: str
    group: str
    stream: str
    line: LogLine
    trigger: Trigger = Trigger.SAFE


class Doubt(NamedTuple):
    """A line with the lock error's text that does not count, and why."""

    line: LogLine
    why: str


_WEIGHTY = frozenset({Word.HELD, Word.OPENED, Word.BEGAN, Word.FAILED})
_OF_THE_LOCK = frozenset({Word.HELD, Word.OPENED, Word.BEGAN, Word.UNCLEAR})
_OF_ITS_LIFE = frozenset({Word.HELD, Word.OPENED, Word.BEGAN})
_TELLING = frozenset(Word) - {Word.OTHER}
# In the place of a line that is not kept, where programs would not agree whether it reports an error.
_UNKEPT = re.compile(r"a line that is not kept, an error of ([^\n]{1,2000})")


def unkept(programs: Iterable[str]) -> str:
    """The mark of a line that is not kept, and that reports an error to these programs' signatures alone."""
    return f"a line that is not kept, an error of {', '.join(programs)}"


@lru_cache(16384)
def meaning(signature: Signature, text: str) -> Meaning:
    """What one line tells. The line is read once, however often it is asked about."""
    marked = _UNKEPT.fullmatch(text)
    if marked:
        return Meaning(Word.FAILED if signature.program in marked[1].split(", ") else Word.OTHER)
    return signature.read(_plain(text))


@lru_cache(2048)
def _plain(text: str) -> str:
    return plain(text)


def prometheus_reports_held_lock(line: str) -> bool:
    """True for the one line in which Prometheus 2.3 or later, logfmt or JSON, dies on a held lock."""
    return meaning(PROMETHEUS, line).word is Word.HELD


def lines_of(log: ContainerLog) -> Iterator[LogLine]:
    """The lines of a log, those of one event apart, in the order of their time."""
    for line in sorted(log.lines, key=lambda line: line.at):
        for text in divided(line.text):
            yield line._replace(text=text)


def find_evidence(
    logs: Iterable[ContainerLog],
    life: Life | None = None,
    exit_codes: dict[str, int] | None = None,
    images: Mapping[str, str] | None = None,
) -> Evidence | None:
    """The line with which one of these containers ended for want of its lock: the last thing of weight that
    it said, within its life by both clocks, and ended with the program's exit code for it. Without a life or
    without exit codes these are not asked about. `images`: of the containers, by name."""
    found = []
    for log in logs:
        lines = tuple(lines_of(log))
        for signature in _own(log, images):
            last = _last(lines, signature, _WEIGHTY)
            if last is None or meaning(signature, last.text).word is not Word.HELD:
                continue
            if _why_not(signature, log, lines, last, life, exit_codes) is None:
                found.append(
                    Evidence(
                        signature.program,
                        log.container,
                        log.group or "",
                        log.stream or "",
                        last,
                        signature.trigger,
                    )
                )
    return max(found, key=lambda evidence: evidence.line.at, default=None)


def find_doubt(
    logs: Iterable[ContainerLog],
    life: Life,
    exit_codes: dict[str, int],
    images: Mapping[str, str] | None = None,
) -> Doubt | None:
    """The newest line that has a lock error's text as its container's last word of weight and is no
    evidence, with the reason."""
    found = []
    for log in logs:
        own, lines = _own(log, images), tuple(lines_of(log))
        for signature in SIGNATURES:
            last = _last(lines, signature, _TELLING)
            word = meaning(signature, last.text).word if last else Word.OTHER
            if last is None or word not in (Word.HELD, Word.UNCLEAR):
                continue
            if signature not in own:
                found.append(Doubt(last, _foreign(signature, log, images)))
            elif word is Word.UNCLEAR:
                found.append(Doubt(last, f"this is not the form in which {signature.program} says it"))
            else:
                why = _why_not(signature, log, lines, last, life, exit_codes)
                found += [Doubt(last, why)] if why else []
    return max(found, key=lambda doubt: doubt.line.at, default=None)


def _own(log: ContainerLog, images: Mapping[str, str] | None) -> tuple[Signature, ...]:
    """The signatures that may speak for this container."""
    known = program_of((images or {}).get(log.container, ""))
    if known is None:
        return SIGNATURES
    return (known.signature,) if known.signature else ()


def _foreign(signature: Signature, log: ContainerLog, images: Mapping[str, str] | None) -> str:
    known = program_of((images or {}).get(log.container, ""))
    runs = known.program if known else "another program"
    return f"this is how {signature.program} says it, and the image of container {log.container} is of {runs}"


def _contradicted(signature: Signature, lines: Sequence[LogLine], line: LogLine) -> str | None:
    """Another signature by which the same container says something of the lock afterwards."""
    for other in SIGNATURES:
        if other is signature:
            continue
        last = _last(lines, other, _OF_THE_LOCK)
        if last is not None and last.at >= line.at and last != line:
            return other.program
    return None


def _why_not(
    signature: Signature,
    log: ContainerLog,
    lines: Sequence[LogLine],
    line: LogLine,
    life: Life | None,
    exit_codes: dict[str, int] | None,
) -> str | None:
    """Why a lock line does not tell how this container ended; None where it does."""
    own, code = meaning(signature, line.text).at, (exit_codes or {}).get(log.container)
    if signature.trigger is Trigger.UNSAFE:
        return f"{signature.program} prints it for other reasons than a held lock, too"
    also = _contradicted(signature, lines, line)
    if also is not None:
        return f"the same container also speaks as {also} does, so nobody can say what it runs"
    if exit_codes is not None and code not in signature.exit_codes:
        ended = "has not ended" if code is None else f"ended with exit code {code}"
        codes = " or ".join(map(str, sorted(signature.exit_codes)))
        return (
            f"container {log.container} {ended}, and {signature.program} without its lock ends with {codes}"
        )
    if life is not None and not life.covers(line.at):
        return "CloudWatch dates it outside the container's last life"
    if life is not None and own is not None and not life.covers(own):
        return "by its own time stamp it was written outside the container's last life"
    return None


def opened(
    log: ContainerLog,
    since: datetime | None,
    until: datetime | None,
    images: Mapping[str, str] | None = None,
) -> LogLine | None:
    """The line of this time in which the program says that it opened its store, unless it has begun anew or
    failed on the lock since. A program of whom no such line is known never says so."""
    lines = [
        line
        for line in lines_of(log)
        if (since is None or line.at >= since) and (until is None or line.at <= until)
    ]
    for signature in _own(log, images):
        last = _last(lines, signature, _OF_ITS_LIFE)
        if last is not None and meaning(signature, last.text).word is Word.OPENED:
            return last
    return None


def _last(lines: Sequence[LogLine], signature: Signature, words: frozenset[Word]) -> LogLine | None:
    """The last of these lines that tells one of these."""
    return next((line for line in reversed(lines) if meaning(signature, line.text).word in words), None)
