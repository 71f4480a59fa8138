"""Real Prometheus processes as tasks, or a stand-in that takes the same lock where there is no Prometheus."""

from rehearsal.prometheus.binary import Prometheus, find_prometheus
from rehearsal.prometheus.launcher import PrometheusLauncher, PrometheusSettings
from rehearsal.prometheus.process import ProcessProgram

__all__ = [
    "ProcessProgram",
    "Prometheus",
    "PrometheusLauncher",
    "PrometheusSettings",
    "find_prometheus",
]
