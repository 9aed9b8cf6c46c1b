"""Backups, restores and copies: begun, at work in the background, ended.

Dev Center: Heroku PGBackups.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Callable
from urllib.parse import urlsplit

from minion.sandbox.errors import NotFound, found, invalid
from minion.sandbox.postgres.server import Postgres
from minion.sandbox.state.records import AddOn, App, Attachment, Transfer, now
from minion.sandbox.state.store import Store
from minion.sandbox.transfers import address, work
from minion.sandbox.transfers.fetch import fetch
from minion.sandbox.transfers.progress import Progress, TransferFailed, note
from minion.sandbox.tuning import Tuning

Deed = Callable[[Progress, Path], Awaitable[None]]
#: Where backups are, in words of the data API: nobody else can read there.
STORE = "s3://sandbox-pgbackups/"
log = logging.getLogger("minion.sandbox")


class Transfers:
    """The transfers of all apps; backups are private files in `folder`.

    The restores of a database, the copies into it and its backups come one by one.
    """

    def __init__(self, store: Store, postgres: Postgres, folder: Path, tuning: Tuning) -> None:
        self._store = store
        self._postgres = postgres
        self._folder = folder
        self._tuning = tuning
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._databases: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def path(self, transfer: Transfer) -> Path:
        """The file of a backup that succeeded."""
        return self._folder / f"{transfer.id}.dump"

    def back_up(self, addon: AddOn) -> Transfer:
        """Begin a backup."""
        transfer = Transfer(
            from_type="pg_dump",
            from_name=self._attached_as(addon),
            from_addon_id=addon.id,
            to_type="gof3r",
            to_name="BACKUP",
        )

        async def deed(progress: Progress, path: Path) -> None:
            await work.back_up(self._postgres, addon, path, progress)
            path.rename(self.path(transfer))

        return self._begin(transfer, addon, deed)

    def restore(self, addon: AddOn, backup_url: str, extensions: Sequence[str] = ()) -> Transfer:
        """Begin to replace a database by a backup, or by the dump at an http(s) URL.

        Raises:
            ApiError: it is no such URL, or there is no such backup.
        """
        backup = self._backup_at(backup_url)
        transfer = Transfer(
            from_type="gof3r" if backup else "htcat",
            from_name="BACKUP",
            from_url=backup_url if backup else address.without_secrets(backup_url),
            to_type="pg_restore",
            to_name=self._attached_as(addon),
            to_addon_id=addon.id,
        )

        async def deed(progress: Progress, path: Path) -> None:
            if backup is None:
                await fetch(backup_url, path, progress)
            else:
                path = self.path(backup)
            if path.is_file():
                progress.expect(path.stat().st_size)
            await work.refill(self._postgres, addon, path, extensions, progress)

        return self._begin(transfer, addon, deed)

    def copy(self, addon: AddOn, from_url: str, from_name: str, to_name: str) -> Transfer:
        """Begin to replace a database by the contents of the one at `from_url`.

        Raises:
            ApiError: it is no URL of a database, or that of the target.
        """
        address.environment(from_url)
        source = self.addon_at(from_url)
        if source is addon:
            raise invalid("Cannot copy a database onto itself.")
        transfer = Transfer(
            from_type="pg_dump",
            from_name=from_name,
            from_addon_id=source.id if source else None,
            from_url=None if source else address.without_secrets(from_url),
            to_type="pg_restore",
            to_name=to_name,
            to_addon_id=addon.id,
        )

        async def deed(progress: Progress, path: Path) -> None:
            await work.copy(self._postgres, from_url, addon, path, progress)

        return self._begin(transfer, addon, deed)

    async def cancel(self, transfer: Transfer) -> None:
        """Stop a transfer, and wait until it has; one that has ended stays as it is."""
        task = self._tasks.get(transfer.id)
        if task is None:
            return
        if task.cancel():
            transfer.canceled_at = now()
        await asyncio.wait([task])

    async def delete(self, transfer: Transfer) -> None:
        """Forget a transfer and remove its file; one at work is stopped first."""
        await self.cancel(transfer)
        self._store.delete(transfer)
        self.path(transfer).unlink(missing_ok=True)

    def abandon_unfinished(self) -> None:
        """Fail what a daemon that was killed has left at work, and remove its files."""
        for transfer in self._store.all(Transfer, finished_at=None):
            self._fail(transfer, "The sandbox ended while this was at work.")
        for path in self._folder.glob("*.part"):
            path.unlink()

    async def stop(self) -> None:
        """End what is at work; it has failed."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def addon_at(self, url: str) -> AddOn | None:
        """The sandbox's database at a URL; None if it is another one."""
        return next(
            (
                each
                for each in self._store.all(AddOn)
                if self._postgres.url(each.database, each.password) == url
            ),
            None,
        )

    def _backup_at(self, url: str) -> Transfer | None:
        """The backup at an address of the store; None for an http(s) URL."""
        if url.startswith(STORE):
            backup = self._store.get(Transfer, url[len(STORE) :])
            if backup is None or not backup.succeeded:
                raise NotFound("backup")
            return backup
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise invalid("backup_url must be the address of a backup or an http(s) URL.")
        return None

    def _attached_as(self, addon: AddOn) -> str:
        """What its own app calls the database."""
        attached = self._store.all(Attachment, addon_id=addon.id, app_id=addon.app_id)
        names = [each.name for each in attached]
        return "DATABASE" if "DATABASE" in names else next(iter(names), addon.name)

    def _begin(self, transfer: Transfer, addon: AddOn, deed: Deed) -> Transfer:
        app = found(self._store.get(App, addon.app_id), "app")
        app.last_transfer += 1
        transfer.app_id, transfer.num = app.id, app.last_transfer
        self._store.save(app, transfer)
        task = asyncio.ensure_future(self._run(transfer, deed))
        self._tasks[transfer.id] = task
        task.add_done_callback(lambda done: self._settle(transfer, done))
        return transfer

    async def _run(self, transfer: Transfer, deed: Deed) -> None:
        path = self._folder / f"{transfer.id}.part"
        async with self._databases[transfer.to_addon_id or transfer.from_addon_id or ""]:
            transfer.started_at = now()
            self._store.save(transfer)
            try:
                await deed(Progress(transfer, self._tuning), path)
            finally:
                path.unlink(missing_ok=True)

    def _settle(self, transfer: Transfer, task: asyncio.Task[None]) -> None:
        """Note how a transfer has ended."""
        del self._tasks[transfer.id]
        if task.cancelled():
            canceled = transfer.canceled_at is not None
            self._fail(transfer, "Canceled." if canceled else "The sandbox was stopped.")
        elif (error := task.exception()) is None:
            transfer.succeeded, transfer.finished_at = True, now()
            self._store.save(transfer)
        elif isinstance(error, TransferFailed):
            self._fail(transfer, str(error))
        else:
            log.error("transfer %s failed", transfer.id, exc_info=error)
            self._fail(transfer, "Internal error.")

    def _fail(self, transfer: Transfer, why: str) -> None:
        note(transfer, why)
        self.path(transfer).unlink(missing_ok=True)
        transfer.finished_at = now()
        self._store.save(transfer)
