"""Builds, made by pushes."""

from __future__ import annotations

from typing import Any

from minion.sandbox.api.apps import user
from minion.sandbox.api.http import Call, Routes
from minion.sandbox.errors import NotFound
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import App, Build, Slug

routes = Routes()
BUILDPACK = {
    "url": "https://github.com/heroku/heroku-buildpack-python.git",
    "name": "heroku/python",
}


def _show(platform: Platform, build: Build) -> dict[str, Any]:
    slug = platform.store.get(Slug, build.slug_id)
    app = platform.store.get(App, build.app_id)
    return {
        "id": build.id,
        "app": {"id": build.app_id},
        "buildpacks": [BUILDPACK],
        "created_at": build.created_at,
        "generation": "cedar",
        "output_stream_url": platform.stream_url(build.stream_id),
        "release": {"id": build.release_id} if build.release_id else None,
        "slug": {"id": build.slug_id} if build.slug_id else None,
        "source_blob": {
            "checksum": None,
            "url": f"https://{platform.git_host}/",
            "version": build.commit,
            "version_description": None,
        },
        "stack": slug.stack if slug else app.stack if app else "",
        "status": build.status,
        "updated_at": build.updated_at,
        "user": user(platform),
    }


@routes("GET", "/apps/{app}/builds")
async def list_all(call: Call) -> object:
    builds = call.platform.store.all(Build, app_id=call.app().id)
    return [_show(call.platform, build) for build in builds]


@routes("GET", "/apps/{app}/builds/{build}")
async def info(call: Call) -> object:
    build = call.platform.store.get(Build, call.part("build"))
    if build is None or build.app_id != call.app().id:
        raise NotFound("build")
    return _show(call.platform, build)
