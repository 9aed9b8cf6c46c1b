"""Facts from Heroku and the repository: reads only, as many at once as possible.

The longest chain of calls to Heroku is two: an app's releases, then the slug
of the one that runs. Everything else is asked beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from minion.analyser.between import Between, what_packages_hide
from minion.analyser.code import Code, Lacking
from minion.analyser.layout import read_layout
from minion.database_url import identity
from minion.errors import ArgumentError, GitError, HerokuError, Refused
from minion.heroku.records import Release
from minion.operations.databases import databases_above
from minion.operations.deploy.facts import AppFacts, Facts, Promotion
from minion.operations.deploy.request import DeployRequest
from minion.operations.left_over import left_over
from minion.operations.pending import lacking, pending
from minion.settings import Environment, Settings
from minion.settings.envfile import file_of, read

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku


def gather(
    request: DeployRequest, settings: Settings, heroku: Heroku, repository: Repository
) -> Facts:
    """What there is to know before a deployment can be planned.

    Raises:
        HerokuError: an app cannot be read.
        GitError: the repository or the branch cannot be read.
        Refused: a promotion has no source, or sources that disagree.
    """
    environment = settings.environment(request.environment)
    promotes = environment.pipeline if request.pipeline is None else request.pipeline
    below = settings.below(environment)
    if promotes and below is None:
        raise ArgumentError(f"pipeline=yes: there is no environment below {environment.name}")
    sources = below.apps if promotes and below else ()
    with ThreadPoolExecutor(max_workers=24) as pool:
        wanted = _wanted_values(settings, environment)
        reading = {
            app: _AppReading(pool, heroku, app, wanted if app in environment.apps else {})
            for app in (*environment.apps, *sources)
        }
        keys_below = [
            pool.submit(_config_keys, heroku, app) for app in (below.apps if below else ())
        ]
        above = pool.submit(databases_above, settings, environment, heroku)
        origin = pool.submit(_origin_refs, repository, settings.origin)
        apps = tuple(reading[app].result() for app in environment.apps)
        upstream = tuple(reading[app].result() for app in sources)
        origin_refs = origin.result()
    heads, tags = _heads_and_tags(origin_refs, settings, repository)
    promotions = _match(apps, upstream) if promotes else ()
    if promotions:
        branch, target = settings.main_branch, _common_commit(promotions)
    else:
        branch = request.branch or environment.branch
        target = repository.branch_commit(branch, settings.origin)
    urls = {app: reading[app].database_url for app in environment.apps}
    undone = left_over(apps, environment, settings, repository, tags, target)
    comparison = Between(
        settings,
        repository,
        branch,
        target,
        bool(promotions),
        heads,
        _lacking(apps, urls, settings, heroku, repository),
        undone,
    )
    return Facts(
        apps=apps,
        code=_with_packages(comparison.result(apps), promotions, settings, heroku),
        promotions=promotions,
        keys_below=frozenset().union(*(keys.result() for keys in keys_below)),
        above=above.result(),
        unfinished=frozenset(undone),
    )


def _lacking(
    apps: Sequence[AppFacts],
    urls: Mapping[str, str | None],
    settings: Settings,
    heroku: Heroku,
    repository: Repository,
) -> dict[str, Lacking]:
    """By app, what its database has not run of what its code has; once for each database."""
    asked: dict[tuple[str | None, str | None], Future[Lacking]] = {}
    with ThreadPoolExecutor(max_workers=8) as pool:
        for app in apps:
            known = (app.database or app.name, app.commit)
            if app.commit and known not in asked and repository.has_commit(app.commit):
                layout = read_layout(repository, app.commit)
                asked[known] = pool.submit(
                    lacking,
                    heroku,
                    app.name,
                    urls[app.name],
                    repository.read_all(app.commit, layout.is_migration),
                    layout.migration_folders,
                    settings.commands.migrate,
                )
    return {
        app.name: asked[known].result()
        for app in apps
        if (known := (app.database or app.name, app.commit)) in asked
    }


def _with_packages(
    code: Code, promotions: Sequence[Promotion], settings: Settings, heroku: Heroku
) -> Code:
    """`code`, knowing what the packages bring where the app to promote from runs it already."""
    hidden = what_packages_hide(code.analysis)
    if not promotions or hidden is None or code.unread != hidden:
        return code
    read = {reading.key for reading in code.readings}
    found: list[str] = []
    for promotion in promotions:
        source, migrate = promotion.source.name, settings.commands.migrate
        for target in promotion.targets:
            try:
                names = pending(heroku, source, target.name, migrate, read)
            except HerokuError as error:
                return replace(code, unread=f"{hidden} ({error})")
            if names is None:
                return code
            found += names
    if not found:
        return replace(code, unread=None)
    listed = ", ".join(dict.fromkeys(found))
    return replace(code, unread=f"packages bring migrations that cannot be read here: {listed}")


def _wanted_values(settings: Settings, environment: Environment) -> Mapping[str, str]:
    """What the environment's env file says; nothing where there is no such file."""
    if settings.config is None or not file_of(settings, environment).exists():
        return {}
    return read(file_of(settings, environment))


