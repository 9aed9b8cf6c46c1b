"""What a backup, a restore and a copy do while they run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from minion.sandbox.postgres.facts import facts
from minion.sandbox.postgres.server import Postgres
from minion.sandbox.state.records import AddOn
from minion.sandbox.transfers import address, programs
from minion.sandbox.transfers.progress import Progress, TransferFailed


async def back_up(postgres: Postgres, addon: AddOn, path: Path, progress: Progress) -> None:
    """Dump a database of the sandbox to `path`.

    Raises:
        TransferFailed: pg_dump did.
    """
    progress.expect((await facts(postgres, addon.database)).size_bytes)
    env = address.environment(postgres.direct(postgres.url(addon.database, addon.password)))
    await programs.dump(postgres.program("pg_dump"), env, path, progress)
    await programs.hold(path, progress)


async def refill(
    postgres: Postgres, addon: AddOn, path: Path, extensions: Sequence[str], progress: Progress
) -> None:
    """Replace everything in a database of the sandbox by the dump at `path`.

    Raises:
        TransferFailed: the dump is gone, or pg_restore failed.
    """
    if not path.is_file():
        raise TransferFailed("the backup is not there any more")
    await postgres.reset_database(addon.database, extensions)
    env = address.environment(postgres.direct(postgres.url(addon.database, addon.password)))
    progress.say("waiting for restore to complete")
    await programs.restore(postgres.program("pg_restore"), env, path, progress)
    progress.say("restore done")


async def copy(
    postgres: Postgres, from_url: str, addon: AddOn, path: Path, progress: Progress
) -> None:
    """Replace everything in a database by another's contents, by way of `path`.

    The target is left alone until the source has been read.

    Raises:
        TransferFailed: pg_dump or pg_restore did.
    """
    env = address.environment(postgres.direct(from_url))
    await programs.dump(postgres.program("pg_dump"), env, path, progress)
    await refill(postgres, addon, path, (), progress)
