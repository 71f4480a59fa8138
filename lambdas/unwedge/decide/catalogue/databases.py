"""Database servers of other kinds: documents, tables, graphs, vectors, text."""

import re

from unwedge.decide.catalogue.entry import Entry, OnHeld
from unwedge.decide.catalogue.signature import Phrases, Signature, Trigger, bare, levelled

_SHARD = r"Failed to load local shard \"?[^\"\s]{1,1000}+\"?: Service internal error: "
_QDRANT_LOCK = (
    r"RocksDB open error: IO error: While lock file: \S{1,1000}?/LOCK: Resource temporarily unavailable"
)

QDRANT = Signature(
    "Qdrant",
    Trigger.UNPROVEN,
    frozenset({101}),  # a panic of Rust's main thread
    Phrases(
        held=(
            bare(
                r"(?:ERROR qdrant::startup: |\[\S{10,40} ERROR qdrant::startup\] )?Panic occurred in file "
                rf"\S{{1,300}}+ at line \d{{1,6}}: {_SHARD}{_QDRANT_LOCK}"
            ),
        ),
        text=re.compile(
            r"RocksDB open error: IO error: While lock file: .{0,1000}?/LOCK: Resource temporarily"
        ),
        began=re.compile(r"Version: \d+\.\d+\.\d+, build: [0-9a-f]{8}"),
        follows=re.compile(
            r"(?:ERROR qdrant::startup: |\[\S{10,40} ERROR qdrant::startup\] )Panic backtrace:.{0,2000}"
        ),
    ),
    lines=(
        "{time}  ERROR qdrant::startup: Panic occurred in file "
        "/qdrant/lib/collection/src/shards/replica_set/mod.rs "
        'at line 261: Failed to load local shard "./storage/collections/test-collection/0": Service internal '
        "error: RocksDB open error: IO error: While lock file: "
        "./storage/collections/test-collection/0/segments/"
        "6ccb0e5a-6176-49d0-8eb7-6c5eb4b0d3b8/LOCK: Resource temporarily unavailable",
        "[{time} ERROR qdrant::startup] Panic occurred in file lib/collection/src/shards/replica_set.rs at "
        "line "
        '200: Failed to load local shard "./storage/collections/demo/0": Service internal error: RocksDB '
        "open "
        "error: IO error: While lock file: ./storage/collections/demo/0/segments/0/LOCK: Resource "
        "temporarily "
        "unavailable",
    ),
    follows=("{time}  ERROR qdrant::startup: Panic backtrace: ", "   0: qdrant::startup::setup_panic_hook"),
    near_misses=(
        "{time}  ERROR qdrant::startup: Panic occurred in file "
        "/qdrant/lib/collection/src/shards/replica_set/mod.rs "
        'at line 301: Failed to load local shard "./storage/collections/data/0": Service internal error: '
        "RocksDB "
        "open error: IO error: No such file or directory: while unlink() file: "
        "./storage/collections/data/0/LOG",
        "{time}  ERROR qdrant::startup: Panic occurred in file /raft-0.7.0/src/raft.rs at line 2786: "
        "hs.commit 64 "
        "is out of range [0, 0], raft_id: 548108420710242",
    ),
)

_MONGO = (
    r"DBPathInUse: Unable to lock the lock file: \S{1,400}?mongod\.lock \(Resource temporarily "
    r"unavailable\)\. "
    r"Another mongod instance is already running on the \S{1,400}+ directory"
)
MONGODB = Signature(
    "MongoDB",
    Trigger.UNPROVEN,
    frozenset({100}),
    Phrases(
        held=(
            levelled(rf"DBException in initAndListen, terminating: {_MONGO}", "e"),
            bare(rf"[IE] +STORAGE +\[initandlisten\] exception in initAndListen: {_MONGO}, terminating"),
        ),
        text=re.compile(r"Another mongod instance is already running"),
        began=re.compile(r"\*{5} SERVER RESTARTED|MongoDB starting"),
        opened=None,
    ),
    lines=(
        "{time} I  STORAGE  [initandlisten] exception in initAndListen: DBPathInUse: Unable to lock the "
        "lock file: "
        "/data/db/mongod.lock (Resource temporarily unavailable). Another mongod instance is already "
        "running on "
        "the /data/db directory, terminating",
        '{"t":{"$date":"{time}"},"s":"E","c":"CONTROL","id":20557,"ctx":"initandlisten","msg":"DBException '
        "in "
        'initAndListen, terminating","error":"DBPathInUse: Unable to lock the lock file: '
        "/data/db/mongod.lock "
        "(Resource temporarily unavailable). Another mongod instance is already running on the /data/db "
        'directory"}',
    ),
    near_misses=(
        "{time} I  STORAGE  [initandlisten] exception in initAndListen: IllegalOperation: Attempted to "
        "create a "
        "lock file on a read-only directory: /data/db, terminating",
        "{time} I  STORAGE  [initandlisten] exception in initAndListen: 98 Unable to create/open the lock "
        "file: "
        "/data/db/mongod.lock (Operation not permitted). Ensure the user executing mongod is the owner, "
        "terminating",
    ),
)

