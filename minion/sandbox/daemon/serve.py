"""The daemon: one process that is the local Heroku of one project."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from aiohttp import web

from minion.sandbox.daemon.card import Card, card_path, lock_path
from minion.sandbox.daemon.site import make_site
from minion.sandbox.errors import PortTaken, SandboxError
from minion.sandbox.machine import ports
from minion.sandbox.platform import Platform
from minion.sandbox.postgres.facts import available
from minion.sandbox.postgres.home import sweep
from minion.sandbox.postgres.installs import NoPostgres, PostgresFailed

#: How long others may look at the lock, to see whether it is taken.
LOCK_S = 2.0
ABANDONED_POLL_S = 5.0
log = logging.getLogger("minion.sandbox")


def serve(state_dir: Path) -> None:
    """Be the daemon until SIGTERM or SIGINT.

    Raises:
        SandboxError: another daemon has this folder, or a server cannot be started.
        PortTaken: the latter, and another start may do.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    with _only_daemon(state_dir):
        try:
            asyncio.run(_serve(state_dir))
        except (OSError, NoPostgres, PostgresFailed) as error:
            kind = PortTaken if _is_about_a_port(error) else SandboxError
            raise kind(str(error)) from error


def _is_about_a_port(error: Exception) -> bool:
    """Whether a server did not get its port; PostgreSQL says it in words, which are English."""
    if isinstance(error, OSError):
        return error.errno == errno.EADDRINUSE
    return "Address already in use" in str(error) or "could not create any TCP/IP" in str(error)


async def _serve(state_dir: Path) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    # What is ignored is so in every dyno, too, as where `fab` was started with nohup.
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    platform = Platform(state_dir)
    runner = web.AppRunner(make_site(platform), access_log=None, shutdown_timeout=2)
    try:
        await platform.start()
        await runner.setup()
        await web.TCPSite(runner, ports.LOOPBACK, platform.installation.ports["api"]).start()
        _write_card(state_dir, platform, await available(platform.postgres))
        log.info("ready at %s", platform.api_url)
        sweeping = asyncio.ensure_future(asyncio.to_thread(sweep, lambda: not stopping.is_set()))
        waits = [stopping.wait(), _until_abandoned(state_dir)]
        _, others = await asyncio.wait(
            [asyncio.ensure_future(each) for each in waits], return_when=asyncio.FIRST_COMPLETED
        )
        for other in others:
            other.cancel()
        stopping.set()
        await sweeping
    finally:
        card_path(state_dir).unlink(missing_ok=True)
        log.info("stopping")
        await runner.cleanup()
        await platform.stop()


def _write_card(state_dir: Path, platform: Platform, extensions: list[str]) -> None:
    """Say where the daemon is, once it answers."""
    Card(
        pid=os.getpid(),
        api_url=platform.api_url,
        git_host=platform.git_host,
        token=platform.installation.token,
        ca=str(platform.certificate.ca_pem),
        bundle=str(platform.certificate.bundle_pem),
        local_database_url=platform.local_database.url,
        postgres_programs=str(platform.postgres.program("psql").parent),
        extensions=extensions,
    ).write(state_dir)


@contextlib.contextmanager
def _only_daemon(state_dir: Path) -> Iterator[None]:
    """Hold the daemon's lock. The system releases it however the process ends."""
    with lock_path(state_dir).open("a+") as file:
        deadline = time.monotonic() + LOCK_S
        while not _is_locked_by_us(file):
            if time.monotonic() > deadline:
                raise SandboxError(f"A sandbox runs already in {state_dir}.")
            time.sleep(0.05)
        # Only its daemon removes a card, so one that is left is a dead daemon's.
        card_path(state_dir).unlink(missing_ok=True)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _is_locked_by_us(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _until_abandoned(state_dir: Path) -> None:
    """Return when the folder is removed under the daemon: then nobody can find it to stop it."""
    ours = lock_path(state_dir).stat().st_ino
    while True:
        await asyncio.sleep(ABANDONED_POLL_S)
        try:
            if lock_path(state_dir).stat().st_ino != ours:
                return
        except FileNotFoundError:
            return
