"""Where Heroku is, and with which token."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scripted import TOKEN

from minion.errors import AnswerLost, SettingsError, Unauthorized
from minion.heroku import Heroku
from minion.heroku.auth import find_token
from minion.heroku.hosts import Hosts
from minion.heroku.keychain import token_in_keychain

HOST = "api.heroku.com"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A user with a home and an empty PATH."""
    (tmp_path / "bin").mkdir()
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}


def write_netrc(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def install_cli(environ: dict[str, str], script: str) -> None:
    program = Path(environ["PATH"]) / "heroku"
    program.write_text(f"#!{sys.executable}\nimport os, pathlib, sys, time\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("environ", "hosts"),
    [
        ({}, Hosts("https://api.heroku.com", "api.heroku.com", "git.heroku.com")),
        (
            {"HEROKU_HOST": "http://127.0.0.1:5000/"},
            Hosts("http://127.0.0.1:5000", "127.0.0.1:5000", "127.0.0.1:5000"),
        ),
        (
            {"HEROKU_HOST": "http://127.0.0.1:5000", "HEROKU_GIT_HOST": "127.0.0.1:8443"},
            Hosts("http://127.0.0.1:5000", "127.0.0.1:5000", "127.0.0.1:8443"),
        ),
        (
            {"HEROKU_HOST": "x.herokudev.com"},
            Hosts("https://api.x.herokudev.com", "api.x.herokudev.com", "git.x.herokudev.com"),
        ),
        (
            {"HEROKU_HOST": "http://[::1]:5000"},
            Hosts("http://[::1]:5000", "[::1]:5000", "[::1]:5000"),
        ),
        ({"HEROKU_HOST": "  "}, Hosts("https://api.heroku.com", HOST, "git.heroku.com")),
    ],
)
def test_hosts_are_read_as_the_cli_reads_them(environ: dict[str, str], hosts: Hosts) -> None:
    assert Hosts.of(environ) == hosts


@pytest.mark.parametrize(
    "host",
    [
        "https://evil.example",
        "http://api.heroku.com",
        "https://heroku.com.evil.example",
        "https://notheroku.com",
        "https://127.0.0.1.evil.example",
        "https://me:hidden@api.heroku.com",
        "http://127.0.0.1:notaport",
        "evil.example",
    ],
)
def test_the_token_goes_to_no_other_host(host: str) -> None:
    with pytest.raises(SettingsError, match="unset HEROKU_HOST") as caught:
        Heroku.connect({"HEROKU_HOST": host})
    assert "hidden" not in str(caught.value)


def test_connecting_asks_nothing(environ: dict[str, str]) -> None:
    heroku = Heroku.connect({**environ, "HEROKU_HOST": "http://127.0.0.1:1"})
    assert heroku.git_url("shop") == "https://127.0.0.1:1/shop.git"
    with pytest.raises(Unauthorized):
        heroku.git_credentials()


def test_git_gets_the_token_as_password() -> None:
    heroku = Heroku.connect({"HEROKU_API_KEY": TOKEN})
    assert heroku.git_credentials() == ("heroku", TOKEN)
    assert heroku.git_url("shop") == "https://git.heroku.com/shop.git"
    assert TOKEN not in repr(heroku) + repr(heroku.api) + repr(heroku.dynos)


def test_an_api_key_comes_first(environ: dict[str, str]) -> None:
    write_netrc(Path(environ["HOME"]) / ".netrc", f"machine {HOST} login me password from-netrc")
    assert find_token({**environ, "HEROKU_API_KEY": f" {TOKEN}\n"}, HOST) == TOKEN
    assert find_token({**environ, "HEROKU_API_KEY": ""}, HOST) == "from-netrc"


def test_netrc_may_be_elsewhere_and_knows_ports(environ: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "other netrc"
    write_netrc(
        path,
        "default login x password nobody\n"
        "machine 127.0.0.1 login me password no-port\n"
        "machine 127.0.0.1:5000\n  login me\n  password with-port\n",
    )
    environ["NETRC"] = str(path)
    assert find_token(environ, "127.0.0.1:5000") == "with-port"
    with pytest.raises(Unauthorized):
        find_token(environ, "127.0.0.1:6000")


def test_the_cli_s_login_comes_last(environ: dict[str, str]) -> None:
    install_cli(
        environ,
        "assert sys.argv[1:] == ['auth:token'], sys.argv\n"
        # git puts a new file in the place of the one that it writes, devices included.
        "config = pathlib.Path(os.environ['GIT_CONFIG_GLOBAL'])\n"
        "assert config.parent.is_dir() and not config.exists(), config\n"
        "print('a warning', file=sys.stderr)\n"
        "print(os.environ['KEYCHAIN'])",
    )
    environ["KEYCHAIN"] = "from-the-cli"
    assert find_token(environ, HOST) == "from-the-cli"
    write_netrc(Path(environ["HOME"]) / ".netrc", f"machine {HOST} login me password from-netrc")
    assert find_token(environ, HOST) == "from-netrc"


def log_in(environ: dict[str, str], token: str) -> None:
    """A login of the CLI's version 11 on Linux: noted in its data, kept by secret-tool."""
    data = Path(environ["HOME"], ".local", "share", "heroku")
    data.mkdir(parents=True, exist_ok=True)
    (data / "login.json").write_text('{"account": "ann@example.com"}\n')
    program = Path(environ["PATH"]) / "secret-tool"
    wanted = "lookup service heroku-cli account ann@example.com"
    program.write_text(f'#!/bin/sh\n[ "$*" = "{wanted}" ] && printf %s "{token}"\n')
    program.chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="the keychain's program is Linux's")
def test_a_login_in_the_keychain_comes_before_an_older_one_in_netrc(
    environ: dict[str, str],
) -> None:
    write_netrc(Path(environ["HOME"]) / ".netrc", f"machine {HOST} login me password stale")
    log_in(environ, "from-the-keychain")
    assert find_token(environ, HOST) == "from-the-keychain"
    assert find_token({**environ, "HEROKU_API_KEY": TOKEN}, HOST) == TOKEN
    assert find_token({**environ, "HEROKU_NETRC_WRITE": "True"}, HOST) == "stale"
    log_in(environ, "")
    assert find_token(environ, HOST) == "stale"


def test_macos_is_asked_by_its_own_program(environ: dict[str, str]) -> None:
    log_in(environ, "of-linux")
    program = Path(environ["PATH"]) / "security"
    wanted = "find-generic-password -a ann@example.com -s heroku-cli -w"
    program.write_text(f'#!/bin/sh\n[ "$*" = "{wanted}" ] && echo of-macos\n')
    program.chmod(0o755)
    assert token_in_keychain(environ, "darwin") == "of-macos"
    assert token_in_keychain(environ, "linux") == "of-linux"
    assert token_in_keychain(environ, "freebsd14") is None


@pytest.mark.parametrize("note", ["", "[]", '{"account": 1}', "{", '{"account": ""}'])
def test_without_a_note_of_a_login_the_keychain_is_not_asked(
    environ: dict[str, str], note: str
) -> None:
    log_in(environ, "from-the-keychain")
    Path(environ["HOME"], ".local", "share", "heroku", "login.json").write_text(note)
    assert token_in_keychain(environ, "linux") is None


def test_an_encrypted_netrc_leaves_the_plain_one_to_be_passed_over(
    environ: dict[str, str],
) -> None:
    write_netrc(Path(environ["HOME"]) / ".netrc", f"machine {HOST} login me password stale")
    Path(environ["HOME"], ".netrc.gpg").write_text("-----BEGIN PGP MESSAGE-----")
    install_cli(environ, "print('decrypted')")
    assert find_token(environ, HOST) == "decrypted"


def test_a_misspelt_variable_is_pointed_out(environ: dict[str, str]) -> None:
    with pytest.raises(Unauthorized, match="HEROKU_API_TOKEN is none of these"):
        find_token({**environ, "HEROKU_API_TOKEN": TOKEN}, HOST)


@pytest.mark.parametrize("script", ["sys.exit(2)", "print('not a token'); sys.exit(2)", ""])
def test_without_a_login_the_three_ways_are_named(environ: dict[str, str], script: str) -> None:
    install_cli(environ, script)
    with pytest.raises(Unauthorized) as caught:
        find_token(environ, HOST)
    for way in ("HEROKU_API_KEY", f"machine {HOST}", ".netrc", "heroku login"):
        assert way in str(caught.value)


def test_a_broken_netrc_is_named_without_its_contents(environ: dict[str, str]) -> None:
    write_netrc(Path(environ["HOME"]) / ".netrc", f"machine {HOST}\nlogin me\nhunter2 hunter2\n")
    with pytest.raises(Unauthorized, match="error in line 3") as caught:
        find_token(environ, HOST)
    assert "hunter2" not in str(caught.value)


def test_what_is_no_token_is_not_quoted(environ: dict[str, str]) -> None:
    with pytest.raises(Unauthorized, match="HEROKU_API_KEY holds is no") as caught:
        find_token({**environ, "HEROKU_API_KEY": "hunter2\nhunter2"}, HOST)
    assert "hunter2" not in str(caught.value)


def test_the_import_is_light() -> None:
    """Every `fab` command pays for it, those that ask Heroku nothing too."""
    heavy = "requests", "urllib3", "ssl", "http.client"
    code = f"import minion.heroku, sys; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_answer_is_waited_for_as_long_as_the_operator_says() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"http://127.0.0.1:{listener.getsockname()[1]}"
        environ = {"HEROKU_HOST": host, "HEROKU_API_KEY": TOKEN}
        heroku = Heroku.connect({**environ, "MINION_TIMEOUT": "1"})
        began = time.monotonic()
        with pytest.raises(AnswerLost, match="no answer in time"):
            heroku.releases.rollback("shop", "some-id")
        assert 1 <= time.monotonic() - began < 15
        assert heroku.grace_s == 0.5
        assert Heroku.connect(environ).grace_s == 15


@pytest.mark.parametrize("said", ["0", "-1", "soon", "1.5"])
def test_a_time_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(SettingsError, match=r"MINION_TIMEOUT=.*whole number of seconds"):
        Heroku.connect({"HEROKU_API_KEY": TOKEN, "MINION_TIMEOUT": said})
