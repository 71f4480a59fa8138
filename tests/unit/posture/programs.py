"""Containers of programs that people run on shared volumes."""

from typing import Any

from tests.unit.posture.shapes import container

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


def with_variables(base: dict[str, Any], **variables: str) -> dict[str, Any]:
    """A container with these variables of the environment."""
    return {**base, "environment": [{"name": name, "value": value} for name, value in variables.items()]}
