"""One-off dynos: over rendezvous as the Heroku CLI uses it, detached, in a release phase."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from runtime_kit import FILES, Output, Site, build, make_repo, until

from minion.sandbox.dynos.process import DynoProcess, RunSpec
from minion.sandbox.dynos.terminal import copy_input, split

SENTINEL = b"\xef\xbf\xbf heroku-command-exit-status: "
ECHO_STATUS = '; echo "\uffff heroku-command-exit-status: $?"'


class Client:
    """What the CLI does: TLS, the secret, then bytes; it reads chunk by chunk."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, site: Site, url: str) -> Client:
        parts = urlsplit(url)
        assert parts.scheme == "rendezvous"
        trust = ssl.create_default_context(cafile=str(site.certificate.ca_pem))
        # With room for everything: asyncio of Python 3.9 fails where it resumes reading from a
        # TLS connection that has ended meanwhile.
        reader, writer = await asyncio.open_connection(
            parts.hostname, parts.port, ssl=trust, limit=16 * 1024 * 1024
        )
        writer.write(parts.path.lstrip("/").encode() + b"\r\n")
        return cls(reader, writer)

    async def chunks(self) -> list[bytes]:
        found = []
        while True:
            chunk = await asyncio.wait_for(self.reader.read(65536), 20)
            if not chunk:
                return found
            found.append(chunk)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Site, RunSpec]]:
    async with Site(folder) as site:
        slug, _ = await build(site.builder, make_repo(folder / "repo"))
        yield site, site.spec(slug, 7, WORD="config", LANG="C.UTF-8")


async def converse(site: Site, spec: RunSpec, command: str, typed: bytes = b"\x04") -> list[bytes]:
    dyno = await site.dynos.run_one_off(spec, command, attach=True, env={"TERM": "dumb"})
    assert dyno.attach_url is not None
    client = await Client.connect(site, dyno.attach_url)
    client.writer.write(typed)
    return await client.chunks()


