"""Launches Prometheus for containers: one data directory for each volume identity."""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rehearsal.ecs.launching import ContainerSpec, VolumeIdentity
from rehearsal.programs.prometheus.binary import Prometheus, find_prometheus
from rehearsal.programs.prometheus.process import ProcessProgram

# It watches itself, as every Prometheus does that nobody has told what else to watch.
_GOOD_CONFIG = """global:
  scrape_interval: 1s
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""
_BAD_CONFIG = "global:\n  scrape_interval: soon\n"
_UNSAFE = re.compile(r"[^A-Za-z0-9-]+")


@dataclass(frozen=True, kw_only=True)
class PrometheusSettings:
    """How one revision runs Prometheus. With ``broken_config`` it ends at once with exit code 2."""

    log_format: str = "logfmt"
    agent: bool = False
    broken_config: bool = False


class PrometheusLauncher:
    """Starts processes whose files are all below ``folder``."""

    def __init__(
        self,
        folder: Path,
        prometheus: Prometheus | None = None,
        work: Callable[[int], None] = lambda more: None,
    ) -> None:
        self._folder = folder.resolve()
        self._work = work
        self.prometheus = prometheus or find_prometheus()
        self.programs: list[ProcessProgram] = []

    def launch(
        self, spec: ContainerSpec, now: datetime, settings: PrometheusSettings | None = None
    ) -> ProcessProgram:
        """Start Prometheus on the container's volume; satisfies the simulator's Launcher protocol."""
        settings = settings or PrometheusSettings()
        port = _free_port()
        data = self.data_directory(spec.volume)
        data.mkdir(parents=True, exist_ok=True)
        arguments = self.prometheus.arguments(
            config=self._config(settings, port),
            data=data,
            port=port,
            log_format=settings.log_format,
            agent=settings.agent,
        )
        program = ProcessProgram(arguments, port=port, folder=self._folder, work=self._work)
        self.programs.append(program)
        return program

    def data_directory(self, volume: VolumeIdentity | None) -> Path:
        """Where the files of a volume are; containers without one share a directory too."""
        return self._folder / "volumes" / (_UNSAFE.sub("_", str(volume)) if volume else "none")

    def _config(self, settings: PrometheusSettings, port: int) -> Path:
        path = self._folder / ("broken.yml" if settings.broken_config else f"prometheus-{port}.yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_BAD_CONFIG if settings.broken_config else _GOOD_CONFIG.format(port=port))
        return path

    def close(self, now: datetime) -> None:
        """Kill everything that still runs."""
        for program in self.programs:
            program.kill(now)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