def _config_keys(heroku: Heroku, app: str) -> frozenset[str]:
    """The app's config vars; none where it cannot be read, for they are only compared."""
    try:
        return frozenset(heroku.apps.config_vars(app))
    except HerokuError:
        return frozenset()


class _AppReading:
    """The calls that describe one app, under way at the same time."""

    def __init__(
        self, pool: ThreadPoolExecutor, heroku: Heroku, app: str, wanted: Mapping[str, str]
    ) -> None:
        self._heroku = heroku
        self._wanted = wanted
        self._app = pool.submit(heroku.apps.get, app)
        self._releases = pool.submit(self._read_releases, app)
        self._preboot = pool.submit(heroku.apps.is_preboot, app)
        self._config = pool.submit(heroku.apps.config_vars, app)
        self._build = pool.submit(heroku.builds.pending, app)
        self._coupling = pool.submit(heroku.pipelines.coupling, app)

    def _read_releases(self, app: str) -> tuple[list[Release], Release | None, str | None]:
        newest = self._heroku.releases.newest(app, n=20)
        running = self._heroku.releases.running(app, newest)
        commit = self._heroku.releases.commit_of(app, running) if running else None
        return newest, running, commit

    @property
    def database_url(self) -> str | None:
        """The app's DATABASE_URL, a secret."""
        return self._config.result().get("DATABASE_URL")

    def result(self) -> AppFacts:
        # The app itself first: "no such app" is a better answer than "no such releases".
        app = self._app.result()
        newest, running, commit = self._releases.result()
        config = self._config.result()
        pending = None
        if newest and newest[0].status == "pending":
            pending = f"release v{newest[0].version} is pending ({newest[0].description})"
        elif self._build.result() is not None:
            pending = "a build is running"
        return AppFacts(
            app=app,
            running=running,
            newest_version=newest[0].version if newest else 0,
            commit=commit,
            pending=pending,
            preboot=self._preboot.result(),
            database=identity(config.get("DATABASE_URL")),
            # The buildpack skips it for any value but "0" and "".
            collects_static=config.get("DISABLE_COLLECTSTATIC", "0") in ("", "0"),
            git_url=self._heroku.git_url(app.name),
            coupling=self._coupling.result(),
            config_keys=frozenset(config),
            unapplied=tuple(
                sorted(key for key, value in self._wanted.items() if config.get(key) != value)
            ),
        )


def _origin_refs(repository: Repository, origin: str) -> dict[str, str] | None:
    """Branches and tags on origin, or None if there is no origin or it does not answer."""
    try:
        return repository.remote_refs(origin, "refs/heads/*", "refs/tags/*")
    except GitError:
        return None


def _heads_and_tags(
    origin_refs: dict[str, str] | None, settings: Settings, repository: Repository
) -> tuple[dict[str, str] | None, dict[str, str]]:
    """Origin's branches, as refs, and the commits of tags by name, also of those only here."""
    # A rehearsal's tags are on its own origin only; those here are the real Heroku's.
    prefix = "refs/tags/"
    tags = {} if settings.is_rehearsal else repository.local_refs(prefix)
    if origin_refs is not None:
        # A peeled entry, which is the commit, comes after that of its annotated tag.
        listed = sorted(origin_refs.items())
        tags.update((ref.replace("^{}", ""), sha) for ref, sha in listed if ref.startswith(prefix))
        origin_refs = {ref: sha for ref, sha in listed if not ref.startswith(prefix)}
    return origin_refs, {ref[len(prefix) :]: sha for ref, sha in tags.items()}


def _match(apps: tuple[AppFacts, ...], upstream: tuple[AppFacts, ...]) -> tuple[Promotion, ...]:
    """Each app with the app below that is in the same pipeline."""
    sources: dict[str, AppFacts] = {}
    for source in upstream:
        if source.coupling is not None:
            sources.setdefault(source.coupling.pipeline_id, source)
    grouped: dict[str, list[AppFacts]] = {}
    for app in apps:
        coupling = app.coupling
        if coupling is None:
            raise Refused(
                f"{app.name} is in no pipeline: add it with `heroku pipelines:add`, "
                "or push the code with pipeline=no"
            )
        if coupling.pipeline_id not in sources:
            names = ", ".join(source.name for source in upstream)
            raise Refused(
                f"{app.name} is in pipeline {coupling.pipeline_name}, where none of the apps "
                f"below ({names}) is: couple them with `heroku pipelines:add`, or use pipeline=no"
            )
        grouped.setdefault(coupling.pipeline_id, []).append(app)
    return tuple(
        Promotion(pipeline_id, sources[pipeline_id], tuple(targets))
        for pipeline_id, targets in grouped.items()
    )


def _common_commit(promotions: tuple[Promotion, ...]) -> str:
    commits = {promotion.source.name: promotion.source.commit for promotion in promotions}
    for name, commit in commits.items():
        if commit is None:
            raise Refused(f"{name} runs nothing that was built from a commit; deploy to it first")
    if len(set(commits.values())) > 1:
        listed = ", ".join(f"{name} runs {str(sha)[:7]}" for name, sha in commits.items())
        raise Refused(
            f"the apps to promote from run different commits ({listed}); deploy them first"
        )
    return str(next(iter(commits.values())))
