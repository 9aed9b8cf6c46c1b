"""Slugs. Their files never leave the sandbox, so that `blob` leads nowhere."""

from __future__ import annotations

from minion.sandbox.api.http import Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.errors import found

routes = Routes()


@routes("GET", "/apps/{app}/slugs/{slug}")
async def info(call: Call) -> object:
    slug = found(call.platform.slugs.find(call.app(), call.part("slug")), "slug")
    return {
        "id": slug.id,
        "blob": {"method": "get", "url": f"{call.platform.api_url}/slugs/{slug.id}.tgz"},
        "buildpack_provided_description": "Python",
        "checksum": slug.checksum,
        "commit": slug.commit,
        "commit_description": slug.commit_subject,
        "created_at": slug.created_at,
        "deleted_at": None,
        "process_types": slug.process_types,
        "size": slug.size_bytes,
        "stack": named("stack", slug.stack),
        "updated_at": slug.updated_at,
    }
