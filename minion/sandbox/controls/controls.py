"""The sandbox's own controls, under ``/_sandbox/`` on the API's port.

Settings, faults and requests are open to whoever is on this machine; what
creates apps, runs commands or shows database URLs needs the token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import asdict
from typing import Any, Callable

from aiohttp import web

from minion.sandbox.api.http import check_token, read_body
from minion.sandbox.api.sizes import size_name
from minion.sandbox.controls.faults import CONTROLS, Faults
from minion.sandbox.dynos.process import DynoProcess
from minion.sandbox.errors import ApiError, invalid
from minion.sandbox.pipelines.couplings import couple
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import AddOn, App, Attachment, Coupling, Release

LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]", "::1")


class Controls:
    """The handlers of the controls."""

    def __init__(self, platform: Platform, faults: Faults) -> None:
        self._platform = platform
        self._faults = faults

    def mount(self, site: web.Application) -> None:
        """Serve the controls on `site`."""
        routes: list[tuple[str, str, Callable[[web.Request], Awaitable[object]]]] = [
            ("GET", "/settings", self.settings),
            ("PATCH", "/settings", self.change_settings),
            ("GET", "/faults", self.list_faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/held", self.list_held),
            ("DELETE", "/held", self.let_go),
            ("GET", "/requests", self.requests),
            ("DELETE", "/requests", self.clear_requests),
            ("GET", "/apps", self.apps),
            ("POST", "/apps", self.create_app),
            ("POST", "/apps/{app}/run", self.run),
        ]
        for method, path, handler in routes:
            site.router.add_route(method, CONTROLS + path, _local(handler))

    async def settings(self, request: web.Request) -> object:
        return self._platform.tuning.values()

    async def change_settings(self, request: web.Request) -> object:
        self._platform.tuning.update(await read_body(request))
        return self._platform.tuning.values()

    async def list_faults(self, request: web.Request) -> object:
        return self._faults.show()

    async def add_fault(self, request: web.Request) -> object:
        return asdict(self._faults.add(await read_body(request)))

    async def clear_faults(self, request: web.Request) -> object:
        self._faults.clear()
        return []

    async def list_held(self, request: web.Request) -> object:
        return [asdict(held) for held in self._faults.held.values()]

    async def let_go(self, request: web.Request) -> object:
        self._faults.let_go()
        return []

    async def requests(self, request: web.Request) -> object:
        return [asdict(seen) for seen in self._faults.seen]

    async def clear_requests(self, request: web.Request) -> object:
        self._faults.seen.clear()
        return []

    async def apps(self, request: web.Request) -> object:
        """Every app with the addresses of its site and its database.

        `preboot_pending` tells what the dyno list hides: old web dynos serve on.
        """
        check_token(request, self._platform.installation.token)
        return {app.name: self._show(app) for app in self._platform.store.all(App)}

    async def create_app(self, request: web.Request) -> object:
        """An app as a project has it: in a pipeline, with a database and Standard-1X dynos."""
        check_token(request, self._platform.installation.token)
        body = await read_body(request)
        config_vars = body.get("config_vars", {})
        if not isinstance(config_vars, dict) or not isinstance(body.get("name"), str):
            raise invalid("name must be text and config_vars an object.")
        app = await self._platform.create_app(
            body["name"],
            config_vars=config_vars,
            database=bool(body.get("database", True)),
            size=size_name(body.get("size", "Standard-1X")),
            first_version=int(body.get("first_version", 1)),
        )
        app.features["preboot"] = bool(body.get("preboot", False))
        self._platform.store.save(app)
        if body.get("pipeline"):
            couple(self._platform.store, app, str(body["pipeline"]), str(body.get("stage")))
        return self._show(app)

    async def run(self, request: web.Request) -> object:
        """Run a command in a one-off dyno to its end; its exit status and output."""
        check_token(request, self._platform.installation.token)
        app = self._platform.find_app(request.match_info["app"])
        release: Release | None = self._platform.formations.current(app)
        if release is None:
            raise ApiError(409, "conflict", f"{app.name} has no release.")
        command = (await read_body(request)).get("command")
        if not isinstance(command, str):
            raise invalid("command is required.")
        over: asyncio.Future[DynoProcess] = asyncio.get_running_loop().create_future()
        running = self._platform.running.of(app)
        dyno = await running.dynos.run_one_off(
            self._platform.formations.run_spec(app, release),
            command,
            attach=False,
            env={},
            on_exit=over.set_result,
        )
        await over
        lines = running.log.recent(1500, "app", dyno.name)
        return {"exit_status": dyno.exit_status, "output": [line.text for line in lines]}

    def _show(self, app: App) -> dict[str, Any]:
        store = self._platform.store
        coupling = store.first(Coupling, app_id=app.id)
        attachment = store.first(Attachment, app_id=app.id, name="DATABASE")
        addon = store.get(AddOn, attachment.addon_id) if attachment else None
        return {
            "stage": coupling.stage if coupling else None,
            "web_url": app.web_url,
            "database_url": self._platform.database_url(addon) if addon else None,
            "preboot_pending": self._platform.running.of(app).dynos.formation.preboot_pending(),
        }


def _local(
    handler: Callable[[web.Request], Awaitable[object]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Answer in JSON, and only to who asks for this machine by its own name.

    A page of another site, whose name was made to lead here, asks for that name.
    """

    async def answer(request: web.Request) -> web.Response:
        name = request.host.rpartition(":")[0] or request.host
        if name not in LOCAL_NAMES:
            raise ApiError(403, "forbidden", "The controls answer on loopback only.")
        return web.json_response(await handler(request))

    return answer
