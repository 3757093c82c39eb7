"""The sentences of a page that answer: verbatim, chosen by the words of the question and the nearness of their passage.

No language model: what is shown stands so on the page.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

import numpy as np
import regex
from msgspec import Struct

from indexing.engines.entries import IndexedPassage, Scores
from search_api.query.asked import Asked, stems_of

_SENTENCE = regex.compile(r"[^\n]+?(?:[.!?]+[\"'”’)\]]*(?=\s|\p{Lu}|$)|(?=\n)|$)")
_ITEM = regex.compile(r"- |\d{1,3}\. ")
_MOST_SENTENCES = 3
_MOST_CHARACTERS = 420
_LEAST_WORDS = 4
"""A shorter sentence says nothing by itself: a heading, a label."""
_COVERAGE_WEIGHT = 0.25
"""Of the share of the question that a window of sentences holds, beside the cosine of its passage."""
_LATER = 0.01
"""Taken from a window for each sentence that it begins later in its passage."""
_MOST_PASSAGES = 12


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
    """A part of a passage: which passage, and from where to where in its text."""

    passage: int
    start: int
    end: int
    coverage: float
    """The share of the question that it holds, 0-1."""


def best_excerpt(question: Asked, passages: Sequence[IndexedPassage], scores: Scores) -> Excerpt | None:
    """The run of sentences that answers best; None where no sentence says anything."""
    best: tuple[float, Excerpt] | None = None
    for number in np.argsort(-scores, kind="stable")[:_MOST_PASSAGES].tolist():
        if best is not None and float(scores[number]) + _COVERAGE_WEIGHT <= best[0]:
            break
        text = passages[number].text
        lead = stems_of(passages[number].heading)
        spans = list(_sentences(text))
        stems = [stems_of(text[start:end]) for start, end in spans]
        for first in range(len(spans)):
            last = _extended(text, spans, first)
            coverage = question.coverage(lead.union(*stems[first : last + 1]))
            score = float(scores[number]) + _COVERAGE_WEIGHT * coverage - _LATER * first
            if best is None or score > best[0]:
                best = score, Excerpt(number, spans[first][0], spans[last][1], coverage)
    return best[1] if best else None


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
