"""What the steps of an operation act on: Heroku, the repository, the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

from minion.heroku.records import Release, Transfer

if TYPE_CHECKING:
    from minion.deployments.record import Record
    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.heroku.traffic import Seen
    from minion.postgres import Copy
    from minion.privacy import Memory
    from minion.settings import Settings
    from minion.terminal.console import Console


@dataclass(frozen=True)
class ConfigValues:
    """The values that an app's config vars are to have, which are secrets; None removes one.

    `fingerprint` reads both sides anew and tells whether they are as they were shown.
    """

    values: Mapping[str, str | None] = field(repr=False)
    fingerprint: Callable[[], str]


@dataclass
class Handover:
    """What steps leave for later ones in memory only: it ends with the process.

    `backups` by the app that they are of, `memories` by the target that they are
    compared with, `values` by app; `copy` is the database next to the local one. `before` is
    by app how it answered when the operation began, `ill` are those whose health was not right.
    """

    backups: dict[str, Transfer] = field(default_factory=dict)
    memories: dict[str, list[Memory]] = field(default_factory=dict)
    values: dict[str, ConfigValues] = field(default_factory=dict, repr=False)
    copy: Copy | None = None
    before: dict[str, Seen] = field(default_factory=dict)
    ill: set[str] = field(default_factory=set)


@dataclass
class World:
    """The edges, handed to each step, and what the steps have brought about so far.

    `released` holds the release that this operation made for an app, `others` the
    release that somebody else has made of other code meanwhile, `page_up` the apps
    whose maintenance page this operation has put up, `succeeded_at` when this process
    saw an app's release succeed, by `heroku.waiting.clock`.

    For the step that is being taken: `note` writes a fact about it into the
    journal, `record` what is remembered when all is over, `noted` holds the facts that
    an earlier process left there, and `is_repeating` says that such a process had begun
    it. `check_release` raises where the given version of an app is a release of code
    that nobody has confirmed.
    `is_stopping` says whether the operator wants to stop: long waits ask it.
    `recorded` is the record of the operation up to now, None where none is kept.
    """

    heroku: Heroku
    repository: Repository
    console: Console
    settings: Settings
    released: dict[str, Release] = field(default_factory=dict)
    others: dict[str, Release] = field(default_factory=dict)
    page_up: set[str] = field(default_factory=set)
    succeeded_at: dict[str, float] = field(default_factory=dict)
    handover: Handover = field(default_factory=Handover)
    note: Callable[..., None] = lambda **facts: None
    record: Callable[..., None] = lambda kind, **facts: None
    recorded: Callable[[], Record | None] = lambda: None
    noted: Mapping[str, Any] = field(default_factory=dict)
    is_repeating: bool = False
    check_release: Callable[[str, int], None] = lambda app, version: None
    is_stopping: Callable[[], bool] = lambda: False
