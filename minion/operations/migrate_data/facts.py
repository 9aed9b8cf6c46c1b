"""What there is to know before data can be moved, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from minion.heroku.records import Database, Transfer

if TYPE_CHECKING:
    from minion.privacy import Inventory, Judgement, Mark

Formation = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class End:
    """One database of an environment, and the apps that use it, the first of them `app`.

    `identity` is ``host:port/name``; the inventory is what is in it now.
    """

    app: str
    apps: tuple[str, ...]
    database: Database
    identity: str
    inventory: Inventory


@dataclass(frozen=True)
class TargetApp:
    """An app of the target: its page, its dynos, what it runs, and what forbids a move now."""

    name: str
    page: bool
    formation: Formation
    release: int | None
    commit: str | None
    newest: int
    pending: str | None
    has_page: bool = True


@dataclass(frozen=True)
class Pair:
    """A database of the source and the one of the target that it goes to.

    `backup` is the one that is asked for; None means that one is to be made.
    `mark` says that the source was itself proven to be anonymised. `target`
    is None for the local database.
    """

    source: End
    target: End | None
    backup: Transfer | None
    judgement: Judgement
    mark: Mark | None


@dataclass(frozen=True)
class MoveFacts:
    """Everything that a move is planned from. `problems` are reasons not to plan one.

    `unmoved` are lines on databases of the source that have no part in the move.
    """

    pairs: tuple[Pair, ...]
    apps: tuple[TargetApp, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    unmoved: tuple[str, ...] = ()
    local: LocalFacts | None = None


@dataclass(frozen=True)
class LocalFacts:
    """The developer's own database: where it is, whether it is there, how big."""

    identity: str
    name: str
    exists: bool
    size_bytes: int
