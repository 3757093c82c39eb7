"""Misspelt words, mended by the words that the site itself uses."""

import gzip
from collections.abc import Collection, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise

import msgspec
from msgspec import Struct

from indexing.analysis import STOP_WORDS, Word, words_in
from indexing.engines.base import Words
from indexing.knowledge.lexicon import Lexicon
from indexing.text import folded
from indexing.words import Vocabulary, WordSet

_OPERATORS = frozenset('"“”-')
_HISSING = ("s", "x", "z", "ch", "sh", "o")
_TREATMENTS = frozenset({"ketamine", "esketamine", "spravato"})
_SHORT_WORD = 3
"""Letters of a word that is compared as it is."""


class Correction(Struct, frozen=True):
    """The text to search for, and whether it differs from what was typed."""

    text: str
    changed: bool


@cache
def english_words() -> WordSet:
    """Words in common use, from pyspellchecker's list, contractions also as typed in haste (`wasnt`)."""
    words = _common("en")
    return WordSet({*words, *(word.replace("'", "") for word in words if "'" in word)})


@cache
def spanish_words() -> WordSet:
    """The same of Spanish, without accents."""
    return WordSet(set(map(folded, _common("es"))))


def _common(language: str) -> dict[str, int]:
    packed = resources.files("spellchecker").joinpath("resources", f"{language}.json.gz").read_bytes()
    return msgspec.json.decode(gzip.decompress(packed), type=dict[str, int])


class Corrector:
    """Mends words that neither the site, nor the field, nor common English knows. Thread-safe."""

    def __init__(self, *, lexicon: Lexicon, field_words: Collection[str], other_words: Collection[str] = ()) -> None:
        """`field_words` are known and may be what was meant; `other_words` (cities) are only known."""
        self._lexicon = lexicon
        self._known = WordSet({*field_words, *other_words, *lexicon.spanish.words})
        self._english, self._spanish = english_words(), spanish_words()
        drugs = {word for name in lexicon.drug_names for word in name}
        self._field = Vocabulary((word, 1) for word in field_words)
        names = drugs | _TREATMENTS
        self._in_spanish = Vocabulary((word, 1 + (word in names)) for word in lexicon.spanish.words | names)

    def is_known(self, word: str) -> bool:
        """Whether a folded word is spelt right for all we know."""
        if word in STOP_WORDS:
            return True
        forms = _forms(word)
        return any(form in self._known or form in self._english for form in forms)

    def correct(self, text: str, vocabularies: Sequence[Words]) -> Correction:
        """`text` with each unknown word replaced by the likeliest known one.

        A word that any vocabulary holds in some form stays as typed; so does an unfinished last word,
        anything in an operator (quotes, minus), and what no known word is near enough to. In Spanish a word is
        replaced by one of Spanish or a medicine's name only.
        """
        pieces, position, changed = [], 0, False
        found = list(words_in(text))
        leans = self._leans_to_spanish(found)
        may_be_spanish = leans and self._lexicon.spanish.may_be_said_in(text)
        is_spanish = leans and self._lexicon.spanish.is_said_in(text)
        sources = [self._in_spanish] if is_spanish else [*vocabularies, self._field]
        for number, word in enumerate(found):
            is_last = number == len(found) - 1 and word.end == len(text)
            pieces.append(text[position : word.start])
            position = word.end
            better = None
            stays = _is_operator(text, word.start) or _is_joined(found, number, vocabularies)
            if not stays and not (may_be_spanish and self._is_spanish(word.folded)):
                better = self._better(word.folded, vocabularies, sources, unfinished=is_last)
            pieces.append(better or text[word.start : word.end])
            changed = changed or better is not None
        return Correction("".join(pieces) + text[position:], changed)

    def _leans_to_spanish(self, words: Sequence[Word]) -> bool:
        """Whether more of the words are Spanish than English alone: `depresion` is misspelt English as well."""
        spanish = [self._is_spanish(word.folded) for word in words]
        english = [word.folded in self._english for word in words]
        return sum(spanish) > sum(known and not other for known, other in zip(english, spanish, strict=True))

    def _is_spanish(self, word: str) -> bool:
        return word in self._spanish or self._lexicon.spanish.knows(word)

    def _better(
        self, word: str, vocabularies: Sequence[Words], sources: Sequence[Words], *, unfinished: bool
    ) -> str | None:
        """What of the words of `sources` is meant by one that none of `vocabularies` holds."""
        if self.is_known(word) or any(words.frequency(form) for form in _forms(word) for words in vocabularies):
            return None
        if unfinished and any(words.completions(word, limit=1) for words in vocabularies):
            return None
        options = [
            (edits, candidate[:1] != word[:1], -words.frequency(candidate), candidate)
            for words in sources
            for candidate, edits in words.corrections(word, limit=3)
        ]
        best = min(options, default=None)
        if best is None or best[0] > 1:
            divided = [parts for words in vocabularies if (parts := words.divided(word)) and self._are_words(parts)]
            if divided:
                return " ".join(max(divided, key=lambda parts: min(map(len, parts))))
        return best[3] if best else None

    def _are_words(self, parts: Sequence[str]) -> bool:
        """Whether the parts of a compound are words of the language or the field, and no pieces of a name."""
        return all(map(self.is_known, parts))


def _is_joined(words: Sequence[Word], number: int, vocabularies: Sequence[Words]) -> bool:
    """Whether a word and a neighbour are one word of the site that was typed as two: `o shaughnessy`."""
    typed = [word.folded for word in words[max(number - 1, 0) : number + 2]]
    return any(known.frequency(left + right) for left, right in pairwise(typed) for known in vocabularies)


def _is_operator(text: str, start: int) -> bool:
    return (start > 0 and text[start - 1] in _OPERATORS) or text[:start].count('"') % 2 == 1


def _forms(word: str) -> set[str]:
    """The word and its plain inflections: who types `clinics` has not misspelt `clinic`."""
    if len(word) <= _SHORT_WORD:
        return {word}
    bases = {word}
    for ending in ("s", "es", "ed", "ing"):
        if word.endswith(ending):
            base = word.removesuffix(ending)
            bases |= {base} if ending == "s" else {base, base + "e"}
    inflected = {base.removesuffix("e") + ending for base in bases for ending in ("ed", "ing")}
    return bases | inflected | {base + ("es" if base.endswith(_HISSING) else "s") for base in bases}
