#!/usr/bin/env bash
# Sees to a Prometheus for the rehearsals: the one on PATH, or Debian's, unpacked into .cache/prometheus.
# Never fails: without one the rehearsals use a stand-in that takes the same lock, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${UNWEDGE_PROMETHEUS:-}" ] || command -v prometheus >/dev/null || [ -e .cache/prometheus/.complete ]; then
    exit 0
fi
echo "setup: fetching Prometheus (unpacked into .cache/prometheus, not installed) ..."
if ! tools/fetch-deb.sh prometheus; then
    cat >&2 <<'MESSAGE'

*******************************************************************************
  NO PROMETHEUS: it is not on PATH and could not be fetched (reason above).
  The rehearsals use a STAND-IN that takes the same file lock and prints the
  same lines. To rehearse with the real program install Prometheus, or name
  its binary in UNWEDGE_PROMETHEUS.
*******************************************************************************

MESSAGE
fi
