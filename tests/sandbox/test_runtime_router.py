"""The router: https beside http on one port, its timeouts, and what it logs."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import urllib.request
from pathlib import Path

import pytest
from runtime_kit import Site, Timing, build, make_repo, until


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
