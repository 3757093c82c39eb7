"""The words of a question that name something to filter by."""

import itertools
from collections.abc import Sequence

from indexing.analysis import STOP_WORDS, Word
from indexing.taxonomy import Taxonomy
from search_api.query.place_words import is_word_first, segment, word_before
from search_api.query.reading import Reading
from search_api.query.telling import LISTING_WORDS


def named_words(taxonomy: Taxonomy, words: Sequence[Word]) -> list[Word]:
    """Those that name an entry of the taxonomy."""
    mentions = taxonomy.mentions([word.folded for word in words])
    return list(itertools.chain.from_iterable(words[mention.start : mention.end] for mention in mentions))


def in_payers(taxonomy: Taxonomy, words: Sequence[Word]) -> frozenset[int]:
    """Which words are of a payer's name of several words, and so of no place: `washington apple health`."""
    mentions = taxonomy.mentions([word.folded for word in words], facets=("insurance",))
    spans = (range(mention.start, mention.end) for mention in mentions)
    return frozenset(itertools.chain.from_iterable(span for span in spans if len(span) > 1))


def is_wish_alone(taxonomy: Taxonomy, reading: Reading) -> bool:
    """Whether a wish stands alone between commas, as in a list of them: `premera, everett, ...`."""
    words = reading.words()
    for mention in taxonomy.mentions([word.folded for word in words]):
        start, end = words[mention.start].start, words[mention.end - 1].end
        found = segment(reading, start, end)
        if found is None:
            continue
        beside = [word for word in words if found[0] <= word.start < found[1] and not start <= word.start < end]
        if all(word.folded in LISTING_WORDS or word.folded in STOP_WORDS for word in beside):
            return True
    return False


def is_there(taxonomy: Taxonomy, reading: Reading, words: Sequence[Word], start: int, end: int) -> bool:
    """Whether a word that is a city too is one behind `in`: where it ends the question, or a wish follows it."""
    if not (reading.seeks_clinic or reading.names_ketamine) or word_before(words, start) != "in":
        return False
    following = words[end : end + 1]
    is_listed = any(word.folded in LISTING_WORDS and word.folded not in STOP_WORDS for word in following)
    is_wish = not following or is_listed or bool(named_words(taxonomy, following))
    return is_wish and not is_word_first(" ".join(word.folded for word in words[start:end]))
