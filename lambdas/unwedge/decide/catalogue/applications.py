"""Applications that keep a store of their own and lock it."""

import re

from unwedge.decide.catalogue.entry import Entry, OnHeld
from unwedge.decide.catalogue.signature import Phrases, Signature, Trigger, bare

ATLANTIS = Signature(
    "Atlantis",
    Trigger.UNPROVEN,
    frozenset({1}),
    Phrases(
        held=(
            bare(
                r"Error: (?:[\w ]{1,60}+: ){0,4}starting BoltDB: timeout \(a possible cause is another "
                r"Atlantis "
                r"instance already running\)"
            ),
        ),
        text=re.compile(r"a possible cause is another Atlantis instance"),
    ),
    lines=(
        "Error: initializing server: starting BoltDB: timeout (a possible cause is another Atlantis instance "
        "already running)",
    ),
    near_misses=(
        "Error: initializing server: starting BoltDB: open /home/atlantis/.atlantis/atlantis.db: permission "
        "denied",
        "Error: initializing server: creating data dir: mkdir /data: permission denied",
    ),
)

# Its monitor starts it four times within some seconds, and says so.
SYNCTHING = Signature(
    "Syncthing",
    Trigger.SAFE,
    frozenset({1}),
    Phrases(
        held=(
            bare(
                r"\d\d:\d\d:\d\d WARNING: Error opening database: resource temporarily unavailable \(is "
                r"another "
                r"instance of Syncthing running\?\)"
            ),
        ),
        text=re.compile(r"is another instance of Syncthing running\?"),
        began=re.compile(r"\d\d:\d\d:\d\d INFO: syncthing v"),
    ),
    lines=(
        "[start] 04:52:36 WARNING: Error opening database: resource temporarily unavailable (is another "
        "instance "
        "of Syncthing running?)",
    ),
    follows=(
        "[monitor] 04:52:36 INFO: Syncthing exited: exit status 1",
        "[monitor] 04:52:37 WARNING: 4 restarts in 4.083237389s; not retrying further",
    ),
    near_misses=(
        "[start] 04:52:36 WARNING: Error opening database: permission denied (is another instance of "
        "Syncthing "
        "running?)",
        "[start] 04:52:36 WARNING: Error opening database: leveldb: manifest corrupted",
    ),
)

PORTAINER = Signature(
    "Portainer",
    Trigger.UNPROVEN,
    frozenset({1}),
    Phrases(
        held=(
            bare(
                r"(?:\d{4}/\d\d/\d\d \d\d:\d\d[AP]M )?FTL "
                r"github\.com/portainer/portainer/api/cmd/portainer/main\.go:"
                r"\d{1,5} > failed opening store \| error=\"?timeout\"?"
            ),
        ),
        text=re.compile(r"failed opening store \| error=\"?timeout"),
        began=re.compile(r".{0,30}encryption key file not present"),
    ),
    lines=(
        "2023/02/05 11:13PM FTL github.com/portainer/portainer/api/cmd/portainer/main.go:90 > failed "
        "opening store "
        "| error=timeout",
    ),
    near_misses=(
        "2024/07/18 09:12PM FTL github.com/portainer/portainer/api/cmd/portainer/main.go:98 > failed "
        "opening store "
        '| error="invalid argument"',
        "2024/10/09 02:24PM FTL github.com/portainer/portainer/api/cmd/portainer/main.go:98 > failed "
        "opening store "
        '| error="invalid database"',
    ),
)

KUBO = Signature(
    "IPFS Kubo",
    Trigger.UNPROVEN,
    frozenset({1}),
    Phrases(
        held=(bare(r"Error: lock \S{1,400}?/repo\.lock: someone else has the lock"),),
        text=re.compile(r"repo\.lock: someone else has the lock"),
        began=re.compile(r"Initializing daemon\.\.\."),
    ),
    lines=("Error: lock /data/ipfs/repo.lock: someone else has the lock",),
    near_misses=(
        "Error: cannot acquire lock: Lock FcntlFlock of /export/repo.lock failed: permission denied",
        "Error: open /data/ipfs/repo.lock: permission denied",
    ),
)

MINECRAFT = Signature(
    "Minecraft",
    Trigger.UNPROVEN,
    frozenset({1}),
    Phrases(
        held=(
            bare(
                r"net\.minecraft\.[\w.$]{1,100}+: \S{1,400}?/session\.lock: already locked \(possibly by "
                r"other "
                r"Minecraft instance\?\)"
            ),
        ),
        text=re.compile(r"session\.lock: already locked"),
        began=re.compile(r".{0,60}Environment: authHost="),
    ),
    lines=(
        "net.minecraft.util.SessionLock$ExceptionWorldConflict: /data/./world/session.lock: already locked "
        "(possibly "
        "by other Minecraft instance?)",
    ),
    follows=("        at net.minecraft.util.DirectoryLock.create(DirectoryLock.java:44) ~[?:?]",),
    near_misses=("java.nio.file.AccessDeniedException: ./world/session.lock",),
)

