"""A pass through the rows of one table, for some of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from minion.privacy.database.connection import connected
from minion.privacy.database.inventory import Table
from minion.privacy.database.rows import row_name, stream
from minion.privacy.proof.digests import DIGESTS
from minion.privacy.proof.vectors import Words
from minion.privacy.proof.watching import Row, Watched

if TYPE_CHECKING:
    from psycopg import Connection


@dataclass(frozen=True)
class Pass:
    """How the rows of `table` are looked at.

    `is_keyed`: it matters which row a value is in, whatever it is compared with. `is_shown`: rows
    may be named.
    """

    table: Table
    is_keyed: bool
    is_shown: bool

    def elsewhere(self, url: str, snapshot: str, watched: Sequence[Watched]) -> list[Any]:
        """The states of `watched` after `through`, by a connection of its own.

        Raises:
            DatabaseUnreachable: it cannot be read.
        """
        with connected(url, snapshot=snapshot) as connection:
            self.through(connection, watched)
        return [one.state() for one in watched]

    def through(self, connection: Connection[tuple[Any, ...]], watched: Sequence[Watched]) -> int:
        """Show each row to `watched`; how many there were."""
        columns = [one.column for one in watched if one.column is not None]
        compared = [one for each in watched for one in (*each.own, *each.replacements)]
        keys = {id(one.memory.keys): one.memory.keys for one in compared}
        met = dict.fromkeys(keys, 0)
        width, rows = len(self.table.primary_key), 0
        texts = [width + n for n, one in enumerate(columns) if one.is_textual]
        texts = [n for n in texts if columns[n - width].type != "tsvector"]
        has_vectors = any(one.is_vector and one.own for one in watched)
        is_keyed = bool(keys) or self.is_keyed
        for row in stream(connection, self.table, columns):
            rows += 1
            words = Words(row[n] or "" for n in texts) if has_vectors else None
            name = row_name(row[:width])
            row_digest = DIGESTS.of(name) if name is not None and is_keyed else None
            name = shown(name) if self.is_shown and name is not None else None
            known_rows = {
                key: row_digest is not None and row_digest in numbers
                for key, numbers in keys.items()
            }
            for key, is_known_row in known_rows.items():
                met[key] += is_known_row
            seen = Row(row_digest, name, known_rows, words)
            for one, value in zip(watched, row[width:]):
                if value:
                    one.see(value, seen)
        for comparison in compared:
            comparison.rows = rows
            comparison.compared = met[id(comparison.memory.keys)]
        return rows


def shown(name: str) -> str:
    """A row's name for the report; the parts of a composite key are set apart."""
    return name.replace("\0", "/")
