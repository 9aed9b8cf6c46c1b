"""What minion will not do in a rollback, and what it warns of. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from minion.analyser.migrations import Kind, Reading
from minion.operations.rollback.facts import Reversal, RollbackFacts

#: What the older code does not work with while it is there.
IN_THE_WAY = (Kind.CONTRACT, Kind.BREAKING, Kind.UNKNOWN)


def busy(facts: RollbackFacts) -> tuple[str, ...]:
    """What is under way on the apps, and ends by itself."""
    return tuple(f"{app.name}: {app.pending}" for app in facts.apps if app.pending)


def refusals(
    facts: RollbackFacts,
    reversals: Sequence[Reversal],
    keeps_migrations: bool,
    needs_page: bool,
) -> Iterator[str]:
    """Why this rollback must not be made, most important first."""
    for words in busy(facts):
        yield f"{words}; wait until it is done"
    if facts.unread and not keeps_migrations:
        yield (
            f"{facts.unread}, so nobody can tell whether the older code works with the "
            "database as it is; if you know that it does: migrations=keep"
        )
    if facts.missing and not keeps_migrations:
        target = facts.apps[0].target.version
        yield (
            f"v{target} needs {', '.join(facts.missing)}, which what runs does not have, and a "
            "rollback runs no migration forward: deploy its commit instead; if the database has "
            "it all: migrations=keep"
        )
    for app in facts.apps if needs_page else ():
        if not app.app.has_page:
            yield (
                f"{app.name} is on Fir, where Heroku has no maintenance page, and taking these "
                "migrations back needs one; if the older code works with them: migrations=keep"
            )
    for reversal in reversals:
        for one in reversal.readings:
            if one.irreversible:
                lines = [f"line {f.line}" for f in one.findings if f.irreversible]
                yield (
                    f"{one.path} cannot be reversed ({', '.join(lines) or 'irreversible'}), and "
                    "the older code may not work with it; if you know that it does: "
                    "migrations=keep"
                )
        if not reversal.to:
            yield (
                f"{reversal.label}: {reversal.readings[-1].name} joins several branches, so "
                "nobody can tell what to go back to; if it can stay: migrations=keep"
            )


def warnings(
    facts: RollbackFacts, reversals: Sequence[Reversal], kept: Sequence[Reading]
) -> Iterator[str]:
    """What the operator should know before saying yes."""
    yield from facts.above.warnings
    for app in facts.apps:
        if app.config_keys:
            yield f"{app.name}: these config vars go back too: {', '.join(app.config_keys)}"
        if app.app.maintenance:
            yield f"{app.name}: the maintenance page is up already, and stays up afterwards"
    for reversal in reversals:
        for one in reversal.readings:
            if one.kind is Kind.EXPAND:
                yield f"{one.path}: what was written into its columns and tables since is lost"
            if one.lossy:
                yield f"{one.path}: what it has removed does not come back, only its place"
    for one in kept:
        if one.kind in IN_THE_WAY:
            yield f"{one.path} stays, although the older code may not work with it"
