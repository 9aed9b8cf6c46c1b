"""How an app gets a new release.

Dev Center: Releases; Release Phase. Where the articles are silent, this is what
the sandbox does: releases of one app are settled one after another, in the
order of their versions; a config change whose release phase fails keeps its
values for the next release, while the old dynos keep the old ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Callable

from minion.sandbox.apps import config_changes
from minion.sandbox.apps.config_vars import ConfigVars
from minion.sandbox.apps.running import Running
from minion.sandbox.errors import invalid
from minion.sandbox.logs.streams import Streams
from minion.sandbox.releases.formations import Formations
from minion.sandbox.state.records import AddOn, App, Attachment, Release, Slug, new_id, now
from minion.sandbox.state.store import Store


class Releases:
    """The releases of all apps, made in the name of the user with this `email`."""

    def __init__(
        self,
        store: Store,
        config_vars: ConfigVars,
        formations: Formations,
        running: Running,
        streams: Streams,
        email: str,
    ) -> None:
        self._store = store
        self._config_vars = config_vars
        self._formations = formations
        self._running = running
        self._streams = streams
        self._email = email
        self._settling: dict[str, asyncio.Task[None]] = {}

    async def create(
        self, app: App, description: str, slug_id: str | None, *, release_phase: bool = True
    ) -> Release:
        """A new release of this slug with the config vars that the app has now.

        It is pending when it has a release phase to run, or must wait for an
        earlier release that has; `settled` waits for its end. Otherwise it runs.
        """
        slug = self._store.get(Slug, slug_id)
        command = slug.process_types.get("release") if slug and release_phase else None
        app.last_version += 1
        release = Release(
            app_id=app.id,
            version=app.last_version,
            description=description,
            slug_id=slug_id,
            config_vars=self._config_vars.effective(app),
            addon_plan_names=self._plan_names(app),
            stream_id=new_id() if command else None,
        )
        if release.stream_id:
            self._streams.start(release.stream_id)
        must_wait = self._store.first(Release, app_id=app.id, status="pending") is not None
        self._store.save(app, release)
        told = f"Release v{release.version} created by user {self._email}"
        self._running.of(app).log.add("app[api]", told)
        if command is None and not must_wait:
            await self._succeed(app, release)
        else:
            task = asyncio.create_task(self._settle(app, release, command))
            self._settling[release.id] = task
            task.add_done_callback(lambda _: self._settling.pop(release.id, None))
        return release

    async def settled(self, release: Release) -> Release:
        """The release once it is no longer pending."""
        task = self._settling.get(release.id)
        if task is not None:
            await asyncio.shield(task)
        return release

    async def change_config(self, app: App, changes: Mapping[str, object]) -> Release | None:
        """Set config vars, or remove those that are None, in one release.

        Nothing that differs: no release.

        Raises:
            ApiError: a key or value that the platform does not take.
        """
        attached = self._config_vars.of_addons(app)
        wanted = config_changes.changed(app.config_vars, changes, attached)
        description = config_changes.describe(app.config_vars, wanted)
        if not description:
            return None
        app.config_vars = wanted
        return await self.create(app, description, self.newest_slug(app))

    async def roll_back(self, app: App, target: Release) -> Release:
        """A new release with the slug and the users' config vars of an earlier one.

        Add-ons stay as they are (Dev Center: Releases, "Rollback").

        Raises:
            ApiError: the earlier release cannot run again.
        """
        if not self.is_eligible_for_rollback(app, target):
            raise invalid(f"Cannot roll back to v{target.version}: it has no slug that ran.")
        attached = self._config_vars.of_addons(app)
        app.config_vars = {k: v for k, v in target.config_vars.items() if k not in attached}
        return await self.create(app, f"Rollback to v{target.version}", target.slug_id)

    def is_eligible_for_rollback(self, app: App, release: Release) -> bool:
        """Whether a release can run again."""
        return release.status == "succeeded" and self._store.get(Slug, release.slug_id) is not None

    def newest_slug(self, app: App) -> str | None:
        """The slug of the newest release that has not failed."""
        alive = self._store.where(
            Release, lambda each: each.app_id == app.id and each.status != "failed"
        )
        return alive[-1].slug_id if alive else None

    def find(self, app: App, identity: str) -> Release | None:
        """The app's release with this id or version."""
        found = self._store.all(Release, app_id=app.id)
        return next((r for r in found if identity in (r.id, str(r.version))), None)

    async def stop(self) -> None:
        """Leave what is under way pending; the next start fails it."""
        tasks = list(self._settling.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def abandon_pending(self) -> None:
        """Fail the releases that a killed daemon left pending."""
        left = self._store.all(Release, status="pending")
        for release in left:
            release.status = "failed"
        self._store.save(*left)

    async def _settle(self, app: App, release: Release, command: str | None) -> None:
        async with self._running.of(app).releasing:
            if command is None or await self._run_phase(app, release, command):
                await self._succeed(app, release)
            else:
                release.status = "failed"
                self._store.save(release)

    async def _run_phase(self, app: App, release: Release, command: str) -> bool:
        running, streams = self._running.of(app), self._streams
        stream_id = release.stream_id or ""
        write: Callable[[str], Awaitable[None]] = lambda text: streams.write(stream_id, text)  # noqa: E731
        running.log.add("app[api]", f"Running release v{release.version} commands")
        try:
            spec = self._formations.run_spec(app, release)
            status = await running.dynos.run_release_phase(spec, command, release.version, write)
        finally:
            streams.end(stream_id)
        return status == 0

    async def _succeed(self, app: App, release: Release) -> None:
        release.status = "succeeded"
        app.current_release_id = release.id
        if release.slug_id:
            app.released_at = now()
        self._store.save(app, release)
        await self._formations.run(app, preboot=self._formations.has_preboot(app))

    def _plan_names(self, app: App) -> list[str]:
        """The plans of the app's add-ons."""
        attached = self._store.all(Attachment, app_id=app.id)
        addons = (self._store.get(AddOn, each.addon_id) for each in attached)
        return sorted(addon.plan for addon in addons if addon)
