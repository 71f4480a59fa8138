"""What came of a button: shown in the pop-up that it opened."""

from unwedge.people.view.context import Frame
from unwedge.people.view.html import Html, el
from unwedge.people.view.style import page
from unwedge.people.view.words import Tone, mark


def reply(taken: bool, sentence: str, frame: Frame) -> Html:
    """One sentence, and whether the answer was taken."""
    tone, word = (Tone.GOOD, "Taken") if taken else (Tone.HELD, "Not taken")
    hint = "The widgets show it at their next refresh."
    return page(frame, el("p", mark(tone, word)), el("p", sentence), el("p", el("small", hint)))
