"""What is kept of other people's failures: that they happened, and no line of their logs.

By default every crashing task of the account is looked at, and its log may hold passwords. Without an
incident only lines that speak of a lock stay; of the others a mark stays in their place, by which the record
is decided again as it was. Pure.
"""

from dataclasses import replace

from unwedge.decide.signatures import SIGNATURES, Word, meaning, unkept
from unwedge.model.log import ContainerLog, LogLine
from unwedge.model.situation import Situation

# Each means to every signature what the line meant whose place it takes.
LINE, ERROR_LINE = "a line that is not kept", "error: a line that is not kept"
_OF_THE_LOCK = frozenset({Word.HELD, Word.OPENED, Word.BEGAN, Word.UNCLEAR})


def without_lines(situation: Situation) -> Situation:
    """The situation without the lines that say nothing of a lock."""
    return replace(situation, logs=tuple(_kept(log) for log in situation.logs))


def _kept(log: ContainerLog) -> ContainerLog:
    return log._replace(lines=tuple(_line(line) for line in log.lines))


def _line(line: LogLine) -> LogLine:
    words = {signature: meaning(signature, line.text).word for signature in SIGNATURES}
    if _OF_THE_LOCK & set(words.values()):
        return line
    failed = [signature.program for signature, word in words.items() if word is Word.FAILED]
    if failed and len(failed) < len(words):
        return line._replace(text=unkept(failed))
    return line._replace(text=ERROR_LINE if failed else LINE)
