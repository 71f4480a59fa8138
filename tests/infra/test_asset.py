"""The Lambda asset: reproducible, pure Python, small, and enough to run the handler."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from infra.asset import KEPT, MOST_BYTES, ROOT, AssetError, build_asset
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
    """boto3 comes with the runtime."""
    names = entries(asset)
    assert names == sorted(names)
    assert "unwedge/handlers/remediator.py" in names
    assert [name for name in names if name.endswith((".so", ".pyc", ".lock"))] == []
    top = {name.split("/")[0] for name in names}
    assert top.isdisjoint({"boto3", "botocore", "bin"})
    assert asset.stat().st_size <= MOST_BYTES


HANDLERS = ("remediator", "approver", "viewer", "notifier", "verifier", "auditor")
# Each handler handles something that calls no AWS, so that what it imports late is missed too.
CALL_EVERY_HANDLER = """
import importlib, json, sys
sys.path += sys.argv[1:3]
class Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "x"
    def get_remaining_time_in_millis(self): return 10_000
def main():
    events = {
        "remediator": {"Records": [{"body": "{", "messageId": "1"}]},
        "approver": {"answer": "perhaps"},
        "viewer": {"describe": True},
        "notifier": {"Records": [{"eventID": "1"}]},
        "verifier": {"Records": [{"body": "{", "messageId": "1"}]},
        "auditor": {"Records": [{"body": "{", "messageId": "1"}]},
    }
    for name in sys.argv[3:] or events:
        event = events[name]
        module = importlib.import_module(f"unwedge.handlers.{name}")
        module.handler(event, Context())
        assert module.__file__.startswith(sys.argv[1]), module.__file__
    import aws_lambda_powertools
    assert aws_lambda_powertools.__file__.startswith(sys.argv[1])
main()
"""


def _called(task: Path, runtime: Path, *handlers: str) -> str:
    """What calling these handlers from this folder, or every one, complains of; nothing when all is there."""
    environment = {
        "POWERTOOLS_METRICS_NAMESPACE": "Unwedge",
        "POWERTOOLS_SERVICE_NAME": "unwedge",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        **{f"UNWEDGE_{name}": "x" for name in ("LEDGER_TABLE", "TOPIC", "DASHBOARD", "RUNBOOK")},
    }
    command = [sys.executable, "-I", "-S", "-B", "-c", CALL_EVERY_HANDLER, str(task), str(runtime), *handlers]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    return done.stderr if done.returncode else ""


@pytest.fixture(scope="module")
def unpacked(asset: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The asset as Lambda unpacks it, and the runtime's own packages beside it."""
    task, runtime = tmp_path_factory.mktemp("task"), tmp_path_factory.mktemp("runtime")
    with zipfile.ZipFile(asset) as archive:
        archive.extractall(task)
    for name in RUNTIME_PACKAGES:
        (runtime / name).symlink_to(Path(sysconfig.get_path("purelib")) / name)
    return task, runtime


def test_every_handler_runs_from_the_asset_and_the_runtimes_packages_alone(
    unpacked: tuple[Path, Path],
) -> None:
    """Nothing that is left out is missed, and nothing of this environment helps."""
    assert _called(*unpacked) == ""


# One handler that imports all that ships of a package.
USED_BY = {"aws_lambda_powertools/": "notifier", "websockets/": "verifier"}
PARTS = [
    (package, name) for package, kept in KEPT.items() for name in kept if not name.endswith("__init__.py")
]


@pytest.mark.parametrize(("package", "kept"), PARTS)
def test_nothing_ships_of_these_packages_that_is_not_imported(
    package: str, kept: str, unpacked: tuple[Path, Path]
) -> None:
    """Taken away, each of them is missed."""
    task, runtime = unpacked
    part = task / package / kept
    aside = part.with_name(f"{part.name}-aside")
    part.rename(aside)
    try:
        assert package.rstrip("/") in _called(task, runtime, USED_BY[package])
    finally:
        aside.rename(part)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("unwedge/_fast.so", b"\x7fELF", "must be pure Python, but unwedge/_fast.so is native code"),
        ("unwedge/big.py", os.urandom(MOST_BYTES), f"at most {MOST_BYTES} are allowed"),
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


def test_what_lies_beside_the_code_does_not_ship(tmp_path: Path) -> None:
    """Secrets for local work, and an editor's copies."""
    sources = tmp_path / "sources"
    (sources / "unwedge").mkdir(parents=True)
    for name in (".env", "code.py.orig", "code.py~", "notes.txt", "code.py"):
        (sources / "unwedge" / name).write_text("KEY=value")
    with zipfile.ZipFile(build_asset(sources=sources, cache=tmp_path / "cache")) as built:
        assert [name for name in built.namelist() if name.startswith("unwedge/")] == ["unwedge/code.py"]


def test_packages_that_were_changed_since_their_installation_are_installed_afresh(tmp_path: Path) -> None:
    """Their hashes were checked then; what lies in the cache is checked each time."""
    first = build_asset(cache=tmp_path)
    (installed,) = (path for path in tmp_path.glob("packages-*") if path.is_dir())
    changed = installed / "jmespath" / "lexer.py"
    before = changed.read_bytes()
    changed.write_bytes(before + b"import os\n")
    (installed / "jmespath" / "added.py").write_text("import os")
    assert build_asset(cache=tmp_path) == first
    assert changed.read_bytes() == before
    assert not (installed / "jmespath" / "added.py").exists()
