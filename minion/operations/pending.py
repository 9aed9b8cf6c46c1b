"""What a database lacks of the migrations of the code that uses it, asked of the two of them.

The database itself is asked where it can be reached, and Django in a one-off dyno
where it cannot, or does not tell enough.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from minion.analyser.code import Lacking
from minion.analyser.layout import read_layout
from minion.analyser.migrations import not_applied
from minion.errors import HerokuError, MinionError
from minion.operations.migrate_command import listing_command

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.settings import Settings

Key = tuple[str, str]


class DatabaseUser(Protocol):
    """What must be known of an app to ask its database; `database` has no credentials."""

    @property
    def name(self) -> str: ...
    @property
    def commit(self) -> str | None: ...
    @property
    def database(self) -> str | None: ...


#: Seconds that a database may take to answer.
CONNECT_S = 6
#: Seconds that Django may take to list its migrations.
LIST_S = 300
NOTHING: Mapping[str, bytes] = {}
_UNFINISHED = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1"
_LINE = re.compile(r"\[(?P<applied>[X ])\]\s+(?P<label>\w+)\.(?P<name>\w+)")


def lacking_by_app(
    apps: Sequence[DatabaseUser],
    urls: Mapping[str, str | None],
    settings: Settings,
    heroku: Heroku,
    repository: Repository,
    target: str,
) -> dict[str, Lacking]:
    """By app, what its database has not run of what its code has; once for each database.

    `urls` are the apps' DATABASE_URLs, secrets. Apps whose code is not here are left out, and
    all of them where nothing runs migrations. `target` is the commit to be deployed, of
    which a database may have run more.

    Raises:
        GitError: a commit cannot be read.
    """
    if not settings.commands.migrate:
        return {}
    asked: dict[tuple[str | None, str | None], Future[Lacking]] = {}
    with ThreadPoolExecutor(max_workers=8) as pool:
        for app in apps:
            known = (app.database or app.name, app.commit)
            if app.commit and known not in asked and repository.has_commit(app.commit):
                layout = read_layout(repository, app.commit)
                tree = repository.read_all(app.commit, layout.is_migration)
                later = {}
                if repository.has_commit(target):
                    later = repository.read_all(target, layout.is_migration)
                asked[known] = pool.submit(
                    lacking,
                    heroku,
                    app.name,
                    urls[app.name],
                    tree,
                    layout.migration_folders,
                    settings.commands.migrate,
                    {path: later[path] for path in later if path not in tree},
                )
    return {
        app.name: asked[known].result()
        for app in apps
        if (known := (app.database or app.name, app.commit)) in asked
    }


def lacking(
    heroku: Heroku,
    app: str,
    url: str | None,
    tree: Mapping[str, bytes],
    folders: Mapping[str, str],
    migrate: str,
    later: Mapping[str, bytes] = NOTHING,
) -> Lacking:
    """What the database at `url` lacks of the migrations in `tree`, the code that `app` runs.

    `folders` are those that MIGRATION_MODULES names, with the labels of their apps; `migrate`
    is the command that runs them. `later` are migrations that this code does not have, of
    which the database itself may say that it has run them. Never raises: what cannot be
    found out is said in the answer.
    """
    answer = lacking_by_url(url, tree, folders, later)
    if answer.why is None:
        return answer
    command = listing_command(migrate)
    if command is None:
        return replace(answer, why=f"{answer.why}, and `{migrate}` does not show how to list them")
    try:
        listed = _list(heroku, app, command)
    except HerokuError as error:
        return replace(answer, why=f"{answer.why}; {error}")
    if not listed:
        return replace(answer, why=f"{answer.why}, and `{command}` lists no migration")
    missing = frozenset(_lacking_by(tree, folders, listed))
    return Lacking(missing, unfinished=answer.unfinished)


def lacking_by_url(
    url: str | None,
    tree: Mapping[str, bytes],
    folders: Mapping[str, str],
    later: Mapping[str, bytes] = NOTHING,
) -> Lacking:
    """The same, as far as the database itself can be asked; no dyno is run."""
    if not tree:
        return Lacking()
    if not url:
        return Lacking(why="it has no DATABASE_URL")
    try:
        applied, unfinished = _applied(url)
    except MinionError as error:
        return Lacking(why=str(error))
    missing, unsure = not_applied(tree, folders, applied)
    if unsure:
        return Lacking(why=f"it has nothing of the app of {unsure[0]}", unfinished=unfinished)
    not_run = {path for paths in not_applied(later, folders, applied) for path in paths}
    return Lacking(frozenset(missing), ahead=frozenset(later) - not_run, unfinished=unfinished)


def _lacking_by(
    tree: Mapping[str, bytes], folders: Mapping[str, str], listed: Mapping[Key, bool]
) -> set[str]:
    """The files of the migrations that Django lists as not run; others it does not know."""

    def without(keys: Collection[Key]) -> set[str]:
        return {path for paths in not_applied(tree, folders, keys) for path in paths}

    return without([key for key, is_run in listed.items() if is_run]) - without(listed)


def _applied(url: str) -> tuple[frozenset[Key], tuple[str, ...]]:
    """What ``django_migrations`` has, nothing where there is no such table; unfinished indexes.

    Raises:
        DatabaseUnreachable: in PostgreSQL's own words, without values and passwords.
    """
    from minion.privacy.database.connection import connected

    with connected(url, connect_s=CONNECT_S) as connection:
        unfinished = tuple(str(name) for (name,) in connection.execute(_UNFINISHED).fetchall())
        if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
            return frozenset(), unfinished
        rows = connection.execute("SELECT app, name FROM django_migrations").fetchall()
    return frozenset((str(app), str(name)) for app, name in rows), unfinished


def pending(
    heroku: Heroku, source: str, target: str, migrate: str, read: Collection[Key]
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


def _list(heroku: Heroku, app: str, command: str) -> dict[Key, bool]:
    """Label and name of every migration that the app's code has, and whether it was run."""
    said: list[bytes] = []
    status = heroku.dynos.run(app, command, write=said.append, timeout_s=LIST_S)
    if status != 0:
        raise HerokuError(f"{app}: `{command}` exited with status {status}")
    text = b"".join(said).decode("utf-8", "replace")
    return {
        (match["label"], match["name"]): match["applied"] == "X" for match in _LINE.finditer(text)
    }
