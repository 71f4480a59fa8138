"""Faults in what audits services."""

from tests.sabotage.faults.fault import Fault

FAULTS = (
    Fault(
        "close a finding that could not be looked for",
        "posture/auditor.py",
        "        return frozenset(FindingKind)\n",
        "        return frozenset()\n",
    ),
    Fault(
        "forget what an audit could not look for",
        "record/posture_writer.py",
        "        if finding.kind in unproven and finding.kind not in found",
        "        if finding.kind not in unproven and finding.kind not in found",
    ),
    Fault(
        "let an older audit overwrite a newer one",
        "record/posture_writer.py",
        "            if before.at >= to_json(posture.at):\n",
        "            if False:\n",
    ),
    Fault(
        "tell of one deadlock to come twice",
        "people/notification/notifier.py",
        "        if any(message.sent for message in conversation.messages):\n",
        "        if False:\n",
    ),
    Fault(
        "expect a deadlock of a service that nobody wants watched",
        "posture/auditor.py",
        "facts.mode not in _WATCHED or not facts.shape.desired",
        "not facts.shape.desired",
    ),
    Fault(
        "keep what a service whose mode is off has",
        "posture/auditor.py",
        "        if facts.mode is Mode.OFF and described:\n",
        "        if False and described:\n",
    ),
)
