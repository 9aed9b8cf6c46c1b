"""What the steps of an operation act on: Heroku, the repository, the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

from minion.heroku.records import Release

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.settings import Settings
    from minion.terminal.console import Console


@dataclass
class World:
    """The edges, handed to each step, and what the steps have brought about so far.

    `released` holds the release that this deployment made for an app,
    `page_up` the apps whose maintenance page this operation has put up.
    `private` is where steps leave what later ones need and no journal may
    hold: it ends with the process.

    For the step that is being taken: `note` writes a fact about it into the
    journal, `noted` holds the facts that an earlier process left there, and
    `is_repeating` says that such a process had begun it. `is_stopping` says
    whether the operator wants to stop: long waits ask it.
    """

    heroku: Heroku
    repository: Repository
    console: Console
    settings: Settings
    released: dict[str, Release] = field(default_factory=dict)
    page_up: set[str] = field(default_factory=set)
    private: dict[str, Any] = field(default_factory=dict)
    note: Callable[..., None] = lambda **facts: None
    noted: Mapping[str, Any] = field(default_factory=dict)
    is_repeating: bool = False
    is_stopping: Callable[[], bool] = lambda: False
