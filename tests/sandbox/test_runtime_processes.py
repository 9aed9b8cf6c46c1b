"""What holds whatever happens: no orphans, whole log lines, certificates that are trusted."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runtime_kit import make_repo

from minion.sandbox.logs.app_log import AppLog, LogLine
from minion.sandbox.machine.certificate import make_certificate
from minion.sandbox.machine.processes import LONGEST_LINE, lines, spawn

PROJECT = Path(__file__).parents[2]
ENV = {"PATH": os.environ["PATH"]}

SANDBOX = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from runtime_kit import Site, Timing, build

async def main():
    folder = Path(sys.argv[1])
    async with Site(folder) as site:
        slug, _ = await build(site.builder, folder / "repo")
        await site.formation.roll(site.spec(slug, 1), {"stubborn": 1, "web": 1}, False, Timing())
        (folder / "rolled").touch()
        await asyncio.sleep(600)

asyncio.run(main())
"""

STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    """Whether it runs; one that has ended and that nobody has asked about does not."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        if stat.parent.parent.joinpath("self").exists():
            return stat.read_text().rpartition(")")[2].split()[0] != "Z"
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def wait_for(is_true, timeout_s: float = 120) -> bool:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + timeout_s
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(is_true())


def test_no_dyno_outlives_a_sandbox_that_is_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    make_repo(
        tmp_path / "repo",
        {
            "requirements.txt": "",
            "stubborn.py": STUBBORN,
            "Procfile": f"web: python -m http.server $PORT\nstubborn: python stubborn.py {pids}\n",
        },
    )
    argv = [sys.executable, "-c", SANDBOX, str(tmp_path), str(Path(__file__).parent)]
    with subprocess.Popen(argv, cwd=PROJECT) as sandbox:
        try:
            assert wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2)
            # Until then the sandbox may not have come to tell anybody of its new processes.
            assert wait_for((tmp_path / "rolled").exists)
            running = [int(pid) for pid in pids.read_text().split()]
            assert all(map(is_alive, running))
        finally:
            sandbox.send_signal(signal.SIGKILL)
    assert wait_for(lambda: not any(map(is_alive, running)))


def test_children_that_a_process_leaves_behind_end_with_it(tmp_path: Path) -> None:
    async def main() -> int:
        child = await spawn(["sh", "-c", "sleep 600 & echo $!"], env=ENV, cwd=tmp_path)
        left = int(await child.output.readline())
        assert await child.wait() == 0
        assert await child.output.read() == b"", "nobody holds the pipe open any more"
        return left

    left = asyncio.run(main())
    assert wait_for(lambda: not is_alive(left))


def test_stop_asks_first_and_then_kills(tmp_path: Path) -> None:
    async def main() -> None:
        polite = "trap 'exit 7' TERM; echo on; while :; do sleep 0.05; done"
        child = await spawn(["sh", "-c", polite], env=ENV, cwd=tmp_path)
        await child.output.readline()
        assert await child.stop(20) == 7
        deaf = "trap '' TERM; echo on; while :; do sleep 0.05; done"
        child = await spawn(["sh", "-c", deaf], env=ENV, cwd=tmp_path)
        await child.output.readline()
        assert await child.stop(0.2) == 128 + 9
        assert await child.stop(0) == 128 + 9 and not child.is_running

    asyncio.run(main())


def test_output_is_cut_into_lines() -> None:
    async def main() -> list[str]:
        stream = asyncio.StreamReader()
        long = b"x" * (LONGEST_LINE + 1)
        stream.feed_data(b"one\r\n\n\xff caf\xc3\xa9\n" + long + b"\nno end")
        stream.feed_eof()
        return [line async for line in lines(stream)]

    x = "x" * LONGEST_LINE
    assert asyncio.run(main()) == ["one", "", "\ufffd café", x, "x", "no end"]


def test_a_log_is_kept_bounded_and_followed(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "shop.log"

    async def main() -> list[str]:
        log = AppLog(path, keep=10)
        followed = log.tail(source="app")
        first = asyncio.ensure_future(followed.__anext__())
        await asyncio.sleep(0)
        for number in range(95):
            log.add("app[web.1]" if number % 2 else "heroku[router]", f"line {number}")
        log.add("app[worker.2]", "two\nlines]: [x]")
        found = [await first, await followed.__anext__()]
        await followed.aclose()
        assert [each.text for each in log.recent(2)] == ["two", "lines]: [x]"]
        assert [each.text for each in log.recent(9, dyno="web")] == [
            "line 87", "line 89", "line 91", "line 93"
        ]  # fmt: skip
        assert {each.source for each in log.recent(9, source="heroku")} == {"heroku"}
        assert log.recent(0) == []
        return [str(each).partition(" ")[2] for each in found]

    assert asyncio.run(main()) == ["app[web.1]: line 1", "app[web.1]: line 3"]
    assert len(path.read_text().splitlines()) < 20
    again = AppLog(path, keep=10)
    assert again.recent(1)[0].text == "lines]: [x]" and len(again.recent(100)) == 10
    assert LogLine.parse(str(again.recent(1)[0])) == again.recent(1)[0]


def test_the_certificate_is_kept_and_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_certificate(tmp_path / "certificate")
    before = first.cert_pem.read_bytes()
    assert first.key_pem.stat().st_mode & 0o077 == 0
    monkeypatch.setenv("SSL_CERT_FILE", str(first.bundle_pem))
    second = make_certificate(tmp_path / "certificate")
    assert second == first and second.cert_pem.read_bytes() == before
    bundle = first.bundle_pem.read_text()
    assert bundle.count(first.ca_pem.read_text().strip()) == 1
    assert bundle.count("BEGIN CERTIFICATE") > 50, "the public authorities are in it, too"

    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(first.cert_pem, first.key_pem)

    async def main() -> None:
        async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        listening = await asyncio.start_server(close, "127.0.0.1", 0, ssl=server)
        port = listening.sockets[0].getsockname()[1]
        for trusted in (first.ca_pem, first.bundle_pem):
            client = ssl.create_default_context(cafile=str(trusted))
            for name in ("127.0.0.1", "localhost"):
                _, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=client, server_hostname=name
                )
                writer.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(
                "127.0.0.1", port, ssl=client, server_hostname="example.com"
            )
        listening.close()

    asyncio.run(main())
