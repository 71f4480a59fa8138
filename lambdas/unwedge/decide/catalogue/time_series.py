"""Time series databases."""

import re

from unwedge.decide.catalogue.entry import Entry, OnHeld
from unwedge.decide.catalogue.signature import (
    CRASHED,
    ERROR_LEVELS,
    Meaning,
    Phrases,
    Signature,
    Trigger,
    Word,
    bare,
    levelled,
    own_time,
)
from unwedge.decide.lines import fields

# Prometheus wraps the lock error of its tsdb package (tsdbutil.DirLocker) once; the early 2.x releases
# capitalised it and had no colon. Server and agent mode share the text.
_PROMETHEUS_ERROR = re.compile(
    r"[Oo]pening storage failed:? lock DB directory: resource temporarily unavailable"
)
# What the packages below it call the error, in whatever line it stands.
_PROMETHEUS_TEXT = "lock DB directory: resource temporarily unavailable"
_OPENED = frozenset({"TSDB started", "Agent WAL storage started"})
# cmd/prometheus/main.go; 3.x says "Starting Prometheus Server" with its mode and version
_BEGAN = ("Starting Prometheus",)


def _prometheus(line: str) -> Meaning:
    said = fields(line)
    at = own_time(said.get("ts") or said.get("time"))
    level, message = said.get("level", "").lower(), said.get("msg", "")
    if message in _OPENED:
        return Meaning(Word.OPENED, at)
    if message.startswith(_BEGAN):
        return Meaning(Word.BEGAN, at)
    if level == "error" and _PROMETHEUS_ERROR.fullmatch(said.get("err", "")):
        return Meaning(Word.HELD, at)
    if _PROMETHEUS_TEXT in line:
        return Meaning(Word.UNCLEAR, at)
    if level in ERROR_LEVELS or (not said and CRASHED.match(line)):
        return Meaning(Word.FAILED, at)
    return Meaning(Word.OTHER, at)


PROMETHEUS = Signature(
    "Prometheus",
    Trigger.SAFE,
    frozenset({1}),
    _prometheus,
    lines=(
        'ts={time} caller=main.go:1159 level=error err="opening storage failed: lock DB directory: '
        'resource temporarily unavailable"',
        'time={time} level=ERROR source=main.go:1340 msg="Fatal error" err="opening storage failed: lock DB '
        'directory: resource temporarily unavailable"',
        '{"caller":"main.go:1127","err":"opening storage failed: lock DB directory: resource temporarily '
        'unavailable","level":"error","ts":"{time}"}',
    ),
    opened='ts={time} caller=main.go:1045 level=info msg="TSDB started"',
    near_misses=(
        'ts={time} level=error err="opening storage failed: lock DB directory: open /data/lock: permission '
        'denied"',
        'ts={time} level=error err="opening storage failed: lock DB directory: no locks available"',
        'ts={time} level=error err="opening storage failed: lock DB directory: no space left on device"',
        'ts={time} level=warn msg="A lockfile from a previous execution already existed. It was replaced"',
    ),
)
# What prometheus-operator allows it (makeStatefulSetSpec, terminationGracePeriod): it may take long to write
# its data when it is asked to stop.
_PROMETHEUS_FLUSHES = 600
_PROMETHEUS_FLAGS = ("--storage.tsdb.path", "--storage.agent.path")

_QUOTED = r'"[^"\n]{1,1000}+"'
_VM_LOCK = r'cannot acquire lock on file "[^"\n]{0,1000}?flock\.lock": resource temporarily unavailable'
_VM_OPENING = r"cannot open a storage at [^\s\"]{1,400}+ with -retentionPeriod=[^\s\":]{1,40}+: "
_VM_PANIC = (
    rf"FATAL: cannot create lock file: {_VM_LOCK}; make sure a single process has exclusive access to "
    rf"{_QUOTED}"
)
VICTORIA_METRICS = Signature(
    "VictoriaMetrics",
    Trigger.SAFE,
    # logger.Fatalf ends with -1, logger.Panicf with Go's 2
    frozenset({255, 2}),
    Phrases(
        held=(
            levelled(_VM_OPENING + _VM_LOCK, "fatal"),
            levelled(_VM_PANIC, "panic"),
            bare("panic: " + _VM_PANIC),
        ),
        text=re.compile(r"flock\.lock\\{0,3}+\": resource temporarily unavailable"),
        opened=re.compile(r"successfully opened storage \""),
        began=re.compile(r"build version: |opening storage at \"|starting VictoriaMetrics at "),
    ),
    lines=(
        "{time}\tfatal\tVictoriaMetrics/app/vmstorage/main.go:113\tcannot open a storage at /storage with "
        '-retentionPeriod=1: cannot acquire lock on file "/storage/flock.lock": resource temporarily '
        "unavailable",
        '{"ts":"{time}","level":"fatal","caller":"VictoriaMetrics/app/vmstorage/main.go:86","msg":"cannot '
        "open a storage at /storage with -retentionPeriod=10d: cannot acquire lock on file "
        '\\"/storage/flock.lock\\": resource temporarily unavailable"}',
        "{time}\tpanic\tVictoriaMetrics/lib/fs/fs.go:366\tFATAL: cannot create lock file: cannot acquire "
        'lock on file "/storage/flock.lock": resource temporarily unavailable; make sure a single process '
        'has exclusive access to "/storage"',
    ),
    opened='{time}\tinfo\tVictoriaMetrics/app/vmstorage/main.go:125\tsuccessfully opened storage "/storage" '
    "in 0.068 seconds; partsCount: 0; blocksCount: 0; rowsCount: 0; sizeBytes: 0",
    follows=(
        'panic: FATAL: cannot create lock file: cannot acquire lock on file "/storage/flock.lock": resource '
        'temporarily unavailable; make sure a single process has exclusive access to "/storage"',
        "goroutine 1 [running]:",
        "github.com/VictoriaMetrics/VictoriaMetrics/lib/logger.logMessage({0x8b1f2d, 0x5}, ...)",
        "\tgithub.com/VictoriaMetrics/VictoriaMetrics/lib/logger/logger.go:301 +0xa91",
    ),
    near_misses=(
        "{time}\tpanic\tVictoriaMetrics/lib/fs/fs.go:366\tFATAL: cannot create lock file: cannot create lock "
        'file "/storage/flock.lock": open /storage/flock.lock: permission denied; make sure a single process '
        'has exclusive access to "/storage"',
        "{time}\tfatal\tVictoriaMetrics/app/vmstorage/main.go:94\tcannot open a storage at /data with "
        '-retentionPeriod=12: cannot create lock file "/data/flock.lock": open /data/flock.lock: read-only '
        "file system",
        "{time}\tfatal\tVictoriaMetrics/app/vmstorage/main.go:113\tcannot open a storage at /storage with "
        '-retentionPeriod=1: cannot acquire lock on file "/storage/flock.lock": no locks available',
    ),
)
_VM_SOURCE = (
    "run of 1.79.5; VictoriaMetrics/VictoriaMetrics#1214 (1.58, JSON), #4722 (1.91, panic) and #5404 (near "
    "miss); lib/fs/fs.go, MustCreateFlockFile; Docker documentation (storage at /victoria-metrics-data)"
)
_VM_FLAGS = ("-storageDataPath", "--storageDataPath")
_VM_VARIABLES = ("storageDataPath", "VM_storageDataPath")

