"""Real processes as tasks: Prometheus where there is one, and its stand-in everywhere."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rehearsal.ecs import ContainerSpec, Simulator, VolumeIdentity
from rehearsal.programs.prometheus import PrometheusLauncher, PrometheusSettings, find_prometheus
from rehearsal.programs.prometheus.binary import Prometheus, stand_in
from rehearsal.programs.prometheus.process import ProcessProgram
from tests.support.simulated_ecs import CLUSTER, SERVICE, main_container, options

LOCKED = "opening storage failed: lock DB directory: resource temporarily unavailable"
VOLUME = VolumeIdentity("fs-12345678", None, "/")
NOW = datetime(2025, 11, 13, tzinfo=UTC)


def _programs() -> list[Prometheus]:
    found = find_prometheus()
    return [stand_in()] if found.is_stand_in else [stand_in(), found]


@pytest.fixture(params=_programs(), ids=lambda program: "stand-in" if program.is_stand_in else "prometheus")
def launcher(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PrometheusLauncher]:
    """A launcher of the stand-in, then of the real program; nothing outlives the test."""
    made = PrometheusLauncher(tmp_path, request.param)
    yield made
    made.close(NOW)


def _spec(name: str = "one", volume: VolumeIdentity = VOLUME) -> ContainerSpec:
    return ContainerSpec(name, "prometheus", SERVICE, CLUSTER, "prometheus", 1, {}, {"/prometheus": volume})


def _wait(program: ProcessProgram, condition: Callable[[], object]) -> float:
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < 20, program.lines()
        time.sleep(0.005)
        program.poll(NOW)
    return time.monotonic() - begin


def test_the_second_process_cannot_take_the_lock(launcher: PrometheusLauncher) -> None:
    """It prints Prometheus's own line, exits 1 within moments, and never holds the lock."""
    holder = launcher.launch(_spec(), NOW)
    _wait(holder, lambda: holder.holds_lock and holder.healthy(NOW))
    contender = launcher.launch(_spec("two"), NOW)
    _wait(contender, lambda: contender.exit_code is not None)
    assert contender.exit_code == 1
    assert any(f'err="{LOCKED}"' in line for line in contender.lines())
    assert (holder.holds_lock, contender.holds_lock) == (True, False)
    assert contender.healthy(NOW) is False


def test_it_tells_when_it_starts_and_ends(launcher: PrometheusLauncher) -> None:
    """What takes real time slows the rehearsal's clock down: from the launch until its store is open, from
    SIGTERM until it has ended, and the whole life of one that cannot take the lock."""
    told: list[int] = []
    slow = PrometheusLauncher(launcher.data_directory(None), launcher.prometheus, told.append)
    try:
        holder = slow.launch(_spec(), NOW)
        assert told == [1]
        _wait(holder, lambda: told == [1, -1])
        contender = slow.launch(_spec("two"), NOW)
        _wait(contender, lambda: contender.exit_code is not None)
        assert told == [1, -1, 1, -1]
        holder.terminate(NOW)
        assert told[4:] == [1]
        _wait(holder, lambda: holder.exit_code is not None)
        assert told[4:] == [1, -1]
    finally:
        slow.close(NOW)


def test_sigterm_releases_the_lock_and_exits_0(launcher: PrometheusLauncher) -> None:
    """The next process takes it."""
    holder = launcher.launch(_spec(), NOW)
    _wait(holder, lambda: holder.healthy(NOW))
    holder.terminate(NOW)
    _wait(holder, lambda: holder.exit_code is not None)
    assert (holder.exit_code, holder.holds_lock, holder.exited_at) == (0, False, NOW)
    successor = launcher.launch(_spec("two"), NOW)
    _wait(successor, lambda: successor.holds_lock and successor.healthy(NOW))


def test_sigkill_leaves_no_lock_behind(launcher: PrometheusLauncher) -> None:
    """The kernel frees it; the next start finds the old lock file and says so without failing."""
    holder = launcher.launch(_spec(), NOW)
    _wait(holder, lambda: holder.holds_lock)
    holder.kill(NOW)
    assert (holder.exit_code, holder.holds_lock) == (137, False)
    successor = launcher.launch(_spec("two"), NOW)
    _wait(successor, lambda: successor.holds_lock)


def test_json_lines_are_json(launcher: PrometheusLauncher) -> None:
    """--log.format=json."""
    holder = launcher.launch(_spec(), NOW)
    _wait(holder, lambda: holder.holds_lock)
    contender = launcher.launch(_spec("two"), NOW, PrometheusSettings(log_format="json"))
    _wait(contender, lambda: contender.exit_code is not None)
    errors = [line.get("err") for line in map(json.loads, contender.lines())]
    assert any(LOCKED in (error or "") for error in errors)


