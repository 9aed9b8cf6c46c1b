"""Facts about both ends of a move: reads only, as many at once as possible."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from minion.analyser.procfile.existence import existence_test
from minion.database_url import identity
from minion.errors import CommitNotFound, GitError, Refused
from minion.heroku.records import Database, Transfer
from minion.operations.besides import unmoved
from minion.operations.busy import busy_with
from minion.operations.databases import databases_above
from minion.operations.migrate_data.facts import End, LocalFacts, MoveFacts, Pair, TargetApp
from minion.operations.migrate_data.request import MoveRequest, ends
from minion.postgres import LocalDatabase, local_url
from minion.privacy import judge, look, read_mark, take_inventory
from minion.settings import environ

if TYPE_CHECKING:
    from minion.git import Repository
    from minion.heroku import Heroku
    from minion.settings import Environment, Settings

#: Seconds that Django may take to say whether it has the command.
TEST_S = 300


def gather(
    request: MoveRequest, settings: Settings, heroku: Heroku, repository: Repository
) -> MoveFacts:
    """What there is to know before data can be moved.

    Raises:
        ArgumentError, Refused: the request breaks a rule; nothing was asked for yet.
        HerokuError: an app or its database cannot be read.
        DatabaseUnreachable: a database cannot be connected to from here.
        Refused: the target can reach a database of an environment above, or the two
            ends cannot be paired.
    """
    above, below = ends(request, settings)
    target_apps = below.apps if below else ()
    unread = _refuse_live_below(below, settings, heroku) if below else []
    with ThreadPoolExecutor(max_workers=16) as pool:
        sources = pool.submit(_databases, heroku, above.apps)
        targets = pool.submit(_databases, heroku, target_apps)
        apps = [pool.submit(_target_app, heroku, app) for app in target_apps]
        tests = [
            pool.submit(_missing_command, heroku, app, settings.commands.anonymise)
            for app in target_apps[:1]
        ]
        source_commit = pool.submit(_commit, heroku, above.apps[0])
        found_ends = sources.result(), targets.result()
        _refuse_unpaired(*found_ends, request)
        found = tuple(app.result() for app in apps)
        problems = [problem for test in tests for problem in test.result()]
    besides = tuple(unmoved(heroku, above.apps, repository, source_commit.result()))
    pairs = tuple(_pairs(request, settings, heroku, *found_ends, is_top=above.is_top))
    local = None if below else _local(local_url(environ(), settings.data.local))
    _refuse_source_as_local(pairs, local)
    problems += _problems(pairs, settings, request)
    return MoveFacts(
        pairs=pairs,
        apps=found,
        problems=tuple(problems),
        warnings=(*unread, *_warnings(pairs, found, source_commit.result(), repository)),
        unmoved=besides,
        local=local,
    )


def _databases(heroku: Heroku, apps: Sequence[str]) -> list[End]:
    """The distinct databases of `apps`, each with the apps that use it."""
    users: dict[str, list[str]] = {}
    databases: dict[str, Database] = {}
    for app in apps:
        database = heroku.databases.attached(app)
        databases.setdefault(database.addon_id, database)
        users.setdefault(database.addon_id, []).append(app)
    ends = []
    for addon, using in users.items():
        url = heroku.apps.config_vars(using[0]).get("DATABASE_URL", "")
        ends.append(
            End(
                app=using[0],
                apps=tuple(using),
                database=databases[addon],
                identity=identity(url) or databases[addon].addon_name,
                inventory=take_inventory(url),
            )
        )
    return ends


def _target_app(heroku: Heroku, app: str) -> TargetApp:
    newest = heroku.releases.newest(app)
    running = heroku.releases.running(app, newest)
    found = heroku.apps.get(app)
    return TargetApp(
        name=app,
        page=found.maintenance,
        has_page=found.has_page,
        formation=tuple(
            (one.type, one.quantity) for one in heroku.apps.formation(app) if one.quantity
        ),
        release=running.version if running else None,
        commit=heroku.releases.commit_of(app, running) if running else None,
        newest=newest[0].version if newest else 0,
        pending=busy_with(newest, lambda: heroku.builds.pending(app)),
    )


def _missing_command(heroku: Heroku, app: str, command: str) -> list[str]:
    """Why the command that anonymises cannot be run on `app`; nothing if it can."""
    said: list[bytes] = []
    status = heroku.dynos.run(app, existence_test(command), write=said.append, timeout_s=TEST_S)
    if status == 0:
        return []
    words = b"".join(said).decode("utf-8", "replace").strip().splitlines()
    told = f" ({words[-1]})" if words else ""
    return [f"{app} has no `{command}`{told}: deploy code that has it, or name it in minion.toml"]


def _commit(heroku: Heroku, app: str) -> str | None:
    running = heroku.releases.current(app)
    return heroku.releases.commit_of(app, running) if running else None


def _refuse_live_below(target: Environment, settings: Settings, heroku: Heroku) -> list[str]:
    """Which apps above the target cannot be read, a line each.

    Raises:
        Refused: an app of the target can reach a database of an environment above, which
            the restore, the migrations or the anonymise command would change.
    """
    above = databases_above(settings, target, heroku, copies=True)
    if above.shared:
        listed = "; ".join(str(one) for one in above.shared)
        raise Refused(
            f"{listed}. Data moved into {target.name} could overwrite it: give the app a "
            "database of its own first (heroku addons:detach, heroku config:unset)."
        )
    return above.unread_lines()


def _refuse_source_as_local(pairs: Sequence[Pair], local: LocalFacts | None) -> None:
    for pair in pairs:
        if local and local.identity == pair.source.identity:
            raise Refused(
                f"your own database is the one of {pair.source.app} ({local.identity}): "
                "nothing can be moved between them."
            )


def _refuse_unpaired(sources: Sequence[End], targets: Sequence[End], request: MoveRequest) -> None:
    if targets and len(sources) != len(targets):
        raise Refused(
            f"{request.source} has {len(sources)} databases and {request.target} has "
            f"{len(targets)}: which goes where cannot be told."
        )
    if not targets and len(sources) != 1:
        raise Refused(f"{request.source} has {len(sources)} databases; local takes one.")


def _pairs(
    request: MoveRequest,
    settings: Settings,
    heroku: Heroku,
    sources: Sequence[End],
    targets: Sequence[End],
    *,
    is_top: bool,
) -> list[Pair]:
    pairs = []
    for number, source in enumerate(sources):
        url = heroku.apps.config_vars(source.app).get("DATABASE_URL", "")
        backup = _backup(heroku, source, request.backup)
        mark = None if is_top else read_mark(url)
        if mark is not None and backup is not None and backup.created_at < mark.at:
            # The backup is older than the proof.
            mark = None
        pairs.append(
            Pair(
                source=source,
                target=targets[number] if targets else None,
                backup=backup,
                judgement=judge(
                    source.inventory,
                    look(url, source.inventory),
                    settings.data.pii,
                    settings.data.pii_ignore,
                ),
                mark=mark,
            )
        )
    return pairs


def _backup(heroku: Heroku, source: End, wanted: str) -> Transfer | None:
    if wanted == "new":
        return None
    backup = heroku.transfers.find(source.database.app, wanted)
    if backup.state != "completed":
        raise Refused(f"{source.app}: the backup {backup.name} is {backup.state}")
    return backup


def _local(url: str) -> LocalFacts:
    database = LocalDatabase.open(url, environ())
    exists = database.exists()
    return LocalFacts(
        identity=identity(url) or database.name,
        name=database.name,
        exists=exists,
        size_bytes=database.size_bytes() if exists else 0,
    )


def _problems(pairs: Sequence[Pair], settings: Settings, request: MoveRequest) -> list[str]:
    problems = []
    for pair in pairs:
        if pair.judgement.questions:
            names = ", ".join(one.column.key for one in pair.judgement.questions)
            problems.append(f"nobody has said yet whether these columns are personal: {names}")
        if pair.target and _major(pair.source) > _major(pair.target):
            problems.append(
                f"{pair.source.app} has PostgreSQL {pair.source.inventory.server_version}, "
                f"{pair.target.app} {pair.target.inventory.server_version}: a backup cannot go "
                "to an older server"
            )
    return problems


def _major(end: End) -> int:
    return int(end.inventory.server_version.partition(".")[0])


def _warnings(
    pairs: Sequence[Pair],
    apps: Sequence[TargetApp],
    source_commit: str | None,
    repository: Repository,
) -> list[str]:
    warnings = [
        f"[data] in minion.toml names {entry}, which {pair.source.app} does not have (yet?)"
        for pair in pairs
        for entry in pair.judgement.unknown
    ]
    for app in apps:
        if app.commit and source_commit and _is_older(repository, app.commit, source_commit):
            warnings.append(
                f"{app.name} runs older code than the source: it may not know every table"
            )
    return warnings


def _is_older(repository: Repository, commit: str, other: str) -> bool:
    try:
        return commit != other and repository.is_ancestor(commit, other)
    except (CommitNotFound, GitError):
        return False
