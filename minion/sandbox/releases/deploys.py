"""From a push to a running release, in the lines that Heroku prints.

Dev Center: Deploying with Git; Release Phase ("Release command failure").
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Callable

from minion.sandbox.builds.builder import BuildFailed
from minion.sandbox.state.records import App, Build, Release, Slug

if TYPE_CHECKING:
    from minion.sandbox.platform import Platform

Write = Callable[[str], Awaitable[None]]


class Deploys:
    """What the git host calls when a branch that builds has been pushed."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._store = platform.store

    async def on_push(
        self, app_name: str, commit: str, git_env: Mapping[str, str], write: Write
    ) -> bool:
        """Build the commit and release it; False declines the push.

        A release phase that fails does not decline it: git has the commit then,
        and the old release goes on running.
        """
        app = self._platform.find_app(app_name)
        async with self._platform.running[app.id].building:
            build = Build(app_id=app.id, commit=commit)
            build.stream_id = build.id
            self._store.save(build)
            self._platform.streams.start(build.stream_id)

            async def both(text: str) -> None:
                await self._platform.streams.write(build.stream_id, text)
                await write(text)

            try:
                return await self._build_and_release(app, build, git_env, both)
            finally:
                if build.status == "pending":
                    build.status = "failed"
                    self._store.save(build)
                self._platform.streams.end(build.stream_id)

    async def _build_and_release(
        self, app: App, build: Build, git_env: Mapping[str, str], write: Write
    ) -> bool:
        try:
            slug = await self._build(app, build, git_env, write)
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
        release = await self._platform.releases.create(app, f"Deploy {slug.commit:.8}", slug.id)
        build.status, build.slug_id, build.release_id = "succeeded", slug.id, release.id
        self._store.save(build)
        await write(f"       Released v{release.version}\n")
        await write(f"       {self._platform.web_url(app)} deployed to Heroku\n\n")
        await write("Verifying deploy... done.\n")
        await self._show_release_phase(release, write)
        return True

    async def _build(
        self, app: App, build: Build, git_env: Mapping[str, str], write: Write
    ) -> Slug:
        running = self._platform.running[app.id]
        running.log.add("app[api]", f"Build started by user {self._platform.installation.email}")
        built = await self._platform.builder.build(
            self._platform.git.repo(app.name),
            build.commit,
            git_env,
            self._platform.addons.effective(app),
            write,
            self._platform.tuning.build_s,
        )
        slug = Slug(
            id=built.id,
            app_id=app.id,
            commit=built.commit,
            commit_subject=built.commit_subject,
            process_types=dict(built.process_types),
            size_bytes=built.size_bytes,
            stack=built.stack,
            checksum=built.checksum,
        )
        self._store.save(slug)
        return slug

    async def _show_release_phase(self, release: Release, write: Write) -> None:
        """Pass the release command's output on and wait for its end."""
        if release.stream_id is None:
            await self._platform.releases.settled(release)
            return
        await write("Running release command...\n\n")
        async for chunk in self._platform.streams.read(release.stream_id):
            await write(chunk.decode("utf-8", "replace"))
        await self._platform.releases.settled(release)
        if release.status == "failed":
            await write(" !     Release command failed. The previous release goes on running.\n")

    def abandon_pending(self) -> None:
        """Fail the builds that a killed daemon left pending."""
        left = self._store.all(Build, status="pending")
        for build in left:
            build.status = "failed"
        self._store.save(*left)
