"""Migrations that packages bring: read from the apps that run them, for no file shows them."""

from __future__ import annotations

import re
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from minion.errors import HerokuError

if TYPE_CHECKING:
    from minion.heroku import Heroku

#: Seconds that Django may take to list its migrations.
LIST_S = 300
_MIGRATE = re.compile(r"(?P<program>.*(?:manage\.py|django-admin|-m django))\s+migrate\b.*", re.S)
_LINE = re.compile(r"\[(?P<applied>[X ])\]\s+(?P<label>\w+)\.(?P<name>\w+)")


def listing_command(migrate: str) -> str | None:
    """What lists the migrations, given what runs them; None where that cannot be told."""
    match = _MIGRATE.fullmatch(migrate.strip())
    return f"{match['program']} showmigrations --plan" if match else None


def pending(
    heroku: Heroku, source: str, target: str, migrate: str, read: Collection[tuple[str, str]]
) -> list[str] | None:
    """``label.name`` of the migrations that `source`'s code has and `target` has not run.

    Without those in `read`, which are known already. None where it cannot be
    found out.

    Raises:
        HerokuError: a dyno could not be run.
    """
    command = listing_command(migrate)
    if command is None:
        return None
    with ThreadPoolExecutor(max_workers=2) as pool:
        answers = [pool.submit(_list, heroku, app, command) for app in (source, target)]
        known, here = (answer.result() for answer in answers)
    if not known or not here:
        return None
    applied = {key for key, is_applied in here.items() if is_applied}
    return [".".join(key) for key in known if key not in applied and key not in read]


def _list(heroku: Heroku, app: str, command: str) -> dict[tuple[str, str], bool]:
    """Label and name of every migration that the app's code has, and whether it was run."""
    said: list[bytes] = []
    status = heroku.dynos.run(app, command, write=said.append, timeout_s=LIST_S)
    if status != 0:
        raise HerokuError(f"{app}: `{command}` exited with status {status}")
    text = b"".join(said).decode("utf-8", "replace")
    return {
        (match["label"], match["name"]): match["applied"] == "X" for match in _LINE.finditer(text)
    }
