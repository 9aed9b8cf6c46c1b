"""The login that the Heroku CLI keeps in the system's keychain, since version 11.

That version writes no netrc where it has a keychain, so an entry there is older than
any login with it. Read as the CLI reads it (@heroku-cli/command 13, credential-manager-core).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SERVICE = "heroku-cli"
#: A keychain that is locked may ask its owner for a password.
TIMEOUT_S = 60.0


def token_in_keychain(environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """The token of whoever is logged in; None without a keychain, a login or its entry."""
    if environ.get("HEROKU_NETRC_WRITE", "").lower() == "true":
        return None
    account = _account(environ)
    command = _lookup(environ, platform, account) if account else None
    if command is None:
        return None
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    token = done.stdout.decode("utf-8", "replace").strip()
    return token if done.returncode == 0 and token else None


def _account(environ: Mapping[str, str]) -> str | None:
    """The e-mail address that the CLI has noted as logged in."""
    try:
        state = json.loads((_data_folder(environ) / "login.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    account = state.get("account") if isinstance(state, dict) else None
    return account if isinstance(account, str) and account else None


def _data_folder(environ: Mapping[str, str]) -> Path:
    """Where the CLI keeps its data (oclif: HEROKU_DATA_DIR, XDG_DATA_HOME)."""
    named = environ.get("HEROKU_DATA_DIR")
    if named:
        return Path(named)
    base = environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path(environ.get("HOME") or "/", ".local", "share")) / "heroku"


def _lookup(environ: Mapping[str, str], platform: str, account: str) -> list[str] | None:
    """The command that prints the entry: no secret is among its arguments."""
    name = {"darwin": "security", "linux": "secret-tool"}.get(platform, "")
    program = shutil.which(name, path=environ.get("PATH", os.defpath)) if name else None
    if program is None:
        return None
    if name == "security":
        return [program, "find-generic-password", "-a", account, "-s", SERVICE, "-w"]
    return [program, "lookup", "service", SERVICE, "account", account]
