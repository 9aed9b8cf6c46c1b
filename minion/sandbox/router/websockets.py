"""WebSockets, passed through message by message. Dev Center: WebSockets."""

from __future__ import annotations

import asyncio
from typing import Union

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

_OWN = ("sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions")
"""Headers of the handshake that each of the two connections has of its own."""
_SUBPROTOCOL = "Sec-WebSocket-Protocol"

Socket = Union[aiohttp.ClientWebSocketResponse, web.WebSocketResponse]


def is_asked_for(request: web.BaseRequest) -> bool:
    """Whether a client wants to go on with a WebSocket."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


async def pass_through(
    request: web.BaseRequest, session: aiohttp.ClientSession, url: str, headers: CIMultiDict[str]
) -> web.StreamResponse:
    """Join a client and a dyno until one of them ends it; the answer that the client got.

    Raises:
        aiohttp.WSServerHandshakeError: the dyno does not want a WebSocket; it told why.
        aiohttp.ClientError: it cannot be reached.
    """
    wished = [each.strip() for each in headers.get(_SUBPROTOCOL, "").split(",") if each.strip()]
    for name in (*_OWN, _SUBPROTOCOL):
        headers.popall(name, None)
    dyno = await session.ws_connect(
        url, headers=headers, protocols=wished, autoping=False, autoclose=False, max_msg_size=0
    )
    async with dyno:
        chosen = [dyno.protocol] if dyno.protocol else []
        client = web.WebSocketResponse(
            autoping=False, autoclose=False, protocols=chosen, max_msg_size=0
        )
        await client.prepare(request)
        ways = [asyncio.ensure_future(_pump(a, b)) for a, b in ((client, dyno), (dyno, client))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        await client.close()
    return client


async def _pump(source: Socket, target: Socket) -> None:
    """Pass messages on until one ends the conversation, which is passed on, too."""
    while True:
        message = await source.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)
        elif message.type is aiohttp.WSMsgType.PING:
            await target.ping(message.data)
        elif message.type is aiohttp.WSMsgType.PONG:
            await target.pong(message.data)
        elif message.type is aiohttp.WSMsgType.CLOSE:
            await target.close(code=message.data or 1000, message=(message.extra or "").encode())
            return
        else:
            await target.close(code=aiohttp.WSCloseCode.GOING_AWAY)
            return
