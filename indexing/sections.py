"""Article bodies as sections: what a reader of the page sees, under the heading it stands below.

Markdown becomes HTML first, so that there is one path. Nothing here renders or keeps markup.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from markdown_it import MarkdownIt
from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser, LexborNode

from indexing.text import squeezed

_UNREAD = frozenset(
    """
    script style noscript template svg math iframe object embed head title nav canvas audio video select
    textarea button
    """.split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark output q rp rt ruby s samp
    small span strike strong sub sup time tt u var wbr
    """.split()
)
_CELLS = frozenset({"td", "th"})
_SLUG_DROPPED = re.compile(r"[^\w\- ]")


class Section(Struct, frozen=True):
    """The text between one heading and the next.

    `path` is the headings from the outermost to this one (empty before the first heading);
    `blocks` are paragraphs, list items and table rows as plain text.
    """

    path: tuple[str, ...] = ()
    anchor: str = ""
    blocks: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The section's own heading; empty before the first one."""
        return self.path[-1] if self.path else ""


def split_sections(body: str, body_format: Literal["html", "markdown"], *, title: str = "") -> tuple[Section, ...]:
    """The sections of `body` in reading order; a first heading that repeats `title` opens none."""
    html = body_to_html(body, body_format)
    reader = _Reader(title)
    for event, node in _walk(html):
        reader.read(event, node)
    return reader.finished()


def body_to_html(body: str, body_format: Literal["html", "markdown"]) -> str:
    """The body as HTML, unsanitised."""
    return MarkdownIt("commonmark").enable("table").render(body) if body_format == "markdown" else body


def slug(heading: str) -> str:
    """The anchor of a heading that has no id: the form that GitHub and most site generators use."""
    text = unicodedata.normalize("NFKC", heading).lower().strip()
    return re.sub(r"\s", "-", _SLUG_DROPPED.sub("", text))


Event = Literal["open", "text", "close"]


def _walk(html: str) -> Iterator[tuple[Event, LexborNode]]:
    """Depth-first over the readable nodes, without recursion: bodies nest as deep as they like."""
    node = LexborHTMLParser(html).body
    root_id = node.mem_id if node is not None else 0
    while node is not None:
        if node.tag == "-text":
            yield "text", node
        elif not _is_unread(node):
            yield "open", node
            if node.child is not None:
                node = node.child
                continue
            yield "close", node
        while node is not None and node.next is None:
            node = node.parent
            if node is None or node.mem_id == root_id:
                return
            yield "close", node
        node = node.next if node is not None and node.mem_id != root_id else None


def _is_unread(node: LexborNode) -> bool:
    tag = node.tag or ""
    return tag in _UNREAD or tag[:1] in "-_!" or "hidden" in node.attributes


class _Reader:
    """Collects words into blocks and blocks into sections as the nodes pass by."""

    def __init__(self, title: str) -> None:
        self._title = squeezed(title).casefold()
        self._sections: list[Section] = []
        self._headings: list[tuple[int, str]] = []
        self._path: tuple[str, ...] = ()
        self._anchor = ""
        self._anchors: dict[str, int] = {}
        self._words: list[str] = []
        self._blocks: list[str] = []
        self._heading_id: int | None = None
        """The heading that is being read, by identity: nodes compare equal by their markup."""

    def read(self, event: Event, node: LexborNode) -> None:
        """Take one node in."""
        tag = node.tag or ""
        if event == "text":
            self._words.append(node.text_content or "")
        elif self._heading_id is not None:
            if event == "close" and node.mem_id == self._heading_id:
                self._open_section(_HEADINGS[tag], node)
        elif tag in _HEADINGS and event == "open":
            self._end_block()
            self._heading_id = node.mem_id
        elif tag == "img" and event == "open":
            self._words.append(f" {node.attributes.get('alt') or ''} ")
        elif tag in _CELLS:
            self._words.append(" " if event == "open" or _last_cell(node) else " | ")
        elif tag not in _INLINE:
            self._end_block()
            if tag == "li" and event == "open":
                self._words.append("- ")

    def finished(self) -> tuple[Section, ...]:
        """All sections, once the last node was read."""
        self._end_block()
        self._end_section()
        return tuple(self._sections)

    def _end_block(self) -> None:
        block = squeezed("".join(self._words))
        if block not in {"", "-"}:
            self._blocks.append(block)
            self._words.clear()
        elif block == "":
            self._words.clear()

    def _open_section(self, level: int, node: LexborNode) -> None:
        heading = squeezed("".join(self._words))
        self._words.clear()
        self._heading_id = None
        if not heading:
            return
        if not self._headings and not self._sections and heading.casefold() == self._title:
            return
        self._end_section()
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, heading))
        self._path = tuple(text for _, text in self._headings)
        self._anchor = self._unused(_own_id(node) or slug(heading))

    def _end_section(self) -> None:
        if self._blocks or self._path:
            self._sections.append(Section(self._path, self._anchor, tuple(self._blocks)))
        self._blocks.clear()

    def _unused(self, anchor: str) -> str:
        seen = self._anchors.get(anchor, 0)
        self._anchors[anchor] = seen + 1
        return f"{anchor}-{seen}" if seen else anchor


def _own_id(heading: LexborNode) -> str:
    """The id by which the page itself links to this heading: its own, its anchor's, or its section's."""
    if own := heading.attributes.get("id"):
        return own
    for link in heading.css("a[id], a[name], span[id]"):
        if inner := link.attributes.get("id") or link.attributes.get("name"):
            return inner
    parent, before = heading.parent, heading.prev
    while before is not None and before.tag == "-text" and not (before.text_content or "").strip():
        before = before.prev
    if parent is not None and before is None and parent.tag in {"section", "article", "div"}:
        return parent.attributes.get("id") or ""
    return ""


def _last_cell(cell: LexborNode) -> bool:
    following = cell.next
    while following is not None and following.tag not in _CELLS:
        following = following.next
    return following is None
