#!/usr/bin/env bash
# Makes .venv and installs exactly the pinned packages into it, every file checked against its hash.
# Usage: tools/make-venv.sh [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/.."
here=.venv/bin/python

# A version manager's python3 may refuse the version in .python-version; then another one will do.
python=
for candidate in "${1:-python3}" python3.13 python3.12 python3.11 /usr/bin/python3; do
    if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "setup: this needs Python 3.11 or newer with its venv module; ${1:-python3} is not." >&2
    echo "       Name another one with: make PYTHON=/path/to/python3" >&2
    exit 1
fi

# Debian keeps ensurepip in a package of its own (python3-venv); then pip runs from Debian's unpacked wheel.
pip=("$here" -m pip)
if [ ! -x "$here" ]; then
    echo "setup: making .venv with $("$python" --version) ..."
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv .venv
    else
        "$python" -m venv --without-pip .venv
    fi
fi
if ! "$here" -c 'import pip' 2>/dev/null; then
    if "$here" -c 'import ensurepip' 2>/dev/null; then
        "$here" -m ensurepip --default-pip >/dev/null
    elif tools/fetch-deb.sh python3-pip-whl; then
        wheel=$(echo .cache/python3-pip-whl/usr/share/python-wheels/pip-*.whl)
        pip=("$here" "$wheel/pip")
    else
        echo "setup: this Python has no pip and none could be fetched. As root: apt-get install python3-venv" >&2
        rm -rf .venv
        exit 1
    fi
fi

echo "setup: installing the pinned Python packages ..."
PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    "${pip[@]}" install -qq --require-hashes -r requirements/bootstrap.txt

# uv does not read pip's configuration: hand on the package index that the person has set there, if any.
index=$("${pip[@]}" config get global.index-url 2>/dev/null || true)
index=${PIP_INDEX_URL:-$index}
if [ -n "$index" ] && [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    export UV_DEFAULT_INDEX=$index
fi
uv=(.venv/bin/uv pip)
"${uv[@]}" sync --quiet --python "$here" --require-hashes requirements/dev.txt
"${uv[@]}" install --quiet --python "$here" --no-deps --no-build-isolation --editable .
