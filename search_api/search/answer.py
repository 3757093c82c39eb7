"""The sentences of a page that answer: verbatim, chosen by the words of the question and the nearness of their passage.

No language model: what is shown stands so on the page.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

import regex
from msgspec import Struct

from indexing.engines.entries import IndexedPassage
from search_api.query.asked import Asked, content_stems, stems_of

_SENTENCE = regex.compile(r"[^\n]+?(?:[.!?]+[\"'”’)\]]*(?=\s|\p{Lu}|$)|(?=\n)|$)")
_ITEM = regex.compile(r"- |\d{1,3}\. ")
_LEANS = regex.compile(
    r"(?:that|this|these|those|they|it|he|she|such|both|neither|either|but|and|so|or|yet|however|also|then|instead|otherwise"
    r"|still|even so|for example|as a result|because of this)\b(?! (?:is|are) (?:a|an|the) )",
    regex.IGNORECASE,
)
"""Begins a sentence that says nothing without the one before it."""
_LEAST_OF_HEADING = 0.6
"""The share of a question in a heading that was asked: what answers another question may say the opposite."""
_MOST_SENTENCES = 3
_MOST_CHARACTERS = 420
_LEAST_WORDS = 4
"""A shorter sentence says nothing by itself: a heading, a label."""
_LATER = 0.04
"""Taken from the share of the question that a window holds for each sentence that it begins later in its passage."""


class Answer(Struct, frozen=True, kw_only=True):
    """One to three sentences of one paragraph, as they stand on the page, and where."""

    type: Literal["article"] = "article"
    id: str
    url: str
    """Opens at the section, and in browsers that can, at the sentences."""
    title: str
    text: str
    section: str | None
    updated_at: datetime | None = None
    author: str = ""
    reviewed_by: str = ""


class Excerpt(Struct, frozen=True):
    """A part of a passage: from where to where in its text."""

    start: int
    end: int
    coverage: float
    """The share of the question that it holds, 0-1."""


def best_excerpt(question: Asked, passage: IndexedPassage) -> Excerpt | None:
    """The run of sentences that answers best, of the passage that is linked; None where none stands by itself."""
    text, best = passage.text, None
    if _asks_another(question, passage.heading):
        return None
    lead, spans = stems_of(passage.heading), list(_sentences(text))
    stems = [stems_of(text[start:end]) for start, end in spans]
    for first in range(len(spans)):
        last = _extended(text, spans, first)
        if not _stands_alone(text, spans, first, last):
            continue
        coverage = question.coverage(lead.union(*stems[first : last + 1]))
        score = coverage - _LATER * first
        if best is None or score > best[0]:
            best = score, Excerpt(spans[first][0], spans[last][1], coverage)
    return best[1] if best else None


def _asks_another(question: Asked, heading: str) -> bool:
    """Whether a heading is a question of its own, which what stands under it answers."""
    stems = content_stems(heading)
    return heading.endswith("?") and len(stems & question.stems) < _LEAST_OF_HEADING * len(stems)


def _stands_alone(text: str, spans: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether a window says something by itself: it leans on nothing before it, asks nothing, and announces nothing."""
    begins, ends = text[slice(*spans[first])], text[slice(*spans[last])].rstrip("\"'\u201d\u2019)] ")
    if begins.rstrip("\"'\u201d\u2019)] ").endswith("?") or ends.endswith((":", "?")) or begins[:1].islower():
        return False
    if any(text[slice(*span)].rstrip().endswith(":") for span in spans[first:last]):
        return False
    return first == 0 or _LEANS.match(begins) is None


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where sentences stand, without the mark of a list's item; rows of tables are ours, not the page's."""
    for found in _SENTENCE.finditer(text):
        start, end = found.span()
        start += len(text[start:end]) - len(text[start:end].lstrip())
        if item := _ITEM.match(text, start, end):
            start = item.end()
        if " | " not in text[start:end] and len(text[start:end].split()) >= _LEAST_WORDS:
            yield start, end


def _extended(text: str, spans: Sequence[tuple[int, int]], first: int) -> int:
    """The last sentence of the window that begins with `first`, within one paragraph."""
    start, last = spans[first][0], first
    while last + 1 < min(first + _MOST_SENTENCES, len(spans)):
        end = spans[last + 1][1]
        if end - start > _MOST_CHARACTERS or "\n" in text[start:end]:
            break
        last += 1
    return last
