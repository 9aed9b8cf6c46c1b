"""The repository's side of a plan: what lies between what runs and the target commit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from minion.analyser.changes import (
    Analysis,
    Layout,
    StaticRules,
    analyse,
    assume_everything,
)
from minion.analyser.code import Code, Lacking, RunningApp
from minion.analyser.jobs import task_notes
from minion.analyser.layout import read_layout
from minion.analyser.migrations import Reading, read_migrations
from minion.analyser.procfile import Hook, Moment, hooks, release_phase_migrates
from minion.analyser.procfile import parse as parse_procfile
from minion.errors import CommitNotFound, GitError
from minion.git.records import Change, Commit
from minion.options import Option
from minion.settings import Settings

if TYPE_CHECKING:
    from minion.git import Repository


def read_between(
    repository: Repository,
    bases: Iterable[tuple[str | None, Lacking]],
    target: str,
    analysis: Analysis,
    layout: Layout,
) -> tuple[Reading, ...]:
    """The migrations that are at `target` and not run at every one of `bases`, as they read.

    With each base commit goes what its database lacks.

    Raises:
        GitError: a commit cannot be read.
    """
    bases = dict.fromkeys(bases)
    if not analysis.migrations and not any(lacking.paths for _, lacking in bases):
        return ()
    tree = repository.read_all(target, layout.is_migration)
    paths = repository.paths(target)
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    found: dict[str, Reading] = {}
    for base, lacking in bases:
        if base is None or (base == target and not lacking.paths):
            continue
        there = repository.read_all(base, layout.is_migration)
        old = {path: there[path] for path in there if path not in lacking.paths}
        old.update((path, tree[path]) for path in lacking.ahead if path in tree)
        new = [path for path in tree if path not in old]
        readings = read_migrations(
            tree,
            new,
            old=old,
            packages=packages,
            folders=layout.migration_folders,
            user_model=layout.user_model,
            modules=partial(module_of, repository, target, paths),
        )
        found.update((one.path, one) for one in readings)
    return tuple(found.values())


def module_of(
    repository: Repository, commit: str, paths: Collection[str], name: str
) -> bytes | None:
    """The text of a module, wherever in the repository its packages begin."""
    base = name.replace(".", "/")
    ends = (f"/{base}.py", f"/{base}/__init__.py")
    found = [path for path in paths if f"/{path}".endswith(ends)]
    return repository.read(commit, found[0]) if len(found) == 1 else None


def what_is_hidden(analysis: Analysis) -> str | None:
    """Why there may be migrations that are no files of this repository; None if not."""
    for path in analysis.reasons.get(Option.MIGRATE, ()):
        if path not in analysis.packages and not path.endswith((".py", ".sql")):
            return f"{path} may bring migrations that cannot be read here"
    return what_packages_hide(analysis)


def what_packages_hide(analysis: Analysis) -> str | None:
    """The part of it that the running apps can be asked about."""
    if not analysis.packages:
        return None
    return (
        f"{', '.join(analysis.packages)} changed, and packages may bring migrations that are no "
        "files here; if they do not: maintenance=no"
    )


class Between:
    """Each app's running commit against `target`, which is on `branch` or promoted.

    `origin_refs` are origin's branches as they are now, None if it does not answer.
    `lacking` tells by app what its database has not run of what its code has, `left`
    what else its release still asks for.
    """

    def __init__(
        self,
        settings: Settings,
        repository: Repository,
        branch: str,
        target: str,
        promotes: bool,
        origin_refs: dict[str, str] | None,
        lacking: Mapping[str, Lacking] | None = None,
        left: Mapping[str, Analysis] | None = None,
    ) -> None:
        self._settings = settings
        self._repository = repository
        self._branch = branch
        self._target = target
        self._promotes = promotes
        self._origin_refs = origin_refs
        self._lacking = lacking or {}
        self._left = left or {}
        self._layouts: dict[str, Layout] = {}
        self._rules = StaticRules(settings.static_extensions, settings.static_folders)

    def result(self, apps: Sequence[RunningApp]) -> Code:
        """All that changes for any of `apps`. Raises GitError: the repository cannot be read."""
        repository, target = self._repository, self._target
        changes: dict[str, Change] = {}
        commits: dict[str, Commit] = {}
        compared: Analysis | None = None
        descends: list[bool | None] = []
        for app in apps:
            between, log, found, descendant = self._against(app)
            changes.update((change.path, change) for change in between)
            commits.update((commit.sha, commit) for commit in log)
            compared = found if compared is None else compared.merge(found)
            descends.append(descendant)
        assert compared is not None, "an environment has at least one app"
        analysis = compared
        for app in apps:
            analysis = analysis.merge(self._left_over(app))
            analysis = analysis.merge(self._left.get(app.name, Analysis(Option.NONE)))
            told = self._lacking.get(app.name, Lacking()).about_indexes(app.name)
            analysis = analysis.merge(Analysis(Option.NONE, notes=told))
        absent = self._settings.commands.absent
        analysis, compared = analysis.without(absent), compared.without(absent)
        bases = [(app.commit, self._lacking.get(app.name, Lacking())) for app in apps]
        unread = next((why for why in map(self._why_unknown, apps) if why is not None), None)
        unread = unread or next(filter(None, map(self._why_lacking, apps)), None)
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
            hooks=self._hooks(procfile),
            dirty=tuple(repository.dirty_paths()),
            origin_known=self._origin_refs is not None,
            origin_commit=(self._origin_refs or {}).get(f"refs/heads/{self._branch}"),
            is_on_main=self._is_on_main(),
            is_shallow=repository.is_shallow(),
            readings=()
            if unread
            else read_between(
                repository, bases, target, analysis, self._layout(*(app.commit for app in apps))
            ),
            unread=unread or what_is_hidden(compared),
            has_all_run=self._has_all_run(apps, analysis),
        )

    def _has_all_run(self, apps: Sequence[RunningApp], analysis: Analysis) -> bool:
        """Whether all that asks for ``migrate`` has been run, by every app's database."""
        asking = analysis.reasons.get(Option.MIGRATE, ())
        ahead = [self._lacking.get(app.name, Lacking()).ahead for app in apps]
        return bool(asking) and all(set(asking) <= known for known in ahead)

    def _left_over(self, app: RunningApp) -> Analysis:
        """What was not done on the app's database, though its code has been out for a while."""
        lacking = self._lacking.get(app.name, Lacking())
        reasons = [f"{path} (left over from v{app.running_version})" for path in lacking.paths]
        why = self._why_lacking(app)
        if why:
            reasons.append(why)
        if not reasons:
            return Analysis(Option.NONE)
        return Analysis(Option.MIGRATE, {Option.MIGRATE: tuple(sorted(reasons))})

    def _why_lacking(self, app: RunningApp) -> str | None:
        """Why it cannot be told what the app's database lacks, None if it can."""
        why = self._lacking.get(app.name, Lacking()).why
        return f"what the database of {app.name} lacks cannot be told: {why}" if why else None

    def _against(self, app: RunningApp) -> tuple[list[Change], list[Commit], Analysis, bool | None]:
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
            layout=self._layout(app.commit),
        )
        tasks = task_notes(self._repository, app.commit, self._target, changes)
        analysis = analysis.merge(Analysis(Option.NONE, notes=tasks))
        descends = self._repository.is_ancestor(app.commit, self._target)
        return changes, self._repository.log(app.commit, self._target), analysis, descends

    def _layout(self, *bases: str | None) -> Layout:
        """Where the target and `bases` keep what is looked at; each is read once."""
        found = Layout()
        for commit in (*bases, self._target):
            if commit is not None:
                if commit not in self._layouts:
                    self._layouts[commit] = read_layout(self._repository, commit)
                found = found.merge(self._layouts[commit])
        return found

    def _why_unknown(self, app: RunningApp) -> str | None:
        """Why the two commits cannot be compared, or None if they can."""
        if app.running_version is None:
            return f"nothing has been deployed to {app.name} yet"
        if app.commit is None:
            return f"v{app.running_version} of {app.name} was not made from a known commit"
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

    def _hooks(self, procfile: dict[str, str]) -> tuple[Hook, ...]:
        if not self._repository.has_commit(self._target):
            return ()
        found = hooks(procfile, self._read_text, self._repository.paths(self._target))
        return tuple(hook for hook in found if not (self._promotes and hook.moment is Moment.BUILD))

    def _is_on_main(self) -> bool:
        try:
            tip = self._repository.branch_commit(self._settings.main_branch, self._settings.remote)
        except CommitNotFound:
            return False
        return self._repository.has_commit(self._target) and self._repository.is_ancestor(
            self._target, tip
        )
