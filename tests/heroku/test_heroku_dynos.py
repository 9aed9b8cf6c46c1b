"""One-off dynos: a real TLS server at the other end, scripted as Heroku behaves."""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import Any, Callable

import pytest
from scripted import DROP, Answer, ScriptedServer, Time, app
from scripted_dyno import Rendezvous, one_off, status

from minion.errors import AnswerLost, HerokuError, MinionError
from minion.heroku import Heroku
from minion.heroku.api import Api
from minion.heroku.dynos import DynoLost, Dynos
from minion.heroku.records import Dyno
from minion.heroku.rendezvous import CannotAttach, attach, follow, tls_context
from minion.heroku.sentinel import with_sentinel


def run(heroku: Heroku, command: str = "true", **more: Any) -> tuple[int, bytes]:
    output: list[bytes] = []
    code = heroku.dynos.run("shop", command, write=output.append, timeout_s=10, **more)
    return code, b"".join(output)


def test_output_and_status_come_over_the_rendezvous(
    server: ScriptedServer, environ: dict[str, str], rendezvous: Callable[..., Rendezvous]
) -> None:
    def script(client: ssl.SSLSocket) -> None:
        euro = "€\r\n".encode()
        for chunk in (b"\0\0Applying", b" ok\r", b"\n", euro[:1], euro[1:], status(3)[:20]):
            client.sendall(chunk)
        client.sendall(status(3)[20:])

    dyno = rendezvous(script)
    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", Answer(one_off(dyno.port), 201))
    started: list[Dyno] = []
    heroku = Heroku.connect(environ)
    command = "python manage.py migrate --noinput"
    got = run(heroku, command, env={"A": "b"}, size="Standard-2X", on_start=started.append)
    assert got == (3, "Applying ok\n€\n".encode())
    assert dyno.secret == b"secret123?a=b\r\n"
    assert [one.name for one in started] == ["run.1234"]
    assert server.asked("POST /apps/shop/dynos")[0].body == {
        "command": with_sentinel(command),
        "attach": True,
        "force_no_tty": True,
        "env": {"TERM": "dumb", "A": "b"},
        "size": "Standard-2X",
    }


def test_a_dyno_that_is_not_wanted_is_stopped_before_its_command_begins(
    server: ScriptedServer, environ: dict[str, str], rendezvous: Callable[..., Rendezvous]
) -> None:
    dyno = rendezvous(lambda client: None)
    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", Answer(one_off(dyno.port), 201))
    server.on("POST /apps/shop/dynos/run.1234/actions/stop", Answer({}))

    def refuse(made: Dyno) -> None:
        raise MinionError(f"{made.name} has the code of v{made.release_version}")

    with pytest.raises(MinionError, match="has the code of v"):
        run(Heroku.connect(environ), on_start=refuse)
    assert dyno.secret == b""
    assert len(server.asked("POST /apps/shop/dynos/run.1234/actions/stop")) == 1


def test_a_server_that_stays_open_after_the_end_is_left(
    server: ScriptedServer, environ: dict[str, str], rendezvous: Callable[..., Rendezvous]
) -> None:
    is_left = threading.Event()

    def script(client: ssl.SSLSocket) -> None:
        client.sendall(b"bye\r\n" + status(0))
        client.recv(1)
        is_left.set()

    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", Answer(one_off(rendezvous(script).port), 201))
    assert run(Heroku.connect(environ)) == (0, b"bye\n")
    assert is_left.wait(5)


def test_a_conflict_just_after_a_release_is_waited_out(
    server: ScriptedServer,
    api: Api,
    time: Time,
    environ: dict[str, str],
    rendezvous: Callable[..., Rendezvous],
) -> None:
    dyno = rendezvous(lambda client: client.sendall(status(0)))
    api.ca_file = environ["SSL_CERT_FILE"]
    conflict = Answer({"id": "conflict", "message": "Release not found."}, 409)
    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", conflict, conflict, Answer(one_off(dyno.port), 201))
    assert Dynos(api, environ).run("shop", "true", write=print, timeout_s=10) == 0
    assert len(time.slept) == 2


def test_a_conflict_that_lasts_is_an_error(
    server: ScriptedServer, api: Api, time: Time, environ: dict[str, str]
) -> None:
    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", Answer({"id": "conflict", "message": "No."}, 409))
    with pytest.raises(HerokuError, match="409 conflict"):
        Dynos(api, environ).run("shop", "true", write=print, timeout_s=10)
    assert 40 < time.now - 1000 <= 60


