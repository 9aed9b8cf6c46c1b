"""The sandbox's PostgreSQL: one server, a database for each app.

A server for rehearsals: it does not wait for the disk (fsync is off), so it is
quick and a power cut may cost it its data.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from minion.sandbox.machine import ports
from minion.sandbox.machine.certificate import Certificate
from minion.sandbox.machine.processes import Child, spawn
from minion.sandbox.postgres.access import PLAIN, SUPERUSER, settings_for
from minion.sandbox.postgres.home import Home, find_home
from minion.sandbox.postgres.installs import PostgresFailed
from minion.sandbox.postgres.leftover import end_leftover
from minion.sandbox.postgres.tls import TlsFront

__all__ = ["SUPERUSER", "Postgres", "PostgresFailed"]

_START_S, _STOP_S = 60.0, 15.0

_SETTINGS = {
    # For several databases with the most connections of their plans.
    "max_connections": "500",
    "shared_buffers": "16MB",
    "max_wal_size": "128MB",
    "min_wal_size": "8MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "5min",
    "logging_collector": "off",
    "timezone": "UTC",
    # Else a statement that fails is logged, with the password that may be in it.
    "log_min_error_statement": "panic",
}


class Postgres:
    """A PostgreSQL server whose memory is in `folder`, on 127.0.0.1: `port`.

    PostgreSQL refuses to run as root. Then it runs as an ordinary user, from a
    place that this user can reach, see `minion.sandbox.postgres.home`.

    With a `certificate` it speaks TLS; see `minion.sandbox.postgres.access`.
    """

    def __init__(self, folder: Path, port: int, certificate: Certificate | None = None) -> None:
        self.port = port
        self._folder = folder
        self._certificate = certificate
        self._server_port = port
        self._front: TlsFront | None = None
        self._home: Home | None = None
        self._child: Child | None = None

    @cached_property
    def _busy(self) -> asyncio.Lock:
        """One at a time. Made when first needed: until Python 3.10 a lock wants its loop."""
        return asyncio.Lock()

    async def start(self) -> None:
        """Start the server, made at the first time; one that runs already is left alone.

        Raises:
            PostgresFailed: it did not start.
        """
        async with self._busy:
            if self._child is not None and self._child.is_running:
                return
            home = await asyncio.to_thread(self._find_home)
            await asyncio.to_thread(end_leftover, home)
            if not (home.cluster / "PG_VERSION").exists():
                await self._initialise(home)
            if self._certificate is not None and not home.install().has_tls:
                self._server_port = ports.choose()
                self._front = TlsFront(self.port, self._server_port, self._certificate, PLAIN)
                await self._front.start()
            await self._launch(home)

    async def stop(self) -> None:
        """Stop the server; open connections are closed, nothing is lost."""
        async with self._busy:
            if self._front is not None:
                await self._front.stop()
                self._front = None
            if self._child is not None:
                await self._child.stop(_STOP_S, signal.SIGINT)
                self._child = None

    async def destroy(self) -> None:
        """Stop the server and remove all that it ever kept, also what is outside `folder`."""
        await self.stop()
        home = await asyncio.to_thread(self._find_home)
        await asyncio.to_thread(end_leftover, home)
        await asyncio.to_thread(home.remove)
        self._home = None

    def place(self) -> Path:
        """The folder of the data, which may be outside of the server's own; made if need be."""
        return self._find_home().place

    def url(self, name: str, password: str) -> str:
        """Where the database `name` is for its owner, who has the same name."""
        return f"postgres://{quote(name, '')}:{quote(password, '')}@127.0.0.1:{self.port}/{name}"

    def direct(self, url: str) -> str:
        """The URL of a database of this server for its own programs, which may know no TLS."""
        return url.replace(f"@127.0.0.1:{self.port}/", f"@127.0.0.1:{self._server_port}/")

    async def create_database(self, name: str, password: str, most_connections: int = -1) -> str:
        """The URL of the database `name`, which is made if need be, as is its owner `name`.

        The owner may have `most_connections` at once, any number if that is -1.
        """
        role, database = sql.Identifier(name), sql.Identifier(name)
        async with self._busy, await self.connect() as admin:
            found = await admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
            verb = sql.SQL("ALTER" if await found.fetchone() else "CREATE")
            await admin.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {} CONNECTION LIMIT {}").format(
                    verb, role, sql.Literal(password), sql.Literal(most_connections)
                )
            )
            found = await admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not await found.fetchone():
                await admin.execute(_CREATE.format(database, role))
        return self.url(name, password)

    async def reset_database(self, name: str, extensions: Sequence[str] = ()) -> None:
        """Make the database empty; whoever is connected to it is thrown out.

        Then its owner creates the `extensions`.
        """
        async with self._busy, await self.connect() as admin:
            await admin.execute(_DROP.format(sql.Identifier(name)))
            await admin.execute(_CREATE.format(sql.Identifier(name), sql.Identifier(name)))
        if extensions:
            async with await self.connect(name) as owner:
                await owner.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name)))
                for extension in extensions:
                    await owner.execute(_EXTEND.format(sql.Identifier(extension)))

    async def drop_database(self, name: str) -> None:
        """Remove the database and its owner; neither need exist."""
        async with self._busy, await self.connect() as admin:
            await admin.execute(_DROP.format(sql.Identifier(name)))
            await admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))

    def program(self, name: str) -> Path:
        """The path of one of PostgreSQL's own programs: pg_dump, pg_restore, psql."""
        return self._find_home().install().programs / name

    def _find_home(self) -> Home:
        if self._home is None:
            self._home = find_home(self._folder)
        return self._home

    async def connect(self, database: str = "postgres") -> psycopg.AsyncConnection[tuple[Any, ...]]:
        """A connection as the superuser; each statement is a transaction of its own."""
        return await psycopg.AsyncConnection.connect(
            host="127.0.0.1",
            port=self._server_port,
            sslmode="disable",
            user=SUPERUSER,
            password=self._password(),
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )

    def _password(self) -> str:
        return (self._folder / "password").read_text(encoding="ascii")

    async def _initialise(self, home: Home) -> None:
        """Make an empty cluster: UTF-8, text sorted by code points where there is no C.UTF-8."""
        password = self._folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
        for locale in ("C.UTF-8", "C"):
            fresh = home.fresh_cluster()
            with home.lend(password.read_text(encoding="ascii")) as password_file:
                argv = [str(home.server_programs() / "initdb"), f"--pgdata={fresh}"]
                argv += [f"--username={SUPERUSER}", f"--pwfile={password_file}"]
                argv += ["--auth=scram-sha-256", "--encoding=UTF8", f"--locale={locale}"]
                status, told = await self._run([*argv, "--wal-segsize=1", "--no-sync"], home)
            if status == 0:
                # Half a cluster is never taken for one: it gets its name when it is whole.
                fresh.rename(home.cluster)
                return
        raise PostgresFailed(told)

    async def _run(self, argv: list[str], home: Home) -> tuple[int, str]:
        child = await spawn(argv, env=_environment(), cwd=home.place, **home.identity())
        told = (await child.output.read()).decode("utf-8", "replace").strip()
        return await child.wait(), told

    async def _launch(self, home: Home) -> None:
        argv = [str(home.server_programs() / "postgres"), "-D", str(home.cluster)]
        reached = settings_for(home, self._server_port, self._certificate)
        for key, value in {**_SETTINGS, **reached}.items():
            argv += ["-c", f"{key}={value}"]
        log = self._folder / "postgres.log"
        with log.open("wb") as output:
            self._child = await spawn(
                argv,
                env=_environment(),
                cwd=home.place,
                stdout=output.fileno(),
                last_signal=signal.SIGINT,
                **home.identity(),
            )
        # Whoever else has the port may let us wait; our own server's end must not.
        ready = asyncio.ensure_future(self._until_it_answers())
        ended = asyncio.ensure_future(self._child.wait())
        first: list[asyncio.Future[Any]] = [ready, ended]
        await asyncio.wait(first, timeout=_START_S, return_when=asyncio.FIRST_COMPLETED)
        if ready.done() and self._child.is_running:
            ended.cancel()
            return
        ready.cancel()
        await self._child.stop(_STOP_S, signal.SIGINT)
        told = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise PostgresFailed("\n".join(told[-3:]) or "PostgreSQL did not start")

    async def _until_it_answers(self) -> None:
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                await (await self.connect()).close()
                return
            await asyncio.sleep(0.05)


_CREATE = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
_DROP = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
_EXTEND = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} CASCADE")


def _environment() -> dict[str, str]:
    """No PG* variable of ours may reach the server."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {"LC_ALL": "C", **{key: os.environ[key] for key in kept if key in os.environ}}
