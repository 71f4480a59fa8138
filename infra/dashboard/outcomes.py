"""Trends of the services: what was wedged, what became of it, how fast, and why nothing was stopped."""

from infra.dashboard.panels import PERIOD, Row, numbers, panel
from infra.metrics import count, counted_by, measured

_TIMES = {
    "SecondsToDetect": "To detect",
    "SecondsToStop": "To stop",
    "SecondsToRecover": "To recover",
    "GapSeconds": "Without a writer",
}
_SHARES = {"p50": "median", "p90": "p90"}
# Verdicts of a decision that acts, or that finds nothing to free: no refusals.
NOT_REFUSED = ("stop-holder", "drain-service", "restore-service", "roll-back", "healthy", "recovered")


def totals() -> Row:
    """The numbers of the whole time range."""
    return numbers(
        "In the time range",
        [
            count("Wedged", "Wedged", PERIOD),
            count("Stops", "Stopped", PERIOD),
            count("Recovered", "Recovered", PERIOD),
            count("Escalations", "Escalated", PERIOD),
            count("WouldStop", "Would have stopped", PERIOD),
            count("CannotVerify", "Cannot verify", PERIOD),
            count("NothingRuns", "Nothing runs", PERIOD),
        ],
        means="Services found wedged, and what became of them. **Escalated** leaves out nothing runs. "
        "**Would have stopped**: in mode observe.",
        worry="when escalated or nothing runs is above 0: find the service among the decisions.",
    )


def incidents() -> Row:
    """Incidents over time."""
    return panel(
        "Wedged services and what became of them",
        [
            count("Wedged", "Wedged", PERIOD),
            count("Stops", "Stopped", PERIOD),
            count("Recovered", "Recovered", PERIOD),
            count("Escalations", "Escalated", PERIOD),
            count("WouldStop", "Would have stopped", PERIOD),
        ],
        means="An incident each. Stopped and recovered follow wedged within minutes in mode enforce. "
        "Escalated: needs a person while something runs.",
        worry="when more are stopped than recover, or a service is wedged at each deployment: give it "
        "minimumHealthyPercent 0 and maximumPercent 100.",
    )


def without_a_stop() -> Row:
    """What was done where a stop was not possible, or not enough."""
    return panel(
        "When a stop was not possible, or not enough",
        [
            count("CannotVerify", "Cannot verify", PERIOD),
            count("NothingRuns", "Nothing runs", PERIOD),
            count("Drains", "Drained", PERIOD),
            count("Restores", "Restored", PERIOD),
            count("Rollbacks", "Rolled back", PERIOD),
        ],
        means="Cannot verify: no log explains a failure. Drained: scaled to 0, then restored to its count.",
        worry="at once when nothing runs, or when more are drained than restored. Rolled back: the new "
        "revision is broken.",
    )


def times() -> Row:
    """Median and 90th percentile of all times, over the whole time range."""
    return numbers(
        "Seconds, over the time range",
        [
            measured(name, f"{label}, {words}", PERIOD, share)
            for name, label in _TIMES.items()
            for share, words in _SHARES.items()
        ],
        means="From the failure on the lock. By hand the same takes some 9 minutes.",
        worry="when the p90 of recovery comes near that, or the gap beyond two minutes.",
    )


_MEANING = {
    "SecondsToDetect": (
        "Time to detect",
        "From the failure on the lock to the evidence of it, for services that were stopped.",
        "above 60 s: log lines come late. See the slowest evidence below.",
    ),
    "SecondsToStop": (
        "Time to stop",
        "From the failure to the stop of the holder. The old task serves meanwhile, so waiting for the "
        "next attempt of the new revision costs nothing.",
        "above 30 minutes: ECS backs off. Force a new deployment.",
    ),
    "SecondsToRecover": (
        "Time to recover",
        "From the failure until one task of the new revision writes alone and healthy, and ECS calls the "
        "rollout completed.",
        "when it grows: starts or health checks became slower.",
    ),
    "GapSeconds": (
        "Gap without a writer",
        "From the end of the stopped task to the start of the next: what the stop cost in data.",
        "above 120 s: the new task starts slowly, or the old revision took the lock again.",
    ),
}


def time_to(name: str) -> Row:
    """One of the times over time, by the name of its metric."""
    title, means, worry = _MEANING[name]
    metrics = [measured(name, label, PERIOD, share) for share, label in _SHARES.items()]
    return panel(title, metrics, means=means, worry=worry, unit="s")


def refused_decisions() -> Row:
    """Decisions that did not act, by verdict."""
    return panel(
        "Why nothing was stopped",
        [counted_by("Decisions", "verdict", PERIOD, without=NOT_REFUSED)],
        means="Decisions that did not act, by verdict: the first gate that did not hold. Most are a pass "
        "that comes too early, and is repeated.",
        worry="about `split-brain`, `nothing-runs`, `cannot-verify`, `stops-spent`, and `paused` that nobody "
        "remembers.",
    )


def refused_signals() -> Row:
    """Refused signals, by reason."""
    return panel(
        "Signals refused, by reason",
        [counted_by("SignalsRefused", "refusal", PERIOD)],
        means="Input that names no service to look at. The rules let some failures through that are none; "
        "those are `no-failure`.",
        worry="about `foreign-source`, `not-json` and `malformed` ones: somebody else writes to the queue.",
    )


def verifications() -> Row:
    """Services verified after their deployments."""
    return panel(
        "Verifications",
        [
            count("Verifications", "Verified", PERIOD),
            count("VerificationsFailed", "A check failed", PERIOD),
            count("VerificationsNotMade", "Not made", PERIOD),
        ],
        means="Looks at services after a deployment or a recovery. The list above has each check.",
        worry="when a check failed: the service does not work as it should. Not made: AWS refused a read; "
        "the verifier's log names it.",
    )


def time_to_verify() -> Row:
    """How long a verification takes."""
    return panel(
        "Time to verify",
        [measured("SecondsToVerify", label, PERIOD, share) for share, label in _SHARES.items()],
        means="The calls of AWS and the command in the container, without the waits for what only just "
        "started.",
        worry="above 10 s: endpoints in the container answer slowly.",
        unit="s",
    )


def audits() -> Row:
    """Services audited, and what changed."""
    return panel(
        "Audits",
        [
            count("Audits", "Audited", PERIOD),
            count("AuditsFailed", "Failed", PERIOD),
            count("FindingsOpened", "Findings opened", PERIOD),
            count("FindingsClosed", "Findings closed", PERIOD),
            count("DeadlocksExpected", "Deadlocks expected", PERIOD),
        ],
        means="Looks at what the next deployment of a service does to its data. The list above has each "
        "finding with its fix.",
        worry="when any failed: the auditor's log names the call.",
    )


def risks() -> Row:
    """Services by their worst finding."""
    return panel(
        "Services at risk",
        [
            measured("ServicesCritical", "Critical", PERIOD, "Maximum"),
            measured("ServicesHigh", "High", PERIOD, "Maximum"),
        ],
        means="Services whose worst finding is critical (the data is written twice) or high (a deployment "
        "deadlocks or stands still), counted when an audit of all begins.",
        worry="above 0 for critical: data may be damaged at the next deployment, and nothing will tell.",
    )


def repairs() -> Row:
    """Services repaired, and not."""
    return numbers(
        "Repairs",
        [
            count("Repairs", "Repaired", PERIOD),
            count("RepairsRefused", "Refused", PERIOD),
            count("RepairsFailed", "Failed", PERIOD),
        ],
        means="Services made to stop their old task first, because tag and setting ask for it.",
        worry="when any failed: the mender's log names the call.",
    )
