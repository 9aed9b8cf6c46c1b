"""Backups by public URL: whoever has the URL can read, for an hour.

Dev Center: Heroku PGBackups, "Downloading your backups".
"""

from __future__ import annotations

import hashlib
import hmac
import time
from urllib.parse import urlencode

from aiohttp import web

from minion.sandbox.errors import ApiError, NotFound
from minion.sandbox.platform import Platform
from minion.sandbox.state.records import Transfer

VALID_S = 3600
PATH = "/pgbackups"


def public_url(platform: Platform, transfer: Transfer, expires: int) -> str:
    """The address of a backup's file until `expires`, in seconds since 1970."""
    query = {"expires": expires, "signature": _signature(platform, transfer, str(expires))}
    return f"{platform.api_url}{PATH}/{transfer.id}?{urlencode(query)}"


def mount(site: web.Application, platform: Platform) -> None:
    """Serve the files on `site`."""

    async def download(request: web.Request) -> web.StreamResponse:
        transfer = platform.store.get(Transfer, request.match_info["transfer"])
        expires = request.query.get("expires", "")
        if transfer is None:
            raise NotFound("backup")
        given, right = request.query.get("signature", ""), _signature(platform, transfer, expires)
        if not hmac.compare_digest(given.encode(), right.encode()):
            raise ApiError(403, "forbidden", "The signature does not match.")
        if int(expires) < time.time():
            raise ApiError(403, "forbidden", "The URL has expired.")
        path = platform.transfers.path(transfer)
        if not path.is_file():
            raise NotFound("backup")
        return web.FileResponse(path, headers={"Content-Type": "application/octet-stream"})

    site.router.add_get(f"{PATH}/{{transfer}}", download, allow_head=False)


def _signature(platform: Platform, transfer: Transfer, expires: str) -> str:
    """What only the sandbox can make: its token is the key."""
    said = f"{transfer.id}:{expires}".encode()
    key = platform.installation.token.encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()