_STATUS = (
    r"DB::Exception: Cannot lock file \S{1,400}?/status\. Another server ?instance in same directory is "
    r"already "
    r"running\."
)
CLICKHOUSE = Signature(
    "ClickHouse",
    Trigger.UNPROVEN,
    frozenset({70, 76}),
    Phrases(
        held=(
            bare(
                rf"[\d.]{{10}} [\d:.]{{8,20}} \[ \d{{1,10}} \] \{{\}} <Error> Application: {_STATUS}"
                r"(?: \(CANNOT_OPEN_FILE\))?"
            ),
            bare(rf"Code: 76\. {_STATUS} \(CANNOT_OPEN_FILE\)(?:, Stack trace .{{0,400}})?"),
        ),
        text=re.compile(r"Another server ?instance in same directory is already running"),
        began=re.compile(r"Processing configuration file '"),
    ),
    lines=(
        "2019.05.08 22:09:40.754275 [ 1 ] {} <Error> Application: DB::Exception: Cannot lock file "
        "/var/lib/clickhouse/status. Another server instance in same directory is already running.",
        "Code: 76. DB::Exception: Cannot lock file /var/lib/clickhouse/status. Another server instance in "
        "same "
        "directory is already running. (CANNOT_OPEN_FILE)",
    ),
    near_misses=(
        "Code: 76. DB::Exception: Cannot lock file /var/run/clickhouse-server/clickhouse-server.pid. Another "
        "server instance in same directory is already running. (CANNOT_OPEN_FILE)",
        "2019.05.08 22:09:40.754275 [ 1 ] {} <Error> Application: DB::Exception: Cannot open file "
        "/var/lib/clickhouse/status, errno: 13, strerror: Permission denied",
    ),
)

NEO4J = Signature(
    "Neo4j",
    Trigger.UNSAFE,  # "… and that the directory is writable": it says so of either
    frozenset({1}),
    Phrases(
        held=(
            bare(
                r"ERROR Failed to start Neo4j.{0,400}?(?:Store and its l|L)ock file has been locked by "
                r"another process: "
                r"\S{1,400}?store_lock\. Please ensure no other process is using this database, and that the "
                r"directory is writable .{0,3000}"
            ),
        ),
        text=re.compile(r"ock file has been locked by another process"),
        began=re.compile(r"INFO +={4,} Neo4j"),
    ),
    lines=(
        "2022-04-22 06:50:07.140+0000 ERROR Failed to start Neo4j: Starting Neo4j failed: Component "
        "'org.neo4j.server.database.LifecycleManagingDatabaseService@29a1505c' was successfully "
        "initialized, but "
        'failed to start. Please see the attached cause exception "Lock file has been locked by another '
        "process: "
        "/data/databases/store_lock. Please ensure no other process is using this database, and that the "
        "directory "
        'is writable (required even for read-only access)".',
    ),
    near_misses=(
        "2022-04-22 06:50:07.140+0000 ERROR Failed to start Neo4j: Unable to obtain lock on file: "
        "/data/databases/store_lock",
    ),
)

_NODE_LOCKS = (
    r"failed to obtain node locks, tried \[.{1,400}?\].{0,60}?(?:; |: )maybe these locations are not "
    r"writable or .{0,200}"
)
ELASTICSEARCH = Signature(
    "Elasticsearch",
    Trigger.UNSAFE,  # "maybe these locations are not writable or multiple nodes were started"
    frozenset({1, 78}),
    Phrases(
        held=(
            bare(
                rf"(?:[\w.]{{1,80}}+: |Caused by: ){{0,3}}(?:java\.lang\.IllegalStateException: "
                rf"){_NODE_LOCKS}"
            ),
            levelled(rf".{{0,200}}?{_NODE_LOCKS}", "error", "warn"),
        ),
        text=re.compile(r"failed to obtain node locks"),
    ),
    lines=(
        "java.lang.IllegalStateException: failed to obtain node locks, tried "
        "[/usr/share/elasticsearch/data]; maybe "
        "these locations are not writable or multiple nodes were started on the same data path?",
    ),
    near_misses=(
        "java.lang.IllegalStateException: failed to obtain node locks, tried [[/data]] with lock id [0]",
    ),
)

POSTGRESQL = Signature(
    "PostgreSQL",
    Trigger.UNSAFE,  # a left-over of a crash, too: it compares process ids, which containers share
    frozenset({1}),
    Phrases(
        held=(bare(r"(?:UTC )?(?:\[\d{1,10}\] )?FATAL: +lock file \"postmaster\.pid\" already exists"),),
        text=re.compile(r"lock file \"postmaster\.pid\" already exists"),
        follows=re.compile(r"(?:.{0,60}?)HINT: .{0,400}"),
    ),
    lines=(
        'FATAL:  lock file "postmaster.pid" already exists',
        '2026-11-28 04:52:39.868 UTC [1] FATAL:  lock file "postmaster.pid" already exists',
    ),
    follows=('HINT:  Is another postmaster (PID 31) running in data directory "/var/lib/postgresql/data"?',),
    near_misses=('FATAL:  could not create lock file "postmaster.pid": Permission denied',),
)

