"""What is known of images: where they keep their data when nothing on the command line says so, and which
wait for their lock, with sources.

prom/prometheus        CMD has --storage.tsdb.path=/prometheus, WORKDIR /prometheus (prometheus/prometheus,
                       Dockerfile); without that flag Prometheus keeps its data in data/
ubuntu/prometheus      the same command (canonical's rock of prom/prometheus)
bitnami/prometheus     CMD has --storage.tsdb.path=/opt/bitnami/prometheus/data, WORKDIR
                       /opt/bitnami/prometheus (bitnami/containers, Dockerfile)

etcd                   waits for the flock of its database, and says so after 10 s
                       (etcd-io/etcd, OpenBackend)
ActiveMQ, Artemis      a broker that finds its store locked waits as the slave, or backup, of the one that
                       has it ("Database … is locked by another server", "Waiting to obtain primary lock")
MySQL, MariaDB         InnoDB tries for the lock of its first data file once a second, a hundred times
                       ("Retrying to lock the first data file", os0file.cc), and gives up then
"""

from typing import NamedTuple


class _Image(NamedTuple):
    data: str
    working_directory: str


_PROMETHEUS = _Image("/prometheus", "/prometheus")
_IMAGES = {
    "prom/prometheus": _PROMETHEUS,
    "prometheus/prometheus": _PROMETHEUS,
    "ubuntu/prometheus": _PROMETHEUS,
    "bitnami/prometheus": _Image("/opt/bitnami/prometheus/data", "/opt/bitnami/prometheus"),
}


# by the last part of the repository's name
_WAITING = {
    "etcd": "etcd",
    "activemq": "ActiveMQ",
    "activemq-classic": "ActiveMQ",
    "activemq-artemis": "ActiveMQ Artemis",
    "mysql": "MySQL, for up to 100 s,",
    "percona-server": "Percona Server, for up to 100 s,",
    "mariadb": "MariaDB, for up to 100 s,",
}


def waits_for_its_lock(image: str) -> str | None:
    """The program of an image that waits for a lock while another holds it; None where that is not known."""
    return _WAITING.get(_repository(image).rsplit("/", 1)[-1])


def _repository(image: str) -> str:
    """An image's name without its tag and digest."""
    name = image.partition("@")[0]
    repository, _, tag = name.rpartition(":")
    return repository if repository and "/" not in tag else name


def default_data_path(image: str, *, overrides_start: bool) -> str | None:
    """The data directory of an image started as it comes, or with a command that names none. None for an
    image that is not known, in whatever registry it lies."""
    known = _IMAGES.get("/".join(_repository(image).split("/")[-2:]))
    if known is None:
        return None
    return f"{known.working_directory}/data" if overrides_start else known.data
