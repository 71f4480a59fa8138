"""The order that works."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.posture.remedies.cases import ALL, PLACE, steps
from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies import Language, ordered, render

BEFORE = (
    (StepKind.ROLLING, StepKind.REBALANCING_OFF),
    (StepKind.REBALANCING_OFF, StepKind.STOP_FIRST),
    (StepKind.ROLLING, StepKind.STOP_FIRST),
    (StepKind.STOP_FIRST, StepKind.STOP_TIMEOUT),
    (StepKind.STOP_FIRST, StepKind.AWSLOGS),
    (StepKind.BREAKER_WITHOUT_ROLLBACK, StepKind.STOP_TIMEOUT),
    (StepKind.PROPAGATE_TAGS, StepKind.STOP_TIMEOUT),
    (StepKind.DEREGISTRATION, StepKind.STOP_TIMEOUT),
    (StepKind.AWSLOGS, StepKind.NEW_TASKS),
)


@pytest.mark.parametrize(("first", "second"), BEFORE)
@given(shuffled=st.permutations(ALL))
def test_what_another_step_needs_comes_before_it_however_they_came(
    first: StepKind, second: StepKind, shuffled: list[Step]
) -> None:
    """What starts a deployment comes after all that decides how one goes."""
    kinds = [step.kind for step in ordered(shuffled)]
    assert kinds.index(first) < kinds.index(second)


@given(st.lists(steps, max_size=8))
def test_ordering_again_changes_nothing_and_no_change_gets_lost(given: list[Step]) -> None:
    """Each change that was asked for is in the result, once."""
    once = ordered(given)
    assert ordered(once) == once
    assert {(step.kind, step.container, step.target_group) for step in once} >= {
        (step.kind, step.container, step.target_group) for step in given if step.kind is not StepKind.ADVICE
    }
    assert len(once) == len(set(once))


def test_of_two_stop_timeouts_the_longer_and_of_two_delays_the_shorter_one_stays() -> None:
    """Each of the two findings is satisfied by it."""
    timeouts = [Step(StepKind.STOP_TIMEOUT, "a", 60, text="why"), Step(StepKind.STOP_TIMEOUT, "a", 120)]
    assert ordered(timeouts) == (Step(StepKind.STOP_TIMEOUT, "a", 120, text="why"),)
    other = Step(StepKind.STOP_TIMEOUT, "b", 5)
    assert ordered([*timeouts, other])[1] == other
    delays = [Step(StepKind.DEREGISTRATION, seconds=seconds, target_group="g") for seconds in (300, 30)]
    assert ordered(delays)[0].seconds == 30


def test_two_sentences_of_advice_stay_two() -> None:
    """They are no change, and each says something else."""
    advice = (Step(StepKind.ADVICE, text="one"), Step(StepKind.ADVICE, text="two"))
    assert ordered((*advice, advice[0])) == advice


@pytest.mark.parametrize("language", Language)
def test_without_steps_there_is_nothing_to_paste(language: Language) -> None:
    """Not even a comment."""
    assert render(language, (), PLACE) == ""


@pytest.mark.parametrize("language", Language)
def test_advice_and_reasons_are_in_the_snippet_as_comments_of_their_own(language: Language) -> None:
    """A person reads why before pasting."""
    lines = render(language, ALL, PLACE).splitlines()
    mark = "//" if language is Language.CDK_TYPESCRIPT else "#"
    assert f"{mark} Advice: Confine Fargate's retirements to a weekly window." in lines
    assert f"{mark} The old task must stop before the new one starts." in lines


@pytest.mark.parametrize("language", Language)
def test_a_deployment_without_stop_first_comes_with_a_warning(language: Language) -> None:
    """A forced deployment of a 100/200 service is the deadlock itself."""
    alone = render(language, [Step(StepKind.NEW_TASKS)], PLACE)
    assert "Make sure first that minimumHealthyPercent is 0" in alone
    assert "Make sure first" not in render(language, ALL, PLACE)


@pytest.mark.parametrize("language", Language)
def test_a_changed_log_driver_comes_with_its_reasons(language: Language) -> None:
    """Why it does not block, and why it joins no lines."""
    text = " ".join(render(language, [Step(StepKind.AWSLOGS, "prometheus")], PLACE).split())
    assert "Why non-blocking:" in text
    assert "a datetime format and a multiline pattern" in text.replace("# ", "").replace("// ", "")
