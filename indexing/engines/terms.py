"""A keyword query resolved against the words of an index: completions, misspellings, synonyms."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from indexing.analysis import STOP_WORDS, stem
from indexing.queries import KeywordQuery
from indexing.words import Vocabulary

_PREFIX_WEIGHT = 0.6
_TYPO_WEIGHTS = {1: 0.8, 2: 0.6}
_OTHER_FIRST_LETTER = 0.5
_MOST_VARIANTS = 12


class Term(Struct, frozen=True):
    """A word of the query as it is looked up: stems with the weight of each."""

    variants: Mapping[str, float]
    unfinished: str = ""
    """The word as it was typed, where more of it may come."""


class CompiledQuery(Struct, frozen=True):
    """A keyword query with its words resolved against the vocabulary."""

    terms: tuple[Term, ...]
    synonyms: tuple[tuple[tuple[int, ...], tuple[tuple[str, ...], ...]], ...]
    """Positions of the terms that a synonym can stand for, and the stems of each synonym."""
    phrases: tuple[tuple[str, ...], ...]
    excluded: tuple[tuple[str, ...], ...]


Synonyms = Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]
"""Words that mean the same, folded: a run of words to its alternatives."""

_LONGEST_SYNONYM = 5


def joined(synonyms: Synonyms, more: Synonyms) -> Synonyms:
    """What either of two knows."""
    return {**synonyms, **{run: (*synonyms.get(run, ()), *found) for run, found in more.items()}} if more else synonyms


def compile_query(query: KeywordQuery, vocabulary: Vocabulary, synonyms: Synonyms) -> CompiledQuery:
    """Resolve prefixes, misspellings and synonyms; stop words count only where there is nothing else."""
    content = [position for position, word in enumerate(query.words) if word not in STOP_WORDS]
    last = len(query.words) - 1
    kept = content or ([] if query.phrases else list(range(len(query.words))))
    terms = tuple(
        _term(query.words[position], query, vocabulary, unfinished=query.last_is_prefix and position == last)
        for position in kept
    )
    return CompiledQuery(
        terms=terms,
        synonyms=tuple(_synonyms(query.words, kept, synonyms)),
        phrases=tuple(tuple(stem(word) for word in phrase) for phrase in query.phrases),
        excluded=tuple(tuple(stem(word) for word in words) for words in query.excluded),
    )


def _term(word: str, query: KeywordQuery, vocabulary: Vocabulary, *, unfinished: bool) -> Term:
    variants = _variants(word, vocabulary, unfinished=unfinished, is_certain=word in query.certain)
    return Term(variants, word if unfinished else "")


def _variants(word: str, vocabulary: Vocabulary, *, unfinished: bool, is_certain: bool) -> dict[str, float]:
    variants = {stem(word): 1.0}
    known = vocabulary.frequency(word) > 0
    if unfinished:
        for completion in vocabulary.completions(word, limit=_MOST_VARIANTS):
            variants.setdefault(stem(completion), _PREFIX_WEIGHT)
    if known or is_certain or len(variants) > 1:
        return variants
    corrections = vocabulary.corrections(word, limit=_MOST_VARIANTS, prefix=unfinished)
    for corrected, edits in corrections:
        same_start = corrected[:1] == word[:1]
        variants.setdefault(
            stem(corrected), _TYPO_WEIGHTS[max(edits, 1)] * (1.0 if same_start else _OTHER_FIRST_LETTER)
        )
    return variants


def _synonyms(
    words: Sequence[str], kept: Sequence[int], synonyms: Synonyms
) -> Iterator[tuple[tuple[int, ...], tuple[tuple[str, ...], ...]]]:
    term_of = {position: number for number, position in enumerate(kept)}
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST_SYNONYM, len(words)) + 1):
            alternatives = synonyms.get(tuple(words[start:end]), ())
            covered = tuple(term_of[position] for position in range(start, end) if position in term_of)
            if alternatives and covered:
                yield covered, tuple(tuple(stem(word) for word in alternative) for alternative in alternatives)
