"""What is found out inside the task."""

from dataclasses import replace

import pytest

from tests.support.verified import ADDRESS, NAME, not_connected, working
from tests.unit.verify.test_doctor import CASES
from unwedge.model.verification import Result
from unwedge.verify.causes import Cause
from unwedge.verify.checks.inside import dns, ecs_exec, endpoints
from unwedge.verify.endpoints import Answer, Answers, Endpoint, Plan
from unwedge.verify.facts import Attempt, AttemptKind, Registration

HEALTHY, READY = Endpoint(9090, "/-/healthy"), Endpoint(9090, "/-/ready")
PLAN = Plan((HEALTHY, READY), Endpoint(9090, ""), NAME)
FOUND = Answers(
    (Answer("http", str(HEALTHY), 0, "ok"), Answer("http", str(READY), 0, "ok")),
    {"up": 2, "down": 1},
    1,
    Answer("dns", NAME, 0, f"{ADDRESS}  STREAM {NAME}"),
)


@pytest.mark.parametrize(
    ("answers", "result", "words"),
    [
        (FOUND, Result.PASS, "2 of 3 targets are up. It found no lock file of an earlier life"),
        (FOUND._replace(targets=None, clean_start=0), Result.PASS, "did not tell its targets. It replaced a"),
        (FOUND._replace(targets={}), Result.PASS, "It has no targets."),
        (FOUND._replace(clean_start=-1), Result.PASS, "takes no lock at all"),
        (
            FOUND._replace(http=(FOUND.http[0], Answer("http", str(READY), 22, "503 Service Unavailable"))),
            Result.FAIL,
            f"{READY}: 503 Service Unavailable",
        ),
        (FOUND._replace(http=FOUND.http[:1]), Result.UNKNOWN, f"{READY} gave no answer"),
        (
            FOUND._replace(
                http=(Answer("http", str(HEALTHY), 127, "neither curl nor wget is in the image"),)
            ),
            Result.UNKNOWN,
            "neither curl nor wget",
        ),
        (None, Result.UNKNOWN, "The command ran and did not tell it"),
    ],
)
def test_the_endpoints(answers: Answers | None, result: Result, words: str) -> None:
    """Each has to answer with a success."""
    check = endpoints(working(), PLAN, answers)
    assert (check.result, words in check.evidence) == (result, True), check


def test_endpoints_that_nobody_named_are_skipped_and_a_wrong_tag_is_not() -> None:
    """A tag that is not understood is no wish to skip."""
    nothing = Plan(problem="no endpoints are known for the image 'x'")
    assert endpoints(working(), nothing, FOUND).result is Result.SKIPPED
    assert endpoints(working(endpoints_tag="?"), nothing, FOUND).result is Result.UNKNOWN
    assert (
        endpoints(working(endpoints_tag="off"), Plan(off=True, problem="off"), FOUND).result is Result.SKIPPED
    )


@pytest.mark.parametrize(
    ("answers", "result", "words"),
    [
        (FOUND, Result.PASS, f"resolves to {ADDRESS}."),
        (FOUND._replace(dns=Answer("dns", NAME, 2, "")), Result.FAIL, "does not resolve"),
        (
            FOUND._replace(dns=Answer("dns", NAME, 0, "10.9.9.9 x")),
            Result.FAIL,
            "resolves to 10.9.9.9, and the task",
        ),
        (
            FOUND._replace(dns=Answer("dns", NAME, 127, "neither getent nor")),
            Result.UNKNOWN,
            "neither getent",
        ),
        (FOUND._replace(dns=None), Result.UNKNOWN, "did not tell it"),
    ],
)
def test_the_dns_name(answers: Answers, result: Result, words: str) -> None:
    """From inside the task, to the task."""
    check = dns(working(), PLAN, answers)
    assert (check.result, words in check.evidence) == (result, True), check


def test_a_service_without_a_name_has_none_to_check() -> None:
    """Not registered, or registered without DNS."""
    assert dns(working(registries=()), PLAN, FOUND).result is Result.SKIPPED
    unnamed = working(registration=Registration("prom", {}))
    assert dns(unnamed, Plan((HEALTHY,)), FOUND).result is Result.SKIPPED


def test_the_name_servers_own_address_in_the_output_of_nslookup_does_no_harm() -> None:
    """BusyBox prints it above the answer."""
    printed = f"Server:\t\t10.0.0.2\nAddress:\t10.0.0.2:53\n\nName:\t{NAME}\nAddress: {ADDRESS}\n"
    assert dns(working(), PLAN, FOUND._replace(dns=Answer("dns", NAME, 0, printed))).result is Result.PASS


def test_without_exec_what_needs_it_is_skipped_where_nobody_allowed_it_and_else_not_proven() -> None:
    """Never passed."""
    not_allowed = working(exec_allowed=False, attempt=None)
    for check in (ecs_exec(not_allowed), endpoints(not_allowed, PLAN, None), dns(not_allowed, PLAN, None)):
        assert check.result is Result.SKIPPED
    failed = not_connected()
    assert endpoints(failed, PLAN, None).result is Result.UNKNOWN
    assert dns(failed, PLAN, None).result is Result.UNKNOWN


@pytest.mark.parametrize("cause", Cause)
def test_exec_fails_for_what_was_found_and_is_unknown_for_what_was_not_proven(cause: Cause) -> None:
    """A green look is no proof, and a hiccup no defect."""
    unproven = {Cause.UNKNOWN, Cause.STARTING, Cause.TIMED_OUT, Cause.CLOSED, Cause.UNREACHABLE}
    check = ecs_exec(CASES[cause][0])
    assert check.result is (Result.UNKNOWN if cause in unproven else Result.FAIL)
    assert check.remedy
    assert ("Not looked at, or not visible" in check.evidence) is (cause in unproven)


def test_exec_passes_only_when_a_command_ran() -> None:
    """Warnings of the session are told with it."""
    assert ecs_exec(working()).result is Result.PASS
    odd = working(attempt=Attempt(AttemptKind.RAN, warnings=("The digest of message 0 does not match.",)))
    assert "The digest of message 0" in ecs_exec(odd).evidence
    nothing = replace(working(), attempt=None, tasks=())
    assert ecs_exec(nothing).result is Result.UNKNOWN
