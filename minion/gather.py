"""Facts from Heroku and the repository: reads only, as many at once as possible.

The longest chain of calls to Heroku is two: an app's releases, then the slug
of the one that runs. Everything else is asked beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from minion.analyse import Analysis, StaticRules, analyse, assume_everything
from minion.envfolder import file_of, read
from minion.errors import ArgumentError, CommitNotFound, GitError, HerokuError, Refused
from minion.facts import AppFacts, Code, Facts, Promotion
from minion.procfile import parse as parse_procfile
from minion.procfile import release_phase_migrates
from minion.records import Change, Commit, Release
from minion.request import DeployRequest
from minion.settings import Environment, Settings

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
        origin = pool.submit(_origin_refs, repository, settings.origin)
        apps = tuple(reading[app].result() for app in environment.apps)
        upstream = tuple(reading[app].result() for app in sources)
        origin_refs = origin.result()
    promotions = _match(apps, upstream) if promotes else ()
    if promotions:
        branch, target = settings.main_branch, _common_commit(promotions)
    else:
        branch = request.branch or environment.branch
        target = repository.branch_commit(branch)
    code = _Comparison(settings, repository, branch, target, bool(promotions), origin_refs)
    return Facts(
        apps=apps,
        code=code.result(apps),
        promotions=promotions,
        keys_below=frozenset().union(*(keys.result() for keys in keys_below)),
    )


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
            database=database_identity(config.get("DATABASE_URL")),
            # The buildpack skips it for any value but "0" and "".
            collects_static=config.get("DISABLE_COLLECTSTATIC", "0") in ("", "0"),
            git_url=self._heroku.git_url(app.name),
            coupling=self._coupling.result(),
            config_keys=frozenset(config),
            unapplied=tuple(
                sorted(key for key, value in self._wanted.items() if config.get(key) != value)
            ),
        )


def database_identity(url: str | None) -> str | None:
    """``host:port/name`` of a database URL, its credentials left out; None if there is none."""
    if not url:
        return None
    import dj_database_url

    try:
        parsed = dj_database_url.parse(url)
    except ValueError:
        return None
    return f"{parsed.get('HOST')}:{parsed.get('PORT')}/{parsed.get('NAME')}"


def _origin_refs(repository: Repository, origin: str) -> dict[str, str] | None:
    """The branches on origin, or None if there is no origin or it does not answer."""
    try:
        if repository.remote_url(origin) is None and "/" not in origin:
            return None
        return repository.remote_refs(origin, "refs/heads/*")
    except GitError:
        return None


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


class _Comparison:
    """The repository's side: what lies between what runs and the target commit."""

    def __init__(
        self,
        settings: Settings,
        repository: Repository,
        branch: str,
        target: str,
        promotes: bool,
        origin_refs: dict[str, str] | None,
    ) -> None:
        self._settings = settings
        self._repository = repository
        self._branch = branch
        self._target = target
        self._promotes = promotes
        self._origin_refs = origin_refs
        self._rules = StaticRules(settings.static_extensions, settings.static_folders)

    def result(self, apps: tuple[AppFacts, ...]) -> Code:
        repository, target = self._repository, self._target
        changes: dict[str, Change] = {}
        commits: dict[str, Commit] = {}
        analysis: Analysis | None = None
        descends: list[bool | None] = []
        for app in apps:
            between, log, found, descendant = self._against(app)
            changes.update((change.path, change) for change in between)
            commits.update((commit.sha, commit) for commit in log)
            analysis = found if analysis is None else analysis.merge(found)
            descends.append(descendant)
        assert analysis is not None, "an environment has at least one app"
        procfile = self._procfile()
        return Code(
            target=target,
            branch=self._branch,
            changes=tuple(changes[path] for path in sorted(changes)),
            commits=tuple(commits.values()),
            analysis=analysis,
            is_descendant=False if False in descends else None if None in descends else True,
            release_phase=procfile.get("release"),
            release_phase_migrates=release_phase_migrates(procfile, self._read_text),
            dirty=tuple(repository.dirty_paths()),
            origin_known=self._origin_refs is not None,
            origin_commit=(self._origin_refs or {}).get(f"refs/heads/{self._branch}"),
            is_on_main=self._is_on_main(),
            is_shallow=repository.is_shallow(),
        )

    def _against(self, app: AppFacts) -> tuple[list[Change], list[Commit], Analysis, bool | None]:
        why = self._why_unknown(app)
        if why is not None or app.commit is None:
            paths = self._repository.paths(self._target) if self._have(self._target) else []
            return [], [], assume_everything(why or "the running commit is unknown", paths), None
        if app.commit == self._target:
            return [], [], analyse([], [], commits_differ=False, collects_static=True), True
        changes = self._repository.changes(app.commit, self._target)
        analysis = analyse(
            changes,
            self._repository.paths(self._target),
            commits_differ=True,
            collects_static=app.collects_static and not self._promotes,
            rules=self._rules,
        )
        descends = self._repository.is_ancestor(app.commit, self._target)
        return changes, self._repository.log(app.commit, self._target), analysis, descends

    def _why_unknown(self, app: AppFacts) -> str | None:
        """Why the two commits cannot be compared, or None if they can."""
        if app.running is None:
            return f"nothing has been deployed to {app.name} yet"
        if app.commit is None:
            return f"v{app.running.version} of {app.name} was not made from a known commit"
        for commit, whose in (
            (app.commit, f"{app.name} runs"),
            (self._target, "is to be deployed"),
        ):
            if not self._have(commit):
                return f"commit {commit[:7]}, which {whose}, is not in this repository"
        if self._repository.is_shallow():
            return "this clone is shallow: its history is cut off"
        return None

    def _have(self, commit: str) -> bool:
        """Whether the commit is here, after fetching from origin once if it was not."""
        if self._repository.has_commit(commit):
            return True
        if self._origin_refs:
            try:
                self._repository.fetch(self._settings.origin)
            except GitError:
                return False
        return self._repository.has_commit(commit)

    def _read_text(self, path: str) -> str | None:
        content = self._repository.read(self._target, path)
        return None if content is None else content.decode("utf-8", "replace")

    def _procfile(self) -> dict[str, str]:
        if not self._repository.has_commit(self._target):
            return {}
        return parse_procfile(self._read_text("Procfile") or "")

    def _is_on_main(self) -> bool:
        try:
            tip = self._repository.branch_commit(self._settings.main_branch)
        except CommitNotFound:
            return False
        return self._repository.has_commit(self._target) and self._repository.is_ancestor(
            self._target, tip
        )
