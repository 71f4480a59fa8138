"""The question that is put to people: asked once while it holds, louder when nobody answered, afresh when it
is about something else."""

from dataclasses import replace
from typing import Any

from tests.support.situations import NEW, ago, arn, holder, incident, service, wedged
from tests.support.verdicts import SETTINGS
from unwedge.decide.decide import decide
from unwedge.model.decision import Decision, Verdict
from unwedge.model.incident import ApprovalRequest, Controls, Limit
from unwedge.model.situation import Situation

SUBJECT = arn("holder")


def asking(asked: ApprovalRequest | None, **changes: Any) -> Decision:
    """The decision of a service in mode approve whose incident has asked this."""
    situation: Situation = wedged(
        incident=replace(incident(), approval_request=asked), service=service(tag="approve"), **changes
    )
    decision = decide(situation, SETTINGS)
    assert decision.verdict is Verdict.APPROVAL_NEEDED
    return decision


def request(asked: float, expires: float, **more: Any) -> ApprovalRequest:
    """A question asked so many seconds ago, which expires in so many."""
    made = ApprovalRequest(SUBJECT, ago(asked), ago(-expires), NEW, (Limit.MODE,), ago(-9000))
    return made._replace(**more)


def test_a_question_that_still_holds_is_not_asked_again_and_calls_nobody() -> None:
    """The same, until it expires."""
    asked = request(60, 840)
    decision = asking(asked)
    assert decision.approval_request == asked
    assert not decision.escalate
    assert "Nobody answered" not in decision.sentence


def test_a_question_that_expired_is_asked_again_louder() -> None:
    """And says since when nobody answered."""
    decision = asking(request(900, 0))
    assert decision.escalate
    assert "Nobody answered since 22:17:00Z." in decision.sentence
    assert decision.approval_request is not None
    assert decision.approval_request.asked_at > ago(1)


def test_a_question_whose_limits_have_changed_is_another_one_and_nobody_missed_it() -> None:
    """The task has come under protection since: the yes to the old question would not name it."""
    asked = request(60, 840)
    decision = asking(asked, protected=(SUBJECT,))
    assert decision.approval_request is not None
    assert decision.approval_request.lifts == (Limit.MODE, Limit.PROTECTION)
    assert decision.approval_request != asked
    assert not decision.escalate
    assert "Nobody answered" not in decision.sentence


def test_a_question_about_another_task_or_deployment_is_another_one() -> None:
    """However long ago it was asked."""
    for asked in (request(900, 0, subject=arn("other")), request(900, 0, deployment="ecs-svc/9")):
        decision = asking(asked)
        assert not decision.escalate
        assert "Nobody answered" not in decision.sentence


def test_a_question_without_an_end_promises_none() -> None:
    """Records of before have none."""
    sentence = asking(request(60, 840, valid_until=None)).sentence
    assert "It holds for this deployment of dev-prometheus:42." in sentence
    assert " until 01:02:00Z" in asking(request(60, 840)).sentence


def test_an_answer_to_the_accounts_budget_is_not_asked_for_twice() -> None:
    """A yes that names the budget lifts it."""
    spent = Controls(None, (), 10)
    first = decide(wedged(controls=spent, service=service(tag="enforce")), SETTINGS)
    assert first.approval_request is not None
    assert first.approval_request.lifts == (Limit.ACCOUNT_BUDGET,)
    assert first.escalate
    assert holder().arn == first.approval_request.subject
