"""The stack's settings, typed and checked before anything is synthesised.

They stand in cdk.json under the context key `unwedge`. The command line overrides a single one
(`cdk deploy -c unwedge.mode=approve`) or all of them by one JSON object (`-c unwedge='{"mode": "approve"}'`).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

CONTEXT_KEY = "unwedge"
RUNBOOK = "docs/runbook.md"
ALL = "all"
_CLUSTER_ARN = re.compile(r"arn:aws[\w-]*:ecs:[\w-]+:\d{12}:cluster/[\w-]{1,255}")

# With a section's name it must fit into an alarm's description and one step of a chat message, and it stands
# there unescaped: no spaces, quotes or brackets.
_WEB_ADDRESS = re.compile(r"(?=.{9,150}\Z)https://[\w.~:/?@!$&+,;=%-]+", re.ASCII)


# Those of the catalogue whose lock line no run has proven, by its names; the app's own code is not imported
# where the stack is synthesised.
PROGRAMS = (
    "Atlantis",
    "Badger",
    "ClickHouse",
    "IPFS Kubo",
    "InfluxDB 2",
    "Kafka",
    "LevelDB",
    "Minecraft",
    "MongoDB",
    "Portainer",
    "Qdrant",
)


class SettingsError(ValueError):
    """A setting has a value that is not allowed. Carries its key, the value and what is allowed."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        super().__init__(key, value, allowed)
        self.key = key
        self.value = value
        self.allowed = allowed

    def __str__(self) -> str:
        return f'Context "{self.key}" in cdk.json is {json.dumps(self.value)}; allowed: {self.allowed}.'


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a person may choose. Durations in seconds.

    mode: what Unwedge may do for services without an `unwedge` tag.
    clusters: ARNs of the ECS clusters to watch and to act in; none means that every cluster of the account
    and region is watched. acts_everywhere: `clusters` said "all", so that it may act in every one, too.
    stops_per_incident: how many tasks one deadlock may cost at most.
    stops_per_service_day, stops_per_account_hour: budgets beyond which people decide.
    cooldown_seconds: how long a service is left alone after the last stop of an earlier incident.
    evidence_patience_seconds: how late the log lines of a crashed task may be.
    successor_patience_seconds: how long to wait for the next attempt of the new revision before
    without_successor applies. ECS backs off up to 27 minutes between attempts.
    approval_validity_seconds: how long an approval holds after its question's expiry.
    fallback: what to do when an incident's stops are spent: tell people, or drain the service.
    when_broken: what to do when the new revision is broken after our stop and nothing runs.
    sweep_minutes: how often to look for what no event told of.
    exec_clusters: ARNs of the clusters in whose containers a verification may run its commands by ECS Exec;
    none means that it uses no ECS Exec. execs_everywhere: it said "all", so that it may in every cluster.
    signatures: the programs whose lock lines may lead to a stop though no run of the program has proven them.
    audit_hours: how often to audit what deployments do to data; 0 means only when one starts.
    repairs: whether Unwedge may make services stop their old task first whose tag `unwedge-repair` asks for
    it; only together with clusters.
    runbook: the address of docs/runbook.md where people can open it; `#SECTION` is added to it.
    """

    mode: Literal["observe", "approve", "enforce", "off"] = "observe"
    clusters: tuple[str, ...] = ()
    acts_everywhere: bool = False
    stops_per_incident: int = 2
    stops_per_service_day: int = 10
    stops_per_account_hour: int = 10
    cooldown_seconds: int = 600
    evidence_patience_seconds: int = 60
    successor_patience_seconds: int = 1800
    approval_validity_seconds: int = 7200
    without_successor: Literal["escalate", "stop"] = "escalate"
    fallback: Literal["escalate", "drain"] = "escalate"
    when_broken: Literal["escalate", "rollback"] = "escalate"
    sweep_minutes: int = 5
    audit_hours: int = 24
    repairs: bool = False
    runbook: str = ""
    signatures: tuple[str, ...] = ()
    exec_clusters: tuple[str, ...] = ()
    execs_everywhere: bool = False

    @property
    def runbook_address(self) -> str:
        """Where alarms and notifications say that the runbook is: without a setting, in the repository."""
        return self.runbook or RUNBOOK

    @property
    def acts(self) -> bool:
        """Whether anything may be stopped or changed: where, was said in so many words."""
        return self.acts_everywhere or bool(self.clusters)

    @property
    def execs(self) -> bool:
        """Whether commands may be run in containers anywhere."""
        return self.execs_everywhere or bool(self.exec_clusters)

    @property
    def updates_services(self) -> bool:
        """Whether anything but stopping a task is allowed."""
        return self.fallback == "drain" or self.when_broken == "rollback"

    @classmethod
    def from_context(cls, lookup: Callable[[str], object]) -> Self:
        """Settings from the CDK context, `lookup` being `node.try_get_context`. Raises SettingsError."""
        given = _as_object(lookup(CONTEXT_KEY))
        for name in _CHECKS:
            single = lookup(f"{CONTEXT_KEY}.{name}")
            if single is not None:
                given[name] = _from_text(single)
        everywhere = {name for name in ("clusters", "execClusters") if given.get(name) == ALL}
        named = {name: value for name, value in given.items() if name not in everywhere}
        checked = {_snake(name): _checked(name, value) for name, value in named.items()}
        checked["acts_everywhere"] = "clusters" in everywhere
        checked["execs_everywhere"] = "execClusters" in everywhere
        if checked.get("mode") == "enforce" and not checked.get("clusters"):
            raise SettingsError(f"{CONTEXT_KEY}.mode", "enforce", _NOT_EVERYWHERE)
        found = cls(**checked)
        if found.repairs and not found.acts:
            raise SettingsError(f"{CONTEXT_KEY}.repairs", True, _NOWHERE)
        return found


_NOWHERE = f'true only together with the ARNs of clusters in {CONTEXT_KEY}.clusters, or with "{ALL}" there'
# It would stop tasks of every service of the region that nobody has tagged.
_NOT_EVERYWHERE = (
    f"enforce only together with the ARNs of clusters in {CONTEXT_KEY}.clusters; else tag services"
)


def _checked(name: str, value: object) -> Any:
    key = f"{CONTEXT_KEY}.{name}"
    if name not in _CHECKS:
        raise SettingsError(key, value, f"only the keys {', '.join(_CHECKS)}")
    return _CHECKS[name](key, value)


def _as_object(value: object) -> dict[str, object]:
    value = {} if value is None else _from_text(value)
    if not isinstance(value, dict):
        raise SettingsError(CONTEXT_KEY, value, f"an object with the keys {', '.join(_CHECKS)}")
    return dict(value)


def _from_text(value: object) -> object:
    """The command line gives text where cdk.json gives JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _one_of(*allowed: str) -> Callable[[str, object], str]:
    def check(key: str, value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise SettingsError(key, value, ", ".join(allowed))
        return value

    return check


def _whole_number(least: int, most: int) -> Callable[[str, object], int]:
    def check(key: str, value: object) -> int:
        # bool is an int in Python, and `true` in cdk.json is surely a mistake
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise SettingsError(key, value, f"a whole number from {least} to {most}")
        return value

    return check


def _yes_or_no(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(key, value, "true or false")
    return value


def _cluster_arns(key: str, value: object) -> tuple[str, ...]:
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise SettingsError(key, value, f'a list of ECS cluster ARNs, or "{ALL}"')
    for entry in entries:
        if not isinstance(entry, str) or not _CLUSTER_ARN.fullmatch(entry):
            raise SettingsError(key, entry, "ECS cluster ARNs (arn:aws:ecs:REGION:ACCOUNT:cluster/NAME)")
    return tuple(entries)


def _programs(key: str, value: object) -> tuple[str, ...]:
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise SettingsError(key, value, "a list of programs")
    known = {name.casefold(): name for name in PROGRAMS}
    for entry in entries:
        if not isinstance(entry, str) or entry.casefold() not in known:
            raise SettingsError(key, entry, ", ".join(known.values()))
    return tuple(known[entry.casefold()] for entry in entries)


def _web_address(key: str, value: object) -> str:
    if not isinstance(value, str) or (value and not _WEB_ADDRESS.fullmatch(value)):
        raise SettingsError(key, value, "nothing, or an https:// address of up to 150 characters without a #")
    return value


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


_CHECKS: Mapping[str, Callable[[str, object], Any]] = {
    "mode": _one_of("observe", "approve", "enforce", "off"),
    "clusters": _cluster_arns,
    "stopsPerIncident": _whole_number(1, 5),
    "stopsPerServiceDay": _whole_number(1, 100),
    "stopsPerAccountHour": _whole_number(1, 1000),
    "cooldownSeconds": _whole_number(1, 86400),
    "evidencePatienceSeconds": _whole_number(1, 900),
    "successorPatienceSeconds": _whole_number(1, 21600),
    "approvalValiditySeconds": _whole_number(1, 86400),
    "withoutSuccessor": _one_of("escalate", "stop"),
    "fallback": _one_of("escalate", "drain"),
    "whenBroken": _one_of("escalate", "rollback"),
    "sweepMinutes": _whole_number(1, 60),
    "auditHours": _whole_number(0, 168),
    "repairs": _yes_or_no,
    "runbook": _web_address,
    "signatures": _programs,
    "execClusters": _cluster_arns,
}
# What the settings of clusters said is kept in two each.
_SAID_ALL = {"acts_everywhere", "execs_everywhere"}
assert {_snake(name) for name in _CHECKS} == {field.name for field in fields(Settings)} - _SAID_ALL
