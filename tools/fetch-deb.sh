#!/usr/bin/env bash
# Fetches one Debian package and unpacks it into .cache/PACKAGE. Installs nothing on the machine, starts no
# daemon and needs no root: apt-get checks the package, dpkg only unpacks it.
# Usage: tools/fetch-deb.sh PACKAGE
set -euo pipefail
cd "$(dirname "$0")/.."
package=$1
directory=$PWD/.cache/$package
log=$PWD/.cache/$package.log

if [ -e "$directory/.complete" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    echo "apt-get and dpkg are not on this machine." >&2
    exit 1
fi

rm -rf "$directory"
mkdir -p "$directory" .cache/apt/lists/partial .cache/apt/archives/partial

# Our own package lists, so that a machine without any (or a user who is not root) can have them too.
own_lists=(-o "Dir::State::Lists=$PWD/.cache/apt/lists" -o "Dir::Cache=$PWD/.cache/apt")
quiet=(-qq -o APT::Sandbox::User=root)

download() {
    (cd "$directory" && apt-get "${quiet[@]}" "$@" download "$package")
}

refresh_and_download() {
    apt-get "${quiet[@]}" "${own_lists[@]}" update && download "${own_lists[@]}"
}

if ! { download || refresh_and_download; } >"$log" 2>&1; then
    rm -rf "$directory"
    echo "apt-get could not fetch $package: $(tail -n 1 "$log")" >&2
    exit 1
fi
dpkg -x "$directory"/"$package"_*.deb "$directory"
rm "$directory"/"$package"_*.deb
touch "$directory/.complete"
