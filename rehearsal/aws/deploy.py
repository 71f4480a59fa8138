"""Deploys the real app into the emulator with the real CDK CLI."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rehearsal.aws.emulator import ACCOUNT, REGION, Emulator

ROOT = Path(__file__).parents[2]
# Everything that can change a byte of the synthesised app or of its asset.
_SOURCES = ("app.py", "cdk.json", "package-lock.json", "infra", "lambdas", "requirements", "pyproject.toml")
_IGNORED_SUFFIXES = {".pyc", ".pyo"}
_CDK_TIMEOUT_SECONDS = 300
# No unreachable account may slow a rehearsal down, and no question may stop it.
_QUIET = ("--no-notices", "--no-version-reporting", "--ci")


class DeployError(Exception):
    """A CDK command failed; carries the command and what it printed."""

    def __init__(self, command: str, output: str) -> None:
        super().__init__(command, output)
        self.command = command
        self.output = output

    def __str__(self) -> str:
        return f"`cdk {self.command}` failed:\n{self.output[-3000:]}"


# Without it Unwedge watches the emulator's clusters, and may stop nothing there.
EVERYWHERE = ("unwedge.clusters", "all")
EXEC_EVERYWHERE = ("unwedge.execClusters", "all")


@dataclass(frozen=True, kw_only=True)
class CdkApp:
    """A CDK app on disk: its folder, and the settings given to it as context (``-c KEY=VALUE``).

    ``command`` runs it in place of the one in cdk.json.
    """

    folder: Path = ROOT
    command: str | None = None
    context: tuple[tuple[str, str], ...] = ()
    cache: Path = ROOT / ".cache" / "cdk.out"


@dataclass(frozen=True)
class Deployment:
    """A deployed app: its stack outputs by name, and where the synthesised templates are."""

    outputs: Mapping[str, str]
    cloud_assembly: Path

    def output(self, name: str) -> str:
        """One stack output; raises DeployError when the app has none of that name."""
        if name not in self.outputs:
            raise DeployError(
                "deploy", f"The stack has no output named {name}; it has {sorted(self.outputs)}."
            )
        return self.outputs[name]


def deploy(emulator: Emulator, app: CdkApp | None = None) -> Deployment:
    """Bootstrap the emulator's account and deploy the app into it; raises DeployError.

    The app is synthesised once per content: later runs deploy the kept cloud assembly, asset included.
    """
    app = app or CdkApp(context=(EVERYWHERE, EXEC_EVERYWHERE))
    environment = _cdk_environment(emulator.callers_environment())
    with tempfile.TemporaryDirectory(prefix="unwedge-cdk-") as scratch:
        # From an empty folder, else the CLI would run the app once more just to bootstrap.
        with _cdk(app, ["bootstrap", f"aws://{ACCOUNT}/{REGION}"], environment, Path(scratch)):
            assembly = synthesise(app)
        outputs_file = Path(scratch) / "outputs.json"
        arguments = ["deploy", "--app", str(assembly), "--all", "--require-approval", "never"]
        with _cdk(app, [*arguments, "--outputs-file", str(outputs_file)], environment, Path(scratch)):
            pass
        by_stack: dict[str, dict[str, str]] = json.loads(outputs_file.read_text())
    outputs = {name: value for stack in by_stack.values() for name, value in stack.items()}
    return Deployment(outputs, assembly)


def synthesise(app: CdkApp) -> Path:
    """The cloud assembly of the app's present content, made now or kept from an earlier run."""
    kept = app.cache / content_key(app)
    if (kept / "manifest.json").exists():
        return kept
    app.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="synth-", dir=app.cache) as fresh:
        arguments = ["synth", "--quiet", "--output", fresh]
        if app.command:
            arguments += ["--app", app.command]
        for name, value in app.context:
            arguments += ["--context", f"{name}={value}"]
        # The environment has no credentials at all: synthesis must not call AWS.
        with _cdk(app, arguments, _cdk_environment(_without_aws()), app.folder):
            pass
        try:
            Path(fresh).rename(kept)
        except OSError:
            if not (kept / "manifest.json").exists():
                raise
            return kept  # another rehearsal made the same assembly meanwhile
        Path(fresh).mkdir()  # for TemporaryDirectory to remove
    return kept


def content_key(app: CdkApp) -> str:
    """A hash of the sources, settings and context of the app."""
    digest = hashlib.sha256(repr((app.command, app.context, sys.version_info[:2])).encode())
    for path in _source_files(app.folder):
        digest.update(str(path.relative_to(app.folder)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:20]


def _source_files(folder: Path) -> Iterator[Path]:
    for name in _SOURCES:
        path = folder / name
        if path.is_file():
            yield path
        elif path.is_dir():
            found = (file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
            yield from sorted(file for file in found if file.suffix not in _IGNORED_SUFFIXES)


def _without_aws() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}


def _cdk_environment(base: Mapping[str, str]) -> dict[str, str]:
    binaries = str(Path(sys.executable).parent)  # the environment's own python and node
    return {
        **base,
        "PATH": f"{binaries}{os.pathsep}{base.get('PATH', os.defpath)}",
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }


def _cdk_command(app: CdkApp, arguments: list[str]) -> list[str]:
    cdk = app.folder / "node_modules" / ".bin" / "cdk"
    if not cdk.exists():
        found = shutil.which("cdk")
        if found is None:
            raise DeployError(arguments[0], f"There is no CDK CLI at {cdk}. `make setup` installs it.")
        return [found, *arguments, *_QUIET]
    return [str(cdk), *arguments, *_QUIET]


@contextmanager
def _cdk(app: CdkApp, arguments: list[str], environment: Mapping[str, str], cwd: Path) -> Iterator[None]:
    """Run a CDK command beside the block; both have succeeded at its end. Raises DeployError."""
    process = subprocess.Popen(
        _cdk_command(app, arguments),
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # python, node and the app: they end together
    )
    try:
        yield
        output = process.communicate(timeout=_CDK_TIMEOUT_SECONDS)[0]
    except subprocess.TimeoutExpired:
        raise DeployError(arguments[0], f"no end within {_CDK_TIMEOUT_SECONDS} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode != 0:
        raise DeployError(arguments[0], output)
