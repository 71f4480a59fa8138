"""Task definitions as people really write them: where the data lies, and what cannot be told."""

from typing import Any

import pytest

from unwedge.model.task_definition import ContainerSpec, Mount, Storage
from unwedge.observe.definitions import launches, task_definition


def parsed(container: dict[str, Any], *volumes: dict[str, Any], **others: Any) -> ContainerSpec:
    """The container `p` of a task definition with these volumes."""
    definition = {
        "taskDefinitionArn": "arn:x",
        "volumes": list(volumes),
        "containerDefinitions": [{"name": "p", **container}, *others.get("beside", ())],
    }
    spec = task_definition(definition).spec("p")
    assert spec is not None
    return spec


@pytest.mark.parametrize(
    ("entry_point", "command", "path"),
    [
        (None, ["--storage.tsdb.path=/efs/a", "--web.listen-address=:9090"], "/efs/a"),
        (None, ["--storage.tsdb.path", "/efs/a"], "/efs/a"),
        (["/bin/prometheus"], ["--storage.agent.path=/efs/a"], "/efs/a"),
        (["/sbin/tini", "--", "/bin/prometheus"], ["--storage.tsdb.path=/efs/a"], "/efs/a"),
        (["sh", "-c"], ["exec prometheus --storage.tsdb.path=/efs/a --web.enable-lifecycle"], "/efs/a"),
        (["sh", "-c"], ["prometheus --storage.tsdb.path '/efs/a'; sleep 1"], "/efs/a"),
        (["sh", "-c"], ['prometheus "--storage.tsdb.path=/efs/a"'], "/efs/a"),
    ],
)
def test_a_directory_that_is_named_in_plain_letters_is_read(
    entry_point: list[str] | None, command: list[str], path: str
) -> None:
    """Exec form, two words, agent mode, an init in front, and a shell that changes nothing about it."""
    found = parsed({"entryPoint": entry_point, "command": command})
    assert (found.data_path, found.path_unclear) == (path, None)


@pytest.mark.parametrize(
    ("entry_point", "command", "why"),
    [
        (["sh", "-c"], ["prometheus --storage.tsdb.path=/efs/$NAME"], "a shell works out"),
        (["sh", "-c"], ["prometheus --storage.tsdb.path=`cat /etc/where`"], "a shell works out"),
        (["/bin/sh", "/start.sh"], None, "may start anything"),
        (["/opt/start"], ["prod"], "may start anything"),
        (None, ["bash", "-c", "cd /efs && prometheus"], None),
        (None, ["--storage.tsdb.path=/a", "--storage.tsdb.path=/b"], "more than one"),
        (None, ["--storage.tsdb.path"], "a shell works out"),
    ],
)
def test_a_directory_that_cannot_be_told_says_why(
    entry_point: list[str] | None, command: list[str] | None, why: str | None
) -> None:
    """A variable, a script, two answers. The image's table does not know a shell either."""
    found = parsed({"entryPoint": entry_point, "command": command})
    assert found.data_path is None
    assert (why or "") in (found.path_unclear or "")


