"""Where the services of a plan are written: found in time, whatever lies in a directory."""

import time
from pathlib import Path

import pytest

from unwedge_cli.checking import written
from unwedge_cli.checking.written import Written
from unwedge_cli.plans import Location

SERVICE = 'resource "aws_ecs_service" "prometheus" {\n'
ADDRESS = "aws_ecs_service.prometheus"


@pytest.mark.parametrize("text", ["\n", " ", "resource ", "resource a", 'resource "a" "b" {}\n', '"'])
def test_a_file_takes_no_more_time_than_its_length(tmp_path: Path, text: str) -> None:
    """Pull requests bring files that nobody has looked at."""
    (tmp_path / "odd.tf").write_text(text * (2**18 // len(text)))
    (tmp_path / "main.tf").write_text(SERVICE)
    began = time.perf_counter()
    assert Written(tmp_path).of(ADDRESS) == Location(str(tmp_path / "main.tf"), 1)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("text", ["a", "a.b[", "a.b", '"]'])
def test_an_address_takes_no_more_time_than_its_length(tmp_path: Path, text: str) -> None:
    """It stands in the plan, and the plan is somebody else's."""
    (tmp_path / "main.tf").write_text(SERVICE)
    found, began = Written(tmp_path), time.perf_counter()
    assert found.of(text * 2**16) is None
    assert found.of(f'module.x["{text * 2**16}"].{ADDRESS}') is not None
    assert time.perf_counter() - began < 1


def test_a_head_over_several_lines_is_none(tmp_path: Path) -> None:
    """As Terraform takes it."""
    (tmp_path / "main.tf").write_text('resource\n"aws_ecs_service" "prometheus" {}\n')
    assert Written(tmp_path).of(ADDRESS) is None


def test_what_is_too_large_or_cannot_be_read_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other files have their lines."""
    (tmp_path / "main.tf").write_text(SERVICE)
    (tmp_path / "large.tf").write_text(SERVICE + "#" * 2**20)
    (tmp_path / "folder.tf").mkdir()
    (tmp_path / "nowhere.tf").symlink_to("nothing")
    assert Written(tmp_path).of(ADDRESS) is not None

    def refused(path: Path, **how: str) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", refused)
    assert Written(tmp_path).of(ADDRESS) is None


def test_only_so_many_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of their names."""
    monkeypatch.setattr(written, "_MOST_FILES", 1)
    (tmp_path / "a.tf").write_text("")
    (tmp_path / "b.tf").write_text(SERVICE)
    assert Written(tmp_path).of(ADDRESS) is None
