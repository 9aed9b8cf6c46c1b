"""Fetching a dump that is to be restored from wherever an http(s) URL leads."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from minion.sandbox.transfers.programs import CHUNK_BYTES, make_private
from minion.sandbox.transfers.progress import Progress, TransferFailed

TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


async def fetch(url: str, path: Path, progress: Progress) -> None:
    """Write what is at `url` to the private file `path`.

    Raises:
        TransferFailed: it could not be had. The text is without the URL, which is a secret.
    """
    make_private(path)
    # A proxy of the operator's does not know the way to this machine.
    by_proxy = urlsplit(url).hostname not in THIS_MACHINE
    progress.say("starting download")
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=by_proxy) as session:
            async with session.get(url) as response:
                if response.status != 200:
                    raise TransferFailed(f"the download was answered with {response.status}")
                with path.open("wb") as file:
                    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                        file.write(chunk)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
        raise TransferFailed(f"the download failed: {type(error).__name__}") from error
    progress.say("download finished successfully")
