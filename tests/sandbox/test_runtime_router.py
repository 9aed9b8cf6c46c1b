"""The router: https beside http on one port, WebSockets, its timeouts, and what it logs."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import urllib.request
from pathlib import Path

import aiohttp
import pytest
from runtime_kit import FILES, Site, Timing, build, make_repo, until


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "repo")


def test_https_is_answered_where_http_is(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1, WORD="w"), {"web": 1}, False, Timing())
            trust = ssl.create_default_context(cafile=str(site.certificate.ca_pem))
            secure = f"https://127.0.0.1:{site.router.port}"
            loop = asyncio.get_running_loop()

            def headers(url: str, context: ssl.SSLContext | None) -> set[str]:
                with urllib.request.urlopen(f"{url}/headers", context=context, timeout=20) as got:
                    return set(got.read().decode().splitlines())

            told = await loop.run_in_executor(None, headers, secure, trust)
            assert "X-Forwarded-Proto: https" in told
            assert f"X-Forwarded-Port: {site.router.port}" in told
            assert f"Host: 127.0.0.1:{site.router.port}" in told
            plain = f"http://127.0.0.1:{site.router.port}"
            assert "X-Forwarded-Proto: http" in await loop.run_in_executor(
                None, headers, plain, None
            )
            # A visitor cannot make the app believe that he came by https.
            forged = (await site.get("/headers", headers={"X-Forwarded-Proto": "https"})).text
            assert "X-Forwarded-Proto: http" in forged.splitlines()
            await until(lambda: "protocol=https" in site.logged(), "it is logged")
            assert re.search(
                r"at=info method=GET path=\"/headers\" host=127\.0\.0\.1:\d+ request_id=[\w-]+ "
                r"fwd=\"127\.0\.0\.1\" dyno=web\.1 connect=\d+ms service=\d+ms status=200 "
                r"bytes=\d+ protocol=http$",
                site.logged(),
                re.M,
            )

    asyncio.run(main())


def test_clients_that_say_nothing_or_nonsense_do_no_harm(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1, WORD="w"), {"web": 1}, False, Timing())
            place = ("127.0.0.1", site.router.port)
            with contextlib.ExitStack() as held:
                for said in (b"", b"\x16", b"\x16\x03\x01\0\x02hm", b"\0\0\0\0\r\n\r\n"):
                    client = held.enter_context(socket.create_connection(place))
                    client.sendall(said)
                assert (await site.get()).text == "w web.1"
            assert (await site.get()).text == "w web.1"
            await asyncio.wait_for(site.router.stop(), 10)
            with pytest.raises(ConnectionError):
                socket.create_connection(place)

    asyncio.run(main())


def test_an_answer_that_does_not_begin_is_h12(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path, first_byte_s=0.5) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1, WORD="w"), {"web": 1}, False, Timing())
            assert (await site.get()).text == "w web.1"
            late = await site.get("/slow=3")
            assert late.status == 503 and "Application error" in late.text
            assert re.search(
                r'at=error code=H12 desc="Request timeout" method=GET path="/slow=3" .*'
                r"dyno=web\.1 .* status=503 bytes=0 protocol=http$",
                site.logged(),
                re.M,
            )
            # The dyno is left alone: it may still be at it.
            assert site.state("web.1") == "up"

    asyncio.run(main())


def test_a_dyno_that_takes_its_whole_time_to_boot_is_h20(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path, boot_timeout_s=1.5) as site:
            slug, _ = await build(site.builder, repo)
            spec = site.spec(slug, 1, BOOT_S="60")
            await site.formation.roll(spec, {"web": 1}, False, Timing())
            answers = await asyncio.gather(site.get(), site.get())
            assert {each.status for each in answers} == {503}
            assert re.search(r"code=H(20|10) ", site.logged())

    asyncio.run(main())


ECHO = '''
"""Sends back each message of a WebSocket; /no wants none."""

import base64, hashlib, os, socketserver, struct

class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        head = {}
        path = self.rfile.readline().split()[1].decode()
        for line in iter(self.rfile.readline, b"\\r\\n"):
            name, _, value = line.decode().partition(":")
            head[name.lower()] = value.strip()
        if path != "/chat":
            self.wfile.write(b"HTTP/1.1 403 Forbidden\\r\\nContent-Length: 0\\r\\n\\r\\n")
            return
        salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        mark = hashlib.sha1((head["sec-websocket-key"] + salt).encode())
        accept = base64.b64encode(mark.digest())
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\\r\\n"
            b"Upgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
            b"Sec-WebSocket-Protocol: v2\\r\\nSec-WebSocket-Accept: " + accept + b"\\r\\n\\r\\n"
        )
        self.send(1, (head["x-forwarded-proto"] + " " + head["sec-websocket-protocol"]).encode())
        while True:
            first, second = self.rfile.read(2)
            size = second & 127
            if size == 126:
                size = struct.unpack("!H", self.rfile.read(2))[0]
            mask, data = self.rfile.read(4), self.rfile.read(size)
            data = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
            kind = first & 15
            self.send({9: 10}.get(kind, kind), data)
            if kind == 8:
                return

    def send(self, kind, data):
        size = bytes([len(data)]) if len(data) < 126 else struct.pack("!BH", 126, len(data))
        self.wfile.write(bytes([128 | kind]) + size + data)

class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

Server(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
'''


def test_websockets_pass_through(tmp_path: Path) -> None:
    files = {**FILES, "echo.py": ECHO, "Procfile": "web: python echo.py\n"}
    repo = make_repo(tmp_path / "echo", files)

    async def main() -> None:
        async with Site(tmp_path) as site, aiohttp.ClientSession() as visitor:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1), {"web": 1}, False, Timing())
            place = f"127.0.0.1:{site.router.port}"
            trust = ssl.create_default_context(cafile=str(site.certificate.ca_pem))
            for scheme, context in (("http", True), ("https", trust)):
                async with visitor.ws_connect(
                    f"{scheme}://{place}/chat", protocols=("v1", "v2"), ssl=context, autoping=False
                ) as chat:
                    assert await chat.receive_str() == f"{scheme} v1,v2"
                    assert chat.protocol == "v2"
                    await chat.send_str("hé" * 500)
                    assert await chat.receive_str() == "hé" * 500
                    await chat.send_bytes(b"\0\xff")
                    assert await chat.receive_bytes() == b"\0\xff"
                    await chat.ping(b"here?")
                    assert (await chat.receive()).data == b"here?"
                    await chat.close(code=4001)
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await visitor.ws_connect(f"http://{place}/no")
            assert refused.value.status == 403
            await until(lambda: site.logged().count("status=101") == 2, "they are logged")

    asyncio.run(main())