INFLUXDB_2 = Signature(
    "InfluxDB 2",
    Trigger.UNPROVEN,
    frozenset({1}),
    Phrases(
        held=(
            levelled(r"Failed opening bolt: unable to open boltdb: timeout", "error"),
            bare(r"Error: unable to open boltdb: timeout"),
        ),
        text=re.compile(r"unable to open boltdb: timeout"),
        began=re.compile(r"Welcome to InfluxDB"),
    ),
    lines=(
        'ts={time} lvl=error msg="Failed opening bolt" log_id=0mbhqUPl000 error="unable to open boltdb: '
        'timeout"',
        "Error: unable to open boltdb: timeout",
    ),
    follows=("See 'influxd -h' for help",),
    near_misses=(
        'ts={time} lvl=error msg="Failed opening bolt" log_id=0 error="unable to open boltdb: permission '
        'denied"',
        "panic: invalid page type: 41: 10",
    ),
)


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "Prometheus",
        ("prom/prometheus", "prometheus/prometheus", "ubuntu/prometheus"),
        OnHeld.EXITS,
        "run of 2.42; prometheus/prometheus, tsdb/tsdbutil/dir_locker.go; Dockerfile",
        data="/prometheus",
        bare_data="/prometheus/data",
        signature=PROMETHEUS,
        versions="2.3 and later; before it a PID file was used",
        flags=_PROMETHEUS_FLAGS,
        flush_seconds=_PROMETHEUS_FLUSHES,
    ),
    Entry(
        "Prometheus",
        ("bitnami/prometheus", "bitnamilegacy/prometheus"),
        OnHeld.EXITS,
        "bitnami/containers, bitnami/prometheus/Dockerfile",
        data="/opt/bitnami/prometheus/data",
        bare_data="/opt/bitnami/prometheus/data",
        signature=PROMETHEUS,
        versions="2.3 and later",
        flags=_PROMETHEUS_FLAGS,
        flush_seconds=_PROMETHEUS_FLUSHES,
    ),
    Entry(
        "VictoriaMetrics",
        ("victoriametrics/victoria-metrics",),
        OnHeld.EXITS,
        _VM_SOURCE,
        data="/victoria-metrics-data",
        bare_data="/victoria-metrics-data",
        signature=VICTORIA_METRICS,
        versions="1.58 to 1.89 end with 255, later ones panic",
        flags=_VM_FLAGS,
        variables=_VM_VARIABLES,
    ),
    Entry(
        "VictoriaMetrics",
        ("victoriametrics/vmstorage",),
        OnHeld.EXITS,
        _VM_SOURCE,
        data="/vmstorage-data",
        bare_data="/vmstorage-data",
        signature=VICTORIA_METRICS,
        versions="as VictoriaMetrics",
        flags=_VM_FLAGS,
        variables=_VM_VARIABLES,
    ),
    Entry(
        "InfluxDB 1",
        ("influxdb",),
        OnHeld.WRITES,
        "run of 1.6.7: two instances on one directory write side by side",
        data="/var/lib/influxdb",
        versions="1.6.7",
        tags=("1",),
    ),
    Entry(
        "InfluxDB 2",
        ("influxdb",),
        OnHeld.EXITS,
        "influxdata/influxdb#24320; solectrus/solectrus#2715 (2.7.4)",
        data="/var/lib/influxdb2",
        signature=INFLUXDB_2,
        versions="2.7",
        tags=("2",),
        variables=("INFLUXD_BOLT_PATH", "INFLUXD_ENGINE_PATH"),
    ),
)
