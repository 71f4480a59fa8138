"""What the second of two real instances on one directory does, and whether its signature reads it."""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from rehearsal.programs.prometheus import find_prometheus
from tests.programs.instances import CACHE, Ended, a_port, first, libraries, lines, second
from tests.unit.decide.catalogue.said import LIFE, stream
from unwedge.decide.catalogue.programs import program_of, signature_named
from unwedge.decide.catalogue.signature import Signature, Word
from unwedge.decide.signatures import find_evidence, meaning

pytestmark = pytest.mark.timeout(90)
Command = Callable[[Path], list[str]]


class Pair(NamedTuple):
    """A program to run twice: its command, and what the first one prints once it has its store."""

    program: str
    command: Command
    up: str
    exit_code: int | None


def _binary(package: str, name: str) -> str:
    unpacked = [CACHE / package / "usr" / place / name for place in ("bin", "sbin")]
    found = next((str(path) for path in unpacked if path.is_file()), None) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine: tools/get-programs.sh fetches it")
    linked = subprocess.run(["ldd", found], env=libraries(), capture_output=True, check=False, timeout=20)
    if b"not found" in linked.stdout:
        pytest.skip(f"{name} lacks libraries on this machine")
    return found


def _victoria_metrics(*more: str) -> Command:
    def command(folder: Path) -> list[str]:
        program = _binary("victoria-metrics", "victoria-metrics")
        return [program, f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{a_port()}", *more]

    return command


def _syncthing(folder: Path) -> list[str]:
    program = _binary("syncthing", "syncthing")
    gui = f"--gui-address=127.0.0.1:{a_port()}"
    return [program, "serve", "--no-browser", f"--home={folder}/data", gui, "--skip-port-probing"]


def _redis(*more: str) -> Command:
    def command(folder: Path) -> list[str]:
        # one binary: what it is called decides what it is
        server = folder / "redis-server"
        if not server.exists():
            shutil.copy(_binary("redis-tools", "redis-check-rdb"), server)
        return [str(server), "--port", str(a_port()), "--bind", "127.0.0.1", "--dir", str(folder), *more]

    return command


def _prometheus(log_format: str, agent: bool) -> Command:
    def command(folder: Path) -> list[str]:
        found = find_prometheus()
        if found.is_stand_in:
            pytest.skip("no Prometheus on this machine: tools/get-prometheus.sh fetches it")
        config = folder / "prometheus.yml"
        config.write_text("global: {}\n")
        return found.arguments(
            config=config, data=folder / "data", port=a_port(), log_format=log_format, agent=agent
        )

    return command


EXITS = {
    "Prometheus": Pair("Prometheus", _prometheus("logfmt", False), "TSDB started", 1),
    "Prometheus, JSON": Pair("Prometheus", _prometheus("json", False), "TSDB started", 1),
    "Prometheus, agent": Pair("Prometheus", _prometheus("logfmt", True), "Agent WAL storage started", 1),
    "VictoriaMetrics": Pair("VictoriaMetrics", _victoria_metrics(), "successfully opened storage", 255),
    "VictoriaMetrics, JSON": Pair(
        "VictoriaMetrics", _victoria_metrics("-loggerFormat=json"), "successfully opened storage", 255
    ),
    "Syncthing": Pair("Syncthing", _syncthing, "GUI and API listening", 1),
    "Redis, cluster mode": Pair("Redis", _redis("--cluster-enabled", "yes"), "Ready to accept", 1),
}


def _named(program: str) -> Signature:
    found = signature_named(program)
    assert found is not None
    return found


def _is_evidence(signature: Signature, ended: Ended) -> None:
    """The signature reads what was really printed, and no other one does."""
    words = [meaning(signature, line).word for line in ended.lines]
    assert Word.HELD in words, ended.lines
    assert Word.UNCLEAR not in words
    assert ended.code in signature.exit_codes
    said = stream(*ended.lines)
    found = find_evidence([said], exit_codes={"prometheus": ended.code or 0})
    assert found is not None, ended.lines
    assert found.program == signature.program
    assert LIFE.since < found.line.at


# Every day what most services run; all of them with the rest of the variants.
_EVERYDAY = ("Prometheus", "VictoriaMetrics")


def _marked(name: str, *values: object, everyday: bool) -> object:
    return pytest.param(*values, id=name, marks=() if everyday else pytest.mark.all_scenarios)


@pytest.mark.parametrize(
    "pair", [_marked(name, pair, everyday=name in _EVERYDAY) for name, pair in EXITS.items()]
)
def test_the_second_one_ends_with_the_lock_line_of_its_signature(pair: Pair, tmp_path: Path) -> None:
    """And no line of the first one matches, which has the lock."""
    signature = _named(pair.program)
    with first(pair.command(tmp_path), tmp_path, pair.up) as output:
        ended = second(pair.command(tmp_path), tmp_path)
        had_it = lines(output)
    assert ended.code == pair.exit_code
    _is_evidence(signature, ended)
    words = {meaning(signature, line).word for line in had_it}
    assert not words & {Word.HELD, Word.UNCLEAR, Word.FAILED}, had_it
    assert (Word.OPENED in words) == (signature.opened is not None)
    assert not {meaning(signature, line).word for line in ended.lines} & {Word.OPENED}


def test_rocksdbs_own_tool_ends_so_too(tmp_path: Path) -> None:
    """ldb holds a store open in its REPL while another one puts a key."""
    ldb, store = _binary("rocksdb-tools", "ldb"), f"--db={tmp_path}/data"
    made = second([ldb, store, "--create_if_missing", "put", "a", "b"], tmp_path)
    assert (made.lines, made.code) == (["OK"], 0)
    with first([ldb, store, "query"], tmp_path, ""):
        _await_lock(tmp_path / "data" / "LOCK")
        ended = second([ldb, store, "put", "a", "c"], tmp_path)
    _is_evidence(_named("RocksDB"), ended)
    assert second([ldb, store, "put", "a", "d"], tmp_path).lines == ["OK"]


def _await_lock(file: Path) -> None:
    """Until the kernel lists a lock of this file."""
    inode = f":{file.stat().st_ino} "
    for _ in range(200):
        if inode in Path("/proc/locks").read_text():
            return
        time.sleep(0.05)
    raise AssertionError("nobody took the lock")


def _nats(folder: Path) -> list[str]:
    program = _binary("nats-server", "nats-server")
    return [program, "-js", "-sd", f"{folder}/data", "-p", str(a_port()), "-a", "127.0.0.1"]


def _influxdb(folder: Path) -> list[str]:
    program, config = _binary("influxdb", "influxd"), folder / f"influx-{a_port()}.conf"
    config.write_text(
        f'reporting-disabled = true\nbind-address = "127.0.0.1:{a_port()}"\n[meta]\n dir = "{folder}/meta"\n'
        f'[data]\n dir = "{folder}/data"\n wal-dir = "{folder}/wal"\n'
        f'[http]\n bind-address = "127.0.0.1:{a_port()}"\n'
    )
    return [program, "-config", str(config)]


_TWO_WRITERS = {
    "Redis": ("redis:7.0", _redis("--appendonly", "yes"), "Ready to accept"),
    "NATS JetStream": ("nats:2.9", _nats, "Server is ready"),
    "InfluxDB 1": ("influxdb:1.8", _influxdb, "Listening on HTTP"),
}


@pytest.mark.all_scenarios
@pytest.mark.parametrize(("image", "command", "up"), _TWO_WRITERS.values(), ids=_TWO_WRITERS)
def test_programs_without_a_lock_write_side_by_side(
    image: str, command: Command, up: str, tmp_path: Path
) -> None:
    """The catalogue says so of them, since nothing that they print ever will."""
    known = program_of(image)
    with first(command(tmp_path), tmp_path, up):
        beside = second(command(tmp_path), tmp_path, within=4)
    assert beside.code is None
    assert any(up in line for line in beside.lines)
    assert known is not None
    assert known.on_held == "writes"


@pytest.mark.all_scenarios
def test_etcd_waits_for_its_lock(tmp_path: Path) -> None:
    """It says so after ten seconds, and does not end."""
    program = _binary("etcd-server", "etcd")

    def command() -> list[str]:
        client, peer = (f"http://127.0.0.1:{a_port()}" for _ in range(2))
        return [
            *(program, "--data-dir", f"{tmp_path}/data"),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", f"default={peer}"),
        ]

    with first(command(), tmp_path, "ready to serve client requests"):
        waiting = second(command(), tmp_path, within=13)
    known = program_of("registry.example/coreos/etcd:v3.4.23")
    assert waiting.code is None
    assert any("waiting for it to exit before starting" in line for line in waiting.lines)
    assert known is not None
    assert known.on_held == "waits"
