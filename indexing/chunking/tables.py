"""Tables of a page as lines that can stand alone: each row with the names of its columns.

Merged cells are spread as browsers do (HTML, "forming a table"): a value that spans rows is said in each of them.
"""

import re
from collections.abc import Sequence

from msgspec import Struct, field

_MOST_COLUMNS = 100
_MOST_ROWS = 1_000
_MOST_REPEATED = 500
"""Characters of a row that come from cells of rows above it: prose that spans rows is said once."""
_WHOLE_NUMBER = re.compile(r"\s*\+?([0-9]+)")


class Cell(Struct):
    """A cell that is being read; 0 `rows` are all that follow in its part of the table."""

    is_header: bool
    columns: int = 1
    rows: int = 1
    words: list[str] = field(default_factory=list)


class _Placed(Struct, frozen=True):
    """A cell in the grid of its table."""

    column: int
    columns: int
    text: str
    is_header: bool
    rows: int
    """How many rows it reaches, this one counted; 0 for all."""
    is_repeated: bool = False
    """Whether it began in a row above."""

    @property
    def below(self) -> "_Placed":
        """The same in the next row."""
        return _Placed(self.column, self.columns, self.text, self.is_header, max(self.rows - 1, 0), True)


def span_of(attribute: str | None, *, rows: bool = False) -> int:
    """The value of `colspan` or, with `rows`, of `rowspan`, read as browsers do: 1 where it is no number."""
    found = _WHOLE_NUMBER.match(attribute or "")
    count = int(found[1][:6]) if found else 1
    return min(count, _MOST_ROWS) if rows else min(max(count, 1), _MOST_COLUMNS)


class Table:
    """A table while it is read, row by row; rows before the first one of values are its header."""

    def __init__(self) -> None:
        self.is_layout = False
        """Whether its cells hold parts of a page and no values."""
        self._names: list[str] = []
        self._cells: list[tuple[Cell, str]] = []
        self._reaching: list[_Placed] = []
        """Cells of rows above that reach into the present one."""
        self._has_values = False
        self._in_head = False

    def open_part(self, tag: str) -> None:
        """Note that `thead`, `tbody` or `tfoot` begins; no cell reaches from one into the next."""
        self._in_head = tag == "thead"
        self._reaching = []

    def add(self, cell: Cell, text: str) -> None:
        """Take in a cell of the present row."""
        self._cells.append((cell, text))

    def end_row(self) -> str:
        """The row as a line; empty where it names the columns or holds nothing of its own."""
        row = self._placed()
        self._reaching = [cell.below for cell in row if cell.rows != 1 and cell.column < _MOST_COLUMNS]
        own = [cell for cell in row if not cell.is_repeated]
        if not any(cell.text for cell in own):
            return ""
        is_named = self._in_head or all(cell.is_header for cell in own)
        if not self._has_values and is_named and len(row) > 1:
            self._names = _joined(self._names, _spread(row))
            return ""
        if not self._has_values and is_named and own[0].columns > 1:
            return own[0].text  # the title of the table, above the names
        self._has_values = True
        return self._line(row)

    def finish(self) -> str:
        """The names of the columns where no row followed them."""
        return "" if self._has_values else " | ".join(dict.fromkeys(name for name in self._names if name))

    def _placed(self) -> list[_Placed]:
        """The cells of the present row from left to right, those that reach into it among them."""
        cells, self._cells = self._cells, []
        taken = {column for cell in self._reaching for column in range(cell.column, cell.column + cell.columns)}
        row, column = list(self._reaching), 0
        for cell, text in cells:
            while column in taken:
                column += 1
            row.append(_Placed(column, cell.columns, text, cell.is_header, cell.rows))
            column += cell.columns
        return sorted(row, key=lambda placed: placed.column)

    def _line(self, row: Sequence[_Placed]) -> str:
        parts, repeated = [], 0
        for cell in row:
            name = self._name(cell)
            repeated += len(cell.text) if cell.is_repeated else 0
            if not cell.text or (cell.is_repeated and (repeated > _MOST_REPEATED or cell.text == name)):
                continue
            parts.append(f"{name.rstrip(':')}: {cell.text}" if name and name != cell.text else cell.text)
        return " | ".join(parts)

    def _name(self, cell: _Placed) -> str:
        """Of the columns that a cell stands in; none where it stands in all of several."""
        is_across = cell.column == 0 and cell.columns > 1 and cell.columns >= len(self._names)
        names = dict.fromkeys(self._names[cell.column : cell.column + cell.columns])
        return "" if is_across else ", ".join(name for name in names if name)


def _spread(row: Sequence[_Placed]) -> list[str]:
    """The texts of a row by column."""
    texts = [""] * min(max(cell.column + cell.columns for cell in row), _MOST_COLUMNS)
    for cell in row:
        for column in range(cell.column, min(cell.column + cell.columns, _MOST_COLUMNS)):
            texts[column] = cell.text
    return texts


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Names in two rows, as one row."""
    longest = max(len(upper), len(lower))
    pairs = ((row[at] if at < len(row) else "" for row in (upper, lower)) for at in range(longest))
    return [" ".join(dict.fromkeys(part for part in pair if part)) for pair in pairs]
