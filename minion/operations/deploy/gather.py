"""Facts from Heroku and the repository: reads only, as many at once as possible.

The longest chain of calls to Heroku is two: an app's releases, then the slug
of the one that runs. Everything else is asked beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable

from minion.analyser.between import Between, what_packages_hide
from minion.analyser.code import Code, Lacking
from minion.analyser.measured import is_wanted, measured_code
from minion.database_url import identity
from minion.errors import ArgumentError, GitError, HerokuError
from minion.heroku.records import Release
from minion.operations.busy import busy_with
from minion.operations.databases import databases_above
from minion.operations.deploy.facts import (
    AppFacts,
    Facts,
    Promotion,
    common_commit,
    promotions_of,
)
from minion.operations.deploy.request import DeployRequest
from minion.operations.left_over import left_over
from minion.operations.pending import lacking_by_app, pending
from minion.operations.recorded import records_of
from minion.operations.sizes import look_at_databases, tables_of
from minion.settings import Environment, Settings
from minion.settings.envfile import file_of, read

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku

#: From one commit to another: the document of what was seen, or why nothing was.
Measure = Callable[[str, str], Mapping[str, Any]]


def gather(
    request: DeployRequest,
    settings: Settings,
    heroku: Heroku,
    repository: Repository,
    measure: Measure | None = None,
) -> Facts:
    """What there is to know before a deployment can be planned.

    `measure` carries migrations out on a scratch database where that is asked for.

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
    promotions = promotions_of(apps, upstream) if promotes else ()
    if promotions:
        branch, target = settings.main_branch, common_commit(promotions)
    else:
        branch = request.branch or environment.branch
        target = repository.branch_commit(branch, settings.remote)
    urls = {app: reading[app].database_url for app in environment.apps}
    undone = left_over(apps, environment, settings, repository, tags, target)
    lacking = lacking_by_app(apps, urls, settings, heroku, repository, target)
    comparison = Between(
        settings, repository, branch, target, bool(promotions), heads, lacking, undone
    )
    code = comparison.result(apps)
    if measure is not None and is_wanted(request.measure or settings.measure, code):
        code = measured_code(code, _measurement(apps, lacking, target, measure))
    return Facts(
        apps=apps,
        code=_with_packages(code, promotions, settings, heroku),
        promotions=promotions,
        keys_below=frozenset().union(*(keys.result() for keys in keys_below)),
        above=above.result(),
        unfinished=frozenset(undone),
        looks=look_at_databases(apps, urls, tables_of(code.readings)),
        records=records_of(settings, repository, below) if below and code.readings else (),
    )


def _measurement(
    apps: Sequence[AppFacts], lacking: Mapping[str, Lacking], target: str, measure: Measure
) -> Mapping[str, Any]:
    """What was seen between what the apps run and `target`."""
    commits = {app.commit for app in apps}
    if len(commits) > 1:
        return {"failed": "the apps run different commits"}
    if any(one.paths or one.ahead or one.why for one in lacking.values()):
        return {"failed": "the database has not run just the migrations of the running commit"}
    commit = commits.pop()
    return (
        {"failed": "the running commit is unknown"} if commit is None else measure(commit, target)
    )


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
        return AppFacts(
            app=app,
            running=running,
            newest_version=newest[0].version if newest else 0,
            commit=commit,
            pending=busy_with(newest, self._build.result),
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
