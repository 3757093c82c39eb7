"""Why a hit stands where it stands: what was measured, what each part adds, and which words and passage matched."""

import numpy as np
from msgspec import Struct

from indexing.analysis import STOP_WORDS, stem, words_in
from indexing.engines.entries import IndexedPassage
from indexing.queries import KeywordQuery
from search_api.search.rank import Ranking, Values

KEYWORD_LEG, SEMANTIC_LEG = "keyword_score", "passage_cosine"


class Explanation(Struct, frozen=True):
    """The arithmetic of one hit's score."""

    keyword_rank: int | None
    """Its place among what the words found, by their score; null where they did not find it."""
    semantic_rank: int | None
    """Its place among what the meaning found, by its best passage."""
    measured: dict[str, float]
    """As the engine measured it: BM25 (or the server's score), shares, cosines."""
    contributions: dict[str, float]
    """What each measurement, scaled and weighted, and each prior adds; with their sum scaled to the index's span."""
    matched_words: list[str]
    """Words of its title and best passage that were asked for, as they are written."""
    passage: str
    """The passage that fits best."""


def explain(
    ranking: Ranking, position: int, *, title: str, passage: IndexedPassage, keywords: KeywordQuery | None
) -> Explanation:
    """The explanation of the candidate at `position`."""
    return Explanation(
        keyword_rank=_rank(ranking.measured[KEYWORD_LEG], position),
        semantic_rank=_rank(ranking.measured[SEMANTIC_LEG], position),
        measured={name: round(float(values[position]), 4) for name, values in ranking.measured.items()},
        contributions={name: round(float(values[position]), 4) for name, values in ranking.contributions.items()},
        matched_words=_matched(keywords, title, passage.text),
        passage=passage.text,
    )


def _rank(values: Values, position: int) -> int | None:
    own = values[position]
    return int(np.count_nonzero(values > own)) + 1 if own > 0 else None


def _matched(keywords: KeywordQuery | None, *texts: str) -> list[str]:
    if keywords is None:
        return []
    asked = {stem(word) for word in (*keywords.words, *(w for phrase in keywords.phrases for w in phrase))}
    found = {
        word.folded: None
        for text in texts
        for word in words_in(text)
        if word.stem in asked and word.folded not in STOP_WORDS
    }
    return list(found)
