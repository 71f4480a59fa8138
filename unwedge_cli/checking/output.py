"""What was checked, as text for people and as JSON for pipelines."""

from collections import Counter
from typing import Any

from rich.console import Console

from unwedge.model.posture import Finding, Severity, StepKind
from unwedge.posture.remedies import render
from unwedge_cli.checking.checkup import Checked, Checkup
from unwedge_cli.printing import columns, say

VERSION = 1  # of the JSON
_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "dim",
}


def as_json(checkup: Checkup, fail_on: str, status: int) -> dict[str, Any]:
    """Everything. docs/pipelines.md describes it."""
    return {
        "version": VERSION,
        "source": checkup.source,
        "kind": "plan" if checkup.planned else "cluster",
        "failOn": fail_on,
        "status": status,
        "complete": checkup.complete,
        "notes": [*checkup.tells, *checkup.notes],
        "services": [_service(service) for service in checkup.services],
    }


def _service(service: Checked) -> dict[str, Any]:
    posture = service.posture
    return {
        "service": service.place.service or None,
        "cluster": service.place.cluster or None,
        "address": service.place.address or None,
        "outlook": posture.outlook.value,
        "coming": service.coming.value,
        "says": list(service.says),
        "program": posture.program or None,
        "mode": posture.mode,
        "gapSeconds": posture.gap,
        "gapMeasured": posture.gap_seen,
        "complete": service.complete,
        "notes": list(service.notes),
        "findings": [_finding(finding, service) for finding in posture.findings],
    }


def _finding(finding: Finding, service: Checked) -> dict[str, Any]:
    remedy = render(service.language, finding.steps, service.place)
    return {
        "rule": finding.kind.value,
        "severity": finding.severity.value,
        "sentence": finding.sentence,
        "cost": finding.cost or None,
        "remedy": remedy or None,
        "remedyLanguage": service.language.value if remedy else None,
    }


def print_table(console: Console, checkup: Checkup) -> None:
    """The worst service last, where a terminal shows it; then what it comes to."""
    told = [service for service in checkup.services if not service.quiet]
    for service in reversed(told):
        _print(console, service)
    quiet = len(checkup.services) - len(told)
    if quiet:
        noun = "1 service shares" if quiet == 1 else f"{quiet} services share"
        say(console, f"{noun} no volume that another task can write to.")
    for note in (*checkup.tells, *checkup.notes):
        say(console, f"Note: {note}", "yellow")
    say(console, _summary(checkup))


def _print(console: Console, service: Checked) -> None:
    posture = service.posture
    about = ", ".join(filter(None, (posture.program, f"mode {posture.mode}")))
    style = _STYLES[posture.worst] if posture.worst else "green"
    say(
        console,
        f"{service.name}: {posture.outlook.value} ({about})",
        f"bold {style}",
    )
    columns(console, [(sentence,) for sentence in service.says])
    rows = [
        ((finding.severity.value.upper(), _STYLES[finding.severity]), finding.kind.value, finding.sentence)
        for finding in posture.findings
    ]
    columns(console, rows)
    for note in service.notes:
        columns(console, [(("NOTE", "yellow"), note)])
    _print_remedy(console, service)
    say(console, "")


def _print_remedy(console: Console, service: Checked) -> None:
    """One for all findings. It starts at the left edge: a heredoc's last line has to. What no tool can do is
    said apart from it."""
    steps = [step for finding in _answered(service) for step in finding.steps]
    for text in dict.fromkeys(step.text for step in steps if step.kind is StepKind.ADVICE):
        columns(console, [("Advice:", text)])
    remedy = render(
        service.language, [step for step in steps if step.kind is not StepKind.ADVICE], service.place
    )
    if not remedy:
        return
    say(console, "")
    say(console, f"  To change it ({service.language.value}):")
    for cost in dict.fromkeys(finding.cost for finding in _answered(service) if finding.cost):
        columns(console, [("Cost:", cost)])
    say(console, "")
    for line in remedy.splitlines():
        say(console, line)


def _answered(service: Checked) -> list[Finding]:
    """The findings that the remedy is for: what is only worth a change would hide what is needed, and mere
    advice is for JSON."""
    found = list(service.posture.findings)
    needed = [finding for finding in found if finding.severity is not Severity.LOW]
    return needed or [
        finding for finding in found if any(step.kind is not StepKind.ADVICE for step in finding.steps)
    ]


def _summary(checkup: Checkup) -> str:
    count = Counter(finding.severity for service in checkup.services for finding in service.posture.findings)
    found = ", ".join(f"{count[severity]} {severity.value}" for severity in Severity if count[severity])
    number = len(checkup.services)
    noun = "1 service" if number == 1 else f"{number} services"
    whole = "" if checkup.complete else " Not everything could be read or understood: see the notes."
    return f"{noun} of {checkup.source} checked: {found or 'no findings'}.{whole}"
