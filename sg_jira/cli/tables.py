"""Tables of the store for terminals of any width: what names a row, and its times, stay whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

#: The last column holds what is to be read; it gets what is left, and at least so many cells.
_LEAST: Final = 16
#: Cells between two columns.
_GAP: Final = 2


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints rows, of which only the last column is broken into lines.

    Where even that is too wide the lines are longer than the terminal, which breaks them itself.

    Parameters:
        headers: one per column.
        rows: their cells, as they are: nothing is taken for markup.
    """
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for header in headers[:-1]:
        table.add_column(header, no_wrap=True)
    table.add_column(headers[-1], overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    whole = [max(map(cell_len, column)) for column in zip(headers, *rows, strict=True)][:-1]
    needed = sum(whole) + _GAP * len(whole) + _LEAST
    console = Console()
    console.width = max(console.width, needed)
    console.print(table)
