"""PostgreSQL's own programs on this machine, and pg_restore among them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from minion.postgres.address import without_redirection
from minion.postgres.errors import LocalError

#: Debian and its kin, Red Hat's, Homebrew on both kinds of Mac, Postgres.app, EnterpriseDB.
USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/opt/homebrew/opt/libpq/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/opt/libpq/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/Library/PostgreSQL/*/bin",
)
#: From this major version on pg_restore uses a setting that older servers refuse
#: (transaction_timeout; PostgreSQL 17, release notes).
NEW_SETTING = 17

_INSTALL = (
    "install PostgreSQL's client programs of the version that the Heroku database has, or name "
    "their folder in MINION_PG_BIN"
)
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")

#: Entries of a dump that make sense on Heroku only, or need a superuser: its own
#: schemas, statistics, event triggers, replication, comments on what is not the user's.
_LEFT_OUT = re.compile(
    r"\d+; \d+ \d+ (?:"
    r"EXTENSION - pg_stat_statements |"
    r"COMMENT - (?:EXTENSION|EVENT TRIGGER|SCHEMA public) |"
    r"EVENT TRIGGER |PUBLICATION|SUBSCRIPTION|"
    r"(?:SCHEMA|ACL|COMMENT|DEFAULT ACL) - (?:SCHEMA )?(?:_heroku|heroku_ext) |"
    r"[A-Z ]+ _heroku )"
)
_EXTENSION = re.compile(r"\d+; \d+ \d+ EXTENSION - (?!plpgsql |pg_stat_statements )")


@dataclass(frozen=True)
class Dump:
    """A dump and the pg_restore that can read it; `entries` are those to be restored."""

    path: Path
    program: Path
    entries: tuple[str, ...]

    @property
    def has_extensions(self) -> bool:
        return any(_EXTENSION.match(entry) for entry in self.entries)


def open_dump(path: Path, environ: Mapping[str, str], server_version: int) -> Dump:
    """The dump at `path`, with the first pg_restore that suits it and the server.

    `server_version` is the server's major version. Looked for are MINION_PG_BIN
    (and nothing else, if it is set), then PATH, then the newest of the usual places.

    Raises:
        LocalError: there is none, or none that can read the dump.
    """
    with path.open("rb") as file:
        if file.read(5) != b"PGDMP":
            raise LocalError("The dump is not one of pg_dump's custom format; nothing was changed")
    problems = []
    for program in _candidates(environ):
        version = _version_of(program, environ)
        if version is None:
            continue
        if version >= NEW_SETTING > server_version:
            problems.append(
                f"{program} ({version}) needs a server of version {NEW_SETTING} or newer, "
                f"not {server_version}"
            )
            continue
        listed = _run([str(program), "--list", str(path)], environ)
        if listed.returncode == 0:
            lines = listed.stdout.splitlines()
            entries = [line for line in lines if line[:1].isdigit() and not _LEFT_OUT.match(line)]
            return Dump(path, program, tuple(entries))
        if "unsupported version" not in listed.stderr:
            raise LocalError(f"The dump cannot be read by {program}: it is damaged")
        problems.append(f"{program} ({version}) is older than the dump")
    if problems:
        raise LocalError(f"No pg_restore suits: {'; '.join(problems)}. Please {_INSTALL}")
    raise LocalError(f"There is no pg_restore on this machine: {_INSTALL}")


def _candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    folder = environ.get("MINION_PG_BIN")
    if folder:
        program = Path(folder, "pg_restore")
        if not os.access(program, os.X_OK):
            raise LocalError(f"MINION_PG_BIN: there is no program {program}")
        yield program
        return
    found = shutil.which("pg_restore", path=environ.get("PATH", os.defpath))
    if found:
        yield Path(found)
    usual = [
        program
        for place in USUAL_PLACES
        for program in Path("/").glob(f"{place[1:]}/pg_restore")
        if os.access(program, os.X_OK)
    ]
    yield from sorted(usual, key=lambda program: _version_of(program, environ) or 0, reverse=True)


def _version_of(program: Path, environ: Mapping[str, str]) -> int | None:
    """The major version, or None if the program does not run."""
    try:
        match = _VERSION.search(_run([str(program), "--version"], environ).stdout)
    except OSError:
        return None
    return int(match[1]) if match else None


def _run(argv: list[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        env={**without_redirection(environ), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
