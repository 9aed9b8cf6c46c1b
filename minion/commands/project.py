"""``init`` and ``doctor``: a project's files are written, and what they name is checked."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from minion.engine.perform import connect
from minion.errors import GitError, MinionError, Refused
from minion.operations.databases import databases_above
from minion.settings import FILENAME, Environment, Settings
from minion.settings.keys import template
from minion.terminal.console import Console
from minion.text import plain

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku

FABFILE = "from minion.tasks import *\n"


def init() -> None:
    """Write ``minion.toml`` and ``fabfile.py`` where they are missing; never over a file.

    Raises:
        GitError: the current folder is in no git repository.
    """
    from minion.git import Repository

    console = Console()
    root = Repository.open(Path.cwd()).root
    main = "main" if _has_branch(Repository.open(root), "main") else "master"
    name = "".join(c if c.isalnum() else "-" for c in root.name.lower()).strip("-") or "my-app"
    name = name if name[0].isalpha() else f"app-{name}"
    _write(console, root / FILENAME, template(main, name))
    fabfile = root / "fabfile.py"
    is_new = _write(console, fabfile, FABFILE)
    if not is_new and "minion.tasks" not in fabfile.read_text("utf-8", "replace"):
        console.say(f"Add this line to it:\n\n    {FABFILE}")
    console.say(f"Put your apps' names into {FILENAME}, then: fab doctor")


def _has_branch(repository: Repository, branch: str) -> bool:
    try:
        repository.branch_commit(branch)
    except GitError:
        return False
    return True


def _write(console: Console, path: Path, content: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        console.say(f"{path.name} is there already; it stays as it is.")
        return False
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    console.say(f"Wrote {path.name}.")
    return True


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: `problem` is None where it is well."""

    subject: str
    problem: str | None = None


def doctor() -> None:
    """Check the token, the apps, their pipelines and the repository; change nothing.

    Raises:
        Refused: something is wrong; every finding has been shown.
    """
    console = Console()
    edges = connect()
    settings, heroku, repository = edges.settings, edges.heroku, edges.repository
    findings = [Finding(f"{FILENAME} can be read"), *_repository(settings, repository)]
    findings.append(_token(heroku))
    if findings[-1].problem is None:
        with ThreadPoolExecutor(max_workers=16) as pool:
            checks = [
                pool.submit(_app, settings, heroku, environment, app)
                for environment in settings.environments
                for app in environment.apps
            ]
            shared = [
                pool.submit(_databases, settings, heroku, environment)
                for environment in settings.environments
            ]
            for check in (*checks, *shared):
                findings.extend(check.result())
    for finding in findings:
        mark = "ok   " if finding.problem is None else "WRONG"
        console.say(f"{mark} {plain(finding.subject)}" + _because(finding))
    wrong = sum(finding.problem is not None for finding in findings)
    if wrong:
        raise Refused(f"{wrong} of {len(findings)} checks found something to mend")


def _because(finding: Finding) -> str:
    return f": {plain(finding.problem)}" if finding.problem else ""


def _token(heroku: Heroku) -> Finding:
    try:
        return Finding(f"Heroku accepts the token of {heroku.account_email()}")
    except MinionError as error:
        return Finding("the Heroku token", str(error))


def _repository(settings: Settings, repository: Repository) -> Iterator[Finding]:
    if _has_branch(repository, settings.main_branch):
        yield Finding(f"branch {settings.main_branch}")
        yield from _commands(settings, repository)
    else:
        yield Finding(f"branch {settings.main_branch}", "does not exist; see project.main_branch")
    if repository.is_shallow():
        yield Finding("the clone's history", "is cut off: git fetch --unshallow")
    try:
        repository.remote_refs(settings.origin, "refs/heads/*")
        yield Finding(f"{settings.origin_name} answers")
    except GitError as error:
        yield Finding(settings.origin_name, str(error))


def _commands(settings: Settings, repository: Repository) -> Iterator[Finding]:
    """Whether the scripts that the commands name are in the main branch."""
    commit = repository.branch_commit(settings.main_branch)
    commands = settings.commands
    scripts = {
        posixpath.normpath(word)
        for command in (
            commands.migrate,
            commands.syncdb,
            commands.fixtures,
            commands.collectstatic,
            commands.anonymise,
        )
        for word in command.split()
        if word.endswith((".py", ".sh"))
    }
    for script in sorted(scripts):
        missing = repository.read(commit, script) is None
        yield Finding(
            f"{script}, which commands run",
            f"is not in {settings.main_branch}; see [commands]" if missing else None,
        )


def _app(settings: Settings, heroku: Heroku, environment: Environment, app: str) -> list[Finding]:
    return list(_findings(settings, heroku, environment, app))


def _findings(
    settings: Settings, heroku: Heroku, environment: Environment, app: str
) -> Iterator[Finding]:
    subject = f"{environment.name}: {app}"
    try:
        found = heroku.apps.get(app)
        yield Finding(f"{subject} can be read")
        if not found.has_page:
            without = "Fir has no maintenance page: deployments that need one are refused"
            yield Finding(f"{subject} {without}")
        preboot = heroku.apps.is_preboot(app)
        if environment.preboot and not preboot:
            how = "is off" if preboot is False else "is not offered for this app"
            yield Finding(f"{subject} preboot", f"{how}: heroku features:enable preboot -a {app}")
        below = settings.below(environment)
        if environment.pipeline and below is not None:
            yield _pipeline(heroku, subject, app, below)
    except MinionError as error:
        yield Finding(subject, str(error))


def _databases(settings: Settings, heroku: Heroku, environment: Environment) -> list[Finding]:
    """Whether what is done to the environment is done to no database of one above."""
    subject = f"{environment.name}: databases"
    try:
        above = databases_above(settings, environment, heroku, copies=True)
    except MinionError as error:
        return [Finding(subject, str(error))]
    if above.shared:
        return [Finding(subject, f"{one}; give it a database of its own") for one in above.shared]
    return [] if environment.is_top else [Finding(f"{subject} are its own")]


def _pipeline(heroku: Heroku, subject: str, app: str, below: Environment) -> Finding:
    coupling = heroku.pipelines.coupling(app)
    subject = f"{subject} pipeline"
    if coupling is None:
        return Finding(subject, "in none: heroku pipelines:add")
    sources = {one.app_id for one in heroku.pipelines.couplings(coupling.pipeline_id)}
    if not any(heroku.apps.get(name).id in sources for name in below.apps):
        return Finding(subject, f"{coupling.pipeline_name} has no app of {below.name}")
    return Finding(f"{subject} {coupling.pipeline_name}, stage {coupling.stage}")
