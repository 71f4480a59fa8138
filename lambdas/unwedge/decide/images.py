"""Where programs keep their data when nothing on the command line says so: known images, with sources.

prom/prometheus        CMD has --storage.tsdb.path=/prometheus, WORKDIR /prometheus (prometheus/prometheus,
                       Dockerfile); without that flag Prometheus keeps its data in data/
ubuntu/prometheus      the same command (canonical's rock of prom/prometheus)
bitnami/prometheus     CMD has --storage.tsdb.path=/opt/bitnami/prometheus/data, WORKDIR
                       /opt/bitnami/prometheus (bitnami/containers, Dockerfile)
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


def default_data_path(image: str, *, overrides_start: bool) -> str | None:
    """The data directory of an image started as it comes, or with a command that names none. None for an
    image that is not known, in whatever registry it lies."""
    name = image.partition("@")[0]
    repository, _, tag = name.rpartition(":")
    if repository and "/" not in tag:
        name = repository
    known = _IMAGES.get("/".join(name.split("/")[-2:]))
    if known is None:
        return None
    return f"{known.working_directory}/data" if overrides_start else known.data
