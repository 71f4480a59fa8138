"""The programs, and which of them an image runs."""

from unwedge.decide.catalogue.entry import Entry, OnHeld

PROGRAMS: tuple[Entry, ...] = (
    Entry(
        "Prometheus",
        ("prom/prometheus", "prometheus/prometheus", "ubuntu/prometheus"),
        OnHeld.EXITS,
        "prometheus/prometheus, tsdb/tsdbutil/dir_locker.go; Dockerfile",
        data="/prometheus",
        bare_data="/prometheus/data",
    ),
    Entry(
        "Prometheus",
        ("bitnami/prometheus", "bitnamilegacy/prometheus"),
        OnHeld.EXITS,
        "bitnami/containers, bitnami/prometheus/Dockerfile",
        data="/opt/bitnami/prometheus/data",
        bare_data="/opt/bitnami/prometheus/data",
    ),
    Entry("etcd", ("etcd",), OnHeld.WAITS, "etcd-io/etcd, server/storage/backend.go, OpenBackend"),
    Entry(
        "ActiveMQ", ("activemq", "activemq-classic"), OnHeld.WAITS, "activemq.apache.org, shared file system"
    ),
    Entry("ActiveMQ Artemis", ("activemq-artemis",), OnHeld.WAITS, "artemis documentation, shared store"),
    Entry("MySQL", ("mysql",), OnHeld.WAITS, "mysql/mysql-server, os0file.cc: a try a second, a hundred times"),
    Entry("Percona Server", ("percona-server",), OnHeld.WAITS, "as MySQL"),
    Entry("MariaDB", ("mariadb",), OnHeld.WAITS, "as MySQL"),
    Entry(
        "Jenkins",
        ("jenkins/jenkins", "bitnami/jenkins"),
        OnHeld.WRITES,
        "aws-samples/serverless-jenkins-on-aws-fargate#38",
        data="/var/jenkins_home",
        bare_data="/var/jenkins_home",
    ),
    Entry(
        "Uptime Kuma",
        ("louislam/uptime-kuma",),
        OnHeld.WRITES,
        "louislam/uptime-kuma#5915",
        data="/app/data",
        bare_data="/app/data",
    ),
    Entry(
        "Grafana with SQLite",
        ("grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise", "bitnami/grafana"),
        OnHeld.WRITES,
        "aws-samples/aws-cdk-grafana#3",
        data="/var/lib/grafana",
        bare_data="/var/lib/grafana",
    ),
    Entry("nginx", ("nginx",), OnHeld.SHARES, "it serves files"),
)


def program_of(image: str) -> Entry | None:
    """The catalogue's entry for an image, in whatever registry it lies; None where it is not known."""
    parts = _repository(image).split("/")
    ends = {parts[-1], "/".join(parts[-2:])}
    return next((entry for entry in PROGRAMS if ends & set(entry.images)), None)


def _repository(image: str) -> str:
    """An image's name without its tag and digest."""
    name = image.partition("@")[0]
    repository, _, tag = name.rpartition(":")
    return repository if repository and "/" not in tag else name
