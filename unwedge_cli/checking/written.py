"""Where in Terraform files the services of a plan are written: a plan itself has no lines."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from unwedge_cli.plans import Location

_BLOCK = re.compile(r'^\s*resource\s+"?(\w+)"?\s+"?([\w-]+)"?\s*\{?', re.MULTILINE)
_LAST = re.compile(r"(\w+\.[\w-]+)(?:\[[^\]]*\])?$")
_SUFFIXES = ("*.tf", "*.tofu")
_MOST_FILES, _LARGEST = 5000, 2**20


class Written:
    """The resources of the Terraform files under a directory; those of modules that Terraform downloads are
    nobody's to review here."""

    def __init__(self, directory: Path) -> None:
        self._root = directory
        found = defaultdict(list)
        for path in _files(directory):
            text = path.read_text(encoding="utf-8", errors="replace")
            for block in _BLOCK.finditer(text):
                line = text.count("\n", 0, block.start(1)) + 1
                found[f"{block[1]}.{block[2]}"].append(Location(str(path), line))
        self._found: Mapping[str, list[Location]] = found

    def of(self, address: str) -> Location | None:
        """The line of a resource; None where no file has it, or more than one."""
        last = _LAST.search(address)
        places = self._found.get(last[1], []) if last else []
        if not address.startswith("module."):
            places = [place for place in places if Path(place.file).parent == self._root]
        return places[0] if len(places) == 1 else None


def _files(directory: Path) -> Iterator[Path]:
    count = 0
    for suffix in _SUFFIXES:
        for path in sorted(directory.rglob(suffix)):
            if ".terraform" in path.parts or not path.is_file() or path.stat().st_size > _LARGEST:
                continue
            count += 1
            if count > _MOST_FILES:
                return
            yield path
