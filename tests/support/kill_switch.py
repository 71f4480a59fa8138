"""A kill switch that a test turns."""


class FakeKillSwitch:
    """Runs until a test gives a reason to pause; counts how often it was asked."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.asked = 0

    def paused(self) -> str | None:
        """See Switch."""
        self.asked += 1
        return self.reason
