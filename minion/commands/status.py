"""``status``: what runs where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from minion.analyser.code import Lacking
from minion.analyser.layout import read_layout
from minion.engine.exclusive import locks_of
from minion.engine.perform import connect
from minion.errors import CommitNotFound, GitError, MinionError, Unauthorized
from minion.operations.pending import lacking_by_url
from minion.settings import Settings
from minion.terminal.console import Console
from minion.text import age

if TYPE_CHECKING:
    from rich.console import OverflowMethod

    from minion.git import Repository
    from minion.heroku import Heroku


@dataclass(frozen=True)
class AppStatus:
    """What one app runs; `ahead` and `behind` count commits against the main branch.

    `lock` says who works on its environment, None if nobody does. `pending` are the
    migrations of `commit` that the app's database has not run, None where that cannot be
    told from here, and `pending_unknown` says why.
    """

    environment: str
    app: str
    release: int | None = None
    commit: str | None = None
    created_at: datetime | None = None
    user: str | None = None
    ahead: int | None = None
    behind: int | None = None
    maintenance: bool | None = None
    preboot: bool | None = None
    web_url: str | None = None
    lock: str | None = None
    pending: tuple[str, ...] | None = None
    pending_unknown: str | None = None
    unfinished_indexes: tuple[str, ...] = ()
    error: str | None = None


#: The columns, and how one of them is made narrower where there is little room.
HEADINGS: Mapping[str, OverflowMethod | None] = {
    "Environment": None,
    "App": None,
    "Release": None,
    "Commit": "fold",
    "Age": None,
    "By": "ellipsis",
    "Main": None,
    "Page": None,
    "Preboot": None,
}


def status(*, as_json: bool) -> None:
    """Show every app of every environment; one that cannot be read says why."""
    console = Console(as_json=as_json)
    edges = connect()
    settings, heroku, repository = edges.settings, edges.heroku, edges.repository
    apps = [(env.name, app) for env in settings.environments for app in env.apps]
    with ThreadPoolExecutor(max_workers=16) as pool:
        read = [pool.submit(_read, heroku, repository, *one) for one in apps]
        locks = pool.submit(_locks, settings, repository)
        found = [_count(settings, repository, one.result()) for one in read]
        found = [replace(one, lock=locks.result().get(one.environment)) for one in found]
    if as_json:
        console.document([_document(one) for one in found])
        return
    _show(console, found)


def _read(heroku: Heroku, repository: Repository, environment: str, app: str) -> AppStatus:
    try:
        details = heroku.apps.get(app)
        release = heroku.releases.current(app)
        commit = heroku.releases.commit_of(app, release) if release else None
        lacking = _lacking(heroku, repository, app, commit)
        return AppStatus(
            environment=environment,
            app=app,
            release=release.version if release else None,
            commit=commit,
            created_at=release.created_at if release else None,
            user=release.user if release else None,
            maintenance=details.maintenance,
            preboot=heroku.apps.is_preboot(app),
            web_url=details.web_url,
            pending=None if lacking.why else tuple(sorted(lacking.paths)),
            pending_unknown=lacking.why,
            unfinished_indexes=lacking.about_indexes(app),
        )
    except Unauthorized:
        raise
    except MinionError as error:
        return AppStatus(environment=environment, app=app, error=str(error))


def _lacking(heroku: Heroku, repository: Repository, app: str, commit: str | None) -> Lacking:
    """What the app's database says itself, asked once and not by a dyno: this is only a look."""
    if commit is None:
        return Lacking(why="what it runs was not made from a known commit")
    if not repository.has_commit(commit):
        return Lacking(why=f"{commit[:7]} is not in this repository")
    try:
        layout = read_layout(repository, commit)
        tree = repository.read_all(commit, layout.is_migration)
        url = heroku.apps.config_vars(app).get("DATABASE_URL")
    except MinionError as error:
        return Lacking(why=str(error))
    return lacking_by_url(url, tree, layout.migration_folders)


def _locks(settings: Settings, repository: Repository) -> Mapping[str, str]:
    """For each locked environment, who holds its lock; or that it cannot be told."""
    try:
        holders = locks_of(settings, repository).holders()
    except GitError as error:
        return {one.name: f"not known: {error}" for one in settings.environments}
    now = datetime.now(timezone.utc)
    return {name: holder.describe(now) for name, holder in holders.items()}


def _count(settings: Settings, repository: Repository, one: AppStatus) -> AppStatus:
    if one.commit is None:
        return one
    try:
        main = repository.branch_commit(settings.main_branch, settings.remote)
        if not repository.has_commit(one.commit):
            return one
        ahead = len(repository.log(main, one.commit))
        behind = len(repository.log(one.commit, main))
    except (CommitNotFound, GitError):
        return one
    return replace(one, ahead=ahead, behind=behind)


def _document(one: AppStatus) -> dict[str, Any]:
    created = one.created_at.isoformat() if one.created_at else None
    return {**one.__dict__, "created_at": created}


def _show(console: Console, found: list[AppStatus]) -> None:
    console.table(HEADINGS, [list(_cells(one)) for one in found])
    locks = {one.environment: one.lock for one in found if one.lock}
    for environment, lock in locks.items():
        console.say(f"{environment}: {lock}")
    for one in found:
        if one.pending:
            listed = ", ".join(one.pending)
            console.say(
                f"{one.app}: its database has not run {listed}. To see what is needed: "
                f"fab plan:{one.environment}"
            )
        elif one.pending_unknown:
            console.say(f"{one.app}: pending migrations are not known: {one.pending_unknown}")
        for words in one.unfinished_indexes:
            console.say(words)


def _cells(one: AppStatus) -> Iterator[tuple[str, str]]:
    """The text and the style of each of one app's cells."""
    yield one.environment, "bold"
    yield one.app, ""
    if one.error:
        yield "?", ""
        yield one.error, "red"
        return
    yield f"v{one.release}" if one.release else "none", ""
    yield (one.commit or "unknown")[:7], "yellow"
    yield _age(one.created_at), ""
    yield one.user or "", ""
    yield _distance(one), "" if one.ahead == 0 and one.behind == 0 else "yellow"
    yield _on_off(one.maintenance), "bold red" if one.maintenance else ""
    yield _on_off(one.preboot), ""


def _on_off(value: bool | None) -> str:
    return "-" if value is None else "on" if value else "off"


def _distance(one: AppStatus) -> str:
    if one.ahead is None or one.behind is None:
        return "?"
    parts = [f"{one.ahead} ahead"] * bool(one.ahead) + [f"{one.behind} behind"] * bool(one.behind)
    return ", ".join(parts) or "level"


def _age(moment: datetime | None) -> str:
    return "-" if moment is None else age(datetime.now(timezone.utc) - moment)
