"""The outlook: a table of configurations, each from a real kind of service, against what a deployment
does."""

from typing import Any

import pytest

from tests.unit.posture.programs import (
    ATLANTIS,
    CUSTOM,
    ETCD,
    EXTERNAL,
    GRAFANA,
    HOST,
    INIT,
    JENKINS,
    KUMA,
    METABASE,
    MONGO,
    MYSQL,
    N8N,
    NGINX,
    NO_LOCK,
    OWN_DISK,
    POSTGRES,
    READ_ONLY,
    SHELL,
    THANOS,
    VAULTWARDEN,
    with_variables,
)
from tests.unit.posture.shapes import EFS, container, definition, service, shape
from unwedge.model.posture import Outlook
from unwedge.posture.course import course_of

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
    ("a program on its own disk beside one on EFS", service(), definition(MONGO, CUSTOM), Outlook.MAY_WEDGE),
    (
        "Prometheus has its configuration alone on EFS",
        service(),
        definition(
            container(mountPoints=[{"sourceVolume": "data", "containerPath": "/etc/prometheus"}]), CUSTOM
        ),
        Outlook.MAY_WEDGE,
    ),
    (
        "a database elsewhere, beside one that nobody knows",
        service(),
        definition({**GRAFANA, "environment": [EXTERNAL]}, CUSTOM),
        Outlook.MAY_WEDGE,
    ),
    (
        "not essential, and it stays",
        service(),
        definition(NGINX, {**CUSTOM, "essential": False}),
        Outlook.MAY_WEDGE,
    ),
    (
        "not essential, and it ends before the others start",
        service(),
        definition(
            {**NGINX, "dependsOn": [{"containerName": "jenkins", "condition": "SUCCESS"}]},
            {**JENKINS, "essential": False, "command": ["cp", "-r", "/seed", "/var/jenkins_home"]},
        ),
        Outlook.HANDS_OVER,
    ),
    ("a sidecar of Thanos", service((0, 100)), definition(THANOS, container()), Outlook.OVERLAPS),
    (
        "a host alone leaves Grafana with SQLite",
        service(),
        definition(with_variables(GRAFANA, GF_DATABASE_HOST="db:5432")),
        Outlook.WRITES_TWICE,
    ),
    (
        "an address of SQLite",
        service(),
        definition(with_variables(GRAFANA, GF_DATABASE_URL="sqlite3:///var/lib/grafana/grafana.db")),
        Outlook.WRITES_TWICE,
    ),
    (
        "an address of MySQL",
        service(),
        definition(with_variables(GRAFANA, GF_DATABASE_URL="mysql://grafana@db:3306/grafana")),
        Outlook.HANDS_OVER,
    ),
    (
        "a secret address",
        service(),
        definition({**GRAFANA, "secrets": [{"name": "GF_DATABASE_URL", "valueFrom": "arn:x"}]}),
        Outlook.HANDS_OVER,
    ),
    (
        "Grafana with a configuration file of its own",
        service(),
        definition(with_variables(GRAFANA, GF_PATHS_CONFIG="/var/lib/grafana/grafana.ini")),
        Outlook.MAY_WRITE_TWICE,
    ),
    ("n8n with SQLite", service(), definition(N8N), Outlook.WRITES_TWICE),
    (
        "n8n with PostgreSQL",
        service(),
        definition(with_variables(N8N, DB_TYPE="postgresdb")),
        Outlook.HANDS_OVER,
    ),
    (
        "Uptime Kuma told to use SQLite",
        service(),
        definition(with_variables(KUMA, UPTIME_KUMA_DB_TYPE="sqlite")),
        Outlook.WRITES_TWICE,
    ),
    (
        "Uptime Kuma with a host alone",
        service(),
        definition(with_variables(KUMA, UPTIME_KUMA_DB_HOSTNAME="db")),
        Outlook.WRITES_TWICE,
    ),
    (
        "Uptime Kuma with MariaDB inside",
        service(),
        definition(with_variables(KUMA, UPTIME_KUMA_DB_TYPE="embedded-mariadb")),
        Outlook.MAY_WRITE_TWICE,
    ),
    (
        "Uptime Kuma with MariaDB elsewhere",
        service(),
        definition(with_variables(KUMA, UPTIME_KUMA_DB_TYPE="mariadb")),
        Outlook.HANDS_OVER,
    ),
    (
        "Vaultwarden with PostgreSQL",
        service(),
        definition(with_variables(VAULTWARDEN, DATABASE_URL="postgresql://db/vault")),
        Outlook.HANDS_OVER,
    ),
    (
        "Metabase with PostgreSQL",
        service(),
        definition(with_variables(METABASE, MB_DB_TYPE="postgres")),
        Outlook.HANDS_OVER,
    ),
    ("Atlantis with BoltDB", service(), definition(ATLANTIS), Outlook.WEDGES),
    (
        "Atlantis with Redis",
        service(),
        definition({**ATLANTIS, "command": ["server", "--locking-db-type", "redis"]}),
        Outlook.MAY_WRITE_TWICE,
    ),
    (
        "PostgreSQL, whose process ids say nothing of another container",
        service(),
        definition(with_variables(POSTGRES, PGDATA="/data/pg")),
        Outlook.WRITES_TWICE,
    ),
    ("several that wait", service((50, 100), desiredCount=2), definition(MYSQL), Outlook.MAY_WEDGE),
    (
        "several writers, and deployments stand still as well",
        service((100, 100), desiredCount=2),
        definition(JENKINS),
        Outlook.WRITES_TWICE,
    ),
    (
        "no lock, and the shell goes on after it",
        service(),
        definition(
            container(
                entryPoint=["sh", "-c"],
                command=["prometheus --storage.tsdb.path=/prometheus --storage.tsdb.no-lockfile; sleep 5"],
            )
        ),
        Outlook.WRITES_TWICE,
    ),
    (
        "Prometheus as an agent, without a path",
        service(),
        definition(
            container(
                command=["--agent", "--config.file=/etc/prometheus/prometheus.yml"],
                mountPoints=[{"sourceVolume": "data", "containerPath": "/prometheus/data-agent"}],
            )
        ),
        Outlook.MAY_WEDGE,
    ),
    (
        "Prometheus in another working directory, without a path",
        service(),
        definition(
            container(
                command=["--config.file=/etc/prometheus/prometheus.yml"],
                workingDirectory="/efs",
                mountPoints=[{"sourceVolume": "data", "containerPath": "/efs"}],
            )
        ),
        Outlook.MAY_WEDGE,
    ),
    (
        "Prometheus with a command, without a path",
        service(),
        definition(container(command=["--config.file=/etc/prometheus/prometheus.yml"])),
        Outlook.WEDGES,
    ),
    (
        "a program that is not essential",
        service(),
        definition(NGINX, container(essential=False)),
        Outlook.MAY_WEDGE,
    ),
    (
        "an agent with the socket of Docker",
        service(),
        definition(
            {**CUSTOM, "mountPoints": [{"sourceVolume": "data", "containerPath": "/var/run/docker.sock"}]},
            volume={"host": {"sourcePath": "/var/run/docker.sock"}},
        ),
        Outlook.NOT_SHARED,
    ),
    (
        "percentages that are no numbers",
        {**service(), "deploymentConfiguration": {"minimumHealthyPercent": "0", "maximumPercent": "100"}},
        definition(),
        Outlook.MAY_WEDGE,
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
