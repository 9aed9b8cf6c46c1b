"""Which tables migrations lock, how large they are and who holds them, as it is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from minion.analyser.migrations import Reading
from minion.analyser.report import bullets
from minion.operations.sizes import DatabaseLook, Locked, TableSize, locked_by
from minion.text import amount, plain, size


def locking_lines(readings: Sequence[Reading], looks: Sequence[DatabaseLook]) -> Iterator[str]:
    """What is locked and by whom it is held, as a paragraph; nothing where nothing is."""
    lines = [
        f"{locked.migration}: {_sentence(locked, look)}"
        for look in looks
        for locked in locked_by(readings)
    ]
    for look in looks:
        if look.why is not None:
            lines.append(f"{look.app}: how large they are, and who holds them: {look.why}")
        lines += [f"{look.app}: {holder}" for holder in look.holders]
        if look.free is not None:
            lines.append(f"{look.app}: {look.free} connections to the database are free")
    if lines:
        yield "Tables:\n\n" + bullets([plain(line) for line in dict.fromkeys(lines)])


def locking_document(
    readings: Sequence[Reading], looks: Sequence[DatabaseLook]
) -> list[dict[str, Any]]:
    """The same as values, for each database."""
    return [
        {
            "app": look.app,
            "why": look.why,
            "free_connections": look.free,
            "tables": [
                {
                    "table": locked.table,
                    "migration": locked.path,
                    "lock": "exclusive" if locked.exclusive else "writing",
                    "is_long": locked.is_long,
                    "rewrites": locked.rewrites,
                    "rows_estimated": known.rows if known else None,
                    "bytes": known.size_bytes if known else None,
                }
                for locked in locked_by(readings)
                for known in [look.by_name.get(locked.table)]
            ],
            "holders": [
                {
                    "application": holder.application,
                    "age_s": holder.age_s,
                    "tables": list(holder.tables),
                    "is_idle": holder.is_idle,
                    "is_vacuum": holder.is_vacuum,
                    "is_waited_for": holder.is_long,
                }
                for holder in look.holders
            ],
        }
        for look in looks
    ]


def _sentence(locked: Locked, look: DatabaseLook) -> str:
    """``Locks shop_order (about 2.1 M rows, 410.0 MB) exclusively and rewrites it.``"""
    how = "exclusively" if locked.exclusive else "against writing"
    work = " for a moment"
    if locked.is_long:
        work = " and rewrites it" if locked.rewrites else " and works through its rows"
    return f"Locks {locked.table}{_about(look.by_name.get(locked.table))} {how}{work}."


def _about(known: TableSize | None) -> str:
    if known is None:
        return ""
    rows = "rows not counted yet" if known.rows is None else f"about {amount(known.rows)} rows"
    return f" ({rows}, {size(known.size_bytes)})"