@pytest.mark.parametrize(
    ("volume", "storage", "name"),
    [
        (
            {"efsVolumeConfiguration": {"fileSystemId": "fs-0abc"}},
            Storage.NETWORK,
            "fs-0abc:no-access-point:/",
        ),
        (
            {"efsVolumeConfiguration": {"fileSystemId": "fs-0abc", "rootDirectory": "/p/"}},
            Storage.NETWORK,
            "fs-0abc:no-access-point:/p",
        ),
        (
            {
                "efsVolumeConfiguration": {
                    "fileSystemId": "fs-0abc",
                    "authorizationConfig": {"accessPointId": "fsap-1"},
                }
            },
            Storage.NETWORK,
            "fs-0abc:fsap-1:/",
        ),
        ({"host": {}}, Storage.TASK, ""),
        ({"host": {"sourcePath": "/mnt/efs/"}}, Storage.HOST, "/mnt/efs"),
        ({"configuredAtLaunch": True}, Storage.TASK, ""),
        ({"dockerVolumeConfiguration": {"scope": "task", "driver": "local"}}, Storage.TASK, ""),
        ({"dockerVolumeConfiguration": {"scope": "shared", "autoprovision": True}}, Storage.DOCKER, "v"),
        (
            {
                "dockerVolumeConfiguration": {
                    "driver": "local",
                    "driverOpts": {
                        "type": "nfs",
                        "device": "fs-0123abcd.efs.eu-west-1.amazonaws.com:/prom",
                        "o": "addr=fs-0123abcd.efs.eu-west-1.amazonaws.com,nfsvers=4.1",
                    },
                }
            },
            Storage.NETWORK,
            "fs-0123abcd:no-access-point:/prom",
        ),
        (
            {
                "dockerVolumeConfiguration": {
                    "driverOpts": {"type": "nfs4", "device": ":/data", "o": "addr=10.0.0.5,rw"}
                }
            },
            Storage.NETWORK,
            "10.0.0.5:no-access-point:/data",
        ),
        ({"dockerVolumeConfiguration": {"driver": "rexray/efs"}}, Storage.UNKNOWN, ""),
        ({"fsxWindowsFileServerVolumeConfiguration": {"fileSystemId": "fs-0abc"}}, Storage.UNKNOWN, ""),
        ({"s3filesVolumeConfiguration": {"fileSystemArn": "arn:x"}, "host": {}}, Storage.UNKNOWN, ""),
        ({}, Storage.UNKNOWN, ""),
        ({"efsVolumeConfiguration": {"fileSystemId": 7}}, Storage.UNKNOWN, ""),
    ],
)
def test_a_volume_is_what_its_configuration_says(volume: dict[str, Any], storage: Storage, name: str) -> None:
    """EFS, hosts, EBS, Docker and NFS; a name alone is a configuration that the SDK dropped."""
    mounted = {"mountPoints": [{"sourceVolume": "v", "containerPath": "/data"}]}
    assert parsed(mounted, {"name": "v", **volume}).mounts == (Mount("/data", name, storage),)


def test_mounts_are_inherited_and_may_be_read_only() -> None:
    """volumesFrom takes over what another container mounts."""
    efs = {"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-0abc"}}
    beside = {"name": "data", "mountPoints": [{"sourceVolume": "v", "containerPath": "/data"}]}
    for read_only in (True, False):
        heir = {"volumesFrom": [{"sourceContainer": "data", "readOnly": read_only}, {"sourceContainer": "x"}]}
        assert parsed(heir, efs, beside=[beside]).mounts == (
            Mount("/data", "fs-0abc:no-access-point:/", Storage.NETWORK, read_only),
        )
    missing = {"mountPoints": [{"sourceVolume": "nothing", "containerPath": "/data"}]}
    assert parsed(missing).mounts == (Mount("/data", "", Storage.UNKNOWN),)


def test_what_starts_alike_has_one_digest_and_any_difference_another() -> None:
    """Image, words, environment, mounts, user: whatever may decide where the data lies."""
    base: dict[str, Any] = {"name": "p", "image": "i", "command": ["a"]}
    base["environment"] = [{"name": "A", "value": "1"}]
    plain = {"volumes": [], "containerDefinitions": [base]}
    digest = launches(plain)["p"]
    assert launches({**plain, "taskDefinitionArn": "arn:other"})["p"] == digest
    for change in (
        {"image": "j"},
        {"command": ["b"]},
        {"entryPoint": ["c"]},
        {"environment": [{"name": "A", "value": "2"}]},
        {"workingDirectory": "/x"},
        {"user": "1000"},
        {"mountPoints": [{"sourceVolume": "v"}]},
        {"secrets": [{"name": "S", "valueFrom": "arn"}]},
    ):
        assert launches({**plain, "containerDefinitions": [{**base, **change}]})["p"] != digest, change
    assert launches({**plain, "volumes": [{"name": "v"}]})["p"] != digest
    checked = {**base, "healthCheck": {"command": ["x"]}}
    assert launches({**plain, "containerDefinitions": [checked]})["p"] == digest


