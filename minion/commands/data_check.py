"""``data_check``: what ``[data]`` should say, before the evening of a move."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minion.analyser.columns import columns_between
from minion.commands.analyse import resolved
from minion.engine.perform import connect
from minion.errors import ArgumentError, Refused
from minion.operations.proposed import NewColumn, answer, new_columns, proposal_of
from minion.settings import load
from minion.terminal.console import Console
from minion.text import github_data, github_property

if TYPE_CHECKING:
    from minion.privacy import Proposal


def propose(environment: str, *, file: str, as_json: bool) -> None:
    """Show what ``[data]`` should say of the databases of `environment`; reads only.

    With `file` it is written into that new file instead.

    Raises:
        HerokuError, DatabaseUnreachable: a database cannot be found or read.
        Refused: there is such a file.
    """
    console, edges = Console(as_json=as_json), connect()
    path = Path(file) if file else None
    if path is not None and path.exists():
        raise Refused(f"{path} is there already and is never written over; move it away first")
    found = edges.settings.environment(environment)
    proposal = proposal_of(found, edges.settings.data, edges.heroku)
    if as_json:
        console.document(_document(proposal))
    elif path is None:
        console.say(proposal.text())
    if path is not None:
        _write_new(path, f"{proposal.text()}\n")
    console.say(_summary(proposal, path))


def check(since: str, target: str, *, style: str) -> None:
    """Show what must be said of the columns that the migrations of a branch add.

    Compared is with the newest commit that `since` and `target` have in common; no Heroku and
    no database are needed. `style` is text, json or github.

    Raises:
        CommitNotFound: one of them is not here.
        Refused: of some nobody has said whether they are personal.
    """
    from minion.git import Repository

    console = Console(as_json=style == "json", in_github=style == "github")
    settings = load()
    repository = Repository.open(settings.root)
    start, end = resolved(repository, since), resolved(repository, target)
    base = repository.merge_base(start, end) or start
    columns = new_columns(columns_between(repository, base, end), settings.data)
    if style == "json":
        console.document({"columns": [_of(one) for one in columns]})
    else:
        _show(columns, console, in_github=style == "github")
    asked = [one.key for one in columns if one.is_personal is None]
    if asked:
        names = ", ".join(asked)
        raise Refused(f"nobody has said yet whether these new columns are personal: {names}")


def _show(columns: Sequence[NewColumn], console: Console, *, in_github: bool) -> None:
    for one in columns:
        console.say(one.line)
        if in_github:
            level = "notice" if one.is_personal else "error"
            where = f"file={github_property(one.made.path)},line={max(one.made.line, 1)}"
            console.annotate(f"::{level} {where}::{github_data(one.line)}")
    if not columns:
        console.say("No new column is personal, and of none somebody has to be asked.")
    for line in answer(columns):
        console.say(line)


def _of(one: NewColumn) -> dict[str, Any]:
    return {
        "column": one.key,
        "personal": one.is_personal,
        "why": one.why,
        "path": one.made.path,
        "line": one.made.line,
    }


def _document(proposal: Proposal) -> dict[str, Any]:
    return {
        "pii": list(proposal.pii),
        "pii_ignore": list(proposal.pii_ignore),
        "columns": [
            {
                "column": one.key,
                "personal": one.is_personal,
                "asked": one.is_asked,
                "reason": one.reason,
            }
            for one in proposal.lines
        ],
        "unknown": list(proposal.unknown),
    }


def _summary(proposal: Proposal, path: Path | None) -> str:
    personal = sum(one.is_personal for one in proposal.lines)
    where = f"Written to {path}: " if path else ""
    said = (
        f"{where}{personal} columns are personal or may be, in {len(proposal.rows)} tables; "
        f"{len(proposal.asked)} lines have a question mark"
    )
    return f"# {said}: look at those, and put it all into minion.toml."


def _write_new(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as written:
        written.write(text)


def refuse_neither(source: str, since: str) -> None:
    """Raises ArgumentError unless just one of both is given."""
    if bool(source) == bool(since):
        raise ArgumentError(
            "say whose database is to be looked at (data_check:live), or since which commit "
            "migrations are (data_check:since=origin/master)"
        )
