"""The doctor of ECS Exec: every cause told apart from every other, and nothing green that was not proven."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.verified import NOW, ROLE, SERVICE, SPEC, a_task, not_connected, running, working
from unwedge.model.situation import Failure, ReadFailure
from unwedge.model.task_definition import TaskDefinition
from unwedge.verify.causes import ACTIONS, Cause
from unwedge.verify.doctor import diagnose, rules_out, starting
from unwedge.verify.facts import Agent, Attempt, AttemptKind, ExecSetup, Facts, Network, Role
from unwedge.verify.remedies import remedy
from unwedge.verify.session.trouble import Trouble

REFUSED = Attempt(AttemptKind.REFUSED, "ecs:ExecuteCommand: InvalidParameterException.")
STOPPED = running(agent=Agent("STOPPED", "Received Container Stopped event"))
YOUNG = a_task(started_at=NOW - timedelta(seconds=20))


def broken(trouble: Trouble, sentence: str = "It says so.") -> Facts:
    """A session that was opened and gave no result."""
    return working(attempt=Attempt(AttemptKind.BROKEN, sentence, trouble))


# For each cause the facts that it leaves, and the words of its evidence that no other has.
CASES: dict[Cause, tuple[Facts, str]] = {
    Cause.NOT_ENABLED: (
        working(exec_enabled=False, tasks=(running(exec_enabled=False),), attempt=None),
        "Neither the service nor the task",
    ),
    Cause.STARTED_BEFORE: (
        working(tasks=(running(exec_enabled=False),), attempt=None),
        "started before that, at 22:30:00Z",
    ),
    Cause.PLATFORM_TOO_OLD: (
        working(tasks=(running(platform_version="1.3.0"),), attempt=None),
        "runs on platform version 1.3.0",
    ),
    Cause.NO_AGENT: (working(tasks=(running(agent=None),), attempt=None), "shows no ExecuteCommandAgent"),
    Cause.READ_ONLY_ROOT: (
        not_connected(setup=ExecSetup(ROLE, read_only_root=True)),
        "readonlyRootFilesystem set to true",
    ),
    Cause.CREDENTIALS: (
        not_connected(setup=ExecSetup(ROLE, credentials=("AWS_ACCESS_KEY_ID",))),
        "environment has AWS_ACCESS_KEY_ID",
    ),
    Cause.NO_TASK_ROLE: (not_connected(setup=ExecSetup(None), role=None), "has no task role"),
    Cause.ROLE_LACKS: (
        not_connected(role=Role(("ssmmessages:OpenDataChannel",))),
        "denies the task role ssmmessages:OpenDataChannel.",
    ),
    Cause.NO_ROUTE: (not_connected(network=Network()), "no default route"),
    Cause.ENDPOINT_CLOSED: (
        not_connected(network=Network("nat-1", "vpce-1", admits=False, groups=("sg-1",))),
        "security groups sg-1",
    ),
    Cause.AGENT_STOPPED: (working(tasks=(STOPPED,), attempt=None), "is STOPPED, and ECS says: Received"),
    Cause.STARTING: (not_connected(tasks=(running(YOUNG),)), "running for 20 s"),
    Cause.NO_SHELL: (broken(Trouble.NO_SHELL, "The container has no shell."), "has no shell"),
    Cause.ENCRYPTED: (broken(Trouble.ENCRYPTED, "It has a KMS key."), "KMS key"),
    Cause.CALLER_DENIED: (
        working(attempt=Attempt(AttemptKind.DENIED, "ecs:ExecuteCommand: AccessDeniedException.")),
        "AccessDenied",
    ),
    Cause.UNREACHABLE: (broken(Trouble.UNREACHABLE, "It cannot be reached."), "cannot be reached"),
    Cause.UNTRUSTED: (broken(Trouble.UNTRUSTED, "TLS failed."), "TLS failed"),
    Cause.LOGGING_LACKS: (
        replace(broken(Trouble.CLOSED, "The session ended."), role=Role(("logs:PutLogEvents",))),
        "which the cluster's logging of sessions needs",
    ),
    Cause.CLOSED: (broken(Trouble.CLOSED, "The session ended."), "The session ended."),
    Cause.TIMED_OUT: (broken(Trouble.TIMED_OUT, "No end in time."), "No end in time"),
    Cause.UNKNOWN: (not_connected(), "Nothing that was looked at explains it"),
}


def test_every_cause_has_its_case() -> None:
    """A cause that nothing produces is none."""
    assert set(CASES) == set(Cause)


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_is_found_by_its_facts_alone(cause: Cause) -> None:
    """With evidence of its own and nothing else beside it."""
    facts, words = CASES[cause]
    found = diagnose(facts)
    assert found is not None
    assert found.finding.cause is cause
    assert words in found.finding.evidence
    behind = {Cause.LOGGING_LACKS: (Cause.CLOSED,)}.get(cause, ())
    assert tuple(item.cause for item in found.others) == behind


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(Cause, 2)))
def test_every_pair_of_causes_is_told_apart_by_cause_evidence_and_remedy(one: Cause, other: Cause) -> None:
    """A reader who sees one never takes it for the other."""
    first, second = CASES[one][0], CASES[other][0]
    found, against = diagnose(first), diagnose(second)
    assert found is not None
    assert against is not None
    assert found.finding.evidence != against.finding.evidence
    assert CASES[other][1] not in found.finding.evidence or other is Cause.CLOSED
    same_change = {Cause.STARTED_BEFORE, Cause.AGENT_STOPPED}
    assert remedy(one, first) != remedy(other, second) or {one, other} == same_change


@pytest.mark.parametrize("cause", [item for item in Cause if item is not Cause.UNKNOWN])
def test_each_remedy_names_the_change_in_three_tools_or_says_what_to_do(cause: Cause) -> None:
    """Nobody is left with a finding alone."""
    text = remedy(cause, CASES[cause][0])
    in_words = {Cause.STARTING, Cause.UNREACHABLE, Cause.UNTRUSTED, Cause.CLOSED, Cause.TIMED_OUT}
    tools = [name in text for name in ("Terraform: ", "CDK: ", "CLI: ")]
    assert all(tools) is (cause not in in_words)
    assert "{" not in text.replace("{service: ", "").replace("{logging", "")
    assert len(text.split()) > 4


def test_several_causes_at_once_are_all_told() -> None:
    """Whoever mends the first would else come back for the second."""
    setup = ExecSetup(ROLE, read_only_root=True, credentials=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    found = diagnose(not_connected(setup=setup, role=Role(ACTIONS), network=Network()))
    assert found is not None
    assert [item.cause for item in (found.finding, *found.others)] == [
        Cause.READ_ONLY_ROOT,
        Cause.CREDENTIALS,
        Cause.ROLE_LACKS,
        Cause.NO_ROUTE,
    ]


def test_an_all_green_failure_is_unknown_and_lists_what_could_not_be_seen() -> None:
    """What users of the existing checker complain about most."""
    found = diagnose(not_connected())
    assert found is not None
    assert found.finding.cause is Cause.UNKNOWN
    assert "outbound security group rules" in " ".join(found.unseen)
    assert "service control policies" in " ".join(found.unseen)


def test_what_could_not_be_read_is_named_as_unseen() -> None:
    """A denied read is no proof."""
    denied = ReadFailure("iam:SimulatePrincipalPolicy", Failure.DENIED, "AccessDenied", "no")
    found = diagnose(not_connected(role=denied, network=None))
    assert found is not None
    assert found.finding.cause is Cause.UNKNOWN
    assert found.unseen[:2] == (
        "the task role's permissions (iam:SimulatePrincipalPolicy answered AccessDenied)",
        "the task's route to Session Manager (not read)",
    )


def test_a_way_out_or_an_open_endpoint_is_enough() -> None:
    """Either of them; an endpoint whose rules name other groups says nothing."""
    for network in (
        Network("igw-1"),
        Network(None, "vpce-1", admits=True, groups=("sg-1",)),
        Network(None, "vpce-1", admits=None, groups=("sg-1",)),
    ):
        found = diagnose(not_connected(network=network))
        assert found is not None
        assert found.finding.cause is Cause.UNKNOWN


def test_an_agent_that_is_pending_in_a_young_task_is_waited_for_and_in_an_old_one_is_not() -> None:
    """Ninety seconds are more than the agent takes."""
    pending = Agent("PENDING")
    young = working(tasks=(running(YOUNG, pending),), attempt=None)
    assert starting(young)
    old = working(tasks=(running(agent=pending),), attempt=None)
    assert not starting(old)
    found = diagnose(old)
    assert found is not None
    assert found.finding.cause is Cause.AGENT_STOPPED


def test_what_ecs_would_refuse_is_not_tried_and_a_success_is_not_explained() -> None:
    """A call that must fail costs one, and says less."""
    for cause in (Cause.NOT_ENABLED, Cause.STARTED_BEFORE, Cause.PLATFORM_TOO_OLD, Cause.NO_AGENT):
        ruled = rules_out(CASES[cause][0])
        assert ruled is not None
        assert ruled.cause is cause
    assert rules_out(working()) is None
    assert diagnose(working()) is None
    assert diagnose(working(attempt=None)) is None


def test_a_refused_call_of_a_sound_task_is_unknown_with_the_answer_of_ecs() -> None:
    """ECS knew something that we did not see."""
    found = diagnose(working(attempt=REFUSED, role=Role(()), network=Network("nat-1")))
    assert found is not None
    assert found.finding.cause is Cause.UNKNOWN
    assert "InvalidParameterException" in found.finding.evidence


def test_a_remedy_that_replaces_the_task_warns_of_the_deadlock_with_gap_and_order() -> None:
    """AWS's own remedy starts the very incident on a service like this one."""
    text = remedy(Cause.STARTED_BEFORE, CASES[Cause.STARTED_BEFORE][0])
    assert "the very deadlock that Unwedge is for" in text
    assert "first set maximumPercent to 100 and minimumHealthyPercent to 0" in text
    assert "for about 90 s nobody writes" in text  # 30 s to stop, 60 s to start as this task did
    one = replace(CASES[Cause.STARTED_BEFORE][0], one_at_a_time=True)
    assert "stopped before the new one starts: expect about 90 s" in remedy(Cause.STARTED_BEFORE, one)
    alone = replace(SPEC, mounts=())
    no_lock = working(spec=alone, definition=TaskDefinition("d", (alone,)))
    assert "deadlock" not in remedy(Cause.STARTED_BEFORE, no_lock)


def test_a_remedy_names_the_cluster_and_the_service() -> None:
    """To be copied into a shell."""
    text = remedy(Cause.NOT_ENABLED, CASES[Cause.NOT_ENABLED][0])
    assert (
        f"aws ecs update-service --cluster dev-cluster --service {SERVICE} --enable-execute-command" in text
    )
