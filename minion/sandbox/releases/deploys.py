"""From a push to a running release, in the lines that Heroku prints.

Dev Center: Deploying with Git; Release Phase ("Release command failure").
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Callable

from minion.sandbox.apps.running import Running
from minion.sandbox.builds.commands import BuildFailed
from minion.sandbox.errors import found
from minion.sandbox.logs.streams import Streams
from minion.sandbox.releases.releases import Releases
from minion.sandbox.releases.slugs import Slugs
from minion.sandbox.state.records import App, Build, Release
from minion.sandbox.state.store import Store

Write = Callable[[str], Awaitable[None]]


class Deploys:
    """What the git host calls when a branch that builds has been pushed."""

    def __init__(
        self,
        store: Store,
        slugs: Slugs,
        releases: Releases,
        running: Running,
        streams: Streams,
        email: str,
    ) -> None:
        self._store = store
        self._slugs = slugs
        self._releases = releases
        self._running = running
        self._streams = streams
        self._email = email

    async def on_push(
        self, app_name: str, commit: str, git_env: Mapping[str, str], write: Write
    ) -> bool:
        """Build the commit and release it; False declines the push.

        A release phase that fails does not decline it: git has the commit then,
        and the old release goes on running.
        """
        app = found(self._store.find(App, app_name), "app")
        async with self._running.of(app).building:
            build = Build(app_id=app.id, commit=commit)
            build.stream_id = build.id
            self._store.save(build)
            self._streams.start(build.stream_id)

            async def both(text: str) -> None:
                await self._streams.write(build.stream_id, text)
                await write(text)

            try:
                return await self._build_and_release(app, build, git_env, both)
            finally:
                if build.status == "pending":
                    build.status = "failed"
                    self._store.save(build)
                self._streams.end(build.stream_id)

    async def _build_and_release(
        self, app: App, build: Build, git_env: Mapping[str, str], write: Write
    ) -> bool:
        told = f"Build started by user {self._email}"
        self._running.of(app).log.add("app[api]", told)
        try:
            slug = await self._slugs.build(app, build.commit, git_env, write)
        except BuildFailed as failure:
            await write(f" !     Push rejected, {failure}\n\n !     Push failed\n")
            await write(f" !\n !     Push rejected to {app.name}.\n\n")
            return False
        await write("-----> Launching...\n")
        if "release" in slug.process_types:
            await write(
                " !     Release command declared: this new release will not be available "
                "until the command succeeds.\n"
            )
        release = await self._releases.create(app, f"Deploy {slug.commit:.8}", slug.id)
        build.status, build.slug_id, build.release_id = "succeeded", slug.id, release.id
        self._store.save(build)
        await write(f"       Released v{release.version}\n")
        await write(f"       {app.web_url} deployed to Heroku\n\n")
        await write("Verifying deploy... done.\n")
        await self._show_release_phase(release, write)
        return True

    async def _show_release_phase(self, release: Release, write: Write) -> None:
        """Pass the release command's output on and wait for its end."""
        if release.stream_id is None:
            await self._releases.settled(release)
            return
        await write("Running release command...\n\n")
        async for chunk in self._streams.read(release.stream_id):
            await write(chunk.decode("utf-8", "replace"))
        await self._releases.settled(release)
        if release.status == "failed":
            await write(" !     Release command failed. The previous release goes on running.\n")

    def abandon_pending(self) -> None:
        """Fail the builds that a killed daemon left pending."""
        left = self._store.all(Build, status="pending")
        for build in left:
            build.status = "failed"
        self._store.save(*left)
