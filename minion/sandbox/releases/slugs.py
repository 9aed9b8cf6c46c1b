"""Which slugs an app may use."""

from __future__ import annotations

from minion.sandbox.state.records import App, Release, Slug
from minion.sandbox.state.store import Store


def has_slug(store: Store, app: App, slug_id: str) -> bool:
    """Whether the app built this slug, or got it by a promotion."""
    slug = store.get(Slug, slug_id)
    if slug is None:
        return False
    return slug.app_id == app.id or bool(store.first(Release, app_id=app.id, slug_id=slug_id))
