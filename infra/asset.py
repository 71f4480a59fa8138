"""Builds the Lambda asset: the product and its pinned pure-Python packages in one reproducible zip.

The same sources and the same lock give the same bytes wherever zlib compresses alike: entries are sorted,
time stamps and modes fixed, compiled files left out. boto3 and botocore come with the Lambda runtime.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePath

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements" / "asset.txt"
CACHE = ROOT / ".cache" / "asset"
# A bound against what slips in. Lambda loads a zip of this size in a few milliseconds (`make bench`).
MOST_BYTES = 650_000
PYTHON = "3.13"
# No native code ships. Nobody compiles a network library for a browser, so on this platform a package that
# has both kinds of wheels comes as its pure Python one.
PLATFORM = "wasm32-pyodide2024"

# Of these packages only what is imported: all of Powertools is ten times as much, most of it for other kinds
# of functions; of websockets the protocol without I/O. A test calls every handler from the asset and opens a
# session, and misses each of these taken away.
KEPT: dict[str, tuple[str, ...]] = {
    "aws_lambda_powertools/": (
        "__init__.py",
        "exceptions/",
        "logging/",
        "metrics/__init__.py",
        "metrics/base.py",
        "metrics/exceptions.py",
        "metrics/functions.py",
        "metrics/metrics.py",
        "metrics/provider/__init__.py",
        "metrics/provider/base.py",
        "metrics/provider/cloudwatch_emf/",
        "metrics/provider/cold_start.py",
        "package_logger.py",
        "shared/",
        "tracing/",
        "utilities/__init__.py",
        "utilities/jmespath_utils/",
        "warnings/",
    ),
    "websockets/": (
        "__init__.py",
        "client.py",
        "datastructures.py",
        "exceptions.py",
        "extensions/",
        "frames.py",
        "headers.py",
        "http11.py",
        "imports.py",
        "protocol.py",
        "streams.py",
        "typing.py",
        "uri.py",
        "utils.py",
        "version.py",
    ),
}
_LEFT_OUT_FOLDERS = frozenset({"__pycache__", "bin"})
_NATIVE = frozenset({".so", ".pyd", ".dylib", ".dll"})
# Nothing else ships, whatever lies beside it: no .env, no editor's copy. A test calls every handler.
_SHIPPED_SUFFIXES = frozenset({".py", ".typed", ".css"})
# Of what an installer writes down about a package: the rest is about this machine's installation.
_SHIPPED_ABOUT_PACKAGES = ("METADATA", "LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS")
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE_0644 = 0o100644 << 16


class AssetError(Exception):
    """The asset cannot be built as it must be; says why in one sentence."""


def build_asset(*, sources: Path = ROOT / "lambdas", cache: Path = CACHE) -> Path:
    """The zip for all functions, kept in `cache` under the hash of its content. Raises AssetError."""
    cache.mkdir(parents=True, exist_ok=True)
    packages = _packages(cache)
    files = dict(sorted([*_files(packages), *_files(sources)]))
    for root in (packages, sources):
        for path in root.rglob("*"):
            if path.suffix in _NATIVE:
                name = path.relative_to(root).as_posix()
                raise AssetError(f"The asset must be pure Python, but {name} is native code.")
    with tempfile.NamedTemporaryFile(dir=cache, suffix=".tmp", delete=False) as unfinished:
        fresh = Path(unfinished.name)
        with zipfile.ZipFile(unfinished, "w") as archive:
            for name, path in files.items():
                _add(archive, name, path)
    if fresh.stat().st_size > MOST_BYTES:
        size = fresh.stat().st_size
        fresh.unlink()
        raise AssetError(f"The asset has {size} bytes zipped; at most {MOST_BYTES} are allowed.")
    fresh.chmod(0o644)
    digest = hashlib.sha256(fresh.read_bytes()).hexdigest()
    return fresh.rename(cache / f"unwedge-{digest[:16]}.zip")


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
    entry.external_attr = _REGULAR_FILE_0644
    entry.create_system = 3  # Unix, whatever machine builds it
    archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """What ships of a folder: name inside the zip, and where the file is."""
    for path in root.rglob("*"):
        name = path.relative_to(root)
        if path.is_file() and not _LEFT_OUT_FOLDERS.intersection(name.parts) and _wanted(name):
            yield name.as_posix(), path


def _wanted(name: PurePath) -> bool:
    """Whether a file ships: by its kind, and of some packages what is imported; others ship whole."""
    if name.parts[0].endswith(".dist-info"):
        return name.name.upper().startswith(_SHIPPED_ABOUT_PACKAGES)
    package, _, inside = name.as_posix().partition("/")
    kept = KEPT.get(f"{package}/")
    return (kept is None or inside.startswith(kept)) and name.suffix in _SHIPPED_SUFFIXES


def _digest(folder: Path) -> str:
    """A hash of all files below: names and contents; but for what Python compiles beside them."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _packages(cache: Path) -> Path:
    """A folder with the pinned packages, made once per lock. Their hashes are checked when they are
    installed, and each time that they are what was installed; what was changed since is installed afresh."""
    key = hashlib.sha256(f"{PYTHON} {PLATFORM}\n{LOCK.read_text()}".encode()).hexdigest()[:16]
    kept, seal = cache / f"packages-{key}", cache / f"packages-{key}.sha256"
    if kept.exists():
        if seal.exists() and seal.read_text() == _digest(kept):
            return kept
        shutil.rmtree(kept)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        fresh = Path(scratch) / "packages"
        # The set-up has just put the same files into uv's cache: no network is needed then.
        offline = _install(fresh, "--offline")
        if offline.returncode != 0:
            online = _install(fresh)
            if online.returncode != 0:
                raise AssetError(f"The packages of the asset could not be installed: {online.stderr.strip()}")
        seal.write_text(_digest(fresh))
        try:
            fresh.rename(kept)
        except OSError:
            if not kept.exists():  # otherwise another build was faster, with the same content
                raise
    return kept


def _install(target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--require-hashes", "--link-mode", "copy"]
    command += ["--python", sys.executable, "--python-version", PYTHON, "--python-platform", PLATFORM]
    command += ["--target", str(target), "--requirements", str(LOCK), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)
