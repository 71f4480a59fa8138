"""A named fault: a replacement of source text in one file of the product."""

from typing import NamedTuple


class Fault(NamedTuple):
    """`old` becomes `new`, once, in `file` of lambdas/unwedge; `more` are further such edits."""

    name: str
    file: str
    old: str
    new: str
    more: tuple[tuple[str, str, str], ...] = ()
