"""Real Prometheus processes as tasks, or a stand-in that takes the same lock where there is no Prometheus."""

from rehearsal.programs.prometheus.binary import Prometheus, find_prometheus
from rehearsal.programs.prometheus.launcher import PrometheusLauncher, PrometheusSettings
from rehearsal.programs.prometheus.process import ProcessProgram

__all__ = [
    "ProcessProgram",
    "Prometheus",
    "PrometheusLauncher",
    "PrometheusSettings",
    "find_prometheus",
]
