"""The formation: how many dynos of each process type, and of which size."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from minion.sandbox.api.apps import reference
from minion.sandbox.api.http import Call, Routes
from minion.sandbox.api.named import named
from minion.sandbox.api.sizes import ONE_OF_A_TYPE, size_name
from minion.sandbox.errors import NotFound, invalid
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import App, Slug

routes = Routes()
LARGEST = 100


def _process_types(platform: Platform, app: App) -> Mapping[str, str]:
    release = platform.formations.current(app)
    slug = platform.store.get(Slug, release.slug_id) if release else None
    return slug.process_types if slug else {}


def _show_all(platform: Platform, app: App) -> list[dict[str, Any]]:
    """One entry for each process type of the slug that runs."""
    commands = _process_types(platform, app)
    return [
        {
            "id": entry["id"],
            "app": reference(app),
            "command": commands[kind],
            "created_at": app.created_at,
            "dyno_size": named("dyno-size", str(entry["size"])),
            "quantity": entry["quantity"],
            "size": entry["size"],
            "type": kind,
            "updated_at": app.updated_at,
        }
        for kind, entry in sorted(app.formation.items())
        if kind in commands
    ]


def _find(platform: Platform, app: App, identity: str) -> dict[str, Any]:
    entries = _show_all(platform, app)
    entry = next((e for e in entries if identity in (e["id"], e["type"])), None)
    if entry is None:
        error = NotFound("formation")
        error.message = f"Couldn't find that process type ({identity})."
        raise error
    return entry


def _quantity(given: object, before: int) -> int:
    """A number, or text such as "2", "+1" or "-1", as the CLI sends it."""
    text = str(given).strip()
    if isinstance(given, bool) or not re.fullmatch(r"[+-]?\d{1,4}", text):
        raise invalid("Quantity must be a number.")
    is_step = isinstance(given, str) and text[0] in "+-"
    quantity = before + int(text) if is_step else int(text)
    if not 0 <= quantity <= LARGEST:
        raise invalid(f"Quantity must be between 0 and {LARGEST}.")
    return quantity


async def _change(call: Call, app: App, updates: Sequence[Mapping[str, Any]]) -> None:
    """Carry out all updates, or none."""
    formation = {kind: dict(entry) for kind, entry in app.formation.items()}
    for update in updates:
        kind = _find(call.platform, app, str(update.get("type")))["type"]
        entry = formation[kind]
        if "quantity" in update:
            entry["quantity"] = _quantity(update["quantity"], int(entry["quantity"]))
        size = update.get("dyno_size") or update.get("size")
        if size:
            entry["size"] = size_name(size)
        if entry["size"] in ONE_OF_A_TYPE and int(entry["quantity"]) > 1:
            raise invalid(
                f"Cannot update to more than 1 {entry['size']} size dynos per process type."
            )
        if kind == "release" and entry["quantity"]:
            raise invalid("The release process type cannot be scaled.")
    if formation == app.formation:
        return
    running = call.platform.running.of(app)
    if running.dynos.formation.preboot_pending():
        raise invalid("Cannot change formation for a preboot app until preboot is complete")
    before, app.formation = app.formation, formation
    call.platform.store.save(app)
    quantities = call.platform.formations.quantities(app, _process_types(call.platform, app))
    scaled = ", ".join(f"{kind}@{number}" for kind, number in quantities.items())
    running.log.add("app[api]", f"Scaled to {scaled} by {call.platform.installation.email}")
    resized = [kind for kind in formation if formation[kind]["size"] != before[kind]["size"]]
    await running.dynos.formation.scale(quantities, call.platform.formations.sizes(app))
    # A release phase that is under way ends as it began.
    for kind in (one for one in resized if one != "release"):
        await running.dynos.restart(kind)


@routes("GET", "/apps/{app}/formation")
async def list_all(call: Call) -> object:
    return _show_all(call.platform, call.app())


@routes("PATCH", "/apps/{app}/formation")
async def update_all(call: Call) -> object:
    app, updates = call.app(), call.body.get("updates")
    if not isinstance(updates, list) or not all(isinstance(each, dict) for each in updates):
        raise invalid("updates must be an array of objects.")
    await _change(call, app, updates)
    return _show_all(call.platform, app)


@routes("GET", "/apps/{app}/formation/{formation}")
async def info(call: Call) -> object:
    return _find(call.platform, call.app(), call.part("formation"))


@routes("PATCH", "/apps/{app}/formation/{formation}")
async def update(call: Call) -> object:
    app, identity = call.app(), call.part("formation")
    await _change(call, app, [{**call.body, "type": identity}])
    return _find(call.platform, app, identity)
