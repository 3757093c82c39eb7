"""The words of a question that name something to filter by."""

import itertools
from collections.abc import Sequence

from indexing.analysis import Word
from indexing.taxonomy import Taxonomy


def named_words(taxonomy: Taxonomy, words: Sequence[Word]) -> list[Word]:
    """Those that name an entry of the taxonomy."""
    mentions = taxonomy.mentions([word.folded for word in words])
    return list(itertools.chain.from_iterable(words[mention.start : mention.end] for mention in mentions))


def in_payers(taxonomy: Taxonomy, words: Sequence[Word]) -> frozenset[int]:
    """Which words are of a payer's name of several words, and so of no place: `washington apple health`."""
    mentions = taxonomy.mentions([word.folded for word in words], facets=("insurance",))
    spans = (range(mention.start, mention.end) for mention in mentions)
    return frozenset(itertools.chain.from_iterable(span for span in spans if len(span) > 1))
