"""What happened to an environment, put together from what each place knows of it. Pure.

A tag is there for what came to its end; Heroku knows the releases that failed or went back,
and builds that failed; this machine remembers what was begun on it, by its journals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from minion.deployments.found import (
    DEPLOY,
    FAILED,
    HERE,
    HEROKU,
    RELEASED,
    ROLLBACK,
    TAG,
    TAGGED,
    BuildFound,
    Entry,
    Release,
    ReleaseFound,
    TagFound,
)
from minion.deployments.record import FINISHED, INTERRUPTED, UNDER_WAY, WENT_BACK, Record

#: How far Heroku's clock and this machine's may be apart.
APART = timedelta(seconds=60)


@dataclass
class _Attempt:
    """An operation with a record, and what else is known of it."""

    record: Record
    outcome: str
    releases: dict[Release, None] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    commits: tuple[str, ...] = ()
    sources: set[str] = field(default_factory=set)

    def is_about(self, app: str, commit: str | None, at: datetime) -> bool:
        """Whether something of Heroku's without a name that we know may have come of it."""
        if any(app == one for one, _ in self.releases) or commit != self.record.commit:
            return False
        return self.record.begun - APART <= at <= self.record.ended + APART


def entries_of(
    apps: Sequence[str],
    tags: Iterable[TagFound],
    releases: Iterable[ReleaseFound],
    builds: Iterable[BuildFound],
    records: Iterable[Record],
) -> list[Entry]:
    """All that happened to `apps`, newest first; what has no time comes last, by version."""
    attempts = _attempts(tags, records)
    plain = [tag for tag in tags if tag.record is None]
    plain = [tag for tag in plain if not _is_of_an_attempt(tag, attempts)]
    claimed = {release for one in attempts for release in one.releases}
    by_tag = {(tag.app, tag.version): tag for tag in plain}
    found: list[Entry] = []
    seen: dict[Release, ReleaseFound] = {}
    for release in releases:
        name = (release.app, release.version)
        seen[name] = release
        if name in claimed or name in by_tag:
            continue
        attempt = _first(attempts, release.app, release.commit, release.at)
        if attempt is not None:
            attempt.releases[name] = None
        else:
            found.append(_of_heroku(release))
    for attempt in attempts:
        attempt.sources.update({HEROKU} if any(one in seen for one in attempt.releases) else ())
    found += _of_builds(builds, attempts)
    found += (_of_tag(tag, seen.get((tag.app, tag.version))) for tag in plain)
    found += (_of_attempt(one, apps) for one in attempts)
    return sorted(found, key=_newest_last, reverse=True)


def _attempts(tags: Iterable[TagFound], records: Iterable[Record]) -> list[_Attempt]:
    known: dict[object, _Attempt] = {}
    for tag in tags:
        if tag.record is None:
            continue
        attempt = known.setdefault(tag.record.key, _Attempt(tag.record, tag.record.outcome))
        if tag.record.seconds > attempt.record.seconds:
            # Of several apps' tags the last one was made when most was done.
            attempt.record = tag.record
        attempt.releases[tag.app, tag.version] = None
        attempt.tags[tag.name] = None
        attempt.commits = tag.commits or attempt.commits
        attempt.sources.add(TAG)
    for record in records:
        attempt = known.setdefault(record.key, _Attempt(record, record.outcome))
        attempt.sources.add(HERE)
        attempt.releases.update(((one.app, one.version), None) for one in record.releases)
    return list(known.values())


def _is_of_an_attempt(tag: TagFound, attempts: Iterable[_Attempt]) -> bool:
    """Whether somebody has made by hand the tag that an attempt came short of; noted there."""
    for attempt in attempts:
        lacks = attempt.record.failed_at == "tag-release"
        if lacks and (tag.app, tag.version) in attempt.releases:
            attempt.tags[tag.name] = None
            attempt.sources.add(TAG)
            attempt.outcome = TAGGED
            return True
    return False


def _first(
    attempts: Iterable[_Attempt], app: str, commit: str | None, at: datetime
) -> _Attempt | None:
    return next((one for one in attempts if one.is_about(app, commit, at)), None)


def _of_builds(builds: Iterable[BuildFound], attempts: Sequence[_Attempt]) -> Iterator[Entry]:
    """Failed builds that no attempt tells of; each attempt has at most one for each app."""
    told: set[tuple[int, str]] = set()
    for build in sorted(builds, key=lambda build: build.at):
        own = [
            one
            for one in attempts
            if one.outcome != FINISHED
            and (id(one), build.app) not in told
            and one.is_about(build.app, build.commit, build.at)
        ]
        if own:
            nearest = min(own, key=lambda one: abs(one.record.begun - build.at))
            nearest.sources.add(HEROKU)
            told.add((id(nearest), build.app))
            continue
        yield Entry(
            operation=DEPLOY,
            outcome=FAILED,
            at=build.at,
            apps=(build.app,),
            commit=build.commit,
            by=build.by,
            failed_at="build",
            sources=(HEROKU,),
        )


def _of_heroku(release: ReleaseFound) -> Entry:
    outcomes = {"failed": FAILED, "pending": UNDER_WAY}
    return Entry(
        operation=ROLLBACK if release.goes_back else DEPLOY,
        outcome=outcomes.get(release.status, RELEASED),
        at=release.at,
        releases=((release.app, release.version),),
        apps=(release.app,),
        commit=release.commit,
        by=release.by,
        failed_at="release phase" if release.status == "failed" else "",
        sources=(HEROKU,),
    )


def _of_tag(tag: TagFound, release: ReleaseFound | None) -> Entry:
    made = Entry(
        operation=DEPLOY,
        outcome=TAGGED,
        at=tag.at,
        releases=((tag.app, tag.version),),
        apps=(tag.app,),
        commit=tag.commit,
        by=tag.by,
        tags=(tag.name,),
        commits=tag.commits,
        sources=(TAG,),
    )
    if release is None:
        return made
    return replace(
        made,
        operation=ROLLBACK if release.goes_back else DEPLOY,
        at=release.at,
        by=tag.by or release.by,
        sources=(TAG, HEROKU),
    )


def _of_attempt(attempt: _Attempt, apps: Sequence[str]) -> Entry:
    record = attempt.record
    return Entry(
        operation=record.operation,
        outcome=FAILED if attempt.outcome == WENT_BACK else attempt.outcome or INTERRUPTED,
        at=record.ended,
        releases=tuple(attempt.releases),
        apps=tuple(dict.fromkeys(app for app, _ in attempt.releases)) or tuple(apps),
        commit=record.commit or None,
        by=record.operator or None,
        failed_at="" if attempt.outcome == TAGGED else record.failed_at,
        record=record,
        tags=tuple(attempt.tags),
        commits=attempt.commits,
        sources=tuple(one for one in (TAG, HEROKU, HERE) if one in attempt.sources),
    )


def _newest_last(entry: Entry) -> tuple[float, int]:
    at = entry.at.timestamp() if entry.at else 0.0
    return at, max((version for _, version in entry.releases), default=0)
