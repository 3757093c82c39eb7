"""Hits as a reader sees them: the best section, what matched, and HTML that is safe to insert."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from html import escape
from itertools import pairwise
from urllib.parse import quote

from indexing.analysis import STOP_WORDS, stem
from indexing.analysis.normalizer import folded
from indexing.analysis.tokenizer import piece_of
from indexing.queries import KeywordQuery

_SNIPPET_CHARACTERS = 260
_LONGEST_SYNONYM = 5
_ITEM = re.compile(r"- |\d{1,3}\. ")
_LONGEST_LEAD = 160
_LEAST_DIVIDED = 5
"""Letters of a word that may stand as two in a text."""
_SAFE_IN_FRAGMENT = "-._~!$()*+,;=:@/?"


class _Asked(dict[str, bool]):
    """Whether a word of a text, folded, is one that was asked for, as far as it was met before."""

    def __init__(self, stems: Set[str], prefix: str | None) -> None:
        super().__init__()
        self._stems = stems
        self._prefix = prefix

    def __missing__(self, word: str) -> bool:
        self[word] = made = stem(word) in self._stems or (self._prefix is not None and word.startswith(self._prefix))
        return made


class _Counting(dict[str, bool]):
    """Whether a piece of a text holds a word that was asked for, or a beginning of one, as far as it was met before."""

    def __init__(self, is_asked: _Asked, beginnings: Set[str]) -> None:
        super().__init__()
        self._is_asked = is_asked
        self._beginnings = beginnings

    def __missing__(self, written: str) -> bool:
        _, words, compounds = piece_of(written)
        made = not self._beginnings.isdisjoint(words) or True in map(self._is_asked.__getitem__, words)
        self[written] = made = made or any(self._is_asked[token.folded] for token in compounds)
        return made


class Highlighter:
    """Marks the words of a query, their inflections, their synonyms, and an unfinished last word."""

    def __init__(
        self, query: KeywordQuery | None, synonyms: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]
    ) -> None:
        words = [*query.words, *(word for phrase in query.phrases for word in phrase)] if query else []
        content = [word for word in words if word not in STOP_WORDS] or words
        prefix = content[-1] if content and query and query.last_is_prefix and len(content[-1]) > 1 else None
        runs = (tuple(words[at : at + length]) for length in range(1, _LONGEST_SYNONYM + 1) for at in range(len(words)))
        meant = (other for run in runs for other in synonyms.get(run, ()))
        synonymous = (word for other in meant for word in other if word not in STOP_WORDS)
        pairs = [left + right for left, right in pairwise(words)]
        self._stems = frozenset(stem(word) for word in (*content, *synonymous, *pairs))
        self._is_asked = _Asked(self._stems, prefix)
        long = (word for word in content if len(word) >= _LEAST_DIVIDED)
        self._beginnings = frozenset(word[:length] for word in long for length in range(1, len(word) + 1))
        self._may_count = _Counting(self._is_asked, self._beginnings)

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """Where the words stand, one behind the other; one word of the question may be two of the text."""
        spans: list[tuple[int, int]] = []
        is_asked, beginnings, may_count = self._is_asked, self._beginnings, self._may_count
        left, opening, position = "", 0, 0
        for written in text.split():
            if not left and not may_count[written]:
                continue
            start = _place(text, written, position)
            position, piece = start + len(written), piece_of(written)
            spans += [(start + c.start, start + c.end) for c in piece.compounds if is_asked[c.folded]]
            for token in piece.tokens:
                word = token.folded
                if is_asked[word]:
                    spans.append((start + token.start, start + token.end))
                elif left and stem(left + word) in self._stems:  # `side effects` of `sideeffects`
                    spans.append((opening, start + token.end))
                left, opening = (word if word in beginnings else ""), start + token.start
        return _apart(spans)

    def html(self, text: str) -> str:
        """`text` escaped, with `<mark>` round the words that were asked for."""
        return marked(text, self._spans(text))

    def snippet(self, text: str) -> str:
        """The part of `text` that holds most of what was asked for, as HTML."""
        spans = self._spans(text)
        start, end = _window(text, spans)
        lead = _lead_of(text, start)
        if lead:
            whole = marked(text, spans, *lead)
            rest = marked(text, spans, start, end).strip()
            return f"{whole} … {rest}" + (" …" if end < len(text) else "")
        opening, closing = ("… " if start else ""), (" …" if end < len(text) else "")
        return opening + marked(text, spans, start, end).strip() + closing


def _place(text: str, written: str, position: int) -> int:
    """Where a run without white space stands by itself, from `position` on."""
    while True:
        position = text.index(written, position)
        end = position + len(written)
        if not text[position - 1 : position].strip() and not text[end : end + 1].strip():
            return position
        position = end


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in their order, the longer where two overlap."""
    kept: list[tuple[int, int]] = []
    for first, last in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or first >= kept[-1][1]:
            kept.append((first, last))
    return kept


def marked(text: str, spans: Sequence[tuple[int, int]], start: int = 0, end: int | None = None) -> str:
    """`text` from `start` to `end` escaped, with `<mark>` round the spans that lie within."""
    end = len(text) if end is None else end
    pieces, position = [], start
    for first, last in spans:
        if max(start, position) <= first and last <= end:
            pieces += [escape(text[position:first]), "<mark>", escape(text[first:last]), "</mark>"]
            position = last
    return "".join(pieces) + escape(text[position:end])


def _window(text: str, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """From where to where most of what was asked stands; a word tells less, the oftener it stands in the text."""
    if len(text) <= _SNIPPET_CHARACTERS:
        return 0, len(text)
    words = [(at, folded(text[at:end])) for at, end in spans]
    often = Counter(word for _, word in words)
    best, start = 0.0, 0
    for first, _ in spans:
        inside = {word for at, word in words if first <= at < first + _SNIPPET_CHARACTERS - 40}
        told = math.fsum(1 / often[word] for word in inside)
        if told > best:
            best, start = told, first
    start = _opening(text, start)
    end = min(start + _SNIPPET_CHARACTERS, len(text))
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > start else end
    return start, end


def _lead_of(text: str, start: int) -> tuple[int, int] | None:
    """Where the line stands that leads the list in whose items a snippet begins."""
    line = text.rfind("\n", 0, start + 1) + 1
    if not start or not _ITEM.match(text, line):
        return None
    end = 0
    while line and _ITEM.match(text, line):
        end = line - 1
        line = text.rfind("\n", 0, end) + 1
    return (line, end) if text[line:end].endswith((":", "：")) and end - line <= _LONGEST_LEAD else None


def _opening(text: str, start: int) -> int:
    """A good place to begin a little before `start`: a sentence, else a word."""
    earliest = max(start - 80, 0)
    sentence = max(text.rfind(mark, earliest, start) for mark in (". ", "? ", "! ", "\n"))
    if sentence >= 0:
        return sentence + 1
    if earliest == 0:
        return 0
    space = text.find(" ", max(start - 30, 0), start)
    return space + 1 if space >= 0 else start


def linked(url: str, anchor: str) -> str:
    """The document's address, at a place in the page; the route of a page that stands in its fragment stays."""
    page, _, fragment = url.partition("#")
    if not anchor or fragment.startswith(("/", "!")):
        return url
    return f"{page}#{quote(anchor, safe=_SAFE_IN_FRAGMENT)}"