def test_other_volumes_have_other_locks(launcher: PrometheusLauncher) -> None:
    """Another access point is another directory."""
    first = launcher.launch(_spec(), NOW)
    second = launcher.launch(_spec("two", VolumeIdentity("fs-12345678", "fsap-1", "/")), NOW)
    for program in (first, second):
        _wait(program, lambda item=program: item.holds_lock)  # type: ignore[misc]


def test_agents_lock_their_directory_too(launcher: PrometheusLauncher) -> None:
    """Agent mode prints the same error."""
    agent = PrometheusSettings(agent=True)
    holder = launcher.launch(_spec(), NOW, agent)
    _wait(holder, lambda: holder.holds_lock)
    contender = launcher.launch(_spec("two"), NOW, agent)
    _wait(contender, lambda: contender.exit_code is not None)
    assert any("lock DB directory: resource temporarily unavailable" in line for line in contender.lines())


def test_a_broken_configuration_ends_with_2_before_the_lock(launcher: PrometheusLauncher) -> None:
    """A failure that has nothing to do with the lock."""
    program = launcher.launch(_spec(), NOW, PrometheusSettings(broken_config=True))
    _wait(program, lambda: program.exit_code is not None)
    assert program.exit_code == 2
    assert not any("lock" in line for line in program.lines())


def test_a_simulated_deployment_wedges_and_frees_real_processes(launcher: PrometheusLauncher) -> None:
    """Two tasks of real processes on one directory: the lock line in the second's stream, then freedom."""
    sim = Simulator(start=NOW, options=options(), launcher=launcher)
    seen: list[str] = []
    sim.subscribe(lambda item: seen.append(str(item)))
    sim.call("CreateCluster", {"clusterName": CLUSTER})
    efs = {"fileSystemId": "fs-12345678", "rootDirectory": "/"}
    definition = {
        "family": "prometheus",
        "containerDefinitions": [main_container()],
        "volumes": [{"name": "data", "efsVolumeConfiguration": efs}],
    }
    sim.call("RegisterTaskDefinition", definition)
    service = {"cluster": CLUSTER, "serviceName": SERVICE, "taskDefinition": "prometheus", "desiredCount": 1}
    sim.create_running_service(service)

    def until(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, seen[-20:]
            sim.advance(sim.now + timedelta(seconds=0.25))
            time.sleep(0.005)

    holder = sim.tasks()[0]
    until(lambda: holder.holds_lock)
    sim.call("UpdateService", {"cluster": CLUSTER, "service": SERVICE, "forceNewDeployment": True})
    until(lambda: any(task.stop_code == "EssentialContainerExited" for task in sim.tasks()))
    failed = sim.tasks()[1]
    assert failed.containers[0].exit_code == 1
    assert any(LOCKED in item and f"prometheus/prometheus/{failed.id}" in item for item in seen)
    until(lambda: sim.tasks()[-1].last_status == "PENDING")
    sim.call("StopTask", {"cluster": CLUSTER, "task": holder.arn})
    until(lambda: sim.services()[0].primary.rollout_state == "COMPLETED")
    assert [task.started_by for task in sim.tasks() if task.holds_lock] == [sim.services()[0].primary.id]
    assert holder.containers[0].exit_code == 0


def test_a_wrong_wish_for_a_prometheus_is_an_error(tmp_path: Path) -> None:
    """$UNWEDGE_PROMETHEUS that does not run is named, not silently replaced."""
    with pytest.raises(FileNotFoundError, match="UNWEDGE_PROMETHEUS"):
        find_prometheus({"UNWEDGE_PROMETHEUS": str(tmp_path / "none")})


def test_flags_follow_what_the_program_understands(tmp_path: Path) -> None:
    """The lock flag only for builds that know it; --agent for version 3, the feature flag for version 2."""
    paths = {"config": tmp_path / "c", "data": tmp_path, "port": 1, "log_format": "json"}
    debian = Prometheus(("p",), "2.42.0", "--storage.tsdb.use-lockfile  --storage.agent.use-lockfile")
    upstream = Prometheus(("p",), "3.5.0", "--[no-]agent")
    assert "--storage.tsdb.use-lockfile" in debian.arguments(agent=False, **paths)  # type: ignore[arg-type]
    assert "--enable-feature=agent" in debian.arguments(agent=True, **paths)  # type: ignore[arg-type]
    upstream_agent = upstream.arguments(agent=True, **paths)  # type: ignore[arg-type]
    assert "--agent" in upstream_agent
    assert not any("lockfile" in argument for argument in upstream_agent)
