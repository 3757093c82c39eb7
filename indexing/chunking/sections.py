"""Article bodies as sections: what a reader of the page can read, under the heading it stands below.

Markdown becomes HTML first, so that there is one path. Nothing here renders or keeps markup.
"""

import re
from typing import Literal

from msgspec import Struct
from selectolax.lexbor import LexborNode

from indexing.analysis.tokenizer import words_of
from indexing.chunking.anchors import is_permalink, own_anchor
from indexing.chunking.bodies import body_to_html
from indexing.chunking.legible import legible
from indexing.chunking.slugs import Slugger
from indexing.chunking.slugs import slug as slug
from indexing.chunking.tables import Cell, Table, span_of
from indexing.chunking.visibility import heading_level, is_block, walk

_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data dfn em font i ins kbd label mark output q rb rt rtc ruby samp
    small span strong sub sup time tt u var wbr button nobr
    """.split()
)
_CELLS = frozenset({"td", "th"})
_ENDS_HEADING = frozenset("p ul ol dl table blockquote pre details figure section article hr form".split())
_FOOTNOTE = re.compile(
    r"^[\[(]?(?:\d{1,3}|[a-z]|[*†‡§¶]+|ref|note|citation needed)(?:\s*[,;–-]\s*(?:\d{1,3}|[a-z]))*[\])]?$", re.I
)
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWERED = re.compile(r"(?:^|[^\w])(?:[mk]?m|cm|ft|in|x|r|n)$|\d$", re.IGNORECASE)
_PERMALINK_SIGNS = re.compile(r"\s*[¶§🔗⚓]+\s*$")
_LONGEST_LEAD = 240


class Section(Struct, frozen=True):
    """The text between one heading and the next.

    `path` is the headings from the outermost to this one (empty before the first heading);
    `blocks` are paragraphs, list items and table rows as plain text.
    """

    path: tuple[str, ...] = ()
    anchor: str = ""
    blocks: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    """For each block what it is an item of, the line that leads its list; empty for others."""

    @property
    def heading(self) -> str:
        """The section's own heading; empty before the first one."""
        return self.path[-1] if self.path else ""


def split_sections(body: str, body_format: Literal["html", "markdown"], *, title: str = "") -> tuple[Section, ...]:
    """The sections of `body` in reading order; a first heading that repeats `title` opens none."""
    reader = _Reader(title)
    for event, node in walk(body_to_html(body, body_format)):
        reader.read(event, node)
    return reader.finished()


def _is_bold(cell: LexborNode, text: str) -> bool:
    """Whether all of a cell is set in bold, as names of columns are in tables from word processors."""
    bold = cell.css_first("b, strong")
    return bold is not None and bool(text) and legible(bold.text()) == text


class _List(Struct):
    """A list that is being read."""

    lead: str
    number: int | None