def test_a_lost_answer_makes_no_second_dyno(
    server: ScriptedServer, environ: dict[str, str]
) -> None:
    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", DROP)
    with pytest.raises(AnswerLost):
        run(Heroku.connect(environ))
    assert len(server.asked("POST /apps/shop/dynos")) == 1


@pytest.mark.parametrize("is_rude", [True, False])
def test_a_connection_that_dies_names_the_dyno(
    server: ScriptedServer,
    environ: dict[str, str],
    rendezvous: Callable[..., Rendezvous],
    is_rude: bool,
) -> None:
    def script(client: ssl.SSLSocket) -> None:
        client.sendall(b"half of a li" + status(0)[:10])
        if is_rude:
            linger = b"\x01\0\0\0\0\0\0\0"
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            threading.Event().wait(0.2)

    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", Answer(one_off(rendezvous(script).port), 201))
    output: list[bytes] = []
    with pytest.raises(DynoLost, match=r"connection lost.*run\.1234 may still be run") as caught:
        Heroku.connect(environ).dynos.run("shop", "true", write=output.append, timeout_s=10)
    assert caught.value.dyno == "run.1234"
    assert b"".join(output) == b"half of a li" + status(0)[:10]
    assert not server.asked("POST /apps/shop/dynos/run.1234/actions/stop")


def test_a_command_that_takes_too_long_is_left_running(
    server: ScriptedServer, environ: dict[str, str], rendezvous: Callable[..., Rendezvous]
) -> None:
    dyno = rendezvous(lambda client: client.recv(1))
    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", Answer(one_off(dyno.port), 201))
    with pytest.raises(DynoLost, match="has not ended in time"):
        Heroku.connect(environ).dynos.run("shop", "sleep", write=print, timeout_s=0.5)
    assert not server.asked("POST /apps/shop/dynos/run.1234/actions/stop")


@pytest.mark.parametrize("ends", [True, False])
def test_silence_is_fine_as_long_as_the_dyno_lives(
    environ: dict[str, str], api: Api, rendezvous: Callable[..., Rendezvous], ends: bool
) -> None:
    goes_on = threading.Event()
    asked: list[int] = []

    def script(client: ssl.SSLSocket) -> None:
        goes_on.wait(10)
        client.sendall(b"done\r\n" + status(0))

    def is_alive() -> bool:
        asked.append(1)
        if ends and len(asked) == 3:
            goes_on.set()
        return ends or len(asked) < 3

    dyno = rendezvous(script)
    output: list[bytes] = []
    context = tls_context(environ["SSL_CERT_FILE"])
    with attach(f"rendezvous://127.0.0.1:{dyno.port}/s", context) as connection:
        code = follow(
            connection,
            output.append,
            api=api,
            deadline=api.clock() + 100,
            is_alive=is_alive,
            quiet_s=0.1,
        )
    goes_on.set()
    assert code == (0 if ends else None)
    assert len(asked) == (3 if ends else 4)


@pytest.mark.parametrize(("ca", "host"), [("", "127.0.0.1"), ("ours", "localhost")])
def test_a_certificate_that_does_not_fit_is_explained(
    server: ScriptedServer,
    environ: dict[str, str],
    rendezvous: Callable[..., Rendezvous],
    ca: str,
    host: str,
) -> None:
    """Either nobody whom we trust has signed it, or it is for another host."""
    dyno = rendezvous(lambda client: None)
    environ["SSL_CERT_FILE"] = environ["SSL_CERT_FILE"] if ca else ""
    url = f"rendezvous://{host}:{dyno.port}/s"
    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", Answer(one_off(dyno.port, attach_url=url), 201))
    server.on("POST /apps/shop/dynos/run.1234/actions/stop", Answer(b"", 202))
    with pytest.raises(CannotAttach, match=f"{host}.*cannot be verified.*SSL_CERT_FILE"):
        run(Heroku.connect(environ))
    assert dyno.secret == b""
    assert len(server.asked("POST /apps/shop/dynos/run.1234/actions/stop")) == 1


