"""Misspelt words, mended by the words that the site itself uses."""

from collections.abc import Container, Sequence

from msgspec import Struct

from indexing.analysis import STOP_WORDS, words_in
from indexing.engines.base import Words

_OPERATORS = frozenset('"“”-')


class Correction(Struct, frozen=True):
    """The text to search for, and whether it differs from what was typed."""

    text: str
    changed: bool


def correct(text: str, vocabularies: Sequence[Words], *, known: Container[str] = ()) -> Correction:
    """`text` with each unknown word replaced by the likeliest known one.

    A word that any vocabulary holds in some form, or that is `known` otherwise (a city), stays as
    typed; so does an unfinished last word, anything in an operator (quotes, minus), and what no known
    word is near enough to.
    """
    pieces, position, changed = [], 0, False
    found = list(words_in(text))
    for number, word in enumerate(found):
        is_last = number == len(found) - 1 and word.end == len(text)
        pieces.append(text[position : word.start])
        position = word.end
        better = None
        if not _is_operator(text, word.start) and word.folded not in known:
            better = _better(word.folded, vocabularies, unfinished=is_last)
        pieces.append(better or text[word.start : word.end])
        changed = changed or better is not None
    return Correction("".join(pieces) + text[position:], changed)


def _is_operator(text: str, start: int) -> bool:
    return (start > 0 and text[start - 1] in _OPERATORS) or text[:start].count('"') % 2 == 1


def _better(word: str, vocabularies: Sequence[Words], *, unfinished: bool) -> str | None:
    if word in STOP_WORDS or any(words.frequency(form) for form in _forms(word) for words in vocabularies):
        return None
    if unfinished and any(words.completions(word, limit=1) for words in vocabularies):
        return None
    options = [
        (edits, candidate[:1] != word[:1], -words.frequency(candidate), candidate)
        for words in vocabularies
        for candidate, edits in words.corrections(word, limit=3)
    ]
    return min(options)[3] if options else None


def _forms(word: str) -> set[str]:
    """The word and its plain inflections: who types `clinics` has not misspelt `clinic`."""
    bases = {word} | {word.removesuffix(ending) for ending in ("s", "es", "ed", "d", "ing")}
    return (
        {base + ending for base in bases for ending in ("", "s", "e", "es", "ed", "ing")} if len(word) > 3 else {word}
    )
