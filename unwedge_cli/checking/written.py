"""Where in Terraform files the services of a plan are written: a plan itself has no lines."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from unwedge_cli.plans import Location

# The head of a block is one line.
_BLOCK = re.compile(r'[ \t]*resource[ \t]+"?(\w+)"?[ \t]+"?([\w-]+)')
_LAST = re.compile(r"(\w+\.[\w-]+)(?:\[[^\]]*\])?$")
_SUFFIXES = ("*.tf", "*.tofu")
_MOST_FILES, _LARGEST = 5000, 2**20
# What of an address is looked at for its last part: a type, a name and a key.
_LONGEST_PART = 1000


class Written:
    """The resources of the Terraform files under a directory; those of modules that Terraform downloads are
    nobody's to review here."""

    def __init__(self, directory: Path) -> None:
        self._root = directory
        found = defaultdict(list)
        for path, text in _files(directory):
            for number, line in enumerate(text.split("\n"), 1):
                if block := _BLOCK.match(line):
                    found[f"{block[1]}.{block[2]}"].append(Location(str(path), number))
        self._found: Mapping[str, list[Location]] = found

    def of(self, address: str) -> Location | None:
        """The line of a resource; None where no file has it, or more than one."""
        last = _LAST.search(address[-_LONGEST_PART:])
        places = self._found.get(last[1], []) if last else []
        if not address.startswith("module."):
            places = [place for place in places if Path(place.file).parent == self._root]
        return places[0] if len(places) == 1 else None


def _files(directory: Path) -> Iterator[tuple[Path, str]]:
    found = (path for suffix in _SUFFIXES for path in sorted(directory.rglob(suffix)))
    for path in islice((path for path in found if ".terraform" not in path.parts), _MOST_FILES):
        try:
            if path.is_file() and path.stat().st_size <= _LARGEST:
                yield path, path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # a finding without a line is a finding all the same
