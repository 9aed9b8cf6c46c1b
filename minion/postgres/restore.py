"""A dump, read into a database by pg_restore."""

from __future__ import annotations

import contextlib
import re
import subprocess
import tempfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Callable

from minion.postgres.address import Address
from minion.postgres.errors import LocalError
from minion.postgres.programs import Dump
from minion.postgres.server import connect, statement
from minion.text import without_controls

#: Where Heroku keeps extensions; its dumps name the schema without making it
#: (Heroku Help: Postgres Extension Changes FAQ).
HEROKU_SCHEMA = "heroku_ext"
END_S = 5.0

#: Lines in which PostgreSQL quotes rows, and where it does so within a line.
_ROWS = re.compile(r"\s*(DETAIL|CONTEXT|LINE \d+|STATEMENT):|\s*\^")
_VALUE = re.compile(r"(?<=: )\".*|\)=\(.*|(?<=contains \().*")


def restore(
    dump: Dump, target: Address, environ: Mapping[str, str], on_output: Callable[[str], None]
) -> None:
    """Read `dump` into the empty database `target`; `on_output` gets each line about it.

    Owners and privileges are not taken over: everything belongs to the
    address's user. The lines name tables, and never quote a row.

    Raises:
        LocalError: pg_restore failed, with its own words. The database is half full then.
        psycopg.Error: the database cannot be prepared.
    """
    from psycopg.conninfo import make_conninfo

    if dump.has_extensions:
        with contextlib.closing(connect(target)) as connection:
            connection.execute(statement("CREATE SCHEMA IF NOT EXISTS {}", HEROKU_SCHEMA))
    with tempfile.TemporaryDirectory(prefix="minion-") as folder:
        entries = Path(folder, "entries")
        entries.write_text("".join(f"{one.partition(';')[0]};\n" for one in dump.entries))
        argv = [str(dump.program), "--no-owner", "--no-acl", "--exit-on-error", "--no-password"]
        # The name alone may be taken for a whole connection string.
        argv += [
            "--verbose",
            f"--use-list={entries}",
            f"--dbname={make_conninfo(dbname=target.name)}",
        ]
        status, complaints = _run([*argv, str(dump.path)], target.environment(environ), on_output)
    if status != 0:
        raise LocalError(
            f"{dump.program} could not restore the dump: "
            + ("; ".join(complaints) or f"exit status {status}")
        )
    if dump.has_extensions:
        _remove_unused_schema(target)


def discreet(line: str) -> str | None:
    """A line of pg_restore's without values of rows; None if it has nothing else."""
    if _ROWS.match(line):
        return None
    return _VALUE.sub("…", without_controls(line)).rstrip() or None


def _run(
    argv: list[str], env: Mapping[str, str], on_output: Callable[[str], None]
) -> tuple[int, list[str]]:
    """The exit status of `argv` and the last lines that say "error"."""
    complaints: deque[str] = deque(maxlen=3)
    process = subprocess.Popen(
        argv,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        # Ctrl-C is for us: we end it, and remove what it has made.
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        for raw in process.stderr:
            line = discreet(raw)
            if line is None:
                continue
            if "error:" in line:
                complaints.append(line)
            on_output(line)
        return process.wait(), list(complaints)
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    for signal in (process.terminate, process.kill):
        if process.poll() is None:
            signal()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
    if process.stderr is not None:
        process.stderr.close()


def _remove_unused_schema(target: Address) -> None:
    import psycopg

    with contextlib.closing(connect(target)) as connection:
        with contextlib.suppress(psycopg.errors.DependentObjectsStillExist):
            connection.execute(statement("DROP SCHEMA IF EXISTS {}", HEROKU_SCHEMA))
