"""Task definitions into the model: where each container's files lie, and how it starts.

What a task definition cannot say stays unknown: the root directory of an access point, an EFS that the host
mounts, a directory that a shell works out.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from unwedge.decide.catalogue.programs import PROGRAMS, program_of
from unwedge.model.task_definition import ContainerSpec, Mount, Storage, TaskDefinition

Json = Mapping[str, Any]
# What a shell would change before the program sees it.
_WORKED_OUT = frozenset("$`*?~{}")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "busybox"})
_FILE_SYSTEM = re.compile(r"fs-[0-9a-f]{8,40}")
_ADDRESS = re.compile(r"(?:^|,)addr=([^,]+)")


_DECIDES = (
    "image",
    "entryPoint",
    "command",
    "environment",
    "environmentFiles",
    "secrets",
    "mountPoints",
    "volumesFrom",
    "workingDirectory",
    "user",
)


class _Volume(NamedTuple):
    storage: Storage
    name: str


def text(value: object) -> str | None:
    """A non-empty string, or None."""
    return value if isinstance(value, str) and value else None


def objects(value: object) -> list[Json]:
    """The objects of a list; what is no list has none."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [item for item in value if isinstance(item, Mapping)]


def task_definition(data: Json) -> TaskDefinition:
    """The part of a task definition that a decision needs: no environment, no command line.

    Raises KeyError for an answer without an ARN.
    """
    volumes = {text(item.get("name")) or "": _volume(item) for item in objects(data.get("volumes"))}
    containers = objects(data.get("containerDefinitions"))
    mounts = {text(item.get("name")) or "": list(_mounts(item, volumes)) for item in containers}
    return TaskDefinition(
        arn=data["taskDefinitionArn"],
        containers=tuple(_container(item, _with_inherited(item, mounts)) for item in containers),
    )


def launches(data: Json) -> dict[str, str]:
    """For each container a digest of all that decides how it starts. It covers the environment, so it is to
    be compared in memory and never kept."""
    volumes = json.dumps(data.get("volumes"), sort_keys=True, default=str)
    found = {}
    for item in objects(data.get("containerDefinitions")):
        parts = json.dumps([item.get(key) for key in _DECIDES], sort_keys=True, default=str)
        found[text(item.get("name")) or ""] = hashlib.sha256(f"{volumes}\n{parts}".encode()).hexdigest()
    return found


def _volume(data: Json) -> _Volume:
    efs, docker, host = (
        data.get(key) for key in ("efsVolumeConfiguration", "dockerVolumeConfiguration", "host")
    )
    if isinstance(efs, Mapping):
        return _efs(efs)
    if isinstance(docker, Mapping):
        return _docker(text(data.get("name")) or "", docker)
    if data.get("configuredAtLaunch") is True:
        return _Volume(Storage.TASK, "")  # EBS: a volume of its own for each task
    if isinstance(host, Mapping) and not any(key.endswith("Configuration") for key in data):
        path = text(host.get("sourcePath"))
        return _Volume(Storage.HOST, path.rstrip("/") or "/") if path else _Volume(Storage.TASK, "")
    # A name alone is a volume whose configuration this SDK does not know: S3 Files today, others tomorrow.
    return _Volume(Storage.UNKNOWN, "")


def _efs(efs: Json) -> _Volume:
    file_system = text(efs.get("fileSystemId"))
    if file_system is None:
        return _Volume(Storage.UNKNOWN, "")
    authorization = efs.get("authorizationConfig")
    authorization = authorization if isinstance(authorization, Mapping) else {}
    access_point = text(authorization.get("accessPointId")) or "no-access-point"
    root = (text(efs.get("rootDirectory")) or "/").rstrip("/") or "/"
    return _Volume(Storage.NETWORK, f"{file_system}:{access_point}:{root}")


def _docker(name: str, docker: Json) -> _Volume:
    """A Docker volume: NFS by the local driver is the network's, others belong to the host or the task."""
    options = docker.get("driverOpts")
    options = options if isinstance(options, Mapping) else {}
    driver = text(docker.get("driver")) or "local"
    if driver != "local":
        return _Volume(Storage.UNKNOWN, "")
    if str(options.get("type", "")).startswith("nfs"):
        return _nfs(str(options.get("device", "")), str(options.get("o", "")))
    if options:
        return _Volume(Storage.UNKNOWN, "")
    shared = docker.get("scope") == "shared"
    return _Volume(Storage.DOCKER, name) if shared else _Volume(Storage.TASK, "")


def _nfs(device: str, options: str) -> _Volume:
    server, _, path = device.rpartition(":")
    address = _ADDRESS.search(options)
    server = server or (address[1] if address else "")
    known = _FILE_SYSTEM.search(f"{device},{options}")
    place = known[0] if known else server
    if not place:
        return _Volume(Storage.UNKNOWN, "")
    return _Volume(Storage.NETWORK, f"{place}:no-access-point:{path.rstrip('/') or '/'}")


