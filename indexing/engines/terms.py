"""A keyword query resolved against the words of an index: completions, misspellings, synonyms."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec
from msgspec import Struct

from indexing.analysis import STOP_WORDS, stem
from indexing.analysis.stemmer import base_form
from indexing.queries import KeywordQuery
from indexing.words import Vocabulary

SYNONYM_WEIGHT = 0.8
"""Of what means the same as a word, against the word itself."""
BROADER_WEIGHT = 0.8
"""Of what a word only leads to."""
_PREFIX_WEIGHT = 0.6
_TYPO_WEIGHTS = {1: 0.8, 2: 0.6}
_OTHER_FIRST_LETTER = 0.5
_MOST_VARIANTS = 12


class Term(Struct, frozen=True):
    """A word of the query as it is looked up: stems with the weight of each."""

    variants: Mapping[str, float]
    unfinished: str = ""
    """The word as it was typed, where more of it may come."""
    base: str = ""
    """The word without its inflection, where other words have the same stem."""
    forms: tuple[str, ...] = ()
    """Words of the index that are forms of it."""
    mates: tuple[str, ...] = ()
    """Words of the index that only share its stem: `hospitality` for `hospital`."""


class Standing(Struct, frozen=True):
    """What can stand for some terms of a query: their positions, and the stems of each alternative."""

    covered: tuple[int, ...]
    alternatives: tuple[tuple[str, ...], ...]


class CompiledQuery(Struct, frozen=True):
    """A keyword query with its words resolved against the vocabulary."""

    terms: tuple[Term, ...]
    synonyms: tuple[Standing, ...]
    """What means the same as words of the query."""
    broader: tuple[Standing, ...]
    """What words of the query only lead to: the class of a drug, what articles call a lay word."""
    phrases: tuple[tuple[str, ...], ...]
    excluded: tuple[tuple[str, ...], ...]


def frequencies(query: CompiledQuery, frequency: Callable[[str], int]) -> list[int]:
    """For each term how many documents hold it, by the frequency of a stem.

    Of a word that no document holds, but one that means the same does, that one's: `killers` of `pain killers` says as
    much as `painkillers` where nothing else is written so.
    """
    return [
        max(map(frequency, term.variants)) or max(map(frequency, _same_in_one_word(query, number)), default=0)
        for number, term in enumerate(query.terms)
    ]


def _same_in_one_word(query: CompiledQuery, number: int) -> list[str]:
    alternatives = (each for same in query.synonyms if number in same.covered for each in same.alternatives)
    return [words[0] for words in alternatives if len(words) == 1]


Synonyms = Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]
"""Words that mean the same, folded: a run of words to its alternatives."""

_LONGEST_SYNONYM = 5
_MOST_FORMS = 20
_SHORT_PART = 2
"""Letters of a part that is no word of its own."""
_LEAST_JOINED = 5
"""Letters of a word that may be written as two, or be two that are written as one."""


def joined(synonyms: Synonyms, more: Synonyms) -> Synonyms:
    """What either of two knows."""
    return {**synonyms, **{run: (*synonyms.get(run, ()), *found) for run, found in more.items()}} if more else synonyms


def compile_query(query: KeywordQuery, vocabulary: Vocabulary, synonyms: Synonyms) -> CompiledQuery:
    """Resolve prefixes, misspellings and synonyms; stop words count only where there is nothing else."""
    query, meant = _rejoined(query, vocabulary)
    content = [position for position, word in enumerate(query.words) if word not in STOP_WORDS]
    last = len(query.words) - 1
    kept = content or ([] if query.phrases else list(range(len(query.words))))
    terms = tuple(
        _term(query.words[position], query, vocabulary, unfinished=query.last_is_prefix and position == last)
        for position in kept
    )
    equal, broader = _divided(query.words, synonyms)
    return CompiledQuery(
        terms=terms,
        synonyms=(*_standing(query.words, kept, joined(equal, meant)), *_respaced(query.words, kept, vocabulary)),
        broader=tuple(_standing(query.words, kept, broader)),
        phrases=tuple(tuple(stem(word) for word in phrase) for phrase in query.phrases),
        excluded=tuple(tuple(stem(word) for word in words) for words in query.excluded),
    )


def _term(word: str, query: KeywordQuery, vocabulary: Vocabulary, *, unfinished: bool) -> Term:
    variants = _variants(word, vocabulary, unfinished=unfinished, is_certain=word in query.certain)
    forms, mates = _told_apart(word, variants, vocabulary) if vocabulary.frequency(word) else ((), ())
    typed = word if unfinished else ""
    return Term(variants, typed, base=base_form(word), forms=forms, mates=mates) if mates else Term(variants, typed)


def _told_apart(
    word: str, variants: Mapping[str, float], vocabulary: Vocabulary
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of the index that count for `word`: forms of it, and others with its stem or beginning."""
    stemmed, base = stem(word), base_form(word)
    own = [other for other in vocabulary.beginning_with(stemmed[:-1] or stemmed) if stem(other) in variants]
    forms = tuple(other for other in own if base_form(other) == base)
    return forms[:_MOST_FORMS], tuple(other for other in own if other not in forms)[:_MOST_FORMS]


