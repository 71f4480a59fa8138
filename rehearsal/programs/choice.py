"""Chooses the programs of a live rehearsal: real Prometheus processes wherever the scenario allows."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rehearsal.ecs.launching import ContainerSpec, Program
from rehearsal.programs.prometheus import PrometheusLauncher, PrometheusSettings, find_prometheus
from rehearsal.programs.scripted import ScriptedProgram, VirtualLock, init_container
from rehearsal.programs.scripts import script_for
from rehearsal.scenario.model import ProgramKind, Revision

_REAL = frozenset({ProgramKind.PROMETHEUS, ProgramKind.BROKEN})


class ProgramChoice:
    """Makes the programs of all containers. FileNotFoundError when the wished Prometheus does not run."""

    def __init__(self) -> None:
        self._prometheus = find_prometheus()

    @property
    def stand_in(self) -> bool:
        """Whether a stand-in runs in place of Prometheus."""
        return self._prometheus.is_stand_in

    def programs_in(
        self, folder: Path, work: Callable[[int], None]
    ) -> Callable[[ContainerSpec, Revision, datetime], Program]:
        """A maker of main containers' programs, whose files are all under ``folder``. It tells ``work`` when
        a real one begins to start or to end (1), and when it has (-1)."""
        locks = VirtualLock()
        launcher = PrometheusLauncher(folder, self._prometheus, work)

        def play(spec: ContainerSpec, revision: Revision, now: datetime) -> Program:
            if revision.program not in _REAL:
                return ScriptedProgram(script_for(spec, revision), now, locks)
            settings = PrometheusSettings(
                log_format=revision.log_format,
                agent=revision.agent,
                broken_config=revision.program is ProgramKind.BROKEN,
            )
            return launcher.launch(spec, now, settings)

        return play

    def init_program(self, spec: ContainerSpec, now: datetime) -> Program:
        """The program of any other container: it does its work and ends."""
        return ScriptedProgram(init_container(), now, VirtualLock())
