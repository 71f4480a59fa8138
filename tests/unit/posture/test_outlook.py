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
MONGO = container(name="db", image="mongo:6", mountPoints=[])
N8N = container(
    name="n8n",
    image="docker.n8n.io/n8nio/n8n:1.91.3",
    mountPoints=[{"sourceVolume": "data", "containerPath": "/home/node/.n8n"}],
)
KUMA = container(
    name="kuma",
    image="louislam/uptime-kuma:2",
    mountPoints=[{"sourceVolume": "data", "containerPath": "/app/data"}],
)
ATLANTIS = container(
    name="atlantis",
    image="ghcr.io/runatlantis/atlantis:v0.30.0",
    mountPoints=[{"sourceVolume": "data", "containerPath": "/home/atlantis"}],
)
VAULTWARDEN = container(
    name="vault",
    image="vaultwarden/server:1",
    mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}],
)
METABASE = container(
    name="bi", image="metabase/metabase", mountPoints=[{"sourceVolume": "data", "containerPath": "/plugins"}]
)
MYSQL = container(
    name="db", image="mysql:8", mountPoints=[{"sourceVolume": "data", "containerPath": "/var/lib/mysql"}]
)
POSTGRES = container(
    name="db", image="postgres:16", mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}]
)
THANOS = container(
    name="thanos", image="quay.io/thanos/thanos:v0.35.1", command=["sidecar", "--tsdb.path=/prometheus"]
)
EXTERNAL = {"name": "GF_DATABASE_TYPE", "value": "postgres"}
HOST = {"host": {"sourcePath": "/mnt/efs"}}


def _with(base: dict[str, Any], **variables: str) -> dict[str, Any]:
    """A container with these variables of the environment."""
    return {**base, "environment": [{"name": name, "value": value} for name, value in variables.items()]}


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
        definition(_with(GRAFANA, GF_DATABASE_HOST="db:5432")),
        Outlook.WRITES_TWICE,
    ),
    (
        "an address of SQLite",
        service(),
        definition(_with(GRAFANA, GF_DATABASE_URL="sqlite3:///var/lib/grafana/grafana.db")),
        Outlook.WRITES_TWICE,
    ),
    (
        "an address of MySQL",
        service(),
        definition(_with(GRAFANA, GF_DATABASE_URL="mysql://grafana@db:3306/grafana")),
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
        definition(_with(GRAFANA, GF_PATHS_CONFIG="/var/lib/grafana/grafana.ini")),
        Outlook.MAY_WRITE_TWICE,
    ),
    ("n8n with SQLite", service(), definition(N8N), Outlook.WRITES_TWICE),
    ("n8n with PostgreSQL", service(), definition(_with(N8N, DB_TYPE="postgresdb")), Outlook.HANDS_OVER),
    (
        "Uptime Kuma told to use SQLite",
        service(),
        definition(_with(KUMA, UPTIME_KUMA_DB_TYPE="sqlite")),
        Outlook.WRITES_TWICE,
    ),
    (
        "Uptime Kuma with a host alone",
        service(),
        definition(_with(KUMA, UPTIME_KUMA_DB_HOSTNAME="db")),
        Outlook.WRITES_TWICE,
    ),
    (
        "Uptime Kuma with MariaDB inside",
        service(),
        definition(_with(KUMA, UPTIME_KUMA_DB_TYPE="embedded-mariadb")),
        Outlook.MAY_WRITE_TWICE,
    ),
    (
        "Uptime Kuma with MariaDB elsewhere",
        service(),
        definition(_with(KUMA, UPTIME_KUMA_DB_TYPE="mariadb")),
        Outlook.HANDS_OVER,
    ),
    (
        "Vaultwarden with PostgreSQL",
        service(),
        definition(_with(VAULTWARDEN, DATABASE_URL="postgresql://db/vault")),
        Outlook.HANDS_OVER,
    ),
    (
        "Metabase with PostgreSQL",
        service(),
        definition(_with(METABASE, MB_DB_TYPE="postgres")),
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
        definition(_with(POSTGRES, PGDATA="/data/pg")),
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


@pytest.mark.parametrize(
    "name",
    [
        "desiredCount",
        "deploymentConfiguration",
        "deploymentConfiguration.maximumPercent",
        "deploymentController.type",
    ],
)
def test_a_value_that_a_plan_does_not_know_makes_nothing_certain(name: str) -> None:
    """What is not known before apply is not guessed, in either direction."""
    assert course_of(shape(unknown=(name,))).outlook is Outlook.MAY_WEDGE


@pytest.mark.parametrize(
    ("image", "command", "program"),
    [
        ("acme/db:1", ["mongod", "--dbpath", "/prometheus"], "MongoDB"),
        ("acme/metrics:1", ["-storageDataPath=/prometheus"], "VictoriaMetrics"),
        ("acme/metrics:1", ["--storage.tsdb.path=/prometheus"], "Prometheus"),
    ],
)
def test_a_program_is_called_by_the_option_that_it_alone_has(
    image: str, command: list[str], program: str
) -> None:
    """Advice about Prometheus is for Prometheus."""
    (store,) = course_of(shape(defined=definition(container(image=image, command=command)))).stores
    assert store.program == program


def test_no_value_of_a_variable_is_kept() -> None:
    """Where a program keeps its data is told by addresses with passwords in them."""
    found = shape(defined=definition(_with(GRAFANA, GF_DATABASE_URL="postgres://grafana:hunter2@db/grafana")))
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("value", [[], "x", 7, [{"type": "ECS"}]])
@pytest.mark.parametrize(
    "path",
    [
        "deploymentConfiguration",
        "deploymentController",
        "deploymentConfiguration.deploymentCircuitBreaker",
        "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration",
    ],
)
def test_what_is_no_answer_of_ecs_is_a_type_error(path: str, value: Any) -> None:
    """The callers know how to say that of one service, and to go on with the next."""
    breaker = {"enable": True, "thresholdConfiguration": {"type": "COUNT", "value": 1}}
    described = service(deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    *parents, last = path.split(".")
    place = described
    for name in parents:
        place = place[name]
    place[last] = value
    with pytest.raises(TypeError):
        shape(described)
