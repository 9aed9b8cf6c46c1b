"""The release tags of an environment, with what each remembers of its deployment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Callable

from minion.deployments.found import TagFound
from minion.deployments.record import Record
from minion.deployments.tags import version_in
from minion.deployments.trailers import parse
from minion.errors import GitError
from minion.settings import Environment, Settings
from minion.text import plain

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.git.records import Tag


def release_tags(
    settings: Settings, repository: Repository, place: Environment
) -> tuple[list[TagFound], list[str]]:
    """The tags of the environment's apps, and what could not be asked.

    Of a rehearsal only those of its own origin.
    """

    def named(tag: str) -> tuple[str, int] | None:
        for app in place.apps:
            version = version_in(tag, place.tag, place.name, app)
            if version is not None:
                return app, version
        return None

    def is_wanted(tag: str) -> bool:
        return named(tag) is not None

    notes = []
    try:
        origin = settings.origin if repository.knows(settings.origin) else None
        found = repository.tags(origin, is_wanted, only_there=settings.is_rehearsal)
    except GitError as error:
        notes.append(
            f"Origin cannot be asked ({plain(str(error))}): only tags of this clone count."
        )
        found = [] if settings.is_rehearsal else repository.tags(None, is_wanted)
    return list(_known_tags(found, named, place)), notes


def records_of(
    settings: Settings, repository: Repository, place: Environment
) -> tuple[tuple[str, Record], ...]:
    """What the tags remember, newest first, each with where that was: ``uat v423``.

    Nothing where no tag can be read: it is only compared with.
    """
    try:
        tags, _ = release_tags(settings, repository, place)
    except GitError:
        return ()
    newest = sorted(tags, key=lambda tag: tag.version, reverse=True)
    return tuple((f"{place.name} v{tag.version}", tag.record) for tag in newest if tag.record)


def _known_tags(
    found: Iterable[Tag], named: Callable[[str], tuple[str, int] | None], place: Environment
) -> Iterator[TagFound]:
    for tag in found:
        name = named(tag.name)
        if name is None:
            continue
        record = parse(tag.message)
        if record is not None and record.environment != place.name:
            # Another environment's, by a template that was the same once.
            continue
        yield TagFound(
            name=tag.name,
            app=name[0],
            version=name[1],
            commit=tag.commit,
            at=tag.at,
            by=tag.tagger,
            record=record,
            commits=tuple(line[2:] for line in tag.message.split("\n") if line.startswith("* ")),
        )
