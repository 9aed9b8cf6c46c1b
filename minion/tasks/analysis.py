"""``analyse``: what going from one commit to another means, without Heroku."""

from __future__ import annotations

from pathlib import Path

from minion.analyse import StaticRules
from minion.analyse import analyse as analyse_changes
from minion.comparison import read_between, what_is_hidden
from minion.console import Console
from minion.downtime import Downtime, downtime_of
from minion.errors import SettingsError
from minion.facts import Code
from minion.git import Repository
from minion.options import Option
from minion.report import (
    RULE,
    commit_lines,
    contents,
    downtime_document,
    explanations,
    file_changes,
    migration_lines,
    migrations_document,
    option_lines,
)
from minion.settings import Settings, find, load


def analyse(base: str, target: str, *, as_json: bool) -> None:
    """Show the files, commits, options and downtime between two commits.

    Raises:
        CommitNotFound: one of them is not here.
    """
    console = Console(as_json=as_json)
    repository = Repository.open(Path.cwd())
    settings = _settings()
    start, end = repository.resolve(base), repository.resolve(target)
    changes = repository.changes(start, end)
    commits = repository.log(start, end)
    found = analyse_changes(
        changes,
        repository.paths(end),
        commits_differ=start != end,
        # No app is asked, so nobody knows whether its build collects: assume that it does not.
        collects_static=False,
        rules=StaticRules(settings.static_extensions, settings.static_folders),
    )
    code = Code(
        target=end,
        branch=target,
        changes=tuple(changes),
        commits=tuple(commits),
        analysis=found,
        is_descendant=None,
        readings=read_between(repository, [start], end, found),
        unread=what_is_hidden(found),
    )
    downtime = downtime_of(found.options, None, code)
    if as_json:
        console.document(
            {
                "from": {"commit": start},
                "to": {"commit": end},
                **contents(changes, commits, found.options, found.reasons),
                "downtime": downtime_document(downtime),
                "migrations": migrations_document(code.readings),
                "warnings": list(found.notes),
            }
        )
        return
    console.say(
        "\n\n".join(
            [
                file_changes(changes),
                f"Git log since {start[:7]}:\n\n" + commit_lines(commits),
                _block(found.options, downtime),
                *migration_lines(code.readings),
                *explanations(found.reasons, found.options, downtime),
                *found.notes,
            ]
        )
    )


def _block(options: Option, downtime: Downtime) -> str:
    lines = [f"{'Options:':<21}{int(options)}", "", *option_lines(options), ""]
    return "\n".join([RULE, *lines, f"{'Downtime:':<21}{downtime.needed}", RULE])


def _settings() -> Settings:
    """The project's settings; a repository without a settings file gets the defaults."""
    try:
        find(Path.cwd())
    except SettingsError:
        return Settings(root=Path.cwd())
    return load()