def test_greeting_output_and_status_come_in_pieces_that_the_cli_can_read(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as (site, spec):
            command = f'echo one; echo "$WORD $TERM"; (exit 3) {ECHO_STATUS}'
            chunks = await converse(site, spec, command)
            assert chunks[0] == b"rendezvous\r\n"
            assert b"".join(chunks[1:]) == b"one\r\nconfig dumb\r\n" + SENTINEL + b"3\r\n"
            assert any(SENTINEL + b"3\r\n" in each for each in chunks)
            assert site.dynos.processes == []
            assert "Process exited with status 0" in site.logged()

    asyncio.run(main())


def test_input_ends_at_ctrl_d_and_large_output_is_whole(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as (site, spec):
            chunks = await converse(site, spec, "tr a-z A-Z", b"shout\nit\n\x04")
            assert b"".join(chunks[1:]) == b"SHOUT\r\nIT\r\n"
            command = f"python -c \"print('x' * 3000000, end='')\" {ECHO_STATUS}"
            told = b"".join((await converse(site, spec, command))[1:])
            assert told == b"x" * 3_000_000 + SENTINEL + b"0\r\n"

    asyncio.run(main())


def test_an_attached_dyno_waits_for_its_client_and_hears_when_it_leaves(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as (site, spec):
            ended: list[DynoProcess] = []
            mark = tmp_path / "mark"
            command = f"trap 'echo hup > {mark}; exit 9' HUP; echo on; while :; do sleep 0.05; done"
            dyno = await site.dynos.run_one_off(
                spec, command, attach=True, env={}, size="Standard-2X", on_exit=ended.append
            )
            assert dyno.name.startswith("run.") and dyno.size == "Standard-2X"
            assert dyno.state == "starting" and dyno.attach_url is not None
            client = await Client.connect(site, dyno.attach_url)
            assert await client.reader.readline() == b"rendezvous\r\n"
            assert await client.reader.readline() == b"on\r\n"
            assert dyno.state == "up" and site.dynos.processes == [dyno]
            client.writer.transport.abort()
            await until(lambda: ended, "the dyno has ended")
            assert mark.read_text() == "hup\n"
            assert dyno.exit_status == 9 and dyno.state == "down"

            late = await Client.connect(site, dyno.attach_url)
            assert await late.chunks() == [], "a URL is good for one client"

    asyncio.run(main())


def test_detached_dynos_log_stop_and_run_out_of_time(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as (site, spec):
            ended: list[DynoProcess] = []
            dyno = await site.dynos.run_one_off(
                spec, "echo $DYNO; exit 4", attach=False, env={}, on_exit=ended.append
            )
            await until(lambda: ended == [dyno], "it has ended")
            assert dyno.exit_status == 4 and dyno.attach_url is None
            assert f"app[{dyno.name}]: {dyno.name}" in site.logged()

            sleeping = await site.dynos.run_one_off(spec, "sleep 600", attach=False, env={})
            await until(lambda: sleeping.state == "up", "it runs")
            await site.dynos.stop(sleeping.name)
            await until(lambda: sleeping.state == "down", "it is stopped")
            assert sleeping.exit_status == 128 + 15

            waiting = await site.dynos.run_one_off(spec, "true", attach=True, env={})
            await site.dynos.stop(waiting.name)
            await until(lambda: waiting.state == "down", "it no longer waits")

            short = await site.dynos.run_one_off(
                spec, "sleep 600", attach=False, env={}, time_to_live=1
            )
            await until(lambda: short.state == "down", "its time is over")
            assert short.exit_status == 128 + 15
            assert site.dynos.processes == []

    asyncio.run(main())


def test_a_release_phase_gives_its_output_and_status(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as (site, spec):
            output = Output()
            command = "echo $WORD >&2; sleep 0.2; echo of $DYNO; exit 5"
            phase = asyncio.ensure_future(site.dynos.run_release_phase(spec, command, 7, output))
            await until(lambda: site.state("release.7") == "up", "it runs")
            assert await phase == 5
            assert output.text == "config\nof release.7\n"
            assert site.dynos.processes == []
            assert await site.dynos.run_release_phase(spec, "true", 8, output) == 0

    asyncio.run(main())


def test_what_a_dyno_writes_to_disk_is_its_own(tmp_path: Path) -> None:
    """Dev Center: Dynos, "Ephemeral filesystem"."""

    async def main() -> None:
        async with running(tmp_path) as (site, spec):
            output = Output()
            await site.dynos.run_release_phase(spec, "touch mine; ls mine Procfile", 7, output)
            assert output.text == "Procfile\nmine\n"
            output = Output()
            await site.dynos.run_release_phase(spec, "ls mine; pwd; echo $HOME", 8, output)
            assert "No such file" in output.text
            cwd, home = output.text.splitlines()[1:]
            assert cwd == home and not Path(cwd).exists()

    asyncio.run(main())


def test_the_projects_profile_scripts_run_before_the_command(tmp_path: Path) -> None:
    scripts = {
        ".profile.d/a b.sh": "export FIRST=one\n",
        ".profile.d/notes.txt": "exit 9\n",
        ".profile": 'export SECOND="$FIRST, two"\n',
    }

    async def main() -> None:
        async with Site(tmp_path) as site:
            slug, _ = await build(site.builder, make_repo(tmp_path / "repo", {**FILES, **scripts}))
            output = Output()
            spec = site.spec(slug, 1)
            command = 'echo "$SECOND"; exit 3'
            assert await site.dynos.run_release_phase(spec, command, 7, output) == 3
            assert output.text == "one, two\n"

    asyncio.run(main())


def test_dynos_do_not_see_the_sandboxs_own_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEROKU_API_KEY", "very-secret")

    async def main() -> None:
        async with running(tmp_path) as (site, spec):
            output = Output()
            await site.dynos.run_release_phase(spec, "env", 7, output)
            assert "very-secret" not in output.text
            assert "WORD=config" in output.text and "PORT=" in output.text

    asyncio.run(main())


@pytest.mark.parametrize("cut", range(len(SENTINEL) + 8))
def test_the_status_line_is_never_split(cut: int) -> None:
    whole = b"text" + SENTINEL + b"12\n"
    pieces, rest = split(whole[:cut])
    assert all(SENTINEL[:1] not in each for each in pieces) or cut == len(whole)
    more, left = split(rest + whole[cut:])
    assert left == b""
    assert b"".join(pieces + more) == whole
    assert SENTINEL + b"12\n" in pieces + more


def test_what_only_looks_like_a_status_line_is_let_through() -> None:
    assert split("a\uffff b\n".encode()) == (["a\uffff b\n".encode()], b"")
    assert split(SENTINEL + b"x\n")[1] == b""


@pytest.mark.parametrize("error", [ConnectionResetError(), ssl.SSLError()])
def test_a_client_that_is_torn_away_is_gone_as_one_that_leaves(error: OSError) -> None:
    async def main() -> None:
        reader = asyncio.StreamReader()
        reader.set_exception(error)
        await asyncio.wait_for(copy_input(reader, None), 10)  # type: ignore[arg-type]

    asyncio.run(main())
