"""Our end of a data channel."""

from unwedge.verify.session import frames
from unwedge.verify.session.channel import Channel
from unwedge.verify.session.frames import Frame, Payload, encode


def test_what_comes_early_is_kept_in_bounded_space_and_comes_again() -> None:
    """What finds no room is not acknowledged, so the agent sends it once more; nothing is lost."""
    channel = Channel("token")

    def arrives(number: int) -> bool:
        """Whether it was acknowledged."""
        piece = Frame(frames.OUTPUT, number, Payload.OUTPUT, f"{number} ".encode())
        return bool(channel.receive(encode(piece), 0.0))

    taken = [number for number in range(1, 1001) if arrives(number)]
    assert taken == list(range(1, 257))
    assert channel.printed == []
    assert arrives(0)
    assert b"".join(channel.printed) == b"".join(f"{number} ".encode() for number in range(257))
    assert arrives(257)
