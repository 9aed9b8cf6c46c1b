"""Transfers: backups, restores and copies, as ``pg:backups`` and ``pg:copy`` ask for them."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

from aiohttp import web

from minion.sandbox.api.http import Answer, Call, Routes
from minion.sandbox.data_api import downloads
from minion.sandbox.data_api.addressed import DATABASES, database
from minion.sandbox.errors import ApiError, found, invalid
from minion.sandbox.platform import Platform
from minion.sandbox.postgres.facts import check_extensions
from minion.sandbox.state.records import AddOn, Transfer
from minion.sandbox.transfers.transfers import STORE

routes = Routes(is_versioned=False)
TRANSFERS = "/client/v11/apps/{app}/transfers"
ONE_TRANSFER = f"{TRANSFERS}/{{transfer}}"


def _show(platform: Platform, transfer: Transfer, verbose: bool = False) -> dict[str, Any]:
    """A transfer; its log only if asked for."""
    is_backup = transfer.to_type == "gof3r"
    body: dict[str, Any] = {
        "uuid": transfer.id,
        "num": transfer.num,
        "from_name": transfer.from_name,
        "from_type": transfer.from_type,
        "from_url": transfer.from_url or _url(platform, transfer.from_addon_id),
        "to_name": transfer.to_name,
        "to_type": transfer.to_type,
        "to_url": STORE + transfer.id if is_backup else _url(platform, transfer.to_addon_id),
        "options": {},
        "schedule": None,
        "created_at": _moment(transfer.created_at),
        "updated_at": _moment(transfer.updated_at),
        "started_at": _moment(transfer.started_at),
        "finished_at": _moment(transfer.finished_at),
        "canceled_at": _moment(transfer.canceled_at),
        "succeeded": transfer.succeeded if transfer.finished_at else None,
        "processed_bytes": transfer.processed_bytes,
        "source_bytes": transfer.source_bytes,
        "warnings": 0,
    }
    if verbose:
        body["logs"] = [
            {"created_at": _moment(line["created_at"]), "message": line["message"]}
            for line in transfer.logs
        ]
    return body


def _url(platform: Platform, addon_id: str | None) -> str | None:
    """The address of a database of the sandbox, if it is still there."""
    addon = platform.store.get(AddOn, addon_id)
    return platform.database_url(addon) if addon else None


def _moment(time_: str | None) -> str | None:
    """A time as the data API writes it: "2012-01-01 12:00:00 +0000"."""
    return time_.replace("T", " ").replace("Z", " +0000") if time_ else None


def _transfer(call: Call) -> Transfer:
    """The transfer that the path names, by number or id, if it is the app's."""
    store, app, identity = call.platform.store, call.app(), call.part("transfer")
    transfers = store.all(Transfer, app_id=app.id)
    named = (each for each in transfers if identity in (each.id, str(each.num)))
    return found(next(named, None), "transfer")


@routes("GET", f"{DATABASES}/transfer-schedules")
async def schedules(call: Call) -> object:
    """The sandbox makes no backups by itself."""
    database(call)
    return []


@routes("POST", f"{DATABASES}/backups")
async def capture(call: Call) -> object:
    transfer = call.platform.transfers.back_up(database(call))
    return Answer(_show(call.platform, transfer), 201)


@routes("POST", f"{DATABASES}/restores")
async def restore(call: Call) -> object:
    platform, addon, url = call.platform, database(call), call.body.get("backup_url")
    if not isinstance(url, str):
        raise invalid("backup_url is required.")
    extensions = await check_extensions(platform.postgres, call.body.get("extensions"))
    return Answer(_show(platform, platform.transfers.restore(addon, url, extensions)), 201)


@routes("POST", f"{DATABASES}/transfers")
async def copy(call: Call) -> object:
    """A copy from any database into one of the sandbox's."""
    platform, named = call.platform, database(call)
    from_name, from_url, to_name, to_url = (
        str(call.body.get(key)) for key in ("from_name", "from_url", "to_name", "to_url")
    )
    target = platform.transfers.addon_at(to_url)
    if target is None:
        raise invalid("The sandbox copies into its own databases only.")
    if named is not target and platform.transfers.addon_at(from_url) is not named:
        raise invalid("The database must be the source or the target of the copy.")
    transfer = platform.transfers.copy(target, from_url, from_name, to_name)
    return Answer(_show(platform, transfer), 201)


@routes("GET", TRANSFERS)
async def list_transfers(call: Call) -> object:
    """All of an app's, oldest first, in one answer: this API knows no pages."""
    transfers = call.platform.store.all(Transfer, app_id=call.app().id)
    return web.json_response([_show(call.platform, each) for each in transfers])


@routes("GET", ONE_TRANSFER)
async def transfer_info(call: Call) -> object:
    verbose = call.request.query.get("verbose") == "true"
    return _show(call.platform, _transfer(call), verbose)


@routes("DELETE", ONE_TRANSFER)
async def delete(call: Call) -> object:
    transfer = _transfer(call)
    await call.platform.transfers.delete(transfer)
    return _show(call.platform, transfer)


@routes("POST", f"{ONE_TRANSFER}/actions/cancel")
async def cancel(call: Call) -> object:
    transfer = _transfer(call)
    await call.platform.transfers.cancel(transfer)
    return _show(call.platform, transfer)


@routes("POST", f"{ONE_TRANSFER}/actions/public-url")
async def public_url(call: Call) -> object:
    transfer = _transfer(call)
    if transfer.to_type != "gof3r":
        raise invalid("Only backups have a URL.")
    if not transfer.succeeded:
        raise ApiError(409, "conflict", "The backup is not complete.")
    expires = int(time.time()) + downloads.VALID_S
    moment = datetime.fromtimestamp(expires, timezone.utc).strftime("%Y-%m-%d %H:%M:%S +0000")
    return {
        "url": downloads.public_url(call.platform, transfer, expires),
        "expires_at": moment,
    }
