"""On the page of a service's posture: what a repair changed, or why none was made. Pure."""

from typing import NamedTuple

from unwedge.people import repairing
from unwedge.people.view.html import Html, el, join
from unwedge.people.view.words import Tone, mark, moment
from unwedge.people.wording import brief
from unwedge.record.repairs import Answer, Repaired, RepairState


class Mended(NamedTuple):
    """The newest repair of a service, and why the newest request was not granted. `unread`: what of these
    could not be understood, in a sentence."""

    repair: Repaired | None = None
    answer: Answer | None = None
    unread: str = ""


def repair_section(mended: Mended) -> Html:
    """Nothing for a service that never asked."""
    repair, answer = mended.repair, mended.answer
    parts = [
        _repair(repair) if repair else "",
        _answer(answer) if answer and (repair is None or answer.at > repair.at) else "",
        el("p", mended.unread) if mended.unread else "",
    ]
    return join(el("h3", "Repair"), *parts) if any(parts) else Html()


def _repair(repair: Repaired) -> Html:
    at = moment(repair.at)
    match repair.state:
        case RepairState.WITHDRAWN:
            return Html()
        case RepairState.CLAIMED:
            return el("p", mark(Tone.HELD, "Under way"), f" since {at}.")
        case RepairState.REFUSED:
            head = el("p", mark(Tone.TROUBLE, "Not completed"), f" at {at}. {brief(repair.sentence)}")
        case RepairState.DONE:
            head = el("p", mark(Tone.GOOD, "Repaired"), f" at {at}. {brief(repair.sentence)}")
    written, back = repairing.code(repair), repairing.taken_back(repair)
    return join(
        head,
        el("p", repairing.was(repair)),
        el("p", repairing.DIFFERS) if written else "",
        [el("details", el("summary", name), el("pre", text)) for name, text in written],
        el("details", el("summary", "Take it back"), el("p", repairing.BACK), el("pre", back))
        if back
        else "",
    )


def _answer(answer: Answer) -> Html:
    tone = Tone.ASKS if answer.told else Tone.HELD
    return el("p", mark(tone, "Not repaired"), f" at {moment(answer.at)}. {brief(answer.sentence)}")
