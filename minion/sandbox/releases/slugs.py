"""The slugs of apps: how they get them by builds, and which of them they may use."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Callable

from minion.sandbox.apps.config_vars import ConfigVars
from minion.sandbox.builds.builder import Builder
from minion.sandbox.git.repositories import Repositories
from minion.sandbox.state.records import App, Release, Slug
from minion.sandbox.state.store import Store
from minion.sandbox.tuning import Tuning

Write = Callable[[str], Awaitable[None]]


class Slugs:
    """The slugs of all apps."""

    def __init__(
        self,
        store: Store,
        builder: Builder,
        repositories: Repositories,
        config_vars: ConfigVars,
        tuning: Tuning,
    ) -> None:
        self._store = store
        self._builder = builder
        self._repositories = repositories
        self._config_vars = config_vars
        self._tuning = tuning

    async def build(self, app: App, commit: str, git_env: Mapping[str, str], write: Write) -> Slug:
        """The slug of a commit that is, or by `git_env` will be, in the app's repository.

        Raises:
            BuildFailed: there is none.
        """
        built = await self._builder.build(
            self._repositories.path(app.name),
            commit,
            git_env,
            self._config_vars.effective(app),
            write,
            self._tuning.build_s,
            app.id,
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

    def find(self, app: App, slug_id: str) -> Slug | None:
        """The slug, if the app built it or got it by a promotion."""
        slug = self._store.get(Slug, slug_id)
        if slug is None or slug.app_id == app.id:
            return slug
        return slug if self._store.first(Release, app_id=app.id, slug_id=slug_id) else None
