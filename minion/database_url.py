"""Which database a URL leads to: the one place where two URLs are told to be of one database.

Who uses it (user, password, TLS) is no part of it, and nothing here ever tells that.
"""

from __future__ import annotations

import functools
import ipaddress
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import dj_database_url

#: The port of a server that none is named of, by scheme; PostgreSQL's for all others.
_PORTS = {
    "mysql": 3306,
    "oracle": 1521,
    "mssql": 1433,
    "redshift": 5439,
    "cockroach": 26257,
}
POSTGRESQL_PORT = 5432
#: A database of Heroku also answers here, through its connection pool
#: (Dev Center: Connection Pooling for Heroku Postgres).
_POOL_PORT, _POOL_HOSTS = 5433, ".amazonaws.com"
#: Databases of these are files, which no two dynos share.
_FILES = ("sqlite", "spatialite")


@dataclass(frozen=True, order=True)
class DatabaseId:
    """A database by its server and name. `host` is a name, an address or a socket's folder."""

    host: str
    port: int
    name: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{self.name}"


def is_database(value: str) -> bool:
    """Whether `value` is a URL of a database: its scheme is one that dj-database-url knows."""
    scheme, colon, _ = value.strip().partition("://")
    return bool(colon) and _is_known(scheme.lower())


def read(url: str) -> dict[str, Any] | None:
    """Django's settings for the database at `url`; None if dj-database-url cannot read it."""
    if not is_database(url):
        return None
    try:
        return dict(dj_database_url.parse(url.strip()))
    except Exception:
        # What went wrong would be told with the URL in it, and that has a password.
        return None


def database_at(url: str) -> DatabaseId | None:
    """The database at `url` as Django reads it; None if it is none, or a file."""
    settings = read(url)
    if settings is None or _scheme(url) in _FILES:
        return None
    query = _query(url)
    host = _host(str(settings.get("HOST") or query.get("host") or ""))
    port = _port(settings.get("PORT") or query.get("port"), url)
    name = str(settings.get("NAME") or query.get("dbname") or "")
    return DatabaseId(host, port, name) if name else None


def identity(url: str | None) -> str | None:
    """``host:port/name`` of the database at `url`; None if there is none."""
    found = database_at(url) if url else None
    return str(found) if found else None


def databases_at(url: str) -> tuple[DatabaseId, ...]:
    """Every database that `url` may lead to, sorted.

    Django and libpq differ in whether the URL or its query counts, and libpq
    takes several hosts; a connection pool is the database behind it.
    """
    first, settings = database_at(url), read(url)
    if first is None or settings is None:
        return ()
    query = _query(url)
    hosts = {first.host, *(query[key] for key in ("host", "hostaddr") if key in query)}
    hosts = {_host(one) for host in hosts for one in host.split(",")}
    ports = {first.port, _port(query.get("port") or first.port, url)}
    names = {first.name, query.get("dbname") or first.name}
    found = {DatabaseId(*parts) for parts in itertools.product(hosts, ports, names)}
    pools = {one for one in found if one.port == _POOL_PORT and one.host.endswith(_POOL_HOSTS)}
    return tuple(sorted(found | {replace(one, port=POSTGRESQL_PORT) for one in pools}))


def databases_in(values: Mapping[str, str]) -> dict[DatabaseId, tuple[str, ...]]:
    """The databases that `values` lead to, whatever their keys; each with those keys."""
    found: dict[DatabaseId, tuple[str, ...]] = {}
    for key, value in values.items():
        for one in databases_at(value):
            found[one] = (*found.get(one, ()), key)
    return found


@functools.cache
def _is_known(scheme: str) -> bool:
    if not scheme.replace("-", "").isalnum():
        return False
    try:
        dj_database_url.parse(f"{scheme}://host/name")
    except Exception:
        return False
    return True


def _scheme(url: str) -> str:
    return url.strip().partition("://")[0].lower()


def _query(url: str) -> dict[str, str]:
    """The query's values; dj-database-url would make numbers of those that look so."""
    return {key: values[-1] for key, values in parse_qs(urlsplit(url.strip()).query).items()}


def _port(said: object, url: str) -> int:
    text = str(said or "")
    if text.isascii() and text.isdigit():
        return int(text)
    return next(
        (port for start, port in _PORTS.items() if _scheme(url).startswith(start)),
        POSTGRESQL_PORT,
    )


def _host(host: str) -> str:
    """One spelling for each host: names in lower case, addresses as short as they go."""
    if host.startswith("/"):
        return host.rstrip("/")
    name = host.lower().rstrip(".")
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name or "localhost"
    address = getattr(address, "ipv4_mapped", None) or address
    return "localhost" if address.is_loopback else str(address)
