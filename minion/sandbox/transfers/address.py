"""Where a PostgreSQL database is, in the form that PostgreSQL's own programs take."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from minion.sandbox.errors import invalid

SCHEMES = ("postgres", "postgresql")
CONNECT_S = 30
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")


def environment(url: str) -> dict[str, str]:
    """The variables by which pg_dump and pg_restore find the database.

    The password is in no process's arguments that way, and no PG* variable of
    ours decides anything.

    Raises:
        ApiError: it is no URL of a PostgreSQL database.
    """
    if urlsplit(url).scheme not in SCHEMES:
        raise invalid("That is not the URL of a PostgreSQL database.")
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        raise invalid("That is not the URL of a PostgreSQL database.") from None
    found = {VARIABLES[name]: str(value) for name, value in parts.items() if name in VARIABLES}
    if not found.get("PGHOST") or not found.get("PGDATABASE"):
        raise invalid("The URL of a PostgreSQL database must have a host and a name.")
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    return {"LC_ALL": "C", "PGCONNECT_TIMEOUT": str(CONNECT_S), **kept, **found}


def without_secrets(url: str) -> str:
    """The URL without user, password and query: fit to be shown and kept."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
