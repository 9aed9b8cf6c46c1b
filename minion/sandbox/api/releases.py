"""Releases of an app."""

from __future__ import annotations

from typing import Any

from minion.sandbox.api.apps import reference, user
from minion.sandbox.api.bodies import identity, text
from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.errors import found, invalid
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import App, Release, Slug

routes = Routes()


def _show(platform: Platform, app: App, release: Release) -> dict[str, Any]:
    slug_id = release.slug_id
    return {
        "id": release.id,
        "addon_plan_names": release.addon_plan_names,
        "app": reference(app),
        "artifacts": [{"type": "slug", "id": slug_id}] if slug_id else [],
        "created_at": release.created_at,
        "current": release.id == app.current_release_id,
        "description": release.description,
        "eligible_for_rollback": platform.releases.is_eligible_for_rollback(app, release),
        "oci_image": None,
        "output_stream_url": platform.stream_url(release.stream_id),
        "slug": {"id": slug_id} if slug_id else None,
        "status": release.status,
        "updated_at": release.updated_at,
        "user": user(platform),
        "version": release.version,
    }


@routes("GET", "/apps/{app}/releases")
async def list_all(call: Call) -> object:
    app = call.app()
    releases = call.platform.store.all(Release, app_id=app.id)
    return [_show(call.platform, app, release) for release in releases]


@routes("GET", "/apps/{app}/releases/{release}")
async def info(call: Call) -> object:
    app = call.app()
    release = found(call.platform.releases.find(app, call.part("release")), "release")
    return _show(call.platform, app, release)


@routes("POST", "/apps/{app}/releases")
async def create(call: Call) -> object:
    """A rollback ({"release": …}) or a release of a slug ({"slug": …, "description": …})."""
    app = call.app()
    if "release" in call.body:
        version = str(call.body["release"])
        if isinstance(call.body["release"], (dict, list)):
            version = identity(call.body, "release")
        target = found(call.platform.releases.find(app, version), "release")
        release = await call.platform.releases.roll_back(app, target)
    elif "slug" in call.body:
        # Of any app that the user may see (Dev Center: Copying Slugs): here, of any.
        slug = call.platform.store.get(Slug, identity(call.body, "slug"))
        if slug is None:
            raise invalid("Couldn't find that slug.")
        description = text(call.body, "description") or "Deploy"
        release = await call.platform.releases.create(app, description, slug.id)
    else:
        raise invalid("Either a slug or a release is required.")
    return Answer(_show(call.platform, app, release), 201)
