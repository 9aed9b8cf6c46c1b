"""Rows and columns, as wide as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from minion.text import plain

#: A cell's text, and its style.
Cell = tuple[str, str]
#: With less room than this, a row becomes a paragraph.
NARROW = 60


def table(headings: Sequence[str], rows: Sequence[Sequence[Cell]], width: int) -> RenderableType:
    """`rows` below `headings`; a row may end early, and a long cell is folded."""
    if width < NARROW:
        return Group(*_paragraphs(headings, rows))
    made = Table(box=None, pad_edge=False)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(Text(plain(text), style) for text, style in row))
    return made


def _paragraphs(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[Text]:
    column = max(map(cell_len, headings)) + 2
    for number, row in enumerate(rows):
        if number:
            yield Text()
        for heading, (text, style) in zip(headings, row):
            yield Text.assemble((f"{heading:{column}}", "bold"), (plain(text), style))