class _Reader:
    """Collects words into blocks and blocks into sections as the nodes pass by."""

    def __init__(self, title: str) -> None:
        self._title = words_of(title)
        self._has_heading = False
        self._sections: list[Section] = []
        self._headings: list[tuple[int, str]] = []
        self._path: tuple[str, ...] = ()
        self._anchor = ""
        self._slugger = Slugger()
        self._words: list[str] = []
        self._blocks: list[tuple[str, str]] = []
        self._heading: LexborNode | None = None
        self._heading_alt = ""
        self._skipped: int | None = None
        """What is passed over, by identity, up to its end: nodes compare equal by their markup."""
        self._superscript: tuple[int, list[str]] | None = None
        self._lists: list[_List] = []
        self._tables: list[Table] = []
        self._cells: list[Cell] = []
        self._term = ""
        self._marker = ""

    def read(self, event: str, node: LexborNode) -> None:
        """Take one node in."""
        if self._skipped is not None:
            if event == "close" and node.mem_id == self._skipped:
                self._skipped = None
        elif event == "text":
            self._read_text(node.text_content or "")
        elif node.tag == "sup" or self._superscript is not None:
            self._read_superscript(event, node)
        elif self._heading is not None:
            self._read_in_heading(event, node, self._heading)
        elif event == "open" and heading_level(node) is not None:
            self._begin_heading(node)
        else:
            self._read_element(event, node, node.tag or "")

    def finished(self) -> tuple[Section, ...]:
        """All sections, once the last node was read."""
        if self._heading is not None:
            self._open_section(self._heading)
        self._end_block()
        self._end_section()
        return tuple(self._sections)

    def _read_text(self, text: str) -> None:
        (self._superscript[1] if self._superscript is not None else self._words).append(text)

    def _read_element(self, event: str, node: LexborNode, tag: str) -> None:
        if tag == "img":
            if event == "open":
                self._words.append(f" {node.attributes.get('alt') or ''} ")
        elif tag == "table" or (self._tables and tag in {"tr", "thead", "tbody", "tfoot", *_CELLS}):
            self._read_table(event, node, tag)
        elif self._cells and tag not in _INLINE:
            self._words.append("; " if tag == "li" and event == "close" and node.next is not None else " ")
        elif tag in {"ul", "ol"}:
            self._read_list(event, node, tag)
        elif tag in {"dt", "dd"}:
            self._read_term(event, tag)
        elif tag == "button":
            self._end_block()
        elif tag == "rt":
            self._words.append(" ")
        elif (tag not in _INLINE and ":" not in tag) or is_block(node):
            self._end_block()
            if tag == "li" and event == "open":
                self._marker = self._next_marker()

    # Headings

    def _begin_heading(self, node: LexborNode) -> None:
        if self._cells:
            self._dissolve_table()
        self._end_block()
        self._heading, self._heading_alt = node, ""

    def _read_in_heading(self, event: str, node: LexborNode, heading: LexborNode) -> None:
        tag = node.tag or ""
        if event == "close" and (node.mem_id == heading.mem_id or tag == "summary"):
            self._open_section(heading)
        elif event == "open" and is_permalink(node):
            if node.child is not None:
                self._skipped = node.mem_id
        elif tag == "img":
            self._heading_alt = self._heading_alt or node.attributes.get("alt") or ""
        elif event == "open" and tag in _ENDS_HEADING and self._has_words():
            self._open_section(heading)
            self._read_element(event, node, tag)
        elif event == "open" and heading_level(node) is not None:
            if self._has_words():
                self._open_section(heading)
            self._begin_heading(node)
        elif tag not in _INLINE or is_block(node):
            self._words.append(" ")

    def _has_words(self) -> bool:
        return bool(legible("".join(self._words)))

    def _open_section(self, node: LexborNode) -> None:
        heading = _PERMALINK_SIGNS.sub("", legible("".join(self._words))) or legible(self._heading_alt)
        self._words.clear()
        self._heading = None
        if not heading:
            return
        level = heading_level(node) or 2
        anchor = own_anchor(node) or self._slugger.slug(heading)
        is_first, self._has_heading = not self._has_heading, True
        if is_first and self._title and words_of(heading) == self._title:
            return
        self._end_section()
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, heading))
        self._path = tuple(text for _, text in self._headings)
        self._anchor = anchor

    # Lists

    def _read_list(self, event: str, node: LexborNode, tag: str) -> None:
        lead = self._end_block()
        if event == "close":
            if self._lists:
                self._lists.pop()
            return
        if self._lists:
            lead = lead or (self._blocks[-1][0] if self._blocks else "")
        elif not lead.endswith((":", "：")):
            before = self._blocks[-1][0] if self._blocks else ""
            lead = before if before.endswith((":", "：")) else ""
        start = node.attributes.get("start") or "1"
        number = (int(start) if start.isascii() and start.isdigit() else 1) if tag == "ol" else None
        self._lists.append(_List(lead[:_LONGEST_LEAD] if len(lead) <= _LONGEST_LEAD else "", number))

    def _next_marker(self) -> str:
        if not self._lists or self._lists[-1].number is None:
            return "- "
        number = self._lists[-1].number
        self._lists[-1].number = number + 1
        return f"{number}. "

    def _read_term(self, event: str, tag: str) -> None:
        if tag == "dt":
            text = legible("".join(self._words))
            self._words.clear()
            if event == "open":
                self._words.append(text)
                self._end_block()
            else:
                self._end_term()
                self._term = text
        elif event == "open":
            self._end_block(is_term_kept=True)
            self._marker = f"{self._term.rstrip(':')}: " if self._term else ""
            self._term = ""
        else:
            self._end_block()

    def _end_term(self) -> None:
        if self._term:
            self._blocks.append((self._term, ""))
        self._term = ""

    # Tables

    def _read_table(self, event: str, node: LexborNode, tag: str) -> None:
        if tag == "table" and event == "open":
            if self._cells:
                self._words.append(" ")
            else:
                self._end_block()
            self._tables.append(Table())
            self._tables[-1].is_layout = node.attributes.get("role") in {"presentation", "none"} or bool(self._cells)
            return
        table = self._tables[-1] if self._tables else None
        if table is None:
            return
        if tag == "table":
            self._tables.pop()
            self._end_line(table.finish())
        elif table.is_layout:
            if self._cells:
                self._words.append(" ")
            else:
                self._end_block()
        elif tag == "tr":
            if event == "close":
                self._end_line(table.end_row())
        elif tag in _CELLS:
            self._read_cell(event, node, table)
        elif event == "open":
            table.open_part(tag)

    def _read_cell(self, event: str, node: LexborNode, table: Table) -> None:
        if event == "open":
            columns, rows = node.attributes.get("colspan"), node.attributes.get("rowspan")
            self._words.clear() if not self._has_words() else self._end_block()
            self._cells.append(Cell(node.tag == "th", span_of(columns), span_of(rows, rows=True)))
        elif self._cells:
            cell, text = self._cells.pop(), legible("".join(self._words)).strip(" ;")
            cell.is_header = cell.is_header or _is_bold(node, text)
            table.add(cell, text)
            self._words.clear()

    def _dissolve_table(self) -> None:
        """A heading in a cell: the table sets a page and holds no values."""
        for table in self._tables:
            if not table.is_layout:
                words = list(self._words)
                self._words.clear()
                self._end_line(table.end_row())
                self._words += words
                table.is_layout = True
        self._cells.clear()

    def _end_line(self, line: str) -> None:
        if line:
            self._blocks.append((line, ""))

    # Superscripts

    def _read_superscript(self, event: str, node: LexborNode) -> None:
        """Footnotes go, powers and ordinals stay at what they stand behind."""
        if self._superscript is None:
            if event == "open" and node.child is not None:
                self._superscript = node.mem_id, []
            return
        if event != "close" or node.mem_id != self._superscript[0]:
            return
        raised = legible("".join(self._superscript[1]))
        self._superscript = None
        is_link = node.css_first("a[href*='#']") is not None or (node.parent is not None and node.parent.tag == "a")
        before = "".join(self._words[-3:])[-8:]
        if is_link or (_FOOTNOTE.match(raised) and not _POWERED.search(before)):
            return
        self._words.append(raised.translate(_RAISED) if raised.isdigit() else raised)

    # Blocks and sections

    def _end_block(self, *, is_term_kept: bool = False) -> str:
        """Close the paragraph that was read; its text."""
        block = legible("".join(self._words))
        self._words.clear()
        if not is_term_kept:
            self._end_term()
        if block in {"", "-"}:
            return ""
        lead = self._lists[-1].lead if self._lists else ""
        self._blocks.append((self._marker + block, lead))
        self._marker = ""
        return block

    def _end_section(self) -> None:
        if self._blocks or self._path:
            blocks, leads = ([block[place] for block in self._blocks] for place in (0, 1))
            kept = tuple(leads) if any(leads) else ()
            self._sections.append(Section(self._path, self._anchor, tuple(blocks), kept))
        self._blocks.clear()
