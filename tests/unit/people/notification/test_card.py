"""What every notification about a service has, and what the documentation says of its kinds."""

import re
from pathlib import Path

from tests.support.postures import expected
from tests.unit.people.notification.test_repaired import DONE
from tests.unit.people.notification.test_verified import ADDRESSES, service
from unwedge.people.notification.card import Card
from unwedge.people.notification.expected import ExpectedDeadlock
from unwedge.people.notification.notification import Kind
from unwedge.people.notification.repaired import RepairedService

CARDS = (
    service().card,
    ExpectedDeadlock("posture#x", "expected#1", expected()).card,
    RepairedService("repair#x", "made#1", DONE).card,
)


def test_the_readme_names_every_kind_that_a_subscriber_can_choose() -> None:
    """A filter on a kind that is left out here would be found by nobody."""
    readme = " ".join((Path(__file__).parents[4] / "README.md").read_text().split())
    (told,) = re.findall(r"gets only some kinds: ([^;]+);", readme)
    assert re.findall(r"`([a-z-]+)`", told) == [
        *(kind.value for kind in Kind),
        *(card.kind for card in CARDS),
    ]


def test_every_card_has_its_facts_and_its_links_in_mail_and_chat() -> None:
    """The service, the cluster, and where to read on."""
    for card in CARDS:
        mail, chat = card.mail(["Said."], ADDRESSES), card.chat("Said.", ["Do this."], ADDRESSES)
        assert f"#{card.chapter}" in mail
        assert f"Service:    {card.service_name}" in mail
        assert chat["content"]["nextSteps"][0] == "Do this."
        assert any(f"#{card.chapter}" in step for step in chat["content"]["nextSteps"])
        assert chat["metadata"]["eventType"] == f"unwedge-{card.kind}"


def test_a_link_that_is_too_long_for_a_step_is_left_out_and_not_cut() -> None:
    """Half an address leads nowhere."""
    long = ADDRESSES._replace(runbook="https://example.com/" + "r" * 400)
    steps = CARDS[0].chat("Said.", [], long)["content"]["nextSteps"]
    assert not any("Runbook" in step for step in steps)


def test_the_name_of_a_service_is_a_name_in_every_form() -> None:
    """It is the text of whoever made the service."""
    card = Card(
        "e", "arn:aws:ecs:r:1:cluster/c", "<!channel>\n*x*" * 50, "Told", "k", "w", "c", (("A", "b"),)
    )
    told = card.telling(card.mail([], ADDRESSES), card.chat("d", [], ADDRESSES), "v")
    assert "<!channel>" not in str(told.chat)
    assert len(told.subject) < 100
    assert len(told.brief) <= 140