# H2 also says so of a lock file that a crash left behind.
METABASE = Signature(
    "Metabase with H2",
    Trigger.UNSAFE,
    frozenset({1}),
    Phrases(
        held=(
            bare(
                r"(?:Caused by: )?org\.h2\.(?:jdbc\.Jdbc\w{1,60}Exception|message\.DbException"
                r"|mvstore\.MVStoreException): "
                r"Database may be already in use: .{0,600}"
            ),
        ),
        text=re.compile(r"Database may be already in use"),
    ),
    lines=(
        "Caused by: org.h2.jdbc.JdbcSQLNonTransientConnectionException: Database may be already in use: "
        '"/metabase.db/metabase.db.mv.db". Possible solutions: close all other connection(s); use the '
        "server mode",
    ),
    follows=("        at org.h2.message.DbException.getJdbcSQLException(DbException.java:678)",),
    near_misses=(
        "2022-02-16 09:51:21,538 INFO db.liquibase :: Migration lock is cleared. Running migrations...",
    ),
)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "Atlantis",
        ("runatlantis/atlantis", "atlantis"),
        OnHeld.EXITS,
        "runatlantis/atlantis, server/core/boltdb/boltdb.go and cmd/server.go; terraform-aws-atlantis#383",
        data="/home/atlantis/.atlantis",
        signature=ATLANTIS,
        versions="0.1 and later with BoltDB, which is the default",
        own_flags=("--data-dir",),
        variables=("ATLANTIS_DATA_DIR",),
    ),
    Entry(
        "Syncthing",
        ("syncthing/syncthing",),
        OnHeld.EXITS,
        "run of 1.19.2; syncthing/syncthing, lib/syncthing and Dockerfile",
        data="/var/syncthing/config",
        signature=SYNCTHING,
        versions="1.x; 2 keeps no LevelDB",
        own_flags=("--home", "-home", "--data"),
        variables=("STHOMEDIR", "STDATADIR"),
    ),
    Entry(
        "Portainer",
        ("portainer/portainer-ce", "portainer/portainer-ee", "portainer/portainer"),
        OnHeld.EXITS,
        "portainer/portainer#523 (only a timeout), #8447 (2.x) and #12038 (a near miss)",
        data="/data",
        bare_data="/data",
        signature=PORTAINER,
        versions="2.17 and later",
        own_flags=("--data",),
    ),
    Entry(
        "IPFS Kubo",
        ("ipfs/kubo", "ipfs/go-ipfs"),
        OnHeld.EXITS,
        "ipfs/kubo#11330 and #7843; passportxyz/passport#898 (on ECS with EFS)",
        data="/data/ipfs",
        bare_data="/data/ipfs",
        signature=KUBO,
        versions="0.6 and later",
        variables=("IPFS_PATH",),
    ),
    Entry(
        "Minecraft",
        ("itzg/minecraft-server",),
        OnHeld.EXITS,
        "PaperMC/Paper#7720 (1.18); itzg/docker-minecraft-server#1080 (a near miss)",
        data="/data",
        signature=MINECRAFT,
        versions="1.16 and later",
    ),
    Entry(
        "Metabase with H2",
        ("metabase/metabase",),
        OnHeld.EXITS,
        "metabase/metabase#63002 (a single container after a stop)",
        signature=METABASE,
        versions="0.20 and later without a database of its own",
        variables=("MB_DB_FILE",),
    ),
    Entry(
        "Nexus Repository",
        ("sonatype/nexus3",),
        OnHeld.EXITS,
        "sonatype/nexus-oss#702; sonatype/nxrm3-helm-repository#27 (on EFS, the free version)",
        data="/nexus-data",
        versions="3, with its embedded database",
    ),
    Entry(
        "SonarQube",
        ("sonarqube", "bitnami/sonarqube"),
        OnHeld.EXITS,
        "Oteemo/charts#104: its Elasticsearch cannot start beside another on a rolling update",
        versions="8.2",
    ),
    Entry(
        "Home Assistant",
        ("home-assistant/home-assistant", "homeassistant/home-assistant"),
        OnHeld.EXITS,
        "home-assistant/core#151631: a lock on the configuration directory since 2025.10, none before",
        data="/config",
        versions="2025.10 and later",
        tags=("2025.10", "2025.11", "2025.12", "2026"),
    ),
    Entry(
        "Home Assistant",
        ("home-assistant/home-assistant", "homeassistant/home-assistant"),
        OnHeld.WRITES,
        "home-assistant/core#151631: no lock before 2025.10, with corrupt storage as the result",
        data="/config",
        versions="before 2025.10",
        tags=("2021", "2022", "2023", "2024", "2025"),
    ),
)