def _rejoined(query: KeywordQuery, vocabulary: Vocabulary) -> tuple[KeywordQuery, Synonyms]:
    """The question with its compounds as one word where the index writes them so, and what else they are.

    `co-pay` is asked for as `copay`, and as a phrase of two words, since neither part says what both do;
    `rapid-acting` as two words, and as one.
    """
    words, removed = list(query.words), 0
    meant: dict[tuple[str, ...], Sequence[tuple[str, ...]]] = {}
    wholes: set[str] = set()
    for start, end in query.compounds:
        run = query.words[start:end]
        whole = "".join(run)
        is_one = any(len(part) <= _SHORT_PART or part in STOP_WORDS for part in run)
        if not is_one and not vocabulary.frequency(whole):
            meant[run] = ((whole,),)
            continue
        wholes.add(whole)
        words[start - removed : end - removed] = [whole]
        removed += len(run) - 1
        meant[(whole,)] = (run,)
    certain = query.certain | wholes
    return (msgspec.structs.replace(query, words=tuple(words), certain=certain) if removed else query), meant


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


def _runs(words: Sequence[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Every run of words that a synonym may stand for: where it begins and ends, and the run."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST_SYNONYM, len(words)) + 1):
            yield start, end, tuple(words[start:end])


def _divided(words: Sequence[str], synonyms: Synonyms) -> tuple[Synonyms, Synonyms]:
    """What runs of the words mean: what means them in turn, and what does not."""
    equal, broader = {}, {}
    for _, _, run in _runs(words):
        if meant := synonyms.get(run):
            equal[run] = [other for other in meant if run in synonyms.get(other, ())]
            broader[run] = [other for other in meant if other not in equal[run]]
    return equal, broader


def _standing(words: Sequence[str], kept: Sequence[int], synonyms: Synonyms) -> Iterator[Standing]:
    term_of = {position: number for number, position in enumerate(kept)}
    for start, end, run in _runs(words):
        alternatives = synonyms.get(run, ())
        covered = tuple(term_of[position] for position in range(start, end) if position in term_of)
        if alternatives and covered:
            yield Standing(covered, tuple(tuple(stem(word) for word in each) for each in alternatives))


def _respaced(words: Sequence[str], kept: Sequence[int], vocabulary: Vocabulary) -> Iterator[Standing]:
    """Words that the index knows in one where the question has two, and in two where it has one."""
    term_of = {position: number for number, position in enumerate(kept)}
    for position, (left, right) in enumerate(pairwise(words)):
        covered = tuple(term_of[at] for at in (position, position + 1) if at in term_of)
        if covered and len(left + right) >= _LEAST_JOINED and any(map(vocabulary.frequency, _numbers(left + right))):
            yield Standing(covered, ((stem(left + right),),))
    for position in kept:
        word = words[position]
        if not vocabulary.frequency(word) and (parts := vocabulary.divided(word)):
            yield Standing((term_of[position],), (tuple(map(stem, parts)),))


def _numbers(word: str) -> tuple[str, ...]:
    """A word and its plural, or the singular of what may be one."""
    return (word, f"{word}s", word.removesuffix("s"))
