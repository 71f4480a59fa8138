"""Key-value stores, on their own and inside other programs."""

import re

from unwedge.decide.catalogue.entry import Entry, OnHeld
from unwedge.decide.catalogue.signature import Phrases, Signature, Trigger, bare, levelled

_ERRORS = ("error", "fatal", "panic", "critical")
_PATH = r"[^\s\"]{0,1000}?"

# A process that opens its own store twice hears "lock hold by current process" or "No locks available".
ROCKSDB = Signature(
    "RocksDB",
    Trigger.SAFE,
    frozenset({1}),
    Phrases(
        held=(
            bare(rf"(?:Failed: )?IO error: While lock file: {_PATH}/LOCK: Resource temporarily unavailable"),
        ),
        text=re.compile(r"IO error: While lock file: .{0,1000}?/LOCK: Resource temporarily unavailable"),
    ),
    lines=(
        "Failed: IO error: While lock file: /data/db/LOCK: Resource temporarily unavailable",
        "IO error: While lock file: /data/db/LOCK: Resource temporarily unavailable",
    ),
    near_misses=(
        "Failed: IO error: lock hold by current process, acquire time 1732766400 acquiring thread 1: "
        "/data/db/LOCK: No locks available",
        "Failed: IO error: While open a file for lock: /data/db/LOCK: Permission denied",
        "Failed: IO error: While lock file: /data/db/LOCK: No locks available",
    ),
)

LEVELDB = Signature(
    "LevelDB",
    Trigger.UNPROVEN,
    frozenset({1}),
    Phrases(
        held=(
            bare(
                rf"(?:[\w.]{{1,60}}+: )?(?:b')?IO error: lock {_PATH}/LOCK: Resource temporarily "
                rf"unavailable'?"
            ),
        ),
        text=re.compile(r"IO error: lock .{0,1000}?/LOCK: Resource temporarily unavailable"),
    ),
    lines=(
        "plyvel._plyvel.IOError: b'IO error: lock /data/db/LOCK: Resource temporarily unavailable'",
        "IO error: lock /data/db/LOCK: Resource temporarily unavailable",
    ),
    near_misses=(
        "IO error: lock /data/db/LOCK: already held by process",
        "IO error: /data/db/LOCK: Permission denied",
    ),
)

_BADGER = (
    r"Cannot acquire directory lock on \"[^\"]{1,1000}+\"\.  Another process is using this Badger database\."
    r"(?: err)?: resource temporarily unavailable"
)
BADGER = Signature(
    "Badger",
    Trigger.UNPROVEN,
    frozenset({1, 2}),
    Phrases(
        held=(
            bare(rf"(?:Error: |\d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d )?{_BADGER}"),
            levelled(rf"(?:[\w ./-]{{1,80}}+: ){{0,6}}{_BADGER}", *_ERRORS),
        ),
        text=re.compile(r"Another process is using this Badger database"),
    ),
    lines=(
        'Cannot acquire directory lock on "/badger".  Another process is using this Badger database.: '
        "resource "
        "temporarily unavailable",
        '{"level":"fatal","ts":1560935003.3,"caller":"all-in-one/main.go:105","msg":"Failed to init storage '
        'factory","error":"Cannot acquire directory lock on \\"/badger/key\\".  Another process is using '
        "this "
        'Badger database. err: resource temporarily unavailable"}',
    ),
    near_misses=(
        'Cannot write pid file "/etc/step-ca/.step/db/LOCK": open /etc/step-ca/.step/db/LOCK: permission '
        "denied",
        'Cannot create pid lock file "/data/LOCK".  Another process is using this Badger database: open '
        "/data/LOCK: The file exists.",
        'Cannot acquire directory lock on "/badger".  Another process is using this Badger database. err: no '
        "locks available",
    ),
)

# The cluster's own file is locked for the life of a node; a plain server locks nothing.
REDIS_CLUSTER = Signature(
    "Redis",
    Trigger.SAFE,
    frozenset({1}),
    Phrases(
        held=(
            bare(
                r"\d{1,10}:[A-Z] \d\d [A-Z][a-z]{2} \d{4} [\d:.]{8,15} # Sorry, the cluster configuration "
                r"file "
                r"\S{1,400} is already used by a different Redis Cluster node\. Please make sure that "
                r"different "
                r"nodes use different cluster configuration files\."
            ),
        ),
        text=re.compile(r"is already used by a different Redis Cluster node"),
        began=re.compile(r"\d{1,10}:C .{10,40}# (?:oO0OoO0OoO0Oo )?Redis is starting"),
    ),
    lines=(
        "19317:M 28 Nov 2026 04:52:39.868 # Sorry, the cluster configuration file nodes.conf is already "
        "used by "
        "a different Redis Cluster node. Please make sure that different nodes use different cluster "
        "configuration files.",
    ),
    near_misses=(
        "19317:M 28 Nov 2026 04:52:39.868 # Can't open nodes.conf in order to acquire a lock: Permission "
        "denied",
        "19317:M 28 Nov 2026 04:52:39.868 # Cannot lock nodes.conf: No locks available",
    ),
)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "RocksDB",
        (),
        OnHeld.EXITS,
        "run of ldb 7.8.3; facebook/rocksdb#991; env/io_posix and env/fs_posix.cc, LockFile",
        signature=ROCKSDB,
        versions="7.8.3; the text is of 5.x and later",
    ),
    Entry(
        "LevelDB",
        (),
        OnHeld.EXITS,
        "measured with plyvel; google/leveldb, util/env_posix.cc, LockFile",
        signature=LEVELDB,
        versions="1.20 and later",
    ),
    Entry(
        "Badger",
        (),
        OnHeld.EXITS,
        "dgraph-io/badger#876 and #643 (1.5), #2193 (4), #424 (a near miss)",
        signature=BADGER,
        versions="1.5 to 4",
    ),
    Entry(
        "Redis",
        ("redis", "bitnami/redis", "bitnamilegacy/redis"),
        OnHeld.WRITES,
        "run of 7.0.15: two plain servers append to one file; in cluster mode the second one ends",
        signature=REDIS_CLUSTER,
        versions="7.0.15; the lock is of cluster mode alone",
        own_flags=("--dir",),
    ),
    Entry(
        "etcd",
        ("etcd",),
        OnHeld.WAITS,
        "run of 3.4.23; etcd-io/etcd, server/storage/backend.go, OpenBackend",
        own_flags=("--data-dir",),
        variables=("ETCD_DATA_DIR",),
    ),
)
