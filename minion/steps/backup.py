"""A backup of the source's database: taken now, or one that is there already."""

from __future__ import annotations

from dataclasses import dataclass

from minion.errors import AnswerLost, HerokuError
from minion.heroku.records import Transfer
from minion.heroku.timeouts import TRANSFER_S
from minion.heroku.waiting import Stopped
from minion.steps.base import Step
from minion.steps.world import World
from minion.text import size

#: The CLI asks every 3 seconds; a small database is done sooner.
POLL_S = 1.0


def watch(world: World, app: str, transfer: Transfer, what: str) -> Transfer:
    """`transfer` when it has ended well, its progress shown meanwhile.

    Raises:
        Stopped: the operator wants to stop; the transfer goes on.
        HerokuError: it failed.
    """
    shown = -1

    def progress(now: Transfer) -> None:
        nonlocal shown
        if world.is_stopping():
            raise Stopped(f"{what} was not waited for any longer.")
        if now.processed_bytes != shown:
            shown = now.processed_bytes
            whole = f" of {size(now.source_bytes)}" if now.source_bytes else ""
            world.console.output(f"{what}: {size(shown)}{whole}")

    return world.heroku.transfers.wait(
        app, transfer, timeout_s=TRANSFER_S, poll_s=POLL_S, on_progress=progress
    )


@dataclass(frozen=True)
class Capture(Step):
    """The database of `app` is backed up, or the backup `name` of it is taken as it is."""

    name: str | None

    @property
    def title(self) -> str:
        return f"{self.app}: take the backup {self.name}" if self.name else f"{self.app}: back up"

    def do(self, world: World) -> None:
        database = world.heroku.databases.attached(self.app)
        if self.name:
            transfer = world.heroku.transfers.find(database.app, self.name)
        else:
            before = world.heroku.transfers.all(database.app)
            newest = max((one.number for one in before), default=0)
            try:
                transfer = world.heroku.databases.capture(database)
            except AnswerLost:
                transfer = self._adopt(world, database.app, newest)
            transfer = watch(world, database.app, transfer, f"{transfer.name} of {self.app}")
        world.handover.backups[self.app] = transfer
        world.console.say(f"{self.app}: backup {transfer.name}, {size(transfer.processed_bytes)}.")

    def _adopt(self, world: World, billing_app: str, newest: int) -> Transfer:
        """The backup that a request made whose answer was lost; never asked for twice."""
        for transfer in world.heroku.transfers.backups(billing_app):
            if transfer.number > newest:
                return transfer
        raise HerokuError(f"{self.app}: the answer was lost, and no backup was begun")
