"""Builds the Lambda asset: the product and its pinned pure-Python packages in one reproducible zip.

The same sources and the same lock give the same bytes wherever zlib compresses alike: entries are sorted,
time stamps and modes fixed, compiled files left out. boto3 and botocore come with the Lambda runtime.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements" / "asset.txt"
CACHE = ROOT / ".cache" / "asset"
MOST_BYTES = 400_000
PYTHON = "3.13"
# No native code ships, yet a wheel that had any would have to fit the functions: Lambda's arm64.
PLATFORM = "aarch64-manylinux_2_28"

# Of Powertools only what its logger and its metrics import: all of it is ten times as much, most of it for
# other kinds of functions. A test calls every handler from the asset, and misses each of these taken away.
_POWERTOOLS = "aws_lambda_powertools/"
KEPT_OF_POWERTOOLS = (
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
)
_LEFT_OUT_FOLDERS = frozenset({"__pycache__", "bin"})
_NATIVE = frozenset({".so", ".pyd", ".dylib", ".dll"})
_LEFT_OUT_SUFFIXES = frozenset({".pyc", ".pyo", ".lock"})
# What an installer writes down about this machine's installation; licences and METADATA stay.
_INSTALLER_FILES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json", ".lock"})
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE_0644 = 0o100644 << 16


class AssetError(Exception):
    """The asset cannot be built as it must be; says why in one sentence."""


def build_asset(*, sources: Path = ROOT / "lambdas", cache: Path = CACHE) -> Path:
    """The zip for all functions, kept in `cache` under the hash of its content. Raises AssetError."""
    cache.mkdir(parents=True, exist_ok=True)
    packages = _packages(cache)
    files = dict(sorted([*_files(packages), *_files(sources)]))
    native = [name for name in files if Path(name).suffix in _NATIVE]
    if native:
        raise AssetError(f"The asset must be pure Python, but {native[0]} is native code.")
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
        left_out = (
            not path.is_file()
            or _LEFT_OUT_FOLDERS.intersection(name.parts)
            or path.suffix in _LEFT_OUT_SUFFIXES
            or (name.parts[0].endswith(".dist-info") and path.name in _INSTALLER_FILES)
            or not _wanted(name.as_posix())
            or path.name == ".lock"
        )
        if not left_out:
            yield name.as_posix(), path


def _wanted(name: str) -> bool:
    """Whether a file of Powertools is one that is imported; other packages ship whole."""
    inside = name.removeprefix(_POWERTOOLS)
    return inside == name or inside.startswith(KEPT_OF_POWERTOOLS)


def _packages(cache: Path) -> Path:
    """A folder with the pinned packages, each file checked against its hash, made once per lock."""
    key = hashlib.sha256(f"{PYTHON} {PLATFORM}\n{LOCK.read_text()}".encode()).hexdigest()[:16]
    kept = cache / f"packages-{key}"
    if kept.exists():
        return kept
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        fresh = Path(scratch) / "packages"
        # The set-up has just put the same files into uv's cache: no network is needed then.
        offline = _install(fresh, "--offline")
        if offline.returncode != 0:
            online = _install(fresh)
            if online.returncode != 0:
                raise AssetError(f"The packages of the asset could not be installed: {online.stderr.strip()}")
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
