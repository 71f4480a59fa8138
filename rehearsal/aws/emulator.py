"""Starts and stops the local AWS emulator (MiniStack) on the rehearsal's virtual clock."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from rehearsal.clockwork.clock import ScaledClock
from rehearsal.clockwork.hand import CLOCK_VARIABLE
from rehearsal.clockwork.loopback import KEY_VARIABLE

ACCOUNT = "000000000000"
REGION = "us-east-1"
TLS_ENDED = ("X-Forwarded-Proto", "https")
CLOCKWORK = Path(__file__).parents[1] / "clockwork"
_START_TIMEOUT_SECONDS = 60.0
_FOREIGN_PREFIXES = ("AWS_", "MINISTACK_", "LAMBDA_", "UNWEDGE_", "POWERTOOLS_")


class EmulatorError(Exception):
    """The emulator did not start; carries what it last printed."""

    def __init__(self, reason: str, log_tail: str) -> None:
        super().__init__(reason, log_tail)
        self.reason = reason
        self.log_tail = log_tail

    def __str__(self) -> str:
        return f"The local AWS emulator did not start: {self.reason}. It printed last:\n{self.log_tail}"


def free_port() -> int:
    """A loopback TCP port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def aws_environment(endpoint: str, key: str) -> dict[str, str]:
    """Environment that sends every AWS SDK and the CDK CLI to ``endpoint`` with credentials of this run.

    Variables that could lead to a real account are left out, the user's configuration files included.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN_PREFIXES)}
    return inherited | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": key,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _over_tls(request: Any, **_: Any) -> None:
    """As behind a proxy that ends TLS: policies that refuse plain HTTP are enforced with IAM."""
    name, value = TLS_ENDED
    request.headers[name] = value


@dataclass(kw_only=True)
class Emulator:
    """One MiniStack process with its Lambda workers; several can run at the same time.

    ``ecs_endpoint`` is where ECS calls of the deployed functions go (the simulated ECS); everything else
    stays in the emulator, unless ``variables`` of the environment say otherwise. With ``auth`` it enforces
    IAM, with the functions' own roles. Use as a context manager; leaving it ends the process and all its
    workers.
    """

    clock: ScaledClock
    ecs_endpoint: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    auth: bool = False
    log_file: Path | None = None
    port: int = 0
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    _process: subprocess.Popen[bytes] | None = None
    _directory: Path | None = None
    _clients: dict[str, Any] = field(default_factory=dict)
    _clients_lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def callers_environment(self) -> dict[str, str]:
        """What a program runs with that calls the emulator."""
        return aws_environment(self.endpoint, self.key)

    def environment(self) -> dict[str, str]:
        """What the emulator's process runs with; its Lambda workers inherit it."""
        directory = str(self._directory)
        environment = self.callers_environment() | {
            KEY_VARIABLE: self.key,
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "LOG_LEVEL": "INFO",
            "TMPDIR": directory,
            "PYTHONPATH": str(CLOCKWORK),
            CLOCK_VARIABLE: f"{directory}/clock",
            "LAMBDA_EXECUTOR": "local",
            # surplus workers are reaped after this much *virtual* time: never within a rehearsal
            "LAMBDA_WARM_TTL_SECONDS": "1000000",
            # it would remove containers of another MiniStack on the machine; nothing here needs Docker
            "DOCKER_HOST": f"unix://{directory}/no-docker",
        }
        if self.ecs_endpoint:
            environment["AWS_ENDPOINT_URL_ECS"] = self.ecs_endpoint
        if self.auth:
            environment["AUTH"] = "true"
        return environment | dict(self.variables)

    def start(self) -> None:
        """Start the process and wait until it answers; raises EmulatorError."""
        self._directory = Path(tempfile.mkdtemp(prefix="unwedge-emulator-"))
        self.clock.share(self._directory / "clock")
        self.port = self.port or free_port()
        self.log_file = self.log_file or self._directory / "emulator.log"
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(CLOCKWORK / "emulator_main.py")],
                env=self.environment(),
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_healthy()

    def _wait_until_healthy(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                self._fail(f"it ended with exit code {self._process.returncode}")
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self._fail(f"no answer within {_START_TIMEOUT_SECONDS:.0f} s")

    def _fail(self, reason: str) -> None:
        tail = "\n".join(self.log_tail())
        self.stop()
        raise EmulatorError(reason, tail)

    def log_tail(self, lines: int = 20) -> list[str]:
        """The last lines that the emulator printed."""
        if self.log_file is None or not self.log_file.exists():
            return []
        return self.log_file.read_text(errors="replace").splitlines()[-lines:]

    def stop(self) -> None:
        """End the emulator and its Lambda workers, and remove its files. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    def client(self, service: str) -> Any:
        """A boto3 client for the emulator, made once per service."""
        with self._clients_lock:
            if service not in self._clients:
                session = boto3.Session("test", "test", self.key, region_name=REGION)
                config = Config(retries={"mode": "standard", "max_attempts": 3}, read_timeout=60)
                client = session.client(service, endpoint_url=self.endpoint, config=config)
                client.meta.events.register("before-send", _over_tls)
                self._clients[service] = client
            return self._clients[service]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
