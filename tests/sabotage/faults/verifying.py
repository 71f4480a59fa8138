"""Faults in what verifies services."""

from tests.sabotage.faults.fault import Fault

FAULTS = (
    Fault(
        "pass what could not be read",
        "verify/checks/outside.py",
        '    failure = facts.unread("ecs:ListTasks", "ecs:DescribeTasks")\n',
        "    failure = facts.unread()\n",
    ),
    Fault(
        "leave out who else writes there",
        "verify/checks/outside.py",
        "    if beside.others:\n",
        "    if False:\n",
    ),
    Fault(
        "run a command where no setting allows it",
        "verify/verifier.py",
        "if task is None or spec is None or not facts.exec_allowed or rules_out(facts):",
        "if task is None or spec is None or rules_out(facts):",
    ),
    Fault(
        "let what a person asked for stand in the way of an event's",
        "record/verification_writer.py",
        '                "OR #result <> :result OR #cause = :asked",\n',
        '                "OR (#result <> :result AND #cause = :asked)",\n',
    ),
    Fault(
        "read for ever what is no message",
        "verify/session/websocket.py",
        "    if time.monotonic() > until:\n",
        "    if until < 0:\n",
    ),
    Fault(
        "take any certificate for AWS's",
        "verify/session/connection.py",
        "trust=trust or ssl.create_default_context(),",
        "trust=ssl._create_unverified_context(),",
    ),
)
