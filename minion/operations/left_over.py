"""What earlier deployments left undone that no database can tell of.

The last thing that a deployment does is to tag its release. A release without a
tag was not finished, or made without minion: its fixtures may not have been loaded,
its static files not been collected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from minion.analyser.changes import Analysis, StaticRules, analyse
from minion.analyser.code import RunningApp
from minion.analyser.layout import read_layout
from minion.deployments.tags import version_in
from minion.options import Option, each
from minion.settings import Environment, Settings

if TYPE_CHECKING:
    from minion.git import Repository

#: What leaves no trace that could be asked for; migrations do, in the database.
UNTRACED = Option.SYNCDB | Option.FIXTURES | Option.COLLECTSTATIC


def left_over(
    apps: Iterable[RunningApp],
    environment: Environment,
    settings: Settings,
    repository: Repository,
    tags: Mapping[str, str],
    target: str,
) -> dict[str, Analysis]:
    """By app, what the release that it runs still asks for; only apps of which that is known.

    `tags` are the project's, name -> commit. It is known where the running release is
    newer than the last one that was tagged, and both commits are here.

    Raises:
        GitError: a commit cannot be read.
    """
    rules = StaticRules(settings.static_extensions, settings.static_folders)
    found: dict[str, Analysis] = {}
    for app in apps:
        base = _last_finished(app, environment, tags)
        if base is None or app.commit is None or repository.is_shallow():
            continue
        if not all(repository.has_commit(commit) for commit in (base, app.commit, target)):
            continue
        layout = read_layout(repository, base).merge(read_layout(repository, app.commit))
        asked = analyse(
            repository.changes(base, app.commit),
            repository.paths(app.commit),
            commits_differ=True,
            collects_static=app.collects_static,
            rules=rules,
            layout=layout,
        )
        found[app.name] = _untraced(asked, app, frozenset(repository.paths(target)))
    return found


def _last_finished(
    app: RunningApp, environment: Environment, tags: Mapping[str, str]
) -> str | None:
    """The commit of the app's newest tagged release; None if it is what runs, or unknown."""
    if app.running_version is None:
        return None
    versions = {
        version: commit
        for tag, commit in tags.items()
        if (version := version_in(tag, environment.tag, environment.name, app.name)) is not None
        and version <= app.running_version
    }
    if not versions or app.commit in versions.values():
        return None
    return versions[max(versions)]


def _untraced(asked: Analysis, app: RunningApp, there: frozenset[str]) -> Analysis:
    """What of it leaves no trace, with its reasons; of fixtures those that are still `there`."""
    fixtures = tuple(path for path in asked.fixtures if path in there)
    options = asked.options & UNTRACED
    if not fixtures:
        options &= ~Option.FIXTURES
    since = f"(left over from v{app.running_version})"
    return Analysis(
        options,
        {
            option: tuple(
                f"{path} {since}"
                for path in (fixtures if option == Option.FIXTURES else asked.reasons[option])
            )
            for option in each(options)
        },
        fixtures=fixtures,
    )
