"""A comparison of settings as people and as programs read it. Pure; never prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from minion.heroku.records import Release
from minion.operations.config.facts import (
    DIFFERS,
    LOCAL_ONLY,
    REMOTE_ONLY,
    Comparison,
    Entry,
    masked,
)
from minion.operations.config.plan import ConfigPlan
from minion.text import plain


def comparison_text(comparison: Comparison, file: str, *, reveal: bool, prune: bool) -> str:
    """Every variable with its sign, aligned; then what will be applied."""
    width = max((len(one.key) for one in comparison.entries), default=0)
    lines = [f"Config vars of {comparison.app}, compared with {file}:", ""]
    lines += [
        f"{one.status} {one.key:<{width}}  {_side(one, reveal)}".rstrip()
        for one in comparison.entries
    ]
    if not comparison.entries:
        lines.append("  none on either side")
    return "\n".join([*lines, "", *intentions(comparison, prune)])


def _side(one: Entry, reveal: bool) -> str:
    show = plain if reveal else masked
    if one.status == DIFFERS:
        return f"{show(one.remote or '')} -> {show(one.local or '')}" if reveal else "differs"
    if one.status == REMOTE_ONLY:
        if one.add_on:
            return f"only on Heroku, managed by {one.add_on}"
        note = "only on Heroku, as listed in remote_only" if one.kept else "only on Heroku"
        return f"{note}: {show(one.remote or '')}"
    return show(one.local or "")


def intentions(comparison: Comparison, prune: bool) -> list[str]:
    """What `config` will do to the app, a line each; never a value."""
    changed = [one.key for one in comparison.entries if one.status == DIFFERS]
    added = [one.key for one in comparison.entries if one.status == LOCAL_ONLY]
    removed = list(comparison.removable) if prune else []
    lines = [
        f"{verb}: {', '.join(keys)}"
        for verb, keys in (("Add", added), ("Change", changed), ("REMOVE", removed))
        if keys
    ]
    if lines:
        return ["Will be applied to " + comparison.app + ", all in one release:", "", *lines]
    if comparison.removable:
        kept = ", ".join(comparison.removable)
        return [f"Nothing to do. Only prune=yes would remove {kept}."]
    return ["Nothing to do."]


def comparison_document(
    comparisons: Sequence[Comparison], releases: dict[str, int], *, reveal: bool
) -> dict[str, Any]:
    """The document of ``format=json``: one app's object, or ``apps`` with one for each."""
    documents = [
        {
            "app": one.app,
            "diff": [_entry(entry, reveal) for entry in one.entries],
            "release": releases.get(one.app),
        }
        for one in comparisons
    ]
    return documents[0] if len(documents) == 1 else {"apps": documents}


def _entry(one: Entry, reveal: bool) -> dict[str, Any]:
    document: dict[str, Any] = {"key": one.key, "status": one.status}
    if reveal:
        document.update(local=one.local, remote=one.remote)
    return document


def report(plan: ConfigPlan, now: datetime) -> str:
    """Both sides of every app, and what will be applied."""
    request = plan.request
    parts = [
        comparison_text(one, plan.facts.file, reveal=request.reveal, prune=request.prune) + "\n"
        for one in plan.facts.comparisons
    ]
    return "\n".join([*parts, *(f"Take note: {plain(one)}" for one in plan.warnings)])


def nothing_to_do(plan: ConfigPlan) -> str | None:
    """The comparison, where all is as the file says; None where something is to be done."""
    return None if plan.changed else report(plan, datetime.now(timezone.utc))


def moved(before: ConfigPlan, now: ConfigPlan) -> Sequence[str]:
    """What differs between two plans of one request, a phrase each."""
    found = []
    for old, new in zip(before.facts.comparisons, now.facts.comparisons):
        if old.fingerprint != new.fingerprint:
            found.append(f"the config vars of {old.app}, or {before.facts.file}, are others now")
    for one, other in zip(before.facts.before, now.facts.before):
        if one != other:
            found.append(
                f"the newest release of {one.app} was v{one.newest} and is v{other.newest}"
            )
    return found


def document(plan: ConfigPlan, released: Mapping[str, Release]) -> dict[str, Any]:
    """The document of ``format=json``; `released` has the releases that were made."""
    versions = {app: release.version for app, release in released.items()}
    return comparison_document(plan.facts.comparisons, versions, reveal=plan.request.reveal)