ARANGODB = Signature(
    "ArangoDB",
    Trigger.UNSAFE,  # a process id in a file: containers share process ids, and a crash leaves it behind
    frozenset({1}),
    Phrases(
        held=(
            bare(
                r"\[\d{1,10}\] FATAL (?:\[\w{4,8}\] )?(?:\{\w+\} )?database is locked by process "
                r"\d{1,10};.{0,400}"
            ),
            bare(
                r"\[\d{1,10}\] FATAL (?:\[\w{4,8}\] )?(?:\{\w+\} )?unable to initialize RocksDB engine: IO "
                r"error: While "
                r"lock file: \S{1,400}?/LOCK: Resource temporarily unavailable.{0,200}"
            ),
        ),
        text=re.compile(r"database is locked by process \d|RocksDB engine: IO error: While lock file"),
        began=re.compile(r"\[\d{1,10}\] INFO (?:\[\w{4,8}\] )?ArangoDB \d"),
    ),
    lines=(
        "{time} [59857] FATAL database is locked by process 439705; please stop it first and check that the "
        "lockfile '/var/lib/arangodb3/LOCK' goes away.",
    ),
    near_misses=(
        "{time} [5748] FATAL failed to lock the database directory using '/var/lib/arangodb3/LOCK': system "
        "error",
    ),
)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "Qdrant",
        ("qdrant/qdrant",),
        OnHeld.EXITS,
        "qdrant/qdrant#4145 (on ECS with EFS), #6974 and #5260 (how it panics), #6025 (a near miss)",
        data="/qdrant/storage",
        signature=QDRANT,
        versions="1.0 to 1.12; later ones may keep no RocksDB",
        variables=("QDRANT__STORAGE__STORAGE_PATH",),
    ),
    Entry(
        "MongoDB",
        ("mongo", "library/mongo", "mongodb/mongodb-community-server"),
        OnHeld.EXITS,
        "konstellation-io/kre#235 (4.x), bitnami/charts#7405 and #8087 (4.4, JSON); docs, exit code 100",
        data="/data/db",
        signature=MONGODB,
        versions="4.0 and later",
        flags=("--dbpath",),
    ),
    Entry(
        "ClickHouse",
        ("clickhouse/clickhouse-server", "yandex/clickhouse-server"),
        OnHeld.EXITS,
        "ClickHouse/ClickHouse#5225, #14042, #29607 (by design) and #68439",
        data="/var/lib/clickhouse",
        signature=CLICKHOUSE,
        versions="19 to 24",
    ),
    Entry(
        "Neo4j",
        ("neo4j", "library/neo4j"),
        OnHeld.EXITS,
        "neo4j/neo4j#12871 (4.0) and #10625 (on NFS), neo4j/docker-neo4j#289",
        data="/data",
        signature=NEO4J,
        versions="3.5 to 4",
    ),
    Entry(
        "Elasticsearch",
        ("elasticsearch", "elasticsearch/elasticsearch", "bitnami/elasticsearch"),
        OnHeld.EXITS,
        "elastic/elasticsearch#85463 (8.7), bitnami/charts#17834 (on NFS, one instance)",
        signature=ELASTICSEARCH,
        versions="5 to 8",
    ),
    Entry(
        "PostgreSQL",
        ("postgres", "library/postgres"),
        OnHeld.EXITS,
        "measured in one container; docker-library/postgres#171 (in two, both start); postgres, miscinit.c, "
        "CreateLockFile",
        signature=POSTGRESQL,
        versions="all",
        own_flags=("-D",),
        variables=("PGDATA",),
    ),
    Entry(
        "ArangoDB",
        ("arangodb", "library/arangodb", "arangodb/arangodb"),
        OnHeld.EXITS,
        "arangodb/arangodb#10711, #21417 and #12696 (a near miss)",
        data="/var/lib/arangodb3",
        signature=ARANGODB,
        versions="3.3 to 3.11",
        own_flags=("--database.directory",),
    ),
    Entry(
        "MySQL",
        ("mysql",),
        OnHeld.WAITS,
        "mysql/mysql-server, os0file.cc: a try a second, a hundred times",
        data="/var/lib/mysql",
        own_flags=("--datadir",),
        waits=100,
    ),
    Entry(
        "Percona Server", ("percona-server",), OnHeld.WAITS, "as MySQL", own_flags=("--datadir",), waits=100
    ),
    Entry(
        "MariaDB",
        ("mariadb",),
        OnHeld.WAITS,
        "as MySQL; measured: its Aria engine gives up after 30 s",
        data="/var/lib/mysql",
        own_flags=("--datadir",),
        waits=100,
    ),
)
