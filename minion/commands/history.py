"""``history``: what was deployed, how it went and what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, cast

from minion.deployments.entries import entries_of
from minion.deployments.figures import figures_of
from minion.deployments.found import (
    BuildFound,
    Entry,
    ReleaseFound,
    changing_code,
    goes_back,
)
from minion.deployments.record import INTERRUPTED, UNDER_WAY, Record
from minion.deployments.report import as_json, figures_lines, one_whole, rows
from minion.engine.exclusive import journals, works_kept
from minion.engine.journal import Journal, JournalBusy
from minion.engine.perform import Edges, connect
from minion.engine.recording import record_of
from minion.errors import ArgumentError, GitError, HerokuError, Refused
from minion.operations import all_operations
from minion.operations.recorded import release_tags
from minion.settings import Environment
from minion.terminal.console import Console
from minion.text import plain

if TYPE_CHECKING:
    from rich.console import OverflowMethod

    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.heroku.records import Release

#: How many releases and builds Heroku is asked for; of older ones only tags tell.
RELEASES, BUILDS = 400, 200
HEADINGS: dict[str, OverflowMethod | None] = {
    "When": None,
    "Release": "fold",
    "Commit": None,
    "By": "ellipsis",
    "Took": None,
    "Page": None,
    "Outcome": "fold",
    "Migrations": "fold",
    "Known from": "fold",
}


def parse_days(text: str) -> int:
    """How far back to look.

    Raises:
        ArgumentError: no number of days from 1 to 3650.
    """
    if text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= 3650:
        return int(text)
    raise ArgumentError(f"days={text}: say how many days to look back, 3650 at most")


def history(
    environment: str, version: int | None = None, *, days: int = 90, as_document: bool = False
) -> None:
    """Show the deployments of an environment of the last `days`, newest first, and four figures.

    With `version`, whatever made or finished that release is shown whole, however old. Tags
    are enough; what Heroku and this machine add is there where they can be asked.

    Raises:
        Refused: there is no such release.
    """
    console, edges = Console(as_json=as_document), connect()
    place = edges.settings.environment(environment)
    entries, notes = _entries(edges, place)
    if version is not None:
        found = [one for one in entries if version in (number for _, number in one.releases)]
        _show_whole(console, place, found, version, entries, notes, as_document)
        return
    now = datetime.now(timezone.utc)
    since = now - timedelta(days=days)
    shown = [one for one in entries if one.at is None or one.at >= since]
    figures = figures_of(shown, list(_leads(edges.repository, entries, since)), now)
    if as_document:
        console.document(as_json(place.name, place.apps, days, shown, figures, notes))
        return
    if not shown:
        console.say(f"Nothing is known of deployments to {place.name} in the last {days} days.")
    else:
        console.table(HEADINGS, list(rows(shown, several=len(place.apps) > 1)))
        console.say("\n" + "\n".join(figures_lines(figures, shown, days)))
    for note in notes:
        console.say(note)


def _show_whole(
    console: Console,
    place: Environment,
    found: Sequence[Entry],
    version: int,
    entries: Sequence[Entry],
    notes: Sequence[str],
    as_document: bool,
) -> None:
    if not found:
        known = sorted({number for one in entries for _, number in one.releases}, reverse=True)
        listed = ", ".join(f"v{number}" for number in known[:10]) or "none"
        raise Refused(
            f"Nothing is known of a deployment that made v{version} of {place.name}; known are "
            f"{listed}. {' '.join(notes)}".strip()
        )
    if as_document:
        console.document(as_json(place.name, place.apps, None, found, None, notes))
        return
    console.say("\n\n".join("\n".join(one_whole(place.name, one)) for one in found))
    for note in notes:
        console.say(note)


def _entries(edges: Edges, place: Environment) -> tuple[list[Entry], list[str]]:
    """Everything that is known, newest first, and what could not be asked."""
    notes: list[str] = []
    tags, tag_notes = release_tags(edges.settings, edges.repository, place)
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = [pool.submit(_asked, edges.heroku, app) for app in place.apps]
        releases: list[ReleaseFound] = []
        builds: list[BuildFound] = []
        for one in asked:
            try:
                made, failed = one.result()
            except HerokuError as error:
                notes.append(
                    f"Heroku cannot be asked ({plain(str(error))}): what failed, went back or was "
                    "released without minion is not known but from tags and this machine."
                )
                break
            releases += made
            builds += failed
    records = list(_records(edges, place))
    found = entries_of(place.apps, tags, releases, builds, records)
    return found, [*tag_notes, *notes]


def _asked(heroku: Heroku, app: str) -> tuple[list[ReleaseFound], list[BuildFound]]:
    """The releases of other code, and the builds that failed, as Heroku has them."""
    newest = heroku.releases.newest(app, RELEASES)
    changing = cast("list[Release]", changing_code(newest))
    with ThreadPoolExecutor(max_workers=8) as pool:
        commits = list(pool.map(lambda one: heroku.releases.commit_of(app, one), changing))
    releases = [
        ReleaseFound(app, one.version, one.status, one.created_at, one.user, commit, goes_back(one))
        for one, commit in zip(changing, commits)
    ]
    builds = [
        BuildFound(app, one.created_at, one.version, one.user)
        for one in heroku.builds.newest(app, BUILDS)
        # One that succeeded while its release failed is told of by the release.
        if one.status == "failed" and one.release_id is None and one.slug_id is None
    ]
    return releases, builds


def _records(edges: Edges, place: Environment) -> Iterator[Record]:
    """What this machine remembers of operations that were to release or complete code."""
    kept = works_kept(
        edges.repository,
        place.name,
        list(all_operations().values()),
        is_rehearsal=edges.settings.is_rehearsal,
    )
    is_busy = False
    try:
        Journal.find(journals(edges.repository), place.name)
    except JournalBusy:
        is_busy = True
    for work, entries in kept:
        record = record_of(work, entries) if work.commit is not None else None
        if record is None:
            continue
        if record.outcome == INTERRUPTED and is_busy:
            record = replace(record, outcome=UNDER_WAY)
        yield record


def _leads(repository: Repository, entries: Sequence[Entry], since: datetime) -> Iterator[float]:
    """Seconds from each commit's date to the end of the deployment that first had it."""
    running: str | None = None
    seen: set[str] = set()
    for entry in reversed(entries):
        if not entry.is_success or entry.commit is None:
            continue
        before, running = running, entry.commit
        if before is None or not entry.is_deployment or entry.at is None:
            continue
        try:
            made = repository.times(before, entry.commit)
        except GitError:
            continue
        for sha, time in made.items():
            if sha not in seen:
                seen.add(sha)
                if entry.at >= since:
                    yield max(0.0, (entry.at - time).total_seconds())
