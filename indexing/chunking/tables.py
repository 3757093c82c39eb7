"""Tables of a page as lines that can stand alone: each row with the names of its columns."""

from collections.abc import Sequence

from msgspec import Struct, field

_MOST_COLUMNS = 100


class Cell(Struct):
    """A cell that is being read."""

    is_header: bool
    span: int = 1
    words: list[str] = field(default_factory=list)


class Table:
    """A table while it is read, row by row; rows before the first one of values are its header."""

    def __init__(self) -> None:
        self.is_layout = False
        """Whether its cells hold parts of a page and no values."""
        self._names: list[str] = []
        self._cells: list[tuple[Cell, str]] = []
        self._has_values = False
        self._in_head = False

    def open_part(self, tag: str) -> None:
        """Note that `thead`, `tbody` or `tfoot` begins."""
        self._in_head = tag == "thead"

    def add(self, cell: Cell, text: str) -> None:
        """Take in a cell of the present row."""
        self._cells.append((cell, text))

    def end_row(self) -> str:
        """The row as a line; empty where it names the columns or holds nothing."""
        cells, self._cells = self._cells, []
        if not any(text for _, text in cells):
            return ""
        texts = [text for cell, text in cells for _ in range(min(cell.span, _MOST_COLUMNS))][:_MOST_COLUMNS]
        if not self._has_values and len(cells) > 1 and (self._in_head or all(cell.is_header for cell, _ in cells)):
            self._names = _joined(self._names, texts) if self._names else texts
            return ""
        self._has_values = True
        return self._line([text for _, text in cells], [cell for cell, _ in cells])

    def finish(self) -> str:
        """The names of the columns where no row followed them."""
        return "" if self._has_values else " | ".join(name for name in self._names if name)

    def _line(self, texts: Sequence[str], cells: Sequence[Cell]) -> str:
        parts, column = [], 0
        for cell, text in zip(cells, texts, strict=True):
            name = self._names[column] if column < len(self._names) else ""
            column += cell.span
            if text:
                parts.append(f"{name.rstrip(':')}: {text}" if name and name != text else text)
        return " | ".join(parts)


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Names in two rows, as one row."""
    longest = max(len(upper), len(lower))
    pairs = ((row[at] if at < len(row) else "" for row in (upper, lower)) for at in range(longest))
    return [" ".join(dict.fromkeys(part for part in pair if part)) for pair in pairs]
