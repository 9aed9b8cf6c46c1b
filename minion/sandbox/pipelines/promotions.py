"""Promotions: the source's slug becomes a release of each target.

Dev Center: Pipelines, "Promoting"; nothing is built, and each target keeps its
own config vars, add-ons and formation and runs its own release phase.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from minion.sandbox.errors import NotFound, invalid
from minion.sandbox.releases.releases import Releases
from minion.sandbox.state.records import (
    App,
    Coupling,
    Pipeline,
    Promotion,
    PromotionTarget,
    Release,
    Slug,
)
from minion.sandbox.state.store import Store


class Promotions:
    """The promotions of all pipelines."""

    def __init__(self, store: Store, releases: Releases) -> None:
        self._store = store
        self._releases = releases
        self._tasks: set[asyncio.Task[None]] = set()

    def start(
        self, pipeline: Pipeline, source: App, release: Release | None, targets: Sequence[App]
    ) -> Promotion:
        """Begin a promotion of the source's current release, or of the one given.

        Raises:
            ApiError: an app is not in the pipeline, or the source has no slug.
        """
        for app in (source, *targets):
            if not self._store.first(Coupling, app_id=app.id, pipeline_id=pipeline.id):
                raise invalid(f"App {app.name} is not in pipeline {pipeline.name}.")
        if not targets or source in targets:
            raise invalid("Targets must be other apps of the pipeline.")
        release = release or self._store.get(Release, source.current_release_id)
        if release is None or self._store.get(Slug, release.slug_id) is None:
            raise invalid(f"App {source.name} does not have a release with a slug to promote.")
        promotion = Promotion(
            pipeline_id=pipeline.id, source_app_id=source.id, source_release_id=release.id
        )
        states = [PromotionTarget(promotion_id=promotion.id, app_id=app.id) for app in targets]
        self._store.save(promotion, *states)
        task = asyncio.create_task(self._carry_out(promotion, source, release, states))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return promotion

    async def stop(self) -> None:
        """Leave unfinished promotions pending; the next start fails them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def abandon_pending(self) -> None:
        """Fail what a killed daemon left pending."""
        targets = self._store.all(PromotionTarget, status="pending")
        for target in targets:
            target.status, target.error_message = "failed", "The promotion was interrupted."
        promotions = self._store.all(Promotion, status="pending")
        for promotion in promotions:
            promotion.status = "completed"
        self._store.save(*targets, *promotions)

    async def _carry_out(
        self,
        promotion: Promotion,
        source: App,
        release: Release,
        targets: Sequence[PromotionTarget],
    ) -> None:
        await asyncio.gather(*(self._promote(source, release, target) for target in targets))
        promotion.status = "completed"
        self._store.save(promotion)

    async def _promote(self, source: App, release: Release, target: PromotionTarget) -> None:
        try:
            app = self._store.get(App, target.app_id)
            slug = self._store.get(Slug, release.slug_id)
            if app is None or slug is None:
                raise NotFound("app")
            promoted = await self._releases.create(
                app, f"Promote {source.name} v{release.version} {slug.commit or '':.7}", slug.id
            )
            target.release_id = promoted.id
            self._store.save(target)
            await self._releases.settled(promoted)
            target.status = promoted.status
            if promoted.status != "succeeded":
                target.error_message = "Release command failed."
        except Exception as error:
            target.status, target.error_message = "failed", str(error)
        self._store.save(target)
