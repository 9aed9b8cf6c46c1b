"""A copy in the developer's own database: restored next to the old one, then swapped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from minion.errors import HerokuError, MinionError
from minion.heroku.waiting import until
from minion.settings import environ
from minion.steps.base import Step
from minion.steps.proof import MarkProven, Prove, remember_all
from minion.steps.world import World
from minion.text import size

if TYPE_CHECKING:
    from minion.postgres import Copy, LocalDatabase

#: How long a command of a process that was killed may hold on to the copy.
LEFT_S = 60
POLL_S = 0.5


class CommandFailed(MinionError):
    """A command that was run on this machine failed."""


class CopyLeft(MinionError):
    """A copy next to the local database could not be removed."""


def local_database(world: World) -> LocalDatabase:
    """The developer's own database."""
    from minion.postgres import LocalDatabase, local_url

    return LocalDatabase.open(local_url(environ(), world.settings.data.local), environ())


def copy_of(world: World) -> Copy:
    """The database that this process has restored into."""
    found = world.handover.copy
    if found is None:
        raise HerokuError("the copy was made by another process, and is not used any more")
    return found


@dataclass(frozen=True)
class RestoreBeside(Step):
    """The backup of `source` is restored into a new database next to the one called `app`.

    `personal` names the columns whose values are remembered as they arrive;
    empty where the source was proven.
    """

    source: str
    personal: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"local: restore the backup of {self.source} next to {self.app}"

    @property
    def exposes_data(self) -> bool:
        return True

    def do(self, world: World) -> None:
        from minion.postgres import download

        database, folder = local_database(world), _downloads(world)
        database.drop_leftovers()
        backup = world.handover.backups[self.source]
        app = world.heroku.databases.attached(self.source).app
        url = world.heroku.transfers.public_url(app, backup)
        folder.mkdir(parents=True, exist_ok=True)
        # Within the repository's git folder, so that `undo` finds it after a kill.
        with tempfile.TemporaryDirectory(dir=folder) as private:
            dump = Path(private) / "dump"
            download(url, dump, ca_file=world.heroku.api.ca_file)
            world.console.output(f"downloaded {size(dump.stat().st_size)}")
            world.handover.copy = database.restore_copy(dump, partial(_shown, world))
        if self.personal:
            remember_all(world, self.app, copy_of(world).url, self.personal)

    def undo(self, world: World) -> None:
        shutil.rmtree(_downloads(world), ignore_errors=True)
        copy, world.handover.copy = world.handover.copy, None
        if copy is not None:
            copy.discard()
        _remove_leftovers(local_database(world))
        world.console.say("local: the copy is removed; your database is as it was.")


def _remove_leftovers(database: LocalDatabase) -> None:
    """Remove copies that killed processes have left, once their commands have let go of them.

    Raises:
        CopyLeft: one is still in use.
    """

    left: Sequence[str] = ()

    def are_gone() -> bool:
        nonlocal left
        database.drop_leftovers()
        left = database.leftovers()
        return not left

    if not until(are_gone, timeout_s=LEFT_S, poll_s=POLL_S):
        raise CopyLeft(
            f"local: {left[0]} IS STILL THERE AND IN USE, AND MAY HOLD DATA THAT ARE NOT "
            f"ANONYMISED. End what is connected to it, then: dropdb {left[0]}"
        )


def _shown(world: World, line: str) -> None:
    """Of pg_restore's many lines those about data; what goes wrong is told by its error."""
    if "processing data" in line:
        world.console.output(line)


def _own_environment() -> dict[str, str]:
    """Where ``python`` is the project's: that of the active environment, or else fab's own."""
    found = dict(environ())
    if not found.get("VIRTUAL_ENV"):
        found["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), found.get("PATH", "")])
    return found


def _downloads(world: World) -> Path:
    return world.repository.git_dir / "minion" / "downloads"


@dataclass(frozen=True)
class RunLocally(Step):
    """`command` runs on this machine, in the project's folder, with the copy as its database."""

    command: str

    @property
    def title(self) -> str:
        return f"local: {self.command}"

    def do(self, world: World) -> None:
        from minion.postgres import without_redirection

        process = subprocess.Popen(
            ["/bin/sh", "-c", self.command],
            cwd=world.settings.root,
            env={**without_redirection(_own_environment()), "DATABASE_URL": copy_of(world).url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for minion, which ends this command in good order.
            start_new_session=True,
        )
        try:
            assert process.stdout
            for chunk in iter(lambda: process.stdout.read1(65536), b""):  # type: ignore[union-attr, attr-defined]
                world.console.output_bytes(chunk)
            status = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if status != 0:
            raise CommandFailed(f"local: `{self.command}` exited with status {status}")


@dataclass(frozen=True)
class ProveLocally(Prove):
    """Like `Prove`, of the copy next to the local database.

    Whatever comes between, a copy that did not become the database is removed.
    """

    @property
    def proves_data(self) -> bool:
        return False

    def do(self, world: World) -> None:
        self.prove(world, copy_of(world).url)


@dataclass(frozen=True)
class MarkLocally(MarkProven):
    """Like `MarkProven`, of the copy next to the local database."""

    @property
    def proves_data(self) -> bool:
        return False

    def do(self, world: World) -> None:
        self.note(world, copy_of(world).url)


@dataclass(frozen=True)
class Swap(Step):
    """The copy takes the name `app`; the database that had it is renamed, or dropped."""

    keep: bool

    @property
    def title(self) -> str:
        old = "kept under another name" if self.keep else "dropped once the new one is in place"
        return f"local: the copy becomes {self.app}; the old one is {old}"

    @property
    def is_closing(self) -> bool:
        return True

    def do(self, world: World) -> None:
        kept = copy_of(world).swap(keep_old=self.keep)
        old = f" The old one is {kept}." if kept else ""
        world.console.say(f"local: {self.app} holds the data now.{old}")
