"""Rows and columns, as wide as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Group, OverflowMethod, RenderableType
from rich.table import Table
from rich.text import Text

from minion.text import plain

#: A cell's text, and its style.
Cell = tuple[str, str]
#: With less room than this, a row becomes a paragraph.
NARROW = 60
#: With less than this, the columns move together.
ROOMY = 100


def table(
    headings: Mapping[str, OverflowMethod | None],
    rows: Sequence[Sequence[Cell]],
    width: int,
    *,
    is_log: bool,
) -> RenderableType:
    """`rows` below `headings`, which say how a column is made narrower; None: it is not.

    A row may end early. In a log nothing is cut off.
    """
    if width < NARROW:
        return Group(*_paragraphs(tuple(headings), rows))
    made = Table(box=None, padding=(0, 2 if width >= ROOMY else 1, 0, 0), pad_edge=False)
    for heading, overflow in headings.items():
        how = "fold" if is_log or overflow is None else overflow
        made.add_column(heading, overflow=how, no_wrap=overflow is None)
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
