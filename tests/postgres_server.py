"""A real PostgreSQL for tests: a server with databases of their own."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from minion.sandbox.machine.ports import choose
from minion.sandbox.postgres.server import Postgres

T = TypeVar("T")


class Databases:
    """The server's databases; `programs` is where pg_dump and its kin are."""

    def __init__(self, postgres: Postgres, loop: asyncio.AbstractEventLoop) -> None:
        self._postgres = postgres
        self._loop = loop
        self._numbers = itertools.count(1)

    @property
    def programs(self) -> Path:
        return self._postgres.program("pg_restore").parent

    def make(self, *statements: str) -> str:
        """The URL of a new database, in which the statements were executed."""
        url = self.run(self._postgres.create_database(f"d{next(self._numbers)}", "secret"))
        execute(url, *statements)
        return url

    def let_make_databases(self, url: str) -> None:
        """The owner of the database at `url` may make others, as developers may at home."""

        async def alter() -> None:
            async with await self._postgres.connect() as admin:
                owner = sql.Identifier(str(urlsplit(url).username))
                await admin.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(owner))

        self.run(alter())

    def as_superuser(self, url: str, *statements: str) -> None:
        """Executes what the owner of the database at `url` may not."""

        async def run() -> None:
            name = urlsplit(url).path.lstrip("/")
            async with await self._postgres.connect(name) as admin:
                for statement in statements:
                    await admin.execute(statement)

        self.run(run())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def served(folder: Path) -> Iterator[Databases]:
    """A server that keeps its files in `folder`."""
    loop = asyncio.new_event_loop()
    postgres = Postgres(folder, choose())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    databases = Databases(postgres, loop)
    try:
        databases.run(postgres.start())
        yield databases
    finally:
        databases.run(postgres.destroy())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
