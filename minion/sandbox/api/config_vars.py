"""Config vars of an app, and of a release."""

from __future__ import annotations

from minion.sandbox.api.http import Call, Routes
from minion.sandbox.errors import found

routes = Routes()


@routes("GET", "/apps/{app}/config-vars")
async def info(call: Call) -> object:
    return call.platform.config_vars.effective(call.app())


@routes("PATCH", "/apps/{app}/config-vars")
async def update(call: Call) -> object:
    app = call.app()
    await call.platform.releases.change_config(app, call.body)
    return call.platform.config_vars.effective(app)


@routes("GET", "/apps/{app}/releases/{release}/config-vars")
async def of_release(call: Call) -> object:
    release = found(call.platform.releases.find(call.app(), call.part("release")), "release")
    return release.config_vars
