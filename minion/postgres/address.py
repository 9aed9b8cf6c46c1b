"""Where the developer's own database is: on this machine, or nowhere.

Everything that would tell libpq where to connect is always given, so that its
environment variables cannot redirect it (PostgreSQL: Environment Variables).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from minion.database_url import POSTGRESQL_PORT, read
from minion.errors import Refused

#: Bytes of a database's name; PostgreSQL cuts off what is longer (NAMEDATALEN - 1).
LONGEST_NAME = 63
#: PostgreSQL's own databases, which can be neither renamed nor spared.
OWN_NAMES = ("postgres", "template0", "template1")
#: Where PostgreSQL puts its socket: Debian and its kin, or as it is built by default.
SOCKET_FOLDERS = ("/var/run/postgresql", "/run/postgresql", "/tmp")
#: What makes libpq connect elsewhere, or to another database than it is told.
REDIRECTING = (
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSYSCONFDIR",
    "PGTARGETSESSIONATTRS",
    "PGLOADBALANCEHOSTS",
)
_ENGINES = (".postgresql", ".postgis", ".postgresql_psycopg2", "psqlextra.backend")
_FORBIDDEN = ("dbname", "service", "servicefile")
#: Options of the URL that libpq gets; others are Django's own.
_PASSED_ON = ("sslmode", "sslrootcert", "sslcert", "sslkey", "passfile")


@dataclass(frozen=True)
class Address:
    """A database on this machine. `host` is a name, an address or a socket's folder."""

    name: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, url: str, source: str = "the URL", port: str | None = None) -> Address:
        """The database at `url`; `source` says in errors where that comes from.

        `port` counts where the URL names none; it defaults to 5432.

        Raises:
            Refused: it is not PostgreSQL or not on this machine. Never tells the URL.
        """
        parsed = _parse(url, source)
        options = {key: str(value) for key, value in (parsed.get("OPTIONS") or {}).items()}
        forbidden = [key for key in _FORBIDDEN if key in options]
        if forbidden:
            raise Refused(f"{source}: ?{forbidden[0]}= could lead to another database; remove it")
        name = str(parsed.get("NAME") or "")
        _check_name(name, source)
        number = _port(str(parsed.get("PORT") or options.get("port") or port or POSTGRESQL_PORT))
        if number is None:
            raise Refused(f"{source}: its port is none")
        host = str(parsed.get("HOST") or options.get("host") or "")
        # Django and libpq differ in which of them counts, so each has to be here.
        for named in (host, options.get("host"), options.get("hostaddr")):
            if named and not _is_here(named):
                raise Refused(
                    f"{source} names the host {named!r}: only localhost, 127.0.0.1, ::1 and a "
                    "socket's folder are surely this machine; nothing was changed"
                )
        return cls(
            name=name,
            host=options.get("hostaddr") or host or _default_host(number),
            port=number,
            user=str(parsed.get("USER") or options.get("user") or ""),
            password=str(parsed.get("PASSWORD") or options.get("password") or ""),
            options={key: options[key] for key in _PASSED_ON if key in options},
        )

    @property
    def url(self) -> str:
        """It as a URL, with host and port always in it. A secret."""
        user = quote(self.user, safe="")
        login = f"{user}:{quote(self.password, safe='')}" if self.password else user
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        query = f"?{urlencode(self.options)}" if self.options else ""
        place = f"{login}@{host}" if login else host
        return f"postgres://{place}:{self.port}/{quote(self.name, safe='')}{query}"

    def on_same_server(self, name: str) -> Address:
        """Another database of the same server."""
        return replace(self, name=name)

    def parameters(self) -> dict[str, Any]:
        """Arguments for psycopg; empty ones keep libpq from looking into its environment."""
        return {
            **self.options,
            "dbname": self.name,
            "host": self.host,
            "hostaddr": self.host if _is_loopback(self.host) else "",
            "port": self.port,
            "target_session_attrs": "any",
            **({"user": self.user} if self.user else {}),
            **({"password": self.password} if self.password else {}),
        }

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """`environ` for a program of PostgreSQL, so that it connects to this server only."""
        kept = without_redirection(environ)
        kept.update({"PGHOST": self.host, "PGPORT": str(self.port), "LC_ALL": "C"})
        if self.user:
            kept["PGUSER"] = self.user
        if self.password:
            kept["PGPASSWORD"] = self.password
        kept.update({f"PG{key.upper()}": value for key, value in self.options.items()})
        return kept


def local_url(environ: Mapping[str, str], configured: str | None) -> str:
    """The URL of the developer's own database, with host and port: a secret.

    MINION_LOCAL_DATABASE (a rehearsal's) wins, then DATABASE_URL, then
    `configured`, which is `local` of ``[data]`` in ``minion.toml``.

    Raises:
        Refused: there is none, it is not PostgreSQL, or not on this machine.
    """
    for source in ("MINION_LOCAL_DATABASE", "DATABASE_URL"):
        if environ.get(source):
            return Address.of(environ[source], source, environ.get("PGPORT")).url
    if configured:
        return Address.of(configured, "[data] local", environ.get("PGPORT")).url
    raise Refused(
        "No local database is known: set DATABASE_URL, or in minion.toml under [data]: "
        'local = "postgres:///name-of-the-database"'
    )


def without_redirection(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without the variables that tell libpq where to connect."""
    return {key: value for key, value in environ.items() if key not in REDIRECTING}


def _parse(url: str, source: str) -> Mapping[str, Any]:
    parsed = read(url) or {}
    engine = str(parsed.get("ENGINE") or "")
    if not engine:
        raise Refused(f"{source} is not a database URL that dj-database-url can read")
    if not engine.endswith(_ENGINES):
        raise Refused(
            f"{source} is a database of another kind ({engine.rpartition('.')[2]}); "
            "the data of Heroku Postgres needs a PostgreSQL: postgres://…"
        )
    return parsed


def _check_name(name: str, source: str) -> None:
    if not name or "\0" in name:
        raise Refused(f"{source} names no database")
    if len(name.encode()) > LONGEST_NAME:
        raise Refused(f"{source}: the database's name is longer than {LONGEST_NAME} bytes")
    if name in OWN_NAMES:
        raise Refused(f"{source}: {name} is PostgreSQL's own database; use another one")


def _port(text: str) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() else 0
    return number if 0 < number < 65536 else None


def _is_here(host: str) -> bool:
    # A name that resolves to this machine now may resolve to another one later.
    return host.lower() == "localhost" or host.startswith("/") or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback and "%" not in host


def _default_host(port: int) -> str:
    """Where libpq looks if it is told nothing: a socket; over TCP if there is none."""
    for folder in SOCKET_FOLDERS:
        if Path(folder, f".s.PGSQL.{port}").exists():
            return folder
    return "localhost"
