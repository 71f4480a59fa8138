"""Records of earlier versions in today's words, so that they are read, shown and decided again.

A record without a version is of version 1: its verdicts, its keys and the numbers of its gates were others.
What a record says in sentences stays as it was written. Pure.
"""

from collections.abc import Mapping
from typing import Any

VERSION = 2
KEY = "record_version"

_KEYS = {"policy": "settings", "look_again": "requeue", "request": "approval_request", "look": "requeue_id"}
_VERDICTS = {
    "primary-holds": "target-holds-lock",
    "holder-outside": "lock-held-elsewhere",
    "other-volume": "different-lock",
    "awaiting-release": "holder-stopping",
    "standing-down": "rollback-in-progress",
    "unsupported-controller": "unsupported-deployment",
}
_GATES = (
    "service",
    "health",
    "evidence",
    "desired_count",
    "holder",
    "sides",
    "rollout",
    "limits",
    "controls",
    "mode",
    "timing",
)


def current(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an item (entry, service's state, incident, row's summary) as this version writes it."""
    return dict(data) if data.get(KEY, 1) == VERSION else _renamed(data)


def verdict(name: str) -> str:
    """A verdict by today's name; `!` at its end stays."""
    plain = name.removesuffix("!")
    return _VERDICTS.get(plain, plain) + name[len(plain) :]


def _alike(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A container of version 1, which compared volumes alone where no data directory was named."""
    mounts = spec.get("mounts") or []
    volumes = sorted(str(mount.get("volume")) for mount in mounts if isinstance(mount, Mapping))
    return {**spec, "launch": " ".join(["version 1", *volumes])}


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    renamed: dict[str, Any] = {_KEYS.get(str(key), str(key)): _renamed(item) for key, item in value.items()}
    if isinstance(renamed.get("verdict"), str):
        renamed["verdict"] = verdict(renamed["verdict"])
    if isinstance(renamed.get("seen"), list):
        renamed["seen"] = [verdict(mark) if isinstance(mark, str) else mark for mark in renamed["seen"]]
    return _renumbered(_alike(renamed) if "log_stream" in renamed else renamed)


def _renumbered(value: dict[str, Any]) -> dict[str, Any]:
    """A reason by the place of its gate; a decision by that of its last reason."""
    if value.get("code") in _GATES and "gate" in value:
        return {**value, "gate": _GATES.index(value["code"]) + 1}
    reasons = value.get("reasons")
    if isinstance(reasons, list) and reasons and "gate" in value and isinstance(reasons[-1], Mapping):
        return {**value, "gate": reasons[-1].get("gate", value["gate"])}
    return value
