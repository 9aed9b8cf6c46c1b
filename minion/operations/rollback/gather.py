"""Facts for a rollback: reads only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from minion.analyser.layout import read_layout
from minion.analyser.migrations import read_migrations
from minion.database_url import identity
from minion.errors import ArgumentError, CommitNotFound, GitError, Refused
from minion.heroku.records import Release
from minion.operations.busy import busy_with
from minion.operations.databases import databases_above
from minion.operations.rollback.facts import AppBack, RollbackFacts
from minion.operations.rollback.request import RollbackRequest

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.settings import Settings

#: Of an app with more releases than these Heroku has kept no older slug
#: (changelog 3395: the newest 20, and those younger than 30 days).
RELEASES = 200


def gather(
    request: RollbackRequest, settings: Settings, heroku: Heroku, repository: Repository
) -> RollbackFacts:
    """What there is to know before the environment can go back.

    Raises:
        HerokuError: an app cannot be read.
        Refused: there is no such release, or Heroku would not go back to it.
    """
    name, version = request.environment, request.version
    environment = settings.environment(name)
    if version is not None and len(environment.apps) > 1:
        raise ArgumentError(
            f"{name} has several apps, and each counts its own releases: fab rollback:{name}"
        )
    with ThreadPoolExecutor(max_workers=8) as pool:
        readings = [pool.submit(_app, heroku, app, version) for app in environment.apps]
        shared = pool.submit(databases_above, settings, environment, heroku)
        origin = pool.submit(_answers, repository, settings.origin)
        apps = tuple(one.result() for one in readings)
        above = shared.result()
    _refuse_different(apps)
    between = _between(apps, settings, repository)
    target = apps[0].target_commit
    return replace(
        between,
        above=above,
        is_here=target is not None and repository.has_commit(target),
        origin_known=origin.result(),
    )


def _answers(repository: Repository, origin: str) -> bool:
    try:
        repository.remote_refs(origin, "refs/heads/*")
    except GitError:
        return False
    return True


def _app(heroku: Heroku, app: str, version: int | None) -> AppBack:
    newest = heroku.releases.newest(app, RELEASES)
    running = heroku.releases.running(app, newest)
    if running is None:
        raise Refused(f"{app}: nothing was ever deployed to it")
    commit = heroku.releases.commit_of(app, running)
    candidates = [
        (one, heroku.releases.commit_of(app, one))
        for one in newest
        if one.version < running.version and _is_usable(one)
    ]
    target, target_commit = _choose(app, newest, running, commit, candidates, version)
    now = heroku.apps.config_vars(app)
    then = heroku.releases.config_vars(app, target.version)
    return AppBack(
        app=heroku.apps.get(app),
        running=running,
        commit=commit,
        newest_version=newest[0].version,
        target=target,
        target_commit=target_commit,
        candidates=tuple(candidates),
        config_keys=tuple(sorted(key for key in {*now, *then} if now.get(key) != then.get(key))),
        preboot=heroku.apps.is_preboot(app),
        pending=busy_with(newest, lambda: heroku.builds.pending(app)),
        database=identity(now.get("DATABASE_URL")),
    )


def _is_usable(release: Release) -> bool:
    return release.status == "succeeded" and release.eligible_for_rollback and bool(release.code)


def _choose(
    app: str,
    newest: list[Release],
    running: Release,
    commit: str | None,
    candidates: list[tuple[Release, str | None]],
    version: int | None,
) -> tuple[Release, str | None]:
    if version is None:
        other = [one for one in candidates if one[1] != commit]
        if not (other or candidates):
            raise Refused(f"{app}: there is no earlier release that Heroku would go back to")
        return (other or candidates)[0]
    for one in candidates:
        if one[0].version == version:
            return one
    there = ", ".join(f"v{one.version}" for one, _ in candidates[:10]) or "none"
    known = next((one for one in newest if one.version == version), None)
    if known is None:
        why = "there is no such release"
    elif version == running.version:
        why = "it is what runs"
    elif version > running.version:
        why = "it is newer than what runs"
    else:
        why = f"Heroku would not go back to it (it is {known.status})"
    raise Refused(f"{app}: v{version}: {why}; possible are {there}")


def _refuse_different(apps: tuple[AppBack, ...]) -> None:
    if len({app.target_commit for app in apps}) > 1 or len({app.commit for app in apps}) > 1:
        found = ", ".join(
            f"{app.name} from {(app.commit or '?')[:7]} to {(app.target_commit or '?')[:7]}"
            for app in apps
        )
        raise Refused(f"the apps would not go back together: {found}")


def _between(
    apps: tuple[AppBack, ...], settings: Settings, repository: Repository
) -> RollbackFacts:
    """What lies between the two commits, as far as this repository has them."""
    now, then = apps[0].commit, apps[0].target_commit
    if now is None or then is None:
        return RollbackFacts(apps, unread="the commit of one of the releases is unknown")
    if now == then or not settings.commands.migrate:
        return RollbackFacts(apps)
    try:
        for commit in (now, then):
            if not repository.has_commit(commit):
                repository.fetch(settings.origin)
        commits = tuple(repository.log(then, now))
        layout = read_layout(repository, now).merge(read_layout(repository, then))
        tree = repository.read_all(now, layout.is_migration)
        old = repository.read_all(then, layout.is_migration)
    except (CommitNotFound, GitError) as error:
        return RollbackFacts(apps, unread=f"the two commits cannot be compared: {error}")
    new = [path for path in tree if path not in old]
    readings = read_migrations(tree, new, old=old, folders=layout.migration_folders)
    return RollbackFacts(
        apps,
        commits,
        tuple(one for one in readings if one.path in new),
        missing=tuple(sorted(path for path in old if path not in tree)),
    )
