"""What one operation does, as the rules say it."""

from __future__ import annotations

from dataclasses import dataclass

from minion.analyser.migrations.verdicts import Kind


@dataclass(frozen=True)
class Effect:
    """The judgement of a rule about one operation."""

    kind: Kind
    why: str
    order_free: bool = False
    locks: bool = False
    irreversible: bool = False
    lossy: bool = False
    #: Whether it takes ACCESS EXCLUSIVE, however briefly, on a table that existed before.
    exclusive: bool = False
    #: Whether it works through rows, or may, so that what is locked before stays so long.
    works_on_rows: bool = False
    #: Whether `migrate` is known to fail on it, whatever rows there are.
    fails: bool = False
    advice: str = ""
    warnings: tuple[str, ...] = ()
    #: The models whose rows it writes, as ``shop.Order``, where that is all that it does.
    data: tuple[str, ...] = ()
    #: The indexes that it builds concurrently, whose names are known.
    builds: tuple[str, ...] = ()
    #: The tables that it locks, where that is not simply the model's.
    tables: tuple[str, ...] = ()
    #: Whether the work that it does while it locks writes the whole table anew.
    rewrites: bool = False


def neutral(why: str) -> Effect:
    """No DDL, no change of data."""
    return Effect(Kind.NEUTRAL, why)


def breaking(why: str, advice: str = "", *, locks: bool = False) -> Effect:
    """Neither old code on the new schema nor new code on the old one works."""
    return Effect(Kind.BREAKING, why, locks=locks, exclusive=True, advice=advice)


def cannot_run(why: str, advice: str = "") -> Effect:
    """PostgreSQL or Django refuses it for sure, so that `migrate` would fail half way."""
    return Effect(Kind.BREAKING, f"cannot run: {why}", fails=True, advice=advice)


def cannot_run_on_rows(why: str, advice: str = "") -> Effect:
    """PostgreSQL refuses it where the table has rows; on an empty one it runs."""
    return Effect(Kind.BREAKING, f"cannot run: {why}", advice=advice)


def unknown(why: str) -> Effect:
    """Cannot be told."""
    return Effect(Kind.UNKNOWN, why)


#: What all operations are that only touch a model which the same file makes.
NEW_TABLE = Effect(Kind.EXPAND, "the model is made in this file: no old code knows its table")
NO_TABLE = neutral("the model is unmanaged or a proxy: migrations leave its table alone")
