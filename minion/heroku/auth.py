"""Finding the token: HEROKU_API_KEY, then netrc, then the Heroku CLI's login."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from minion.errors import Unauthorized

#: The CLI starts in a second and may ask the API for the token's expiry.
CLI_TIMEOUT_S = 20.0


def find_token(environ: Mapping[str, str], api_host: str) -> str:
    """The token for the API at `api_host` (with its port, for a custom HEROKU_HOST).

    The order is the CLI's. The CLI is asked last because it takes a second,
    and because since version 11 a login may be in the system's keychain only.

    Raises:
        Unauthorized: there is none, or what was found is no token.
    """
    key = environ.get("HEROKU_API_KEY", "").strip()
    if key:
        return _checked(key, "HEROKU_API_KEY")
    path = netrc_path(environ)
    unreadable = ""
    try:
        password = _from_netrc(path, api_host)
    except ValueError as error:
        password, unreadable = None, f" ({error})"
    if password:
        return _checked(password, str(path))
    token = _from_cli(environ)
    if token:
        return _checked(token, "`heroku auth:token`")
    raise Unauthorized(
        f"No token for {api_host}: set HEROKU_API_KEY (`heroku authorizations:create` makes one), "
        f"or add `machine {api_host}` to {path}{unreadable}, or log in with `heroku login`"
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


def _checked(token: str, source: str) -> str:
    """`token`, if it can stand in a header: requests would quote it in its error otherwise."""
    if token.isascii() and token.isprintable() and " " not in token:
        return token
    raise Unauthorized(
        f"What {source} holds is no Heroku token: it has blanks, line ends or special characters"
    )
