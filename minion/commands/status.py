"""``status`` and ``maintenance``: what stands where, and the page by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from minion.commands.deploy import connect
from minion.engine.exclusive import locks_of, under_way
from minion.engine.operation import Operation
from minion.engine.run import Run
from minion.errors import CommitNotFound, GitError, MinionError, Unauthorized
from minion.settings import Settings, load
from minion.steps import SetPage
from minion.steps.world import World
from minion.tasks.parsing import parse_bool
from minion.terminal.console import Console
from minion.text import age

if TYPE_CHECKING:
    from rich.console import OverflowMethod

    from minion.git import Repository
    from minion.heroku import Heroku


@dataclass(frozen=True)
class Standing:
    """What one app runs; `ahead` and `behind` count commits against the main branch.

    `lock` says who works on its environment, None if nobody does.
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
    settings = load()
    heroku, repository = connect(settings)
    apps = [(env.name, app) for env in settings.environments for app in env.apps]
    with ThreadPoolExecutor(max_workers=16) as pool:
        read = [pool.submit(_read, heroku, *one) for one in apps]
        locks = pool.submit(_locks, settings, repository)
        found = [_count(settings, repository, one.result()) for one in read]
        found = [replace(one, lock=locks.result().get(one.environment)) for one in found]
    if as_json:
        console.document([_document(one) for one in found])
        return
    _show(console, found)


def _read(heroku: Heroku, environment: str, app: str) -> Standing:
    try:
        details = heroku.apps.get(app)
        release = heroku.releases.current(app)
        commit = heroku.releases.commit_of(app, release) if release else None
        return Standing(
            environment=environment,
            app=app,
            release=release.version if release else None,
            commit=commit,
            created_at=release.created_at if release else None,
            user=release.user if release else None,
            maintenance=details.maintenance,
            preboot=heroku.apps.is_preboot(app),
            web_url=details.web_url,
        )
    except Unauthorized:
        raise
    except MinionError as error:
        return Standing(environment=environment, app=app, error=str(error))


def _locks(settings: Settings, repository: Repository) -> Mapping[str, str]:
    """For each locked environment, who holds its lock; or that it cannot be told."""
    try:
        holders = locks_of(settings, repository).holders()
    except GitError as error:
        return {one.name: f"not known: {error}" for one in settings.environments}
    now = datetime.now(timezone.utc)
    return {name: holder.describe(now) for name, holder in holders.items()}


def _count(settings: Settings, repository: Repository, one: Standing) -> Standing:
    if one.commit is None:
        return one
    try:
        main = repository.branch_commit(settings.main_branch)
        if not repository.has_commit(one.commit):
            return one
        ahead = len(repository.log(main, one.commit))
        behind = len(repository.log(one.commit, main))
    except (CommitNotFound, GitError):
        return one
    return replace(one, ahead=ahead, behind=behind)


def _document(one: Standing) -> dict[str, Any]:
    created = one.created_at.isoformat() if one.created_at else None
    return {**one.__dict__, "created_at": created}


def _show(console: Console, found: list[Standing]) -> None:
    console.table(HEADINGS, [list(_cells(one)) for one in found])
    locks = {one.environment: one.lock for one in found if one.lock}
    for environment, lock in locks.items():
        console.say(f"{environment}: {lock}")


def _cells(one: Standing) -> Iterator[tuple[str, str]]:
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


def _distance(one: Standing) -> str:
    if one.ahead is None or one.behind is None:
        return "?"
    parts = [f"{one.ahead} ahead"] * bool(one.ahead) + [f"{one.behind} behind"] * bool(one.behind)
    return ", ".join(parts) or "level"


def _age(moment: datetime | None) -> str:
    return "-" if moment is None else age(datetime.now(timezone.utc) - moment)


def maintenance(environment: str, switch: str, *, wait_s: float) -> None:
    """Put the page of every app of `environment` up or down, and say what is now."""
    up = parse_bool("maintenance", switch)
    settings = load()
    apps = settings.environment(environment).apps
    heroku, repository = connect(settings)
    operation = Operation(
        purpose="maintenance",
        environment=environment,
        apps=apps,
        plan=f"page {'up' if up else 'down'}",
        again=f"fab maintenance:{environment},{switch}",
        steps=tuple(SetPage(app, up=up) for app in apps),
    )
    world = World(heroku, repository, Console(), settings)
    with under_way(operation, world, wait_s=wait_s, check=lambda: None) as journal:
        Run(operation, world, journal).finish()
