"""``sandbox``: the rest of the line speaks to a Heroku on this machine.

This is the only place in minion that knows the sandbox: it starts it and then
sets the same variables that point the Heroku CLI at another host.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from minion.analyser.project import Tree, needs_postgres, wishes_of
from minion.analyser.project.app_json import POSTGRES
from minion.errors import GitError, MinionError, SettingsError
from minion.settings import FILENAME, Environment, Settings, find, load
from minion.terminal import typed
from minion.terminal.console import Console
from minion.text import plain

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.sandbox.lifecycle.specs import AppSpec, ProjectSpec, Running

ACTIONS = ("start", "stop", "reset", "status", "differences")
STAGES = ("development", "staging", "production")
#: What a new app of the sandbox has before its first build: made and logging.
RELEASES_BEFORE_THE_FIRST_BUILD = 2


def sandbox(action: str, *, as_json: bool) -> None:
    """Start, stop, reset or show the sandbox of the current folder, or how it differs from Heroku.

    Raises:
        MinionError: the extra is not installed, or the sandbox did not start.
    """
    if action == "differences":
        _show_differences(Console(as_json=as_json), as_json)
        return
    try:
        from minion.sandbox.errors import SandboxError
        from minion.sandbox.lifecycle import lifecycle
    except ImportError as error:
        raise MinionError(
            f"the sandbox is not installed ({error.name} is missing): "
            "pip install 'heroku-minion[sandbox]'"
        ) from error
    console = Console(as_json=as_json)
    folder = _folder()
    try:
        if action == "stop":
            stopped = lifecycle.stop(folder)
            console.say("The sandbox is stopped." if stopped else "No sandbox was running.")
            return
        if action == "status":
            _show(console, lifecycle.status(folder), as_json)
            return
        project = _project()
        start = lifecycle.ensure if action == "start" else lifecycle.reset
        running = start(folder, _progress, project)
    except SandboxError as error:
        raise MinionError(str(error)) from error
    enter(running)
    if as_json:
        _show(console, running, as_json)
    else:
        _progress(
            f"Sandbox: {running.api_url} stands in for Heroku; the project is {running.project}"
        )


def _show_differences(console: Console, as_json: bool) -> None:
    from minion.sandbox.differences import behaviours, text

    rows = behaviours()
    if as_json:
        console.document([asdict(row) for row in rows])
    else:
        console.say(text(rows))


def enter(running: Running) -> None:
    """Let the rest of the line speak to the sandbox and work in its project."""
    os.environ.update(running.environ)
    os.chdir(running.project)
    typed.begin_with(sandbox=True)


def _progress(text: str) -> None:
    """For people; on stderr, so that the next task's document has stdout to itself."""
    print(text, file=sys.stderr, flush=True)


def _folder() -> Path:
    """``.minion`` beside the settings file, or in the current folder for the bookshop."""
    try:
        return find(Path.cwd()).parent / ".minion"
    except SettingsError:
        return Path.cwd() / ".minion"


def _project() -> ProjectSpec | None:
    """The project in this folder as the sandbox must build it; None means the bookshop."""
    try:
        find(Path.cwd())
    except SettingsError:
        return None
    from minion.git import Repository
    from minion.sandbox.lifecycle.specs import ProjectSpec

    os.environ.pop("MINION_ORIGIN", None)
    settings = load()
    repository = Repository.open(settings.root)
    origin_refs = _origin_refs(settings, repository)
    tree = Tree.of(repository, next(iter(origin_refs.values())))
    apps = [
        _app(settings, environment, app, repository, tree)
        for environment in settings.environments
        for app in environment.apps
    ]
    return ProjectSpec(
        root=settings.root, origin_refs=origin_refs, apps=apps, notes=list(_notes(tree))
    )


def _app(
    settings: Settings, environment: Environment, app: str, repository: Repository, tree: Tree
) -> AppSpec:
    """The app as its newest release tag says that it stands; empty if there is none.

    Config vars and a database it has as the project's files ask for them.
    """
    from minion.sandbox.lifecycle.specs import AppSpec

    version, commit = _last_tagged(environment, app, repository) or (1, None)
    has_database, wishes = needs_postgres(tree), wishes_of(tree)
    return AppSpec(
        name=app,
        environment=environment.name,
        stage=_stage(settings, environment),
        config_vars={**wishes.values, **{name: token_hex(32) for name in wishes.secrets}},
        preboot=bool(environment.preboot),
        commit=commit,
        first_version=max(1, version - RELEASES_BEFORE_THE_FIRST_BUILD - has_database),
        has_database=has_database,
    )


def _notes(tree: Tree) -> Iterator[str]:
    """What the apps of the sandbox will lack, by ``app.json``."""
    wishes = wishes_of(tree)
    for service in wishes.addons:
        if service != POSTGRES:
            yield f"app.json asks for the add-on {plain(service)}, which the sandbox does not have."
    if wishes.missing:
        names = plain(", ".join(wishes.missing))
        yield f"app.json requires {names}, of which it gives no value: see `fab sandbox config`."


def _stage(settings: Settings, environment: Environment) -> str:
    """The last environment is production, the first development, any between staging."""
    if environment.is_top:
        return STAGES[2]
    promoted_from = [settings.below(one) for one in settings.environments if one.pipeline]
    return STAGES[1] if environment in promoted_from or not environment.is_bottom else STAGES[0]


def _origin_refs(settings: Settings, repository: Repository) -> dict[str, str]:
    """Origin's branches as this clone last saw them, the main branch first.

    A clone without an origin has its own branches instead.

    Raises:
        GitError: there is no branch yet.
    """
    prefix = f"refs/remotes/{settings.origin}/"
    for start in (prefix, "refs/heads/"):
        found = {
            name[len(start) :]: sha
            for name, sha in repository.local_refs(start).items()
            if not name.endswith("/HEAD")
        }
        if found:
            main = settings.main_branch
            return {**({main: found[main]} if main in found else {}), **found}
    raise GitError(f"{settings.root}: no commit yet; there is nothing to rehearse")


def _last_tagged(
    environment: Environment, app: str, repository: Repository
) -> tuple[int, str] | None:
    """Version and commit of the newest release tag: what the real app most likely runs."""
    name = environment.tag.format(environment=environment.name, app=app, version="\0")
    before, after = name.split("\0", 1)
    versions = {}
    for ref, sha in repository.local_refs("refs/tags/").items():
        tag = ref[len("refs/tags/") :]
        middle = tag[len(before) : len(tag) - len(after)]
        if tag.startswith(before) and tag.endswith(after) and middle.isdecimal():
            versions[int(middle)] = sha
    return max(versions.items()) if versions else None


def _show(console: Console, running: Running | None, as_json: bool) -> None:
    document: dict[str, Any] = {"running": running is not None}
    if running is not None:
        document.update(
            api_url=running.api_url,
            git_url=running.git_url,
            project=str(running.project),
            apps=running.apps,
            local_database_url=running.local_database_url,
            environ=dict(running.environ),
        )
    if as_json:
        console.document(document)
        return
    if running is None:
        console.say(
            f"No sandbox is running here. Start it with `fab sandbox`, without {FILENAME} too."
        )
        return
    lines = [f"API:      {running.api_url}", f"Git:      {running.git_url}"]
    lines += [f"Project:  {running.project}", f"Local:    {running.local_database_url}"]
    lines += [
        f"{name}: {app['web_url']}  {app['database_url']}" for name, app in running.apps.items()
    ]
    console.say("\n".join(lines))
