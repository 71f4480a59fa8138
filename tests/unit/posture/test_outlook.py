"""The outlook: a table of configurations, each from a real kind of service, against what a deployment "
"does."""

from typing import Any

import pytest

from tests.unit.posture.shapes import EFS, container, definition, service, shape
from unwedge.model.posture import Outlook
from unwedge.posture.course import course_of

JENKINS = container(
    name="jenkins",
    image="jenkins/jenkins:lts",
    mountPoints=[{"sourceVolume": "data", "containerPath": "/var/jenkins_home"}],
)
GRAFANA = container(
    name="grafana",
    image="public.ecr.aws/x/grafana/grafana:11.1.0",
    mountPoints=[{"sourceVolume": "data", "containerPath": "/var/lib/grafana"}],
)
ETCD = container(name="etcd", image="quay.io/coreos/etcd:v3.5.9")
NGINX = container(name="web", image="nginx:1.27")
CUSTOM = container(name="app", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/app:5")
INIT = container(name="init-config", image="amazon/aws-cli", essential=False)
OWN_DISK = container(command=["--storage.tsdb.path=/data"])
READ_ONLY = container(
    mountPoints=[{"sourceVolume": "data", "containerPath": "/prometheus", "readOnly": True}]
)
SHELL = container(entryPoint=["sh", "-c"], command=["prometheus --storage.tsdb.path=$DATA"])
NO_LOCK = container(command=["--storage.tsdb.path=/prometheus", "--storage.tsdb.no-lockfile"])
EXTERNAL = {"name": "GF_DATABASE_TYPE", "value": "postgres"}
HOST = {"host": {"sourcePath": "/mnt/efs"}}

ROWS: list[tuple[str, dict[str, Any], dict[str, Any], Outlook]] = [
    ("the real incident", service(), definition(INIT, container()), Outlook.WEDGES),
    ("stop first", service((0, 100)), definition(), Outlook.OVERLAPS),
    ("either first", service((0, 200)), definition(), Outlook.MAY_WEDGE),
    ("no room and no leave", service((100, 150)), definition(), Outlook.STUCK),
    ("half of one task is one", service((50, 100)), definition(), Outlook.STUCK),
    ("half of one task is one, with room", service((50, 200)), definition(), Outlook.WEDGES),
    ("defaults", {**service(), "deploymentConfiguration": {}}, definition(), Outlook.WEDGES),
    ("scaled to 0 for now", service(desiredCount=0), definition(), Outlook.WEDGES),
    ("several on one lock", service((50, 100), desiredCount=2), definition(), Outlook.WEDGES),
    ("no lock, start first", service(), definition(JENKINS), Outlook.WRITES_TWICE),
    ("no lock, either first", service((0, 200)), definition(JENKINS), Outlook.MAY_WRITE_TWICE),
    ("no lock, stop first", service((0, 100)), definition(JENKINS), Outlook.OVERLAPS),
    ("no lock, several tasks", service((50, 100), desiredCount=2), definition(JENKINS), Outlook.WRITES_TWICE),
    ("SQLite", service(), definition(GRAFANA), Outlook.WRITES_TWICE),
    (
        "a database elsewhere",
        service(),
        definition({**GRAFANA, "environment": [EXTERNAL]}),
        Outlook.HANDS_OVER,
    ),
    (
        "SQLite by name",
        service(),
        definition({**GRAFANA, "environment": [{"name": "GF_DATABASE_TYPE", "value": "sqlite3"}]}),
        Outlook.WRITES_TWICE,
    ),
    ("Prometheus told to take no lock", service(), definition(NO_LOCK), Outlook.WRITES_TWICE),
    ("a program that waits", service(), definition(ETCD), Outlook.MAY_WEDGE),
    ("files for many", service(), definition(NGINX), Outlook.HANDS_OVER),
    ("a program that nobody knows", service(), definition(CUSTOM), Outlook.MAY_WEDGE),
    ("the same with many tasks", service(desiredCount=3), definition(CUSTOM), Outlook.HANDS_OVER),
    ("data on its own disk", service(), definition(OWN_DISK), Outlook.NOT_SHARED),
    ("a read-only mount", service(), definition(READ_ONLY), Outlook.NOT_SHARED),
    ("a shell works the directory out", service(), definition(SHELL), Outlook.MAY_WEDGE),
    ("a path on the host", service(), definition(volume=HOST), Outlook.MAY_WEDGE),
    ("a volume of the task", service(), definition(volume={"host": {}}), Outlook.NOT_SHARED),
    ("EBS", service(), definition(volume={"configuredAtLaunch": True}), Outlook.NOT_SHARED),
    (
        "blue/green",
        service((0, 100), deploymentConfiguration={"strategy": "BLUE_GREEN"}),
        definition(),
        Outlook.WEDGES,
    ),
    (
        "CodeDeploy",
        service((0, 100), deploymentController={"type": "CODE_DEPLOY"}),
        definition(),
        Outlook.WEDGES,
    ),
    ("external", service(deploymentController={"type": "EXTERNAL"}), definition(), Outlook.MAY_WEDGE),
    ("one on each host", service(schedulingStrategy="DAEMON"), definition(), Outlook.MAY_WEDGE),
    (
        "NFS by Docker",
        service(),
        definition(
            volume={
                "dockerVolumeConfiguration": {
                    "driver": "local",
                    "driverOpts": {"type": "nfs", "device": ":/", "o": "addr=fs-0123456789abcdef0.efs.x"},
                }
            }
        ),
        Outlook.WEDGES,
    ),
    (
        "an access point",
        service(),
        definition(
            volume={
                "efsVolumeConfiguration": {
                    **EFS,
                    "authorizationConfig": {"accessPointId": "fsap-0123456789abcdef0"},
                }
            }
        ),
        Outlook.WEDGES,
    ),
]


@pytest.mark.parametrize(
    ("described", "defined", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_configuration_has_the_outlook_of_its_kind(
    described: dict[str, Any], defined: dict[str, Any], expected: Outlook
) -> None:
    """One row for each kind of service that people run on shared volumes."""
    assert course_of(shape(described, defined)).outlook is expected


@pytest.mark.parametrize(
    "name", ["desiredCount", "deploymentConfiguration", "deploymentConfiguration.maximumPercent"]
)
def test_a_value_that_a_plan_does_not_know_makes_nothing_certain(name: str) -> None:
    """What is not known before apply is not guessed, in either direction."""
    assert course_of(shape(unknown=(name,))).outlook is Outlook.MAY_WEDGE
