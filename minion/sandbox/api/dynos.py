"""Dynos: those of the formation and one-off dynos."""

from __future__ import annotations

import re
from typing import Any

from minion.sandbox.api.apps import reference
from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.api.sizes import size_name
from minion.sandbox.dynos.dynos import Dynos
from minion.sandbox.dynos.process import DynoProcess
from minion.sandbox.errors import NotFound, invalid
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import App

routes = Routes()
LONGEST_S = 86400


def _show(platform: Platform, app: App, dyno: DynoProcess) -> dict[str, Any]:
    release = platform.releases.find(app, str(dyno.release_version))
    return {
        "id": dyno.id,
        "app": reference(app),
        "attach_url": dyno.attach_url,
        "command": dyno.command,
        "created_at": dyno.created_at,
        "name": dyno.name,
        "release": {
            "id": release.id if release else app.current_release_id,
            "version": dyno.release_version,
        },
        "size": dyno.size,
        "state": dyno.state,
        "type": dyno.type,
        "updated_at": dyno.updated_at,
    }


def _dynos(call: Call) -> Dynos:
    return call.platform.running.of(call.app()).dynos


def _find(call: Call) -> DynoProcess:
    wanted = call.part("dyno")
    for dyno in _dynos(call).processes:
        if wanted in (dyno.id, dyno.name):
            return dyno
    raise NotFound("dyno")


@routes("GET", "/apps/{app}/dynos")
async def list_all(call: Call) -> object:
    return [_show(call.platform, call.app(), dyno) for dyno in _dynos(call).processes]


@routes("GET", "/apps/{app}/dynos/{dyno}")
async def info(call: Call) -> object:
    return _show(call.platform, call.app(), _find(call))


@routes("POST", "/apps/{app}/dynos")
async def create(call: Call) -> object:
    """A one-off dyno of the release that runs (Dev Center: One-Off Dynos)."""
    app, body = call.app(), call.body
    release = call.platform.formations.current(app)
    if release is None:
        raise invalid("The app has no release to run yet.")
    spec = call.platform.formations.run_spec(app, release)
    dyno = await call.platform.running.of(app).dynos.run_one_off(
        spec,
        _command(body.get("command")),
        attach=bool(body.get("attach")),
        env=_env(body.get("env") or {}),
        size=size_name(body.get("size") or app.formation["web"]["size"]),
        type=_type(body.get("type") or "run"),
        time_to_live=_time_to_live(body.get("time_to_live")),
        on_exit=None,
    )
    return Answer(_show(call.platform, app, dyno), 201)


@routes("DELETE", "/apps/{app}/dynos")
async def restart_all(call: Call) -> object:
    await _dynos(call).restart(None)
    return Answer({}, 202)


@routes("DELETE", "/apps/{app}/dynos/{dyno}")
async def restart(call: Call) -> object:
    await _dynos(call).restart(_find(call).name)
    return Answer({}, 202)


@routes("DELETE", "/apps/{app}/formations/{type}")
async def restart_type(call: Call) -> object:
    await _dynos(call).restart(call.part("type"))
    return Answer({}, 202)


@routes("POST", "/apps/{app}/dynos/{dyno}/actions/stop")
async def stop(call: Call) -> object:
    await _dynos(call).stop(_find(call).name)
    return Answer({}, 202)


@routes("POST", "/apps/{app}/formations/{type}/actions/stop")
async def stop_type(call: Call) -> object:
    dynos = _dynos(call)
    for dyno in [each for each in dynos.processes if each.type == call.part("type")]:
        await dynos.stop(dyno.name)
    return Answer({}, 202)


def _command(given: object) -> str:
    if not isinstance(given, str) or not given.strip() or "\0" in given:
        raise invalid("command is required.")
    return given


def _type(given: object) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"[-\w]{1,128}", given):
        raise invalid("type must be a name.")
    return given


def _env(given: object) -> dict[str, str]:
    if not isinstance(given, dict) or not all(re.fullmatch(r"\w+", key) for key in given):
        raise invalid("env must be an object whose keys are made of letters, digits and _.")
    if any("\0" in str(value) for value in given.values()):
        raise invalid("env may not hold null bytes.")
    return {key: str(value) for key, value in given.items()}


def _time_to_live(given: object) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 0 < given <= LONGEST_S:
        raise invalid(f"time_to_live must be from 1 to {LONGEST_S} seconds.")
    return given
