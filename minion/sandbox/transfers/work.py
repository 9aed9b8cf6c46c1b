"""What a backup, a restore and a copy do while they run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from minion.sandbox.data_api.databases import size_bytes
from minion.sandbox.state.records import AddOn
from minion.sandbox.transfers import address, programs
from minion.sandbox.transfers.progress import Progress, TransferFailed

if TYPE_CHECKING:
    from minion.sandbox.platform import Platform


async def back_up(platform: Platform, addon: AddOn, path: Path, progress: Progress) -> None:
    """Dump a database of the sandbox to `path`.

    Raises:
        TransferFailed: pg_dump did.
    """
    progress.expect(await size_bytes(platform.postgres, addon.database))
    env = address.environment(platform.addons.url(addon))
    await programs.dump(platform.postgres.program("pg_dump"), env, path, progress)
    await programs.hold(path, progress)


async def refill(
    platform: Platform, addon: AddOn, path: Path, extensions: Sequence[str], progress: Progress
) -> None:
    """Replace everything in a database of the sandbox by the dump at `path`.

    Raises:
        TransferFailed: the dump is gone, or pg_restore failed.
    """
    if not path.is_file():
        raise TransferFailed("the backup is not there any more")
    await platform.postgres.reset_database(addon.database, extensions)
    env = address.environment(platform.addons.url(addon))
    progress.say("waiting for restore to complete")
    await programs.restore(platform.postgres.program("pg_restore"), env, path, progress)
    progress.say("restore done")


async def copy(
    platform: Platform, from_url: str, addon: AddOn, path: Path, progress: Progress
) -> None:
    """Replace everything in a database by another's contents, by way of `path`.

    The target is left alone until the source has been read.

    Raises:
        TransferFailed: pg_dump or pg_restore did.
    """
    env = address.environment(from_url)
    await programs.dump(platform.postgres.program("pg_dump"), env, path, progress)
    await refill(platform, addon, path, (), progress)
