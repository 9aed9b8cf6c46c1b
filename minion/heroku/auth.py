"""Finding the token: HEROKU_API_KEY, the Heroku CLI's keychain, netrc, the CLI itself."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from minion.errors import Unauthorized
from minion.heroku.keychain import token_in_keychain

#: The CLI starts in a second and may ask the API for the token's expiry.
CLI_TIMEOUT_S = 20.0


#: A login by single sign-on lasts 8 hours (Dev Center: Using Single Sign-On Services).
_LOG_IN = "`heroku login` makes a new one (one by single sign-on lasts 8 hours)"


class Token(str):
    """A token; `renewal` is what to do where Heroku does not accept it."""

    renewal: str

    @classmethod
    def of(cls, text: str, source: str, renewal: str) -> Token:
        """`text` as it was found in `source`.

        Raises:
            Unauthorized: it cannot stand in a header; requests would quote it in its error.
        """
        if not text.isascii() or not text.isprintable() or " " in text:
            raise Unauthorized(
                f"What {source} holds is no Heroku token: "
                "it has blanks, line ends or special characters"
            )
        token = cls(text)
        token.renewal = f"The token is that of {source}: {renewal}"
        return token


def find_token(environ: Mapping[str, str], api_host: str) -> Token:
    """The token for the API at `api_host` (with its port, for a custom HEROKU_HOST).

    The order is that of the CLI's version 11, whose logins are in the system's
    keychain: an entry in netrc is what an older version has left there. The CLI
    itself is asked last because it takes a second.

    Raises:
        Unauthorized: there is none, or what was found is no token.
    """
    key = environ.get("HEROKU_API_KEY", "").strip()
    if key:
        renewal = (
            "unset it to use the login of `heroku login` instead, or give it a fresh one "
            "(`heroku authorizations:create`)"
        )
        return Token.of(key, "HEROKU_API_KEY", renewal)
    token = token_in_keychain(environ)
    if token:
        return Token.of(token, "the system's keychain", _LOG_IN)
    path = netrc_path(environ)
    password, unreadable = None, ""
    if environ.get("NETRC") or not path.with_name(f"{path.name}.gpg").exists():
        # Beside an encrypted file the CLI does not look at this one; it is asked below.
        try:
            password = _from_netrc(path, api_host)
        except ValueError as error:
            unreadable = f" ({error})"
    if password:
        renewal = f"{_LOG_IN}; if it still is not accepted, delete `machine {api_host}` there"
        return Token.of(password, str(path), renewal)
    token = _from_cli(environ)
    if token:
        return Token.of(token, "`heroku auth:token`", _LOG_IN)
    misnamed = environ.get("HEROKU_API_TOKEN") and "; HEROKU_API_TOKEN is none of these"
    raise Unauthorized(
        f"No token for {api_host}: set HEROKU_API_KEY (`heroku authorizations:create` makes one), "
        f"or log in with `heroku login`, or add `machine {api_host}` to {path}{unreadable}"
        f"{misnamed or ''}"
    )


def netrc_path(environ: Mapping[str, str]) -> Path:
    """The netrc file that `environ` points at, there or not."""
    if environ.get("NETRC"):
        return Path(environ["NETRC"])
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if home:
        return Path(home) / ".netrc"
    try:
        return Path.home() / ".netrc"
    except (RuntimeError, KeyError):
        # No HOME, and no entry in /etc/passwd: as good as none.
        return Path("/.netrc")


def _from_netrc(path: Path, machine: str) -> str | None:
    """The password of `machine`; the `default` entry is not for Heroku.

    Raises:
        ValueError: the file cannot be read; the text shows none of its contents.
    """
    import netrc

    try:
        hosts = netrc.netrc(str(path)).hosts
    except FileNotFoundError:
        return None
    except netrc.NetrcParseError as error:
        # Its own text quotes the word that it stumbled over, which may be a password.
        raise ValueError(f"which has an error in line {error.lineno}") from None
    except (OSError, UnicodeError) as error:
        raise ValueError(f"which cannot be read: {type(error).__name__}") from None
    entry = hosts.get(machine)
    return entry[2] if entry else None


def _from_cli(environ: Mapping[str, str]) -> str | None:
    """What ``heroku auth:token`` prints, or None without a CLI or a login."""
    program = shutil.which("heroku", path=environ.get("PATH", os.defpath))
    if program is None:
        return None
    try:
        with quiet_cli(environ) as quiet:
            done = subprocess.run(
                [program, "auth:token"],
                env=quiet,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=CLI_TIMEOUT_S,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.decode("utf-8", "replace").split()
    return words[-1] if done.returncode == 0 and words else None


@contextlib.contextmanager
def quiet_cli(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment for a call of the Heroku CLI: no update checks, no telemetry.

    Nearly every command of it writes a credential helper into the user's git
    configuration, which our calls need not. It gets a file of its own for that,
    not /dev/null: git replaces the file that it writes, and root's git would
    replace the device.
    """
    with tempfile.TemporaryDirectory(prefix="minion-") as folder:
        yield {
            **environ,
            "DISABLE_TELEMETRY": "true",
            "HEROKU_DISABLE_AUTOUPDATE": "true",
            "HEROKU_NOTIFICATIONS": "0",
            "HEROKU_SKIP_NEW_VERSION_CHECK": "true",
            "GIT_CONFIG_GLOBAL": str(Path(folder, "gitconfig")),
        }
