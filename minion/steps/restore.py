"""The source's backup into the target's database, and that database emptied again."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from minion.errors import HerokuError, MinionError
from minion.heroku.records import Database, Dyno, Transfer
from minion.heroku.timeouts import MARGIN_S, SHUTDOWN_S
from minion.heroku.waiting import until
from minion.steps.backup import POLL_S, watch
from minion.steps.base import Step, insist
from minion.steps.proof import database_url, remember_all
from minion.steps.world import World

#: How long a cancelled transfer, a stopped dyno or an emptied database is waited for.
SETTLE_S = SHUTDOWN_S + 3 * MARGIN_S


@dataclass(frozen=True)
class Restore(Step):
    """The backup of `source` replaces what is in the database of `app`.

    `apps` are all apps that use this database; `personal` names the columns
    whose values are remembered as they arrive, for the proof; empty where the
    source itself was proven.
    """

    source: str
    apps: tuple[str, ...]
    personal: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.app}: restore the backup of {self.source}"

    @property
    def touches_database(self) -> bool:
        return True

    @property
    def exposes_data(self) -> bool:
        return True

    def do(self, world: World) -> None:
        backup = world.handover.backups[self.source]
        database = world.heroku.databases.attached(self.app)
        transfer = world.heroku.databases.restore(database, backup.to_url)
        ended = watch(world, database.app, transfer, f"{transfer.name} into {self.app}")
        if ended.warnings:
            raise HerokuError(
                f"{self.app}: {ended.name} ended with {ended.warnings} warnings, so that "
                f"something may be missing; look: heroku pg:backups:info {ended.name}"
            )
        # What has arrived is what must be gone later, whatever the source is by now.
        if self.personal:
            remember_all(world, self.app, database_url(world, self.app), self.personal)

    def undo(self, world: World) -> None:
        """Empty the database, and look whether it is.

        Raises:
            HerokuError: it may still hold what was restored; says so in capitals.
        """
        world.console.say(f"{self.app}: emptying the database.")
        try:
            database = world.heroku.databases.attached(self.app)
            self._stop_dynos(world)
            self._stop_transfers(world, database)
            insist(lambda: world.heroku.databases.reset(database), tries=8, pause_s=1.0)
            self._verify(world)
        except MinionError as error:
            raise HerokuError(
                f"{error}\nTHE DATABASE OF {self.app.upper()} MAY STILL HOLD DATA OF "
                f"{self.source.upper()} THAT IS NOT ANONYMISED. TYPE:\n"
                f"  heroku pg:reset DATABASE_URL --app {self.app} --confirm {self.app}"
            ) from error
        world.console.say(f"{self.app}: the database is empty.")

    def _stop_dynos(self, world: World) -> None:
        """End what may still be at the data: a command whose connection was lost, say."""
        for app in self.apps:
            self._stop_dynos_of(world, app)

    def _stop_dynos_of(self, world: World, app: str) -> None:
        left: Sequence[Dyno] = ()

        def are_gone() -> bool:
            nonlocal left
            left = world.heroku.dynos.list(app)
            for dyno in left:
                # One that could not be stopped is in the next list again.
                with contextlib.suppress(HerokuError):
                    world.heroku.dynos.stop(app, dyno.name)
            return not left

        if not until(are_gone, timeout_s=SETTLE_S, poll_s=POLL_S):
            raise HerokuError(f"{app}: {left[0].name} does not stop")

    def _stop_transfers(self, world: World, database: Database) -> None:
        """A restore that goes on would fill the database again after it was emptied."""
        left: list[Transfer] = []

        def are_over() -> bool:
            nonlocal left
            left = [
                transfer
                for transfer in world.heroku.transfers.all(database.app)
                if transfer.kind in ("restore", "copy") and transfer.finished_at is None
            ]
            for transfer in left:
                with contextlib.suppress(HerokuError):
                    world.heroku.transfers.cancel(database.app, transfer)
            return not left

        if not until(are_over, timeout_s=SETTLE_S, poll_s=POLL_S):
            raise HerokuError(f"{self.app}: the restore {left[0].name} does not stop")

    def _verify(self, world: World) -> None:
        """Look into the database itself: an answer of the API alone proves nothing."""
        from minion.privacy import DatabaseUnreachable, take_inventory

        why = ""

        def is_empty() -> bool:
            nonlocal why
            try:
                tables = take_inventory(database_url(world, self.app)).tables
            except DatabaseUnreachable as error:
                why = str(error)
                return False
            why = f"{self.app}: {len(tables)} tables are still there"
            return not tables

        if not until(is_empty, timeout_s=SETTLE_S, poll_s=POLL_S):
            raise HerokuError(why)
