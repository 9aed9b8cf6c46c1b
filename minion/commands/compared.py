"""Two commits of a repository compared, as any command needs it that asks no app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from minion.analyser.between import read_between, what_is_hidden
from minion.analyser.changes import StaticRules, analyse
from minion.analyser.code import Code, Lacking
from minion.analyser.jobs import task_notes
from minion.analyser.layout import read_layout
from minion.errors import SettingsError
from minion.settings import Settings, find, load

if TYPE_CHECKING:
    from minion.git import Repository


def compared(repository: Repository, settings: Settings, start: str, end: str, name: str) -> Code:
    """What lies between two full SHAs; `name` is what people call `end`.

    Raises:
        GitError: a commit cannot be read.
    """
    changes = repository.changes(start, end)
    layout = read_layout(repository, start).merge(read_layout(repository, end))
    found = analyse(
        changes,
        repository.paths(end),
        commits_differ=start != end,
        # No app is asked, so nobody knows whether its build collects: assume that it does not.
        collects_static=False,
        rules=StaticRules(settings.static_extensions, settings.static_folders),
        layout=layout,
    )
    found = replace(found, notes=(*found.notes, *task_notes(repository, start, end, changes)))
    return Code(
        target=end,
        branch=name,
        changes=tuple(changes),
        commits=tuple(repository.log(start, end)),
        analysis=found,
        is_descendant=None,
        readings=read_between(repository, [(start, Lacking())], end, found, layout),
        unread=what_is_hidden(found),
    )


def settings_here() -> Settings:
    """The project's settings; a repository without a settings file gets the defaults."""
    try:
        find(Path.cwd())
    except SettingsError:
        return Settings(root=Path.cwd())
    return load()
