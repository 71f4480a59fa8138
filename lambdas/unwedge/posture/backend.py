"""Where a program keeps its data when it may keep it in a database elsewhere: by the variables and options
that say so. Of their values nothing is kept but the answer. Pure.
"""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Backend(StrEnum):
    """HERE: in its directory. ELSEWHERE: in a database. UNCLEAR: what decides it is in a file or in a secret,
    or is not known."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    UNCLEAR = "unclear"


class _Choice(NamedTuple):
    """How a program is told. `kind`: the variable that names the kind of store, with the values that mean its
    directory and those that mean a database. `url`: a variable with the database's address. `option`: of the
    command line, before the variable. `file`: variables and options that name a configuration file, and
    `mounts`: where one may be mounted; what it says is not known."""

    kind: str
    here: frozenset[str]
    elsewhere: frozenset[str]
    url: str = ""
    option: str = ""
    file: frozenset[str] = frozenset()
    mounts: frozenset[str] = frozenset()


# By the catalogue's name of the program. Sources: grafana.com/docs, Configure Grafana (database.type is
# sqlite3 by default; database.url stands for type, host, name and password); louislam/uptime-kuma,
# server/setup-database.js (only UPTIME_KUMA_DB_TYPE counts); docs.n8n.io, Database environment variables;
# vaultwarden wiki, Using the PostgreSQL Backend; metabase.com/docs, MB_DB_TYPE and MB_DB_CONNECTION_URI;
# runatlantis.io/docs, --locking-db-type.
_CHOICES: Mapping[str, _Choice] = {
    "Grafana with SQLite": _Choice(
        "GF_DATABASE_TYPE",
        frozenset({"sqlite3"}),
        frozenset({"mysql", "postgres"}),
        url="GF_DATABASE_URL",
        file=frozenset({"GF_PATHS_CONFIG", "--config", "-config"}),
        mounts=frozenset({"/etc/grafana", "/etc/grafana/grafana.ini"}),
    ),
    "Uptime Kuma": _Choice("UPTIME_KUMA_DB_TYPE", frozenset({"sqlite"}), frozenset({"mariadb"})),
    "n8n with SQLite": _Choice(
        "DB_TYPE",
        frozenset({"sqlite"}),
        frozenset({"postgresdb", "mysqldb", "mariadb"}),
        file=frozenset({"DB_TYPE_FILE", "N8N_CONFIG_FILES"}),
    ),
    "Vaultwarden with SQLite": _Choice("", frozenset(), frozenset(), url="DATABASE_URL"),
    "Metabase with H2": _Choice(
        "MB_DB_TYPE", frozenset({"h2"}), frozenset({"postgres", "mysql"}), url="MB_DB_CONNECTION_URI"
    ),
    "Atlantis": _Choice(
        "ATLANTIS_LOCKING_DB_TYPE",
        frozenset({"boltdb"}),
        frozenset({"redis"}),
        option="--locking-db-type",
        file=frozenset({"ATLANTIS_CONFIG", "--config"}),
    ),
}
_REMOTE = re.compile(r"(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb):", re.IGNORECASE)
_LOCAL = re.compile(r"(?:jdbc:)?(?:sqlite3?|file|h2):|[\w./-]+\Z", re.IGNORECASE)


def backend_of(
    program: str,
    environment: Mapping[str, Any],
    secrets: Collection[str],
    words: Collection[str],
    mounts: Collection[str],
) -> Backend:
    """Where a program keeps its data. `environment`: variables with their values; `secrets`: names of those
    whose values are secret; `words`: of its command line; `mounts`: the paths of its mounts."""
    choice = _CHOICES.get(program)
    if choice is None:
        return Backend.HERE
    if choice.url in secrets:
        # A path to a file is no secret; the password in an address is.
        return Backend.ELSEWHERE
    address = environment.get(choice.url, "")
    if address != "":
        return _of_address(address)
    kind = _option(choice.option, list(words)) or environment.get(choice.kind, "")
    if kind != "":
        value = str(kind).strip().lower()
        if value in choice.elsewhere:
            return Backend.ELSEWHERE
        return Backend.HERE if value in choice.here else Backend.UNCLEAR
    told = {word.partition("=")[0] for text in words for word in text.split()} | environment.keys()
    in_file = choice.file & (told | set(secrets)) or choice.mounts & {path.rstrip("/") for path in mounts}
    return Backend.UNCLEAR if choice.kind in secrets or in_file else Backend.HERE


def _of_address(address: Any) -> Backend:
    """A value that a plan does not know is no text."""
    if not isinstance(address, str):
        return Backend.UNCLEAR
    if _REMOTE.match(address):
        return Backend.ELSEWHERE
    return Backend.HERE if _LOCAL.match(address) else Backend.UNCLEAR


def _option(option: str, words: list[str]) -> str:
    """The value of an option, within a word or the word after it."""
    parts = [part for text in words for part in text.split()] if option else []
    for part, following in zip(parts, [*parts[1:], ""], strict=False):
        name, equals, value = part.partition("=")
        if name == option:
            return value if equals else following
    return ""
