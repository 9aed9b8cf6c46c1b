"""What is made of the project's own command that migrates: to list, and to go to one migration.

A project with several databases migrates each of them by a command of its own, joined by
``&&`` (Django: Multiple databases, "Synchronizing your databases").
"""

from __future__ import annotations

import re
import shlex

_SEPARATOR = re.compile(r"(\s*(?:&&|;)\s*)")
_MIGRATE = re.compile(r"(?P<program>.*(?:manage\.py|django-admin|-m django))\s+migrate\b.*", re.S)
_OTHER_DATABASE = re.compile(r"--database[= ](?!default\b)")
#: What decides where and with what a command runs, and does nothing by itself.
_PREPARES = ("cd", "export", "set", "source", ".")


def listing_command(migrate: str) -> str | None:
    """What lists the migrations of the default database, given what runs them.

    None where that cannot be told. Of all that `migrate` does besides nothing is done.
    """
    before = ""
    for command, separator in _pairs(migrate):
        match = _MIGRATE.fullmatch(command)
        if match and not _OTHER_DATABASE.search(command):
            if _is_whole(match["program"]):
                return f"{before}{match['program']} showmigrations --plan"
            return None
        if command.split(None, 1)[:1] and command.split(None, 1)[0] in _PREPARES:
            before += command + separator
    return None


def migrate_to(migrate: str, label: str, name: str) -> str:
    """What takes the app `label` to its migration `name`, in every database that is migrated."""
    target = f" {shlex.quote(label)} {shlex.quote(name)}"
    pairs = _pairs(migrate)
    if not any(_MIGRATE.fullmatch(command) for command, _ in pairs):
        return migrate + target
    return "".join(
        command + (target if _MIGRATE.fullmatch(command) else "") + separator
        for command, separator in pairs
    )


def _pairs(migrate: str) -> list[tuple[str, str]]:
    """Each command with what separates it from the next; one where quotes hold them together."""
    parts = _SEPARATOR.split(migrate.strip())
    if not all(map(_is_whole, parts[::2])):
        return [(migrate.strip(), "")]
    return list(zip(parts[::2], [*parts[1::2], ""]))


def _is_whole(command: str) -> bool:
    """Whether no quote is left open."""
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True