def test_an_answer_of_another_shape_is_read_as_far_as_it_goes() -> None:
    """Nothing of it raises but a definition without an ARN."""
    strange: Any
    for strange in (None, 7, "x", [7, None, "x"], {}):
        shape = {"volumes": strange, "containerDefinitions": strange}
        found = task_definition({"taskDefinitionArn": "arn:x", **shape})
        assert found.containers == ()
    odd = {"command": 7, "entryPoint": "sh", "mountPoints": "x", "volumesFrom": 3, "logConfiguration": []}
    assert parsed(odd).mounts == ()
    with pytest.raises(KeyError):
        task_definition({})


VM, ATLANTIS = "victoriametrics/victoria-metrics:v1.110.0", "registry.example/runatlantis/atlantis:v0.30"


@pytest.mark.parametrize(
    ("image", "command", "path"),
    [
        (VM, ["-storageDataPath=/efs/vm"], "/efs/vm"),
        (VM, ["--storageDataPath", "/efs/vm"], "/efs/vm"),
        ("", ["/vm", "-storageDataPath=/efs/vm"], "/efs/vm"),
        ("mine/vm:1", ["-storageDataPath=/efs/vm"], "/efs/vm"),
        (ATLANTIS, ["server", "--data-dir=/efs/a"], "/efs/a"),
        ("mine/tool:1", ["server", "--data-dir=/efs/a"], None),
        ("nginx:1", ["--storage.tsdb.path=/efs/a"], None),
        ("prom/prometheus:v3.1.0", ["--data-dir=/x", "--storage.tsdb.path=/efs/a"], "/efs/a"),
        ("prom/prometheus:v3.1.0", ["-storageDataPath=/efs/a"], None),
        ("mongo:7", ["mongod", "--dbpath", "/efs/m"], "/efs/m"),
        ("nats:2.9", ["-js", "-sd", "/efs/n"], "/efs/n"),
        ("nats:2.9", ["-js", "--not-sd", "/efs/n"], None),
        ("redis:7", ["redis-server", "--appenddirname", "x"], None),
    ],
)
def test_the_flags_of_the_images_own_program_count(image: str, command: list[str], path: str | None) -> None:
    """Of an image that is not known only those that no two programs share."""
    found = parsed({"image": image, "command": command})
    assert (found.data_path, found.path_unclear) == (path, None)


def test_a_variable_that_the_program_reads_names_its_directory() -> None:
    """ECS works out no variable's value. The command line goes before it, and a secret hides it."""
    variables = [{"name": "ATLANTIS_DATA_DIR", "value": "/efs/a"}, {"name": "OTHER", "value": "/x"}]
    assert parsed({"image": ATLANTIS, "environment": variables}).data_path == "/efs/a"
    both = {"image": ATLANTIS, "environment": variables, "command": ["server", "--data-dir=/efs/b"]}
    assert parsed(both).data_path == "/efs/b"
    assert parsed({"image": "mine/tool", "environment": variables}).data_path is None
    hidden = parsed({"image": ATLANTIS, "secrets": [{"name": "ATLANTIS_DATA_DIR", "valueFrom": "arn:x"}]})
    assert hidden.path_unclear == "a secret or a file of variables may name its data directory"
    from_file = parsed({"image": ATLANTIS, "environmentFiles": [{"value": "arn:x", "type": "s3"}]})
    assert from_file.path_unclear == hidden.path_unclear
    twice = [*variables, {"name": "ATLANTIS_DATA_DIR", "value": "/efs/c"}]
    for odd in (twice, [{"name": "ATLANTIS_DATA_DIR", "value": "relative"}]):
        assert parsed({"image": ATLANTIS, "environment": odd}).path_unclear
    files = {"image": "prom/prometheus:v3.1.0", "environmentFiles": [{"value": "arn:x", "type": "s3"}]}
    assert parsed(files).path_unclear is None
