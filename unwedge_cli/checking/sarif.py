"""Findings as SARIF 2.1.0, for code review.

OASIS Standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; the properties that GitHub
reads are those of "SARIF support for code scanning".
"""

import hashlib
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from unwedge.model.posture import Finding, FindingKind
from unwedge.posture.remedies import render
from unwedge_cli.checking.checkup import Checked, Checkup
from unwedge_cli.checking.rules import LEVELS, RULES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_KINDS = list(FindingKind)
_BASE = "%SRCROOT%"


def sarif(checkup: Checkup) -> dict[str, Any]:
    """A log with one run."""
    results = [
        _result(service, finding, first=finding is service.posture.findings[0])
        for service in checkup.services
        for finding in service.posture.findings
    ]
    driver = {
        "name": "Unwedge",
        "version": version("unwedge"),
        "rules": [_rule(kind) for kind in _KINDS],
    }
    invocation: dict[str, Any] = {"executionSuccessful": True}
    notes = [_notification(text) for text in _notes(checkup)]
    if notes:
        invocation["toolExecutionNotifications"] = notes
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "unwedge-check/"},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(kind: FindingKind) -> dict[str, Any]:
    title, text = RULES[kind]
    return {
        "id": kind.value,
        "name": "".join(word.capitalize() for word in kind.value.split("-")),
        "shortDescription": {"text": f"{title}."},
        "fullDescription": {"text": text},
        "help": {"text": text},
        "properties": {"tags": ["reliability", "ecs"]},
    }


def _result(service: Checked, finding: Finding, *, first: bool) -> dict[str, Any]:
    said = f" {' '.join(service.says)}" if first else ""
    cost = f" Cost of the change: {finding.cost}" if finding.cost else ""
    remedy = render(service.language, finding.steps, service.place)
    return {
        "ruleId": finding.kind.value,
        "ruleIndex": _KINDS.index(finding.kind),
        "level": LEVELS[finding.severity],
        "message": {"text": f"{service.name}: {finding.sentence}{said}{cost}"},
        "locations": [_location(service)],
        "partialFingerprints": {"unwedgeFinding/v1": fingerprint(service, finding)},
        "properties": {
            "severity": finding.severity.value,
            "outlook": service.posture.outlook.value,
            "mode": service.posture.mode,
            **({"remedy": remedy, "remedyLanguage": service.language.value} if remedy else {}),
        },
    }


def fingerprint(service: Checked, finding: Finding) -> str:
    """The same for the same finding of the same service, whatever its numbers and its line are."""
    text = f"{finding.kind.value}\n{_address(service)}"
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()  # JSON may hold a lone one


def _address(service: Checked) -> str:
    """That of a plan, else the names of its cluster and its own."""
    return service.place.address or f"{service.place.cluster.rsplit('/', 1)[-1]}/{service.name}"


def _location(service: Checked) -> dict[str, Any]:
    logical = {"name": service.name, "fullyQualifiedName": _address(service), "kind": "resource"}
    found: dict[str, Any] = {"logicalLocations": [logical]}
    if service.location:
        found["physicalLocation"] = {
            "artifactLocation": _artifact(service.location.file),
            "region": {"startLine": service.location.line},
        }
    return found


def _artifact(file: str) -> dict[str, str]:
    """Relative to where the command runs, as reviews want it; a file elsewhere by its whole address."""
    path = Path(file)
    absolute = path if path.is_absolute() else Path.cwd() / path
    try:
        inside = absolute.resolve().relative_to(Path.cwd().resolve())
    except ValueError:
        return {"uri": absolute.resolve().as_uri()}
    return {"uri": quote(os.fsencode(inside.as_posix())), "uriBaseId": _BASE}


def _notes(checkup: Checkup) -> list[str]:
    return [
        *checkup.tells,
        *checkup.notes,
        *(f"{service.name}: {note}" for service in checkup.services for note in service.notes),
    ]


def _notification(text: str) -> dict[str, Any]:
    return {"level": "warning", "message": {"text": text}}
