"""What a container's image brings along for a command in it: a folder of tools, and names that resolve.

The tools are those of this machine. Requests to the container's port reach the program that plays it, which
listens on another one here: curl and wget take its address for a proxy, and a server in Go answers a request
that names the whole address as it answers any other.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

_TOOLS = (
    "sh",
    "curl",
    "wget",
    "head",
    "grep",
    "tr",
    "sort",
    "uniq",
    "cat",
    "sleep",
    "env",
    "true",
    "ls",
    "date",
)
_SHELL = ("sh",)
# The resolver of a VPC knows the names of Cloud Map; this machine's does not.
_GETENT = """#!/bin/sh
found=1
while read -r address name; do
 [ "$name" = "$2" ] && { echo "$address STREAM $name"; found=0; }
done < "${0%/*}/hosts"
[ "$found" = 0 ] || exit 2
"""


# Where this machine has neither curl nor wget: as much of wget as a health check asks for.
_WGET = """#!{python}
import sys, urllib.request
if "--help" in sys.argv:
    sys.exit("--tries")
try:
    sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[-1], timeout=4).read())
except OSError as error:
    sys.exit(f"wget: {{error}}")
"""


class Image:
    """A folder with tools; without a shell, where the image is to have none."""

    def __init__(self, folder: Path, *, shell: bool = True) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for tool in _TOOLS:
            found = shutil.which(tool)
            if found and (shell or tool not in _SHELL):
                _link(folder / tool, Path(found))
        _write(folder / "getent", _GETENT)
        if not any((folder / tool).exists() for tool in ("curl", "wget")):
            _write(folder / "wget", _WGET.format(python=sys.executable))
        self.resolve({})

    def resolve(self, names: Mapping[str, str]) -> None:
        """From now on these names lead to these addresses, and no others to any."""
        text = "".join(f"{address} {name}\n" for name, address in names.items())
        fresh = self.folder / "hosts.new"
        fresh.write_text(text)
        fresh.replace(self.folder / "hosts")

    def program(self, name: str) -> Path | None:
        """A program of the image by the path that a command gives; None where it has none."""
        path = self.folder / name.rsplit("/", 1)[-1]
        return path if path.exists() else None

    def environment(self, port: int | None) -> dict[str, str]:
        """For a command in the container. `port`: where its program listens on this machine."""
        proxy = {"http_proxy": f"http://127.0.0.1:{port}"} if port else {}
        return {"PATH": str(self.folder), "HOME": "/", "TERM": "xterm-256color", "LANG": "C.UTF-8", **proxy}


def _write(path: Path, script: str) -> None:
    path.write_text(script)
    path.chmod(0o755)


def _link(link: Path, target: Path) -> None:
    if not link.exists():
        link.symlink_to(target)
