"""What ``fab sandbox`` does: start the local Heroku of a folder, look at it, stop it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from minion.sandbox.daemon import process as daemon
from minion.sandbox.daemon.card import Card
from minion.sandbox.errors import SandboxError
from minion.sandbox.lifecycle import places
from minion.sandbox.lifecycle.apps import Say
from minion.sandbox.lifecycle.filling import complete, fill
from minion.sandbox.lifecycle.needs import missing_extensions
from minion.sandbox.lifecycle.running import running
from minion.sandbox.lifecycle.seed import Seed
from minion.sandbox.lifecycle.specs import ProjectSpec, Running
from minion.sandbox.postgres.installs import NoPostgres, PostgresFailed


def ensure(folder: Path, say: Say, project: ProjectSpec | None = None) -> Running:
    """The sandbox of `folder`, started and filled if need be; `say` hears what is done.

    `project` None: the bookshop, in ``folder/bookshop``. A first start that was
    interrupted is done again from the beginning.

    Raises:
        SandboxError: it cannot be started or filled, or is filled with something else.
    """
    folder = folder.resolve()
    with _in_words(), _alone(folder):
        state_dir = places.state_dir(folder)
        seed = Seed.read(folder)
        if seed is None:
            _wipe(folder)
            say("Setting up a local Heroku. This takes a moment, once.")
            try:
                card = daemon.start(state_dir)
                seed = fill(folder, card, say, project)
            except BaseException:
                daemon.stop(state_dir)
                raise
        else:
            card = daemon.find(state_dir) or _start_again(state_dir, say)
            seed = complete(folder, card, say, project, seed)
        if project is not None:
            for line in missing_extensions(project.root, card.extensions):
                say(line)
        return running(state_dir, card, seed)


def status(folder: Path) -> Running | None:
    """The sandbox of `folder` if it runs and has been filled."""
    folder = folder.resolve()
    state_dir = places.state_dir(folder)
    card, seed = daemon.find(state_dir), Seed.read(folder)
    return running(state_dir, card, seed) if card and seed else None


def stop(folder: Path) -> bool:
    """Stop the sandbox of `folder`; its state stays. False if none ran.

    Raises:
        SandboxError: it will not go.
    """
    folder = folder.resolve()
    if not places.state_dir(folder).exists():
        return False
    with _in_words(), _alone(folder):
        return daemon.stop(places.state_dir(folder))


def reset(folder: Path, say: Say, project: ProjectSpec | None = None) -> Running:
    """A sandbox as new, whatever was in the old one. The bookshop's work tree is made anew, too.

    Raises:
        SandboxError: as `ensure`.
    """
    folder = folder.resolve()
    with _in_words(), _alone(folder):
        _wipe(folder)
        shutil.rmtree(places.bookshop(folder), ignore_errors=True)
    return ensure(folder, say, project)


def _start_again(state_dir: Path, say: Say) -> Card:
    say("Starting the local Heroku.")
    return daemon.start(state_dir)


def _wipe(folder: Path) -> None:
    """Stop the sandbox and forget its state.

    A bookshop whose making was interrupted goes, too: nobody has worked in it.
    """
    state_dir = places.state_dir(folder)
    daemon.stop(state_dir)
    if places.making_marker(folder).exists():
        shutil.rmtree(places.bookshop(folder), ignore_errors=True)
    if state_dir.exists():
        # A server that runs as another user keeps its files elsewhere.
        asyncio.run(_destroy_databases(state_dir))
        shutil.rmtree(state_dir)


async def _destroy_databases(state_dir: Path) -> None:
    # Here only: every task in the sandbox would pay for what few need.
    from minion.sandbox.postgres.server import Postgres

    await Postgres(state_dir / "postgres", 0).destroy()


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """Word what the system refuses as what it is to the caller: no sandbox."""
    try:
        yield
    except subprocess.CalledProcessError as error:
        said = (error.stderr or b"").decode("utf-8", "replace").strip()
        raise SandboxError(f"The sandbox cannot be set up: {said or error}") from error
    except (OSError, subprocess.TimeoutExpired, NoPostgres, PostgresFailed) as error:
        raise SandboxError(f"The sandbox cannot be set up: {error}") from error


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One call at a time; whoever comes second finds a sandbox that runs."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    with (folder / "sandbox.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