def _mounts(data: Json, volumes: Mapping[str, _Volume]) -> Iterator[Mount]:
    for item in objects(data.get("mountPoints")):
        name = text(item.get("sourceVolume")) or ""
        volume = volumes.get(name, _Volume(Storage.UNKNOWN, ""))
        yield Mount(
            text(item.get("containerPath")) or "", volume.name, volume.storage, item.get("readOnly") is True
        )


def _with_inherited(data: Json, mounts: Mapping[str, list[Mount]]) -> tuple[Mount, ...]:
    """A container's own mounts and those that it takes over with volumesFrom."""
    found = list(mounts.get(text(data.get("name")) or "", []))
    for item in objects(data.get("volumesFrom")):
        read_only = item.get("readOnly") is True
        for mount in mounts.get(text(item.get("sourceContainer")) or "", []):
            found.append(mount._replace(read_only=mount.read_only or read_only))
    return tuple(found)


def _container(data: Json, mounts: tuple[Mount, ...]) -> ContainerSpec:
    name = text(data.get("name")) or ""
    log = data.get("logConfiguration")
    log = log if isinstance(log, Mapping) else {}
    options = log.get("options")
    awslogs = log.get("logDriver") == "awslogs"
    options = options if isinstance(options, Mapping) and awslogs else {}
    prefix = text(options.get("awslogs-stream-prefix"))
    path, unclear = _data_path(data)
    return ContainerSpec(
        name=name,
        essential=data.get("essential") is not False,
        health_check=bool(data.get("healthCheck")),
        log_driver=text(log.get("logDriver")),
        log_region=text(options.get("awslogs-region")),
        log_group=text(options.get("awslogs-group")),
        log_stream=f"{prefix}/{name}" if prefix else None,
        data_path=path,
        mounts=mounts,
        image=text(data.get("image")) or "",
        working_directory=text(data.get("workingDirectory")),
        overrides_start=bool(data.get("command")),
        path_unclear=unclear,
    )


def _words(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def _data_path(data: Json) -> tuple[str | None, str | None]:
    """The data directory that a container's command line or environment names, and why it cannot be told, if
    it cannot."""
    entry_point, image = _words(data.get("entryPoint")), text(data.get("image")) or ""
    words = [*entry_point, *_words(data.get("command"))]
    shell = bool(words) and words[0].rsplit("/", 1)[-1] in _SHELLS
    named = {_unquoted(value) for value in _named(words, image)}
    if not named:
        if shell or entry_point:
            return None, "its entry point may start anything"
        return _by_environment(data, image)
    if len(named) > 1:
        return None, "its command line names more than one data directory"
    (path,) = named
    if not path or _WORKED_OUT & set(path):
        return None, "a shell works out its data directory"
    return path, None


def _by_environment(data: Json, image: str) -> tuple[str | None, str | None]:
    """What the variables of its program say; a value is taken as it stands, since ECS works out none. A path
    within a file's name, or one that a secret holds, cannot be told."""
    known = program_of(image)
    if known is None or not known.variables:
        return None, None
    named = {
        item.get("value") for item in objects(data.get("environment")) if item.get("name") in known.variables
    }
    hidden = any(item.get("name") in known.variables for item in objects(data.get("secrets")))
    if hidden or objects(data.get("environmentFiles")):
        return None, "a secret or a file of variables may name its data directory"
    if not named:
        return None, None
    path = text(next(iter(named)))
    if len(named) > 1 or path is None or not path.startswith("/"):
        return None, "its variables do not name one data directory"
    return path, None


def _named(words: list[str], image: str) -> Iterator[str]:
    """Every value of a data path flag: within a word, or the word after it."""
    flag = _flag(image)
    if flag is None:
        return
    for word, following in zip(words, [*words[1:], ""], strict=False):
        for found in flag.finditer(word):
            rest = word[found.end() :]
            yield rest.split()[0] if rest.split() else following


@lru_cache(256)
def _flag(image: str) -> re.Pattern[str] | None:
    """The flags that name the data directory of an image's program; of an image that is not known, those that
    no two programs share."""
    known = program_of(image)
    flags = (
        {*known.flags, *known.own_flags} if known else {flag for entry in PROGRAMS for flag in entry.flags}
    )
    if not flags:
        return None
    ways = "|".join(re.escape(flag) for flag in sorted(flags))
    return re.compile(rf"(?<![\w.-])(?:{ways})(?:=|\s+|$)")


def _unquoted(value: str) -> str:
    return value.strip("\"';&|)")