def test_a_rendezvous_that_is_not_there_is_tried_again_then_the_dyno_stopped(
    server: ScriptedServer, api: Api, time: Time, environ: dict[str, str]
) -> None:
    server.on("GET /apps/shop", Answer(app()))
    server.on("POST /apps/shop/dynos", Answer(one_off(1), 201))
    server.on("POST /apps/shop/dynos/run.1234/actions/stop", Answer(b"", 202))
    with pytest.raises(CannotAttach, match=r"No connection to 127\.0\.0\.1:1.*refused"):
        Dynos(api, environ).run("shop", "true", write=print, timeout_s=10)
    assert len(time.slept) > 3
    assert len(server.asked("POST /apps/shop/dynos/run.1234/actions/stop")) == 1


def test_an_unusable_ca_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotAttach, match="SSL_CERT_FILE"):
        tls_context(str(tmp_path / "missing.pem"))


# Dynos that are reached by SSH


def install_cli(environ: dict[str, str], script: str) -> None:
    program = Path(environ["PATH"]) / "heroku"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    "about", [{"space": {"id": "s", "name": "ours"}}, {"generation": {"name": "fir"}}]
)
def test_the_cli_runs_what_is_reached_by_ssh(
    server: ScriptedServer, environ: dict[str, str], about: dict[str, Any]
) -> None:
    environ.pop("HEROKU_API_KEY")
    install_cli(
        environ,
        "if sys.argv[1] == 'auth:token': print('the-token'); sys.exit()\n"
        "assert os.environ['HEROKU_API_KEY'] == 'the-token'\n"
        "print(json.dumps(sys.argv[1:]), end='\\r\\n')\n"
        "sys.exit(7)",
    )
    server.on("GET /apps/shop", Answer(app(**about)))
    code, output = run(Heroku.connect({**environ, "HOME": "/nowhere"}), "echo 'a'; exit 7")
    assert code == 7
    assert output.decode() == (
        '["run", "--exit-code", "--no-tty", "--app", "shop", "--", '
        "\"bash -c 'echo '\\\"'\\\"'a'\\\"'\\\"'; exit 7' </dev/null\"]\n"
    )
    assert not server.asked("POST /apps/shop/dynos")


def test_without_the_cli_it_says_what_is_missing(
    server: ScriptedServer, environ: dict[str, str]
) -> None:
    server.on("GET /apps/shop", Answer(app(generation={"name": "fir"})))
    with pytest.raises(HerokuError, match=r"reached by SSH.*no `heroku` on the PATH"):
        run(Heroku.connect(environ))


def test_variables_do_not_get_into_the_process_list(
    server: ScriptedServer, environ: dict[str, str]
) -> None:
    server.on("GET /apps/shop", Answer(app(generation={"name": "fir"})))
    with pytest.raises(HerokuError, match="process list") as caught:
        run(Heroku.connect(environ), env={"KEY": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_a_cli_that_does_not_end_is_ended(
    server: ScriptedServer, environ: dict[str, str], tmp_path: Path
) -> None:
    program = Path(environ["PATH"]) / "heroku"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho $$ > '{tmp_path}/pid'; echo working; exec /bin/sleep 60\n")
    program.chmod(0o755)
    server.on("GET /apps/shop", Answer(app(generation={"name": "fir"})))
    output: list[bytes] = []
    with pytest.raises(HerokuError, match=r"did not end within 1 seconds.*heroku ps --app shop"):
        Heroku.connect(environ).dynos.run("shop", "x", write=output.append, timeout_s=1)
    assert b"".join(output) == b"working\n"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


# Looking and stopping


def test_dynos_are_listed_found_and_stopped(heroku: Heroku, server: ScriptedServer) -> None:
    web = one_off(1, name="web.1", type="web", state="up", attach_url=None)
    server.on("GET /apps/shop/dynos", Answer([web, one_off(1)]))
    server.on("GET /apps/shop/dynos/web.1", Answer(web))
    server.on("POST /apps/shop/dynos/web.1/actions/stop", Answer(b"", 202))
    dynos = heroku.dynos.list("shop")
    assert [(one.name, one.state, one.release_version) for one in dynos] == [
        ("web.1", "up", 7),
        ("run.1234", "starting", 7),
    ]
    assert heroku.dynos.find("shop", "web.1") == dynos[0]
    assert heroku.dynos.find("shop", "run.9") is None
    heroku.dynos.stop("shop", "web.1")
    heroku.dynos.stop("shop", "run.9")
    assert len(server.asked("POST /apps/shop/dynos/run.9/actions/stop")) == 1
