"""What a settings file says, as values that never change."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from minion.errors import ArgumentError
from minion.options import Option
from minion.settings.keys import (
    LOCKS,
    MEASURE,
    ON_FAILURE,
    STATIC_EXTENSIONS,
    STATIC_FOLDERS,
    number_default,
    text_default,
)
from minion.settings.schema import closest
from minion.text import public_url

FILENAME = "minion.toml"
_SPAN = re.compile(r"(?P<count>\d{1,9})\s*(?P<unit>ms|s|min)?")
_UNITS_S = {"ms": 0.001, "s": 1.0, "min": 60.0}


def span_s(text: str) -> float:
    """The seconds of a span of time as PostgreSQL writes it: ``5s``, ``500ms``, ``2min``.

    A number alone is milliseconds (PostgreSQL: Setting Parameters).

    Raises:
        ValueError: it is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f'{text!r} is no time such as "5s", "500ms"')
    return int(found["count"]) * _UNITS_S[found["unit"] or "ms"]


@dataclass(frozen=True)
class Commands:
    """What one-off dynos run; ``{fixtures}`` is replaced by quoted paths.

    An empty command is none: its option is never needed, as in a project without a database.
    `lock_timeout` is how long a migration may wait for a lock, as PostgreSQL
    writes it (``5s``; ``0``: for ever): while it waits, everybody else waits
    behind it. None means what fits the plan. One that gave way is run again, `lock_tries`
    times in all, after pauses of which the first is `lock_pause`.
    """

    migrate: str = text_default("commands.migrate")
    syncdb: str = text_default("commands.syncdb")
    fixtures: str = text_default("commands.fixtures")
    collectstatic: str = text_default("commands.collectstatic")
    anonymise: str = text_default("commands.anonymise")
    lock_timeout: str | None = None
    lock_tries: int = number_default("commands.lock_tries")
    lock_pause: str = text_default("commands.lock_pause")

    @property
    def lock_pause_s(self) -> float:
        """The first pause in seconds."""
        return span_s(self.lock_pause)

    @property
    def absent(self) -> Option:
        """The options for which there is no command."""
        said = {
            Option.SYNCDB: self.syncdb,
            Option.MIGRATE: self.migrate,
            Option.FIXTURES: self.fixtures,
            Option.COLLECTSTATIC: self.collectstatic,
        }
        missing = Option.NONE
        for option, command in said.items():
            missing |= Option.NONE if command else option
        return missing


@dataclass(frozen=True)
class Data:
    """What is known about the data: which columns are personal, and where a copy may go.

    `pii` and `pii_ignore` hold ``table.column``, either part with ``*`` in it
    or not. `local` is the URL of the developer's own database.
    """

    pii: tuple[str, ...] = ()
    pii_ignore: tuple[str, ...] = ()
    local: str | None = None


#: Longer than this nobody waits for the end of a command.
MOST_WATCH_S = 3600.0


def watch_s(text: str) -> float:
    """The seconds of a time to watch: ``60s``, ``5min``; a number alone is seconds.

    Raises:
        ValueError: it is none, or too long.
    """
    seconds = round(span_s(f"{text}s" if text.isdecimal() else text), 3)
    if seconds > MOST_WATCH_S:
        raise ValueError(f"{text!r} is longer than an hour")
    return seconds


@dataclass(frozen=True)
class Watching:
    """When a watched release is worse, and what follows.

    `errors` is how many of the requests may be answered with 5xx (``1%``), `status` what the
    path that is asked for is to answer, `on_failure` one of `ON_FAILURE`.
    """

    errors: str = text_default("watch.errors")
    status: int = number_default("watch.status")
    on_failure: str = ON_FAILURE[0]

    @property
    def share(self) -> float:
        """The same as a number, from 0 to 1. Raises ValueError where it is none."""
        share = float(self.errors.strip().rpartition("%")[0]) / 100
        if not 0 <= share <= 1:
            raise ValueError(self.errors)
        return share


@dataclass(frozen=True)
class Environment:
    """One stage on the way up: its apps and how code gets there.

    `preboot` is what the team wants during a deployment (None: as found),
    `remote_only` names config vars that stand in no file on purpose. `watch_s` is for how
    many seconds a release is watched, `health` the path that is asked for meanwhile.
    `is_top` marks the live site: the last environment in the file.
    """

    name: str
    apps: tuple[str, ...]
    branch: str
    pipeline: bool
    preboot: bool | None
    tag: str
    is_top: bool
    is_bottom: bool
    remote_only: tuple[str, ...] = ()
    watch_s: float = 0.0
    health: str | None = None

    @property
    def confirmation(self) -> str:
        """What ``confirm=`` must say when it names apps: ``a`` or ``a+b``."""
        return "+".join(self.apps)


@dataclass(frozen=True)
class Settings:
    """A whole ``minion.toml``; `environments` run from the lowest to the live site.

    `origin` is a remote's name, a URL or a path; messages call it `origin_name`.
    In a rehearsal it stands in for the project's own, which `remote` always is: under
    its name the clone keeps what it has fetched. `lock` is where
    the lock of an environment is kept: on "origin", there in a "branch", or
    "local" to this machine. `measure` is which migrations are carried out on a
    scratch database, one of `MEASURE`.
    """

    root: Path
    main_branch: str = text_default("project.main_branch")
    origin: str = field(default="origin", repr=False)
    remote: str = field(default="origin", repr=False)
    lock: str = LOCKS[0]
    config: Path | None = None
    static_extensions: tuple[str, ...] = STATIC_EXTENSIONS
    static_folders: tuple[str, ...] = STATIC_FOLDERS
    commands: Commands = Commands()
    measure: str = MEASURE[0]
    watching: Watching = Watching()
    data: Data = Data()
    environments: tuple[Environment, ...] = ()
    is_rehearsal: bool = False

    @property
    def origin_name(self) -> str:
        """What origin is called where people see it: a URL without user and password."""
        return public_url(self.origin)

    def environment(self, name: str) -> Environment:
        """The environment called `name`.

        Raises:
            ArgumentError: there is none; the message names those that there are.
        """
        for environment in self.environments:
            if environment.name == name:
                return environment
        names = [environment.name for environment in self.environments]
        hint = closest(name, names)
        raise ArgumentError(
            f"unknown environment {name!r}{hint}; {FILENAME} has {', '.join(names) or 'none'}"
        )

    def below(self, environment: Environment) -> Environment | None:
        """The environment that code passes through before `environment`."""
        index = self.environments.index(environment)
        return self.environments[index - 1] if index else None

    def is_above(self, environment: Environment, other: Environment) -> bool:
        """Whether code reaches `environment` later than `other`."""
        return self.environments.index(environment) > self.environments.index(other)
