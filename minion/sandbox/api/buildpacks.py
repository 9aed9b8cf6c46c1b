"""The buildpacks that an app is set to: Python's, whether it says so or not."""

from __future__ import annotations

from minion.sandbox.api.builds import BUILDPACK
from minion.sandbox.api.http import Call, Routes
from minion.sandbox.errors import invalid

routes = Routes()


@routes("GET", "/apps/{app}/buildpack-installations")
async def list_all(call: Call) -> object:
    call.app()
    return [{"ordinal": 0, "buildpack": BUILDPACK}]


@routes("PUT", "/apps/{app}/buildpack-installations")
async def update(call: Call) -> object:
    """Set them to what they are; any other is none that the sandbox has."""
    call.app()
    updates = call.body.get("updates")
    if not isinstance(updates, list) or not all(isinstance(each, dict) for each in updates):
        raise invalid("updates must be an array of objects.")
    for each in updates:
        if each.get("buildpack") not in (*BUILDPACK.values(), "urn:buildpack:heroku/python"):
            raise invalid(f"{each.get('buildpack')}: the sandbox builds Python only.")
    return [{"ordinal": 0, "buildpack": BUILDPACK}]
