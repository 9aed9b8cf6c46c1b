"""A rollback before it is made, as the operator reads it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from minion.analyser.report import COLUMN, RULE, commit_lines
from minion.operations.rollback.facts import AppBack
from minion.operations.rollback.plan import RollbackPlan
from minion.text import age, plain

if TYPE_CHECKING:
    from minion.steps.world import World

LONGEST_LIST = 10


def report(plan: RollbackPlan, now: datetime) -> str:
    """The report, up to the prompt and without it; `now` is for the age of releases."""
    parts = ["\n".join(_candidates(app, now)) for app in plan.facts.apps]
    parts.append("Commits that are taken back:\n\n" + commit_lines(plan.facts.commits))
    migrations = list(_migrations(plan))
    if migrations:
        parts.append("Migrations:\n\n" + "\n".join(f"* {line}" for line in migrations))
    parts.append("\n".join([RULE, *_block(plan), RULE]))
    if plan.warnings:
        parts.append("Take note:\n\n" + "\n".join(f"* {plain(one)}" for one in plan.warnings))
    return "\n\n".join(parts)


def _candidates(app: AppBack, now: datetime) -> Iterator[str]:
    yield f"Releases that {app.name} can go back to (v{app.running.version} runs):"
    yield ""
    for release, commit in app.candidates[:LONGEST_LIST]:
        mark = "->" if release.version == app.target.version else "* "
        yield (
            f"{mark} v{release.version}  {(commit or 'unknown')[:7]}  "
            f"{age(now - release.created_at):>6}  {plain(release.description)}"
        )
    if len(app.candidates) > LONGEST_LIST:
        yield f"   ... and {len(app.candidates) - LONGEST_LIST} more"


def _migrations(plan: RollbackPlan) -> Iterator[str]:
    for reversal in plan.reversals:
        for one in reversal.readings:
            yield f"{plain(one.path)}: {one.kind.value}: reversed first, with the code that runs"
    for one in plan.kept:
        yield f"{plain(one.path)}: {one.kind.value}: stays"


def _block(plan: RollbackPlan) -> Iterator[str]:
    yield f"{'Target environment:':<{COLUMN}}{plan.environment}"
    for app in plan.facts.apps:
        way = f"v{app.running.version} -> v{app.target.version}"
        commits = f"{(app.commit or '?')[:7]} -> {(app.target_commit or '?')[:7]}"
        yield f"{'Heroku app:':<{COLUMN}}{app.name}  {way}  {commits}"
    yield f"{'Downtime:':<{COLUMN}}{plan.needs_page}"
    yield f"{'Plan:':<{COLUMN}}{plan.id}"


def done(plan: RollbackPlan, world: World) -> str:
    """The last words of a rollback that was made."""
    commit = (plan.facts.apps[0].target_commit or "")[:7]
    return f"\n{plan.environment} runs {commit} again."
