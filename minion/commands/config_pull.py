"""``config_pull``: what Heroku has, into a new env file."""

from __future__ import annotations

import os
from pathlib import Path

from minion.engine.perform import connect
from minion.errors import Refused
from minion.settings.envfile import file_of, render
from minion.terminal.console import Console


def pull(name: str) -> None:
    """Write what Heroku has into a new file, add-on values left out.

    Raises:
        Refused: the file is there already, or several apps of the environment differ.
    """
    console = Console()
    edges = connect()
    settings, heroku = edges.settings, edges.heroku
    environment = settings.environment(name)
    path = file_of(settings, environment)
    if path.exists():
        raise Refused(f"{path} is there already and is never written over; move it away first")
    first = environment.apps[0]
    managed = heroku.addons.managed_vars(first)
    remote = heroku.apps.config_vars(first)
    content, unwritable = render({k: v for k, v in remote.items() if k not in managed})
    _write_new(path, content)
    console.say(f"Wrote {len(remote) - len(set(remote) & set(managed))} variables to {path}.")
    for key in sorted(set(remote) & set(managed)):
        console.say(f"Left out: {key}, which the add-on {managed[key]} manages.")
    for key in unwritable:
        console.say(f"LEFT OUT: {key}: dotenv has no way to write its value; add it by hand.")
    for other in environment.apps[1:]:
        if heroku.apps.config_vars(other) != remote:
            console.say(f"{other} has other values than {first}; see fab config:{name},check=yes")


def _write_new(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(content)
