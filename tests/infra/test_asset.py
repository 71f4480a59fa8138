"""The Lambda asset: reproducible, pure Python, small, and enough to run the handler."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from infra.asset import MOST_BYTES, ROOT, AssetError, build_asset
from tests.support.template import Assembly

# What the Lambda runtime brings along, and nothing else from this environment.
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")


@pytest.fixture(scope="module")
def asset() -> Path:
    """The asset of the present sources."""
    return build_asset()


def entries(asset: Path) -> list[str]:
    """The names inside."""
    with zipfile.ZipFile(asset) as archive:
        return archive.namelist()


def test_the_same_sources_give_the_same_bytes_wherever_and_whenever_they_are_built(
    asset: Path, tmp_path: Path
) -> None:
    """A copy with other time stamps, other modes and compiled files, in another folder, built anew."""
    copy = tmp_path / "sources"
    shutil.copytree(ROOT / "lambdas", copy, copy_function=shutil.copyfile)
    for path in copy.rglob("*.py"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o600)
    (copy / "unwedge" / "__pycache__").mkdir(exist_ok=True)
    (copy / "unwedge" / "__pycache__" / "stale.cpython-39.pyc").write_bytes(b"stale")
    again = build_asset(sources=copy, cache=tmp_path / "cache")
    assert again.read_bytes() == asset.read_bytes()
    assert again.name == asset.name


def test_the_deployed_bytes_are_the_built_bytes(asset: Path, shipped: Assembly) -> None:
    """The cloud assembly carries the zip as it is."""
    (packed,) = shipped.folder.glob("asset.*.zip")
    assert packed.read_bytes() == asset.read_bytes()


def test_the_asset_is_pure_python_without_the_sdk_and_small(asset: Path) -> None:
    """boto3 comes with the runtime; Powertools' web part stays out."""
    names = entries(asset)
    assert names == sorted(names)
    assert "unwedge/handlers/remediator.py" in names
    assert [name for name in names if name.endswith((".so", ".pyc", ".lock"))] == []
    top = {name.split("/")[0] for name in names}
    assert top.isdisjoint({"boto3", "botocore", "bin"})
    assert [name for name in names if name.startswith("aws_lambda_powertools/event_handler")] == []
    assert asset.stat().st_size <= MOST_BYTES


def test_the_handler_can_be_imported_from_the_asset_and_the_runtimes_packages_alone(
    asset: Path, tmp_path: Path
) -> None:
    """Nothing that is pruned or left out is missed, and nothing of this environment helps."""
    with zipfile.ZipFile(asset) as archive:
        archive.extractall(tmp_path / "task")
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for name in RUNTIME_PACKAGES:
        (runtime / name).symlink_to(Path(sysconfig.get_path("purelib")) / name)
    code = (
        "import sys; sys.path += sys.argv[1:3]\n"
        "import unwedge.handlers.remediator as module, aws_lambda_powertools as powertools\n"
        "print(callable(module.handler), module.__file__, powertools.__file__, sep='\\n')"
    )
    environment = {"POWERTOOLS_METRICS_NAMESPACE": "Unwedge", "POWERTOOLS_SERVICE_NAME": "unwedge"}
    command = [sys.executable, "-I", "-S", "-B", "-c", code, str(tmp_path / "task"), str(runtime)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    is_callable, *files = done.stdout.splitlines()
    assert is_callable == "True"
    assert all(file.startswith(str(tmp_path / "task")) for file in files)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("unwedge/_fast.so", b"\x7fELF", "must be pure Python, but unwedge/_fast.so is native code"),
        ("unwedge/big.bin", os.urandom(MOST_BYTES), f"at most {MOST_BYTES} are allowed"),
    ],
)
def test_an_asset_that_is_native_or_too_big_is_refused(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    """The synthesis fails rather than deploy it."""
    (tmp_path / "unwedge").mkdir()
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AssetError, match=sentence):
        build_asset(sources=tmp_path)
