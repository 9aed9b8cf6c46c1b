"""Dynos behind their router: boot, change of release, crashes, one-off commands."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import os
import re
import shutil
import socket
from pathlib import Path

import pytest
from runtime_kit import FILES, Output, Site, Timing, build, make_repo, until

from minion.sandbox.dynos.listening import is_for_this_machine_only
from minion.sandbox.router.error_pages import in_log

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "repo")


def test_requests_reach_the_dynos_and_wait_while_they_boot(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            assert (await site.get()).status == 503
            assert "code=H14" in site.logged()
            slug, _ = await build(site.builder, repo)
            spec = site.spec(slug, 3, WORD="hello", BOOT_S="0.5")
            await site.formation.roll(spec, {"web": 2, "worker": 1, "ghost": 4}, False, Timing())
            assert site.formation.waiting_for_boot()
            answers = await asyncio.gather(*(site.get() for _ in range(6)))
            assert {each.status for each in answers} == {200}
            assert {each.text for each in answers} <= {"hello web.1", "hello web.2"}
            await until(lambda: len(site.formation.web_dynos()) == 2, "both are up")
            names = {each.name for each in site.dynos.processes}
            assert names == {"web.1", "web.2", "worker.1"}
            await until(lambda: "app[worker.1]: working" in site.logged(), "the worker works")
            assert "heroku[web.1]: State changed from starting to up" in site.logged()

    asyncio.run(main())


def test_a_roll_without_preboot_holds_requests_and_never_mixes_releases(
    tmp_path: Path, repo: Path
) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1, WORD="old"), {"web": 1}, False, Timing())
            slow = asyncio.ensure_future(site.get("/slow=0.5"))
            await until(lambda: site.formation.web_dynos(), "it is up")
            assert (await site.get()).text == "old web.1"
            await asyncio.sleep(0.2)
            new = site.spec(slug, 2, WORD="new", BOOT_S="0.3")
            await site.formation.roll(new, {"web": 1}, False, Timing())
            assert site.state("web.1") == "starting"
            held = await asyncio.gather(*(site.get() for _ in range(5)))
            assert [each.text for each in held] == ["new web.1"] * 5
            assert (await slow).text == "old web.1"
            assert [each.release_version for each in site.dynos.processes] == [2]

    asyncio.run(main())


def test_a_preboot_roll_under_load_loses_no_request(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            timing = Timing(preboot_s=1)
            await site.formation.roll(site.spec(slug, 1, WORD="1"), {"web": 2}, True, timing)
            await until(lambda: len(site.formation.web_dynos()) == 2, "they are up")
            seen: list[tuple[int, str]] = []
            stop = asyncio.Event()

            async def load() -> None:
                while not stop.is_set():
                    answer = await site.get("/slow=0.02")
                    seen.append((answer.status, answer.text.partition(" ")[0]))

            visitors = [asyncio.ensure_future(load()) for _ in range(4)]
            await site.formation.roll(site.spec(slug, 2, WORD="2"), {"web": 2}, True, timing)
            assert site.formation.preboot_pending()
            await until(
                lambda: (
                    [each.state for each in site.dynos.processes if each.release_version == 2]
                    == ["up", "up"]
                ),
                "the new ones are up",
            )
            # Up, but the window is not over: the old ones still get everything, unlisted.
            assert {each.release_version for each in site.dynos.processes} == {2}
            assert (await site.get()).text.startswith("1 ")
            slow = asyncio.ensure_future(site.get("/slow=1.5"))
            await until(lambda: not site.formation.preboot_pending(), "the routes have switched")
            assert (await site.get()).text.startswith("2 ")
            assert (await slow).text.startswith("1 "), "a request in flight is finished"
            stop.set()
            await asyncio.gather(*visitors)
            assert {status for status, _ in seen} == {200}
            words = [word for _, word in seen]
            assert set(words) == {"1", "2"} and len(words) > 20
            await until(
                lambda: "web.1]: State changed from up to complete" in site.logged(), "old ends"
            )

    asyncio.run(main())


def test_a_later_roll_takes_over_from_one_that_is_under_way(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1, WORD="1"), {"web": 1}, False, Timing())
            await until(lambda: site.formation.web_dynos(), "it is up")
            await site.formation.roll(site.spec(slug, 2, WORD="2"), {"web": 1}, True, Timing(0, 60))
            await site.formation.roll(
                site.spec(slug, 3, WORD="3"), {"web": 1}, True, Timing(0, 0.3)
            )
            assert (await site.get()).text == "1 web.1"
            await until(lambda: not site.formation.preboot_pending(), "the routes have switched")
            assert (await site.get()).text == "3 web.1"
            await site.formation.roll(site.spec(slug, 4, WORD="4"), {"web": 1}, True, Timing(0, 60))
            await site.formation.roll(site.spec(slug, 5, WORD="5"), {"web": 1}, False, Timing())
            assert not site.formation.preboot_pending()
            assert (await site.get()).text == "5 web.1"
            assert [each.release_version for each in site.dynos.processes] == [5]

    asyncio.run(main())


def test_scale_restart_and_stop(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1), {"web": 1}, False, Timing())
            await until(lambda: site.state("web.1") == "up", "it is up")
            await site.formation.scale({"web": 3, "worker": 1})
            await until(lambda: len(site.formation.web_dynos()) == 3, "three are up")
            kept = {each.name: each.id for each in site.dynos.processes}
            await site.dynos.restart("web.2")
            await until(lambda: len(site.formation.web_dynos()) == 3, "three are up again")
            now = {each.name: each.id for each in site.dynos.processes}
            assert {name for name in now if now[name] != kept[name]} == {"web.2"}
            await site.dynos.restart("worker")
            await until(lambda: site.state("worker.1") == "up", "the worker is up")
            await site.formation.scale({"web": 1})
            assert {each.name for each in site.dynos.processes} == {"web.1"}
            await site.formation.scale({"web": 0})
            assert (await site.get()).status == 503
            assert site.logged().count("code=H14") == 1
            assert site.dynos.processes == []

    asyncio.run(main())


def test_crashes_boot_timeouts_and_the_error_pages(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path, boot_timeout_s=5) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1, BROKEN="1"), {"web": 1}, False, Timing())
            # Once at once, then the back-off begins.
            await until(
                lambda: site.logged().count("State changed from starting to crashed") == 2, ""
            )
            assert site.state("web.1") == "crashed"
            answer = await site.get()
            assert answer.status == 503 and "Application error" in answer.text
            assert "code=H10" in site.logged() and "Process exited with status 1" in site.logged()
            site.config_vars = {"ERROR_PAGE_URL": "https://example.com/?a=1&b=2"}
            assert 'src="https://example.com/?a=1&amp;b=2"' in (await site.get()).text

            await site.formation.roll(site.spec(slug, 2, BOOT_S="60"), {"web": 1}, False, Timing())
            await until(lambda: "Error R10 (Boot timeout)" in site.logged(), "R10")
            await site.formation.scale({})


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not tell")
@pytest.mark.parametrize(("bound", "reached"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_a_process_on_loopback_alone_never_comes_up(
    tmp_path: Path, repo: Path, bound: str, reached: bool
) -> None:
    async def main() -> None:
        async with Site(tmp_path, boot_timeout_s=60 if reached else 1) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1, BIND=bound), {"web": 1}, False, Timing())
            if reached:
                assert (await site.get()).status == 200
                return
            assert (await site.get()).status == 503
            await until(lambda: "Error R10 (Boot timeout)" in site.logged(), "R10")
            assert site.logged().count("listens on loopback only") == 1
            await until(lambda: "Process exited with status 137" in site.logged(), "it is killed")
            await until(lambda: "State changed from starting to crashed" in site.logged(), "told")
            assert "State changed from starting to up" not in site.logged()

    asyncio.run(main())


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not tell")
@pytest.mark.parametrize(
    ("family", "address", "is_alone"),
    [
        (socket.AF_INET, "127.0.0.1", True),
        (socket.AF_INET, "127.1.2.3", True),
        (socket.AF_INET, "0.0.0.0", False),
        (socket.AF_INET6, "::1", True),
        (socket.AF_INET6, "::ffff:127.0.0.1", True),
        (socket.AF_INET6, "::", False),
    ],
)
def test_where_a_port_can_be_reached(family: int, address: str, is_alone: bool) -> None:
    with socket.socket(family) as listener:
        try:
            listener.bind((address, 0))
        except OSError:
            pytest.skip(f"this machine has no {address}")
        port = listener.getsockname()[1]
        assert not is_for_this_machine_only(port), "nobody listens yet"
        listener.listen()
        assert is_for_this_machine_only(port) is is_alone


def test_a_dyno_that_dies_is_started_again(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1, WORD="w"), {"web": 1}, False, Timing())
            assert (await site.get()).text == "w web.1"
            died = await site.get("/die")
            assert died.status == 503
            assert "code=H13" in site.logged()
            await until(lambda: "Process exited with status 3" in site.logged(), "it is gone")
            assert (await site.get()).text == "w web.1"
            # Half an answer must not look like a whole one.
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                await site.get("/half")
            await until(lambda: "code=H18" in site.logged(), "it is logged")
            assert "sock=backend at=error code=H18" in site.logged()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("code", "begun", "status"),
    [
        ("H12", 'at=error code=H12 desc="Request timeout"', 503),
        ("H18", 'sock=backend at=error code=H18 desc="Server Request Interrupted"', 503),
        ("H27", 'sock=client at=warning code=H27 desc="Client Request Interrupted"', 499),
        ("H80", 'at=info code=H80 desc="Maintenance mode"', 503),
    ],
)
def test_a_code_is_logged_as_heroku_does(code: str, begun: str, status: int) -> None:
    assert in_log(code) == (begun, status)


def test_what_the_router_passes_on(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1), {"web": 1}, False, Timing())
            headers = {"Host": "shop.example.com", "X-Forwarded-For": "1.2.3.4", "Te": "gzip"}
            told = (await site.get("/headers", headers=headers)).text.splitlines()
            assert "Host: shop.example.com" in told
            assert "X-Forwarded-For: 1.2.3.4, 127.0.0.1" in told
            assert "X-Forwarded-Proto: http" in told
            assert f"X-Forwarded-Port: {site.router.port}" in told
            assert any(each.startswith("X-Request-Id: ") for each in told)
            assert not any(each.lower().startswith("te:") for each in told)

            streamed = await site.get("/stream")
            assert streamed.text == "one two"
            cookies = [value for name, value in streamed.headers if name == "Set-Cookie"]
            assert cookies == ["a=1", "b=2"]

            packed = gzip.compress(b"x" * 100_000)
            answer = await site.get(
                "/", data=packed, headers={"Content-Encoding": "gzip", "Content-Type": "a/b"}
            )
            assert answer.text == f"{len(packed)} gzip"
            big = os.urandom(3_000_000)
            assert (await site.get("/", data=big)).text == f"{len(big)} None"
            head = await site.get("/headers?a=%2F", method="HEAD")
            assert head.status == 200 and head.text == ""
            assert 'path="/headers?a=%2F"' in site.logged()

            site.is_maintenance = True
            closed = await site.get()
            assert closed.status == 503 and "Offline for Maintenance" in closed.text
            assert 'code=H80 desc="Maintenance mode"' in site.logged()
            site.config_vars = {"MAINTENANCE_PAGE_URL": "https://example.com/sorry"}
            assert '<iframe src="https://example.com/sorry">' in (await site.get()).text
            assert site.state("web.1") == "up"

    asyncio.run(main())


def test_a_slug_that_is_gone_is_a_crash_and_not_a_hang(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            shutil.rmtree(site.builder.folder(slug.id))
            await site.formation.roll(site.spec(slug, 1), {"web": 1}, False, Timing())
            await until(lambda: site.state("web.1") == "crashed", "it crashes")
            assert "Process could not be started" in site.logged()
            spec = site.spec(slug, 1)
            assert await site.dynos.run_release_phase(spec, "true", 2, Output()) == 128

    asyncio.run(main())


def test_nothing_is_left_of_dynos_that_are_stopped_while_they_start(
    tmp_path: Path, repo: Path
) -> None:
    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, repo)
            for version in range(1, 8):
                spec = site.spec(slug, version, WORD=str(version))
                await site.formation.roll(spec, {"web": 2, "worker": 2}, False, Timing())
                await asyncio.sleep(0.03 * version)
            assert (await site.get()).text.startswith("7 ")
            assert {each.release_version for each in site.dynos.processes} == {7}
        assert list((tmp_path / "state" / "dynos").iterdir()) == []

    asyncio.run(main())


GREEDY = """
import os, subprocess, sys, time
held = b"x" * (int(os.environ["FIRST_MB"]) << 20)
print("it has", len(held) >> 20, flush=True)
time.sleep(1.5)
# What children use counts, too.
subprocess.run([sys.executable, "-c", "import time; held = b'x' * (80 << 20); time.sleep(60)"])
"""


def test_a_dyno_that_uses_more_memory_than_its_size_is_told_of_and_ended(tmp_path: Path) -> None:
    files = {**FILES, "greedy.py": GREEDY, "Procfile": "greedy: python greedy.py\n"}
    repo = make_repo(tmp_path / "greedy", files)

    async def main() -> None:
        quotas = {"Basic": 60}
        async with Site(tmp_path, memory_poll_s=0.2, quotas_mb=quotas) as site:
            slug, _ = await build(site.builder, repo)
            spec = site.spec(slug, 1, FIRST_MB="65")
            await site.formation.roll(spec, {"greedy": 1}, False, Timing())
            await until(lambda: "Error R14 (Memory quota exceeded)" in site.logged(), "R14")
            assert "Error R15" not in site.logged()
            await until(lambda: "Error R15 (Memory quota vastly exceeded)" in site.logged(), "R15")
            await until(lambda: "Process exited with status 137" in site.logged(), "it is ended")
            assert re.search(r"Process running mem=\d+M\(2\d\d\.\d%\)", site.logged())
            await site.formation.scale({})

    asyncio.run(main())


def test_no_dyno_within_its_size_is_told_of(tmp_path: Path, repo: Path) -> None:
    async def main() -> None:
        async with Site(tmp_path, memory_poll_s=0.05) as site:
            slug, _ = await build(site.builder, repo)
            await site.formation.roll(site.spec(slug, 1, WORD="w"), {"web": 1}, False, Timing())
            assert (await site.get()).text == "w web.1"
            await asyncio.sleep(0.3)
            assert "mem=" not in site.logged()

    asyncio.run(main())
