"""A folder and a PostgreSQL for one measurement; nothing is left of them, kill -9 included."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from minion.sandbox.machine import ports
from minion.sandbox.machine.certificate import make_certificate
from minion.sandbox.machine.processes import remove_at_our_end
from minion.sandbox.measuring.process import NotMeasured, can_cut_network
from minion.sandbox.postgres.installs import NoPostgres, PostgresFailed
from minion.sandbox.postgres.server import Postgres

_NAME = "measured"
_LONGEST_PATH = 90


@dataclass(frozen=True)
class Scratch:
    """Where the database is; `relay` is how to reach it without a network, "" if with one."""

    folder: Path
    url: str
    relay: str


@contextlib.asynccontextmanager
async def scratch() -> AsyncIterator[Scratch]:
    """An empty folder, and an empty database.

    Raises:
        NotMeasured: there is no PostgreSQL here, or no room.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="heroku-minion-measuring-"))
    except OSError as error:
        raise NotMeasured(f"no folder can be made: {error}") from error
    remove_at_our_end(folder)
    try:
        async with _database(folder) as found:
            yield found
    except (NoPostgres, PostgresFailed) as error:
        raise NotMeasured(f"no database can be made: {error}") from error
    except OSError as error:
        raise NotMeasured(str(error)) from error
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


@contextlib.asynccontextmanager
async def _database(folder: Path) -> AsyncIterator[Scratch]:
    certificate = await asyncio.to_thread(make_certificate, folder / "certificate")
    postgres = Postgres(folder / "postgres", ports.choose(), certificate)
    place = postgres.place()
    remove_at_our_end(place)
    remove_at_our_end(place.with_name(f"{place.name}.owner"))
    try:
        await postgres.start()
        url = await postgres.create_database(_NAME, secrets.token_urlsafe(12))
        if not await can_cut_network():
            yield Scratch(folder, url, "")
            return
        with _place_for_socket(folder) as socket:
            server = await asyncio.start_unix_server(_to(postgres.port), str(socket))
            try:
                yield Scratch(folder, url, f"{postgres.port}:{socket}")
            finally:
                server.close()
    finally:
        await postgres.destroy()


@contextlib.contextmanager
def _place_for_socket(folder: Path) -> Iterator[Path]:
    """A path that is short enough for a socket: unix(7) has room for 108 bytes."""
    if len(bytes(folder)) < _LONGEST_PATH:
        yield folder / "database"
        return
    short = Path(tempfile.mkdtemp(prefix="minion-", dir="/tmp"))
    remove_at_our_end(short)
    try:
        yield short / "database"
    finally:
        shutil.rmtree(short, ignore_errors=True)


def _to(port: int):  # type: ignore[no-untyped-def]
    """A handler that passes a connection on to the port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection(ports.LOOPBACK, port)
            await asyncio.gather(_pump(reader, back), _pump(there, writer))

    return handle


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await source.read(65536):
            target.write(chunk)
            await target.drain()
    with contextlib.suppress(OSError):
        target.close()
