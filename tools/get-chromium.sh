#!/usr/bin/env bash
# Sees to a Chromium for the dashboard's pictures and browser tests: the one named or on PATH, or, for root,
# Debian's package with a font. Never fails: without one those tests are left out, and say so.
set -euo pipefail

if [ -n "${UNWEDGE_CHROMIUM:-}" ] || command -v chromium >/dev/null; then
    exit 0
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

install() {
    if ! command -v apt-get >/dev/null; then
        echo "apt-get is not on this machine." >"$log"
        return 1
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "only root may install packages." >"$log"
        return 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    packages=(chromium fonts-dejavu-core)
    get=(apt-get -qq install -y --no-install-recommends "${packages[@]}")
    # Package lists may be missing or old; then they are fetched first.
    "${get[@]}" >"$log" 2>&1 || { apt-get -qq update && "${get[@]}"; } >"$log" 2>&1
}

echo "setup: installing Chromium ..."
if ! install; then
    cat >&2 <<MESSAGE

*******************************************************************************
  NO CHROMIUM: $(tail -n 1 "$log")
  The dashboard's browser tests CANNOT RUN, and \`make dashboard\` takes no
  pictures. Install the package chromium, or name a binary of Chromium or
  Chrome in UNWEDGE_CHROMIUM.
*******************************************************************************

MESSAGE
fi
