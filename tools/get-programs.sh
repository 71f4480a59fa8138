#!/usr/bin/env bash
# Fetches the programs whose lock lines tests/programs sees from two real instances, as Debian has them, each
# unpacked into .cache/PACKAGE. Never fails: what is missing is skipped by the tests, with its reason.
set -euo pipefail
cd "$(dirname "$0")/.."

# The programs, and the libraries of those that need some which a small machine has not.
for package in victoria-metrics syncthing influxdb nats-server etcd-server \
    rocksdb-tools librocksdb7.8 libgflags2.2 libsnappy1v5 \
    redis-tools libjemalloc2 liblzf1 libatomic1 liblua5.1-0; do
    tools/fetch-deb.sh "$package" || echo "setup: without $package its program is not tested." >&2
done
