"""The project in this folder as the sandbox must make it: its apps, and where each stands."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import token_hex

from minion.analyser.project import Tree, needs_postgres, wishes_of
from minion.analyser.project.app_json import POSTGRES
from minion.deployments.tags import version_in
from minion.errors import GitError
from minion.git import Repository
from minion.sandbox.lifecycle.specs import AppSpec, ProjectSpec
from minion.settings import Environment, Settings
from minion.text import plain

STAGES = ("development", "staging", "production")
#: What a new app of the sandbox has before its first build: made and logging.
RELEASES_BEFORE_THE_FIRST_BUILD = 2


def rehearsal_of(settings: Settings) -> ProjectSpec:
    """Origin's branches as the clone last saw them, and an app for each that the settings name.

    Raises:
        GitError: there is nothing to rehearse, or it cannot be read.
    """
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
    versions = {}
    for ref, sha in repository.local_refs("refs/tags/").items():
        tag = ref[len("refs/tags/") :]
        version = version_in(tag, environment.tag, environment.name, app)
        if version is not None:
            versions[version] = sha
    return max(versions.items()) if versions else None
