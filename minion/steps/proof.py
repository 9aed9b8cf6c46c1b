"""The source's personal values are remembered, and later shown to be gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from minion.errors import HerokuError, MinionError
from minion.steps.base import Step
from minion.steps.world import World

if TYPE_CHECKING:
    from minion.privacy import Column, Inventory, Memory

#: Of larger tables a sample of this many rows is compared.
ROWS = 100_000


class NotAnonymised(MinionError):
    """A personal value of the source was found in the target."""


def memories(world: World, target: str) -> list[Memory]:
    """What is remembered of the data that go to `target`; it ends with the process."""
    return world.handover.memories.setdefault(target, [])


def columns_of(inventory: Inventory, keys: Sequence[str]) -> list[Column]:
    """The columns that `keys` (``table.column``) name, as far as they are there."""
    wanted = set(keys)
    return [
        column for table in inventory.tables for column in table.columns if column.key in wanted
    ]


def database_url(world: World, app: str) -> str:
    """The app's DATABASE_URL, a secret. Raises HerokuError where there is none."""
    url = world.heroku.apps.config_vars(app).get("DATABASE_URL")
    if not url:
        raise HerokuError(f"{app}: has no DATABASE_URL")
    return url


def remember_all(world: World, target: str, url: str, keys: Sequence[str]) -> None:
    """Remember the values of the columns `keys` in the database at `url`."""
    from minion.privacy import remember, take_inventory

    columns = columns_of(take_inventory(url), keys)
    memories(world, target).append(remember(url, columns, limit_rows=ROWS))


@dataclass(frozen=True)
class Remember(Step):
    """The values of the `personal` columns in the database of `app` are remembered.

    Only in memory, and only as digests; `target` is what they are compared with later.
    """

    target: str
    personal: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.app}: remember the values of {len(self.personal)} personal columns"

    def do(self, world: World) -> None:
        remember_all(world, self.target, database_url(world, self.app), self.personal)


@dataclass(frozen=True)
class Prove(Step):
    """None of the remembered values is left in the database of `app`, or the step fails.

    `source` is where they came from, `pii` and `pii_ignore` are the settings' columns.
    """

    source: str
    pii: tuple[str, ...]
    pii_ignore: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.app}: prove that no personal value of {self.source} is left"

    @property
    def proves_data(self) -> bool:
        return True

    def do(self, world: World) -> None:
        self.prove(world, database_url(world, self.app))

    def prove(self, world: World, url: str) -> None:
        """Compare, say what was compared, and mark the database.

        Raises:
            NotAnonymised: at least one value was found.
        """
        from minion.privacy import judge, look, prove, renew_statistics, take_inventory

        remembered = memories(world, self.app)
        if not remembered:
            raise NotAnonymised(f"{self.app}: nothing is known of the source's values any more")
        # Autovacuum may have noted values before they were replaced.
        renew_statistics(url)
        inventory = take_inventory(url)
        judgement = judge(inventory, look(url, inventory), self.pii, self.pii_ignore)
        proof = prove(remembered, url, judgement)
        world.console.say("\n".join(f"      {line}" for line in proof.lines()))
        if not proof.ok:
            raise NotAnonymised(
                f"{self.app}: the data are not anonymised: the proof has found values of "
                f"{self.source} in them (see above)"
            )
        mark(world, url, self.source, datetime.now(timezone.utc))


@dataclass(frozen=True)
class MarkProven(Step):
    """The data came from a database that was proven at `at`: `app` is marked alike."""

    source: str
    at: str

    @property
    def title(self) -> str:
        return f"{self.app}: note that the data were proven to be anonymised on {self.at[:10]}"

    @property
    def proves_data(self) -> bool:
        return True

    def do(self, world: World) -> None:
        self.note(world, database_url(world, self.app))

    def note(self, world: World, url: str) -> None:
        mark(world, url, self.source, datetime.fromisoformat(self.at))
        world.console.say(
            f"      The proof is that of {self.at}, when these data came from {self.source}; "
            "they are not compared again."
        )


def mark(world: World, url: str, source: str, at: datetime) -> None:
    """Mark the database; that it cannot be marked only costs a proof at the next move."""
    from minion.privacy import Mark, write_mark

    try:
        write_mark(url, Mark(source, at))
    except MinionError as error:
        world.console.say(f"Take note: the database could not be marked as proven: {error}")
