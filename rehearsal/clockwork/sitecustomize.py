"""Runs the wall clock of a Python process faster, when the environment asks for it.

Python imports ``sitecustomize`` by itself at start-up. The rehearsal puts this directory on ``PYTHONPATH``
of the AWS emulator, whose Lambda workers inherit it, so that SQS delays, visibility timeouts, log time
stamps and the product's own ``datetime.now()`` all show one virtual time. Monotonic clocks, ``sleep`` and
thread time-outs stay real: they belong to the machine, not to the story.
"""

import os

from hand import CLOCK_VARIABLE, Hand, real_time  # type: ignore[import-not-found]  # beside this file


def _install(path: str) -> None:
    """Make the wall clock go by the hand in this file."""
    import datetime as datetime_module
    import time as time_module

    hand = Hand.in_file(path)
    real_datetime = datetime_module.datetime

    def scaled_time() -> float:
        return float(hand.at(real_time()))

    def scaled_time_ns() -> int:
        # today's epoch in a float has no nanoseconds; microseconds are what any caller here needs
        return int(scaled_time() * 1e6) * 1000

    class _RealInstances(type):
        """Lets ``isinstance`` accept the plain datetimes that C code makes."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real_datetime)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, real_datetime)

    class datetime(datetime_module.datetime, metaclass=_RealInstances):  # noqa: N801 - stands in for datetime.datetime
        @classmethod
        def now(cls, tz: "datetime_module.tzinfo | None" = None) -> "datetime":
            return cls.fromtimestamp(scaled_time(), tz)

        @classmethod
        def today(cls) -> "datetime":
            return cls.fromtimestamp(scaled_time())

        @classmethod
        def utcnow(cls) -> "datetime":
            return cls.fromtimestamp(scaled_time(), datetime_module.UTC).replace(tzinfo=None)

    datetime.__module__ = "datetime"
    datetime.__qualname__ = "datetime"
    time_module.time = scaled_time
    time_module.time_ns = scaled_time_ns
    datetime_module.datetime = datetime  # type: ignore[misc]


if os.environ.get(CLOCK_VARIABLE):
    _install(os.environ[CLOCK_VARIABLE])
