"""Which databases of the environments above an environment's apps can reach.

What is done below (data moved in, migrations, an older release) would be done to
theirs. An app reaches a database by an add-on attachment of any name and any
credential, or by a config var of any name that holds a URL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

from minion.database_url import DatabaseId, databases_at, databases_in
from minion.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from minion.heroku import Heroku
    from minion.settings import Environment, Settings

#: A database: an add-on by its id, or what a URL leads to.
Database = Union[str, DatabaseId]


@dataclass(frozen=True)
class SharedDatabase:
    """An app can reach a database that an app above it uses, too.

    `variables` are the config vars by which it can, `other_variables` those of
    the `other` app, as far as that one may be read.
    """

    app: str
    variables: tuple[str, ...]
    other: str
    other_variables: tuple[str, ...]
    environment: str
    is_live: bool

    def __str__(self) -> str:
        whose = f"{self.other} ({self.environment}{', the live site' if self.is_live else ''})"
        ours, theirs = " and ".join(self.variables), " and ".join(self.other_variables)
        lead = "leads" if len(self.variables) == 1 else "lead"
        there = f", there {theirs}" if theirs else ""
        return f"{self.app}: {ours} {lead} to the database of {whose}{there}"


@dataclass(frozen=True)
class DatabasesAbove:
    """What an environment shares with those above it, the live site's first.

    `unread` are the apps above that the token's owner may not read: of those it is
    only known which add-ons they have from what is attached below.
    """

    shared: tuple[SharedDatabase, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def questions(self) -> tuple[str, ...]:
        """What is to be said yes to before anything is done below, a statement each."""
        return tuple(str(one) for one in self.shared)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a report must say loudly, a line each."""
        return tuple(f"ANOTHER ENVIRONMENT'S DATABASE: {one}" for one in self.shared)

    def unread_lines(self) -> list[str]:
        """What is not known for certain, a line for each app."""
        return [
            f"{app} may not be read with your token: whether its database is used below is known "
            "from add-ons only, not from URLs"
            for app in self.unread
        ]


NONE_ABOVE = DatabasesAbove()


@dataclass
class Reached:
    """The databases that an app can reach, each with the config vars that lead there.

    `owners` are the apps to which those of them that are add-ons are billed.
    """

    app: str
    databases: dict[Database, set[str]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def add(self, database: Database, *variables: str) -> None:
        self.databases.setdefault(database, set()).update(variables)


def databases_above(
    settings: Settings, environment: Environment, heroku: Heroku, *, copies: bool = False
) -> DatabasesAbove:
    """The databases of environments above that the apps of `environment` can reach.

    Two calls for each app of these environments, all at once. With `copies` Heroku is
    also asked what each database follows: a follower counts as what it follows.

    Raises:
        HerokuError: something cannot be told, other than for want of rights on an app above.
    """
    above = [one for one in settings.environments if settings.is_above(one, environment)]
    if not above:
        return DatabasesAbove()
    with ThreadPoolExecutor(max_workers=16) as pool:
        own = [pool.submit(_reached, heroku, app, copies) for app in environment.apps]
        reading = [
            (app, pool.submit(_reached, heroku, app, copies)) for one in above for app in one.apps
        ]
        ours = [one.result() for one in own]
        theirs, unread = {}, []
        for app, one in reading:
            try:
                theirs[app] = one.result()
            except (Forbidden, NotFound):
                theirs[app] = Reached(app)
                unread.append(app)
    for reached in ours:
        for addon, owner in reached.owners.items():
            if owner in theirs:
                theirs[owner].add(addon)
            if unread:
                _add_attached(heroku, addon, theirs)
    return DatabasesAbove(shared(above, ours, theirs), tuple(unread))


def besides(heroku: Heroku, apps: Sequence[str]) -> dict[str, tuple[str, ...] | None]:
    """The config vars of each of `apps` that lead to no app's ``DATABASE_URL``, sorted.

    Those of the same database, by another credential or through its connection pool, are none.
    None for an app that the token's owner may not read.

    Raises:
        HerokuError: an app's config vars or add-ons cannot be read.
    """
    found: dict[str, Reached | None] = {}
    for app in apps:
        try:
            found[app] = _reached(heroku, app, copies=False)
        except (Forbidden, NotFound):
            found[app] = None
    main = {
        database
        for reached in found.values()
        for database, names in (reached.databases.items() if reached else ())
        if "DATABASE_URL" in names
    }
    return {
        app: _leading_elsewhere(reached, main) if reached else None
        for app, reached in found.items()
    }


def _leading_elsewhere(reached: Reached, main: set[Database]) -> tuple[str, ...]:
    known = _variables(reached, main & reached.databases.keys())
    return tuple(one for one in _variables(reached, reached.databases) if one not in known)


def shared(
    above: Sequence[Environment], ours: Sequence[Reached], theirs: Mapping[str, Reached]
) -> tuple[SharedDatabase, ...]:
    """What any of `ours` has in common with an app of the environments `above`. Pure."""
    found = []
    for environment in sorted(above, key=lambda one: not one.is_top):
        for one in ours:
            for other in environment.apps:
                common = one.databases.keys() & theirs[other].databases.keys()
                if common:
                    found.append(
                        SharedDatabase(
                            app=one.app,
                            variables=_variables(one, common),
                            other=other,
                            other_variables=_variables(theirs[other], common),
                            environment=environment.name,
                            is_live=environment.is_top,
                        )
                    )
    return tuple(found)


def _variables(reached: Reached, databases: Iterable[Database]) -> tuple[str, ...]:
    return tuple(sorted(set().union(*(reached.databases[one] for one in databases))))


def _reached(heroku: Heroku, app: str, copies: bool) -> Reached:
    with ThreadPoolExecutor(max_workers=2) as pool:
        attached = pool.submit(heroku.addons.attachments, app)
        values = heroku.apps.config_vars(app)
        attachments = attached.result()
    reached = Reached(app)
    for database, keys in databases_in(values).items():
        reached.add(database, *keys)
    for one in attachments:
        if one.is_postgres or databases_at(values.get(one.variable, "")):
            reached.add(one.addon_id, one.variable)
            reached.owners[one.addon_id] = one.app
        if one.is_postgres and copies:
            for database in databases_at(heroku.databases.follows(one.addon_id) or ""):
                reached.add(database, one.variable)
    return reached


def _add_attached(heroku: Heroku, addon: str, theirs: Mapping[str, Reached]) -> None:
    """Note which of the apps above the add-on is attached to, as far as Heroku tells."""
    try:
        places = heroku.addons.attached_to(addon)
    except (Forbidden, NotFound):
        return
    for app, variable in places:
        if app in theirs:
            theirs[app].add(addon, variable)
