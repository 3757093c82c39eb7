"""What people's words mean in the words of the articles: lay words, drugs, ages, Spanish.

They are data (`data/lexicon.toml`); this module only looks them up. The taxonomy, which knows the filter values,
reads them together with its own names; search, completion and recommendations ask the taxonomy.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct

from indexing.queries import words_of

FILE = Path(__file__).with_name("data") / "lexicon.toml"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_AGE = re.compile(
    r"\b(?:i'?m|im|is|age|aged|over|turned|turning|be|being)\s+(\d{1,2})\b(?!\s*(?:mg|%|min|hour|day|week|month|mile))"
    r"|\b(\d{1,2})[\s-]*(?:years?[\s-]*olds?|yrs?[\s-]*olds?|year[\s-]old|y/?o)\b"
)
_INTERACTIONS = "drug interactions"
_INTERACTION = "interaction"
_SUBJECT = "ketamine"
_LONGEST_DRUG = 3
_CONTRACTED = {
    "cant": ("cannot", "can not"),
    "wont": ("will not",),
    **{f"{verb}nt": (f"{verb} not",) for verb in "do does did is are was were have has had would could should".split()},
}
_IT = re.compile(r"\bit\b", re.IGNORECASE)
_SHORT_QUESTION = 6
"""Words of a question in which `it` is what the site is about."""
_TREATMENTS = frozenset("ketamine esketamine spravato kap infusion infusions troche troches lozenge lozenges".split())
_BESIDE_DRUGS = frozenset(
    """
    and with before after can i take on while my is it ok okay safe to use both together stop taking plus mix mixing
    """.split()
)
"""Words of a question that is of nothing but a drug."""


class SynonymGroup(Struct, frozen=True, forbid_unknown_fields=True):
    """Words that stand for one another."""

    names: tuple[str, ...]


class LayTerm(Struct, frozen=True, forbid_unknown_fields=True):
    """How people say something, and what the articles call it."""

    says: tuple[str, ...]
    means: tuple[str, ...]


class Drug(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A medicine: its generic name, its brands, and its class and what articles call it."""

    generic: str
    brands: tuple[str, ...]
    means: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The generic name and the brands."""
        return (self.generic, *self.brands)


class AgeGroup(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What articles call people of an age in years, both ends included."""

    youngest: int
    oldest: int
    means: tuple[str, ...]


class Comparison(Struct, frozen=True, forbid_unknown_fields=True):
    """How questions compare treatments, and what titles of articles that do so say."""

    always: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    """Of two of the treatments."""
    treatments: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    drugs: tuple[Drug, ...] = ()
    ages: tuple[AgeGroup, ...] = ()
    spanish: tuple[tuple[str, str], ...] = ()
    spanish_small: tuple[tuple[str, str], ...] = ()
    synonym: tuple[SynonymGroup, ...] = ()
    lay: tuple[LayTerm, ...] = ()
    compared: Comparison = Comparison()


Words = tuple[str, ...]


class Lexicon:
    """The words of one file."""

    def __init__(self, path: Path = FILE) -> None:
        self._file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File)
        self.groups = self._file.synonym
        self.drug_names = frozenset(tuple(words_of(name)) for drug in self._file.drugs for name in drug.names)
        """Generic names and brands, as runs of folded words."""
        self._spanish = {tuple(words_of(said)): meant for said, meant in self._file.spanish}
        self._spanish_small = {tuple(words_of(said)): meant for said, meant in self._file.spanish_small}
        self._in_spanish_text = self._spanish_small | self._spanish
        compared = self._file.compared
        self._compares = frozenset(tuple(words_of(each)) for each in compared.always)
        self._compared = frozenset(tuple(words_of(each)) for each in compared.treatments)
        self._between = frozenset(compared.between)
        self._longest = max(map(len, self._in_spanish_text), default=0)

    @property
    def terms(self) -> Iterator[LayTerm]:
        """Lay words with what they mean, `cant` also as `can not`; drugs mean their generic name and their class."""
        for term in self._file.lay:
            yield LayTerm((*term.says, *_with_not(term.says)), term.means)
        for drug in self._file.drugs:
            for name in drug.names:
                means = tuple(meant for meant in dict.fromkeys((drug.generic, *drug.means)) if meant != name)
                if means:
                    yield LayTerm((name,), means)

    @property
    def spanish(self) -> Mapping[Words, str]:
        """Runs of words that only Spanish has, with their English."""
        return self._spanish

    @cached_property
    def known_words(self) -> frozenset[str]:
        """The English words of the file."""
        texts = [text for term in self.terms for text in (*term.says, *term.means)]
        texts += [name for group in self.groups for name in group.names]
        return frozenset(word for text in texts for word in words_of(text))

    @cached_property
    def spanish_words(self) -> frozenset[str]:
        """The Spanish words of the file, folded."""
        return frozenset(word for run in self._in_spanish_text for word in run)

    def topics(self, text: str) -> tuple[str, ...]:
        """What a question is about beyond its words: interactions of a drug, people of an age."""
        interactions = (_INTERACTIONS,) if self._is_of_drugs(words_of(text)) else ()
        return tuple(dict.fromkeys((*interactions, *(meant for _, means in self._ages(text) for meant in means))))

    def with_subject(self, text: str) -> str:
        """A short question about `it` that names no treatment and no drug, about the treatment: `is it safe`."""
        words = words_of(text)
        is_named = not _TREATMENTS.isdisjoint(words) or any(True for _ in _runs(words, self.drug_names, _LONGEST_DRUG))
        if is_named or len(words) > _SHORT_QUESTION:
            return text
        return _IT.sub(_SUBJECT, text, count=1)

    def meant_by(self, text: str) -> Mapping[Words, tuple[Words, ...]]:
        """For runs of a question's words the topic that they stand for in it: a drug's name for its interactions."""
        words = words_of(text)
        found: dict[Words, tuple[Words, ...]] = {
            (age,): tuple(tuple(words_of(meant)) for meant in means) for age, means in self._ages(text)
        }
        if self._is_of_drugs(words):
            topic = tuple(words_of(_INTERACTIONS))
            runs = _runs(words, self.drug_names, _LONGEST_DRUG)
            found |= {tuple(words[start:end]): (topic, topic[1:]) for start, end in runs}
        return found

    def titles_for(self, text: str) -> tuple[Words, ...]:
        """What stands in the titles of articles that such a question asks for: on interactions, ages, comparisons."""
        compared = self._file.compared.titles if self._is_comparison(words_of(text)) else ()
        interactions = (_INTERACTION,) if self._is_of_drugs(words_of(text)) else ()
        ages = (meant for _, means in self._ages(text) for meant in means)
        return tuple(tuple(words_of(title)) for title in (*compared, *interactions, *ages))

    def _is_comparison(self, words: Sequence[str]) -> bool:
        if any(True for _ in _runs(words, self._compares, _LONGEST_DRUG)):
            return True
        named = {tuple(words[start:end]) for start, end in _runs(words, self._compared, _LONGEST_DRUG)}
        return len(named) > 1 and not self._between.isdisjoint(words)

    def _ages(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """Each age in years that is named, with what articles call people of that age."""
        ages = [found[1] or found[2] for found in _AGE.finditer(text.lower())]
        groups = [(age, each) for age in ages for each in self._file.ages if each.youngest <= int(age) <= each.oldest]
        return [(age, group.means) for age, group in groups]

    def _is_of_drugs(self, words: Sequence[str]) -> bool:
        """Whether a drug is named beside ketamine, or nothing but drugs is."""
        named = {place for start, end in _runs(words, self.drug_names, _LONGEST_DRUG) for place in range(start, end)}
        if not named:
            return False
        left = {word for place, word in enumerate(words) if place not in named}
        return not left.isdisjoint(_TREATMENTS) or left <= _BESIDE_DRUGS

    def in_english(self, text: str) -> str | None:
        """The text with its Spanish words in English; None where it is not Spanish. Other words stay as typed."""
        found = list(_WORD.finditer(text))
        words = ["" if _is_code(match.group(), text) else "".join(words_of(match.group())[:1]) for match in found]
        if not any(True for _ in _runs(words, self._spanish.keys(), self._longest)):
            return None
        pieces, end = [], 0
        for first, last in _runs(words, self._in_spanish_text.keys(), self._longest):
            pieces += [text[end : found[first].start()], self._in_spanish_text[tuple(words[first:last])]]
            end = found[last - 1].end()
        return " ".join("".join([*pieces, text[end:]]).replace("¿", "").replace("¡", "").split())


def _is_code(word: str, text: str) -> bool:
    """Whether a word stands for a state, as `VA` does in a text that is not all in capitals."""
    return len(word) == 2 and word.isupper() and not text.isupper()


def _with_not(says: Sequence[str]) -> Iterator[str]:
    """Those that hold a contraction, with it in two words."""
    for said in says:
        words = words_of(said)
        for place, word in enumerate(words):
            for whole in _CONTRACTED.get(word, ()):
                yield " ".join((*words[:place], whole, *words[place + 1 :]))


def _runs(words: Sequence[str], known: Set[Words], longest: int) -> Iterator[tuple[int, int]]:
    """Where known runs of words stand, longest first at each place, without overlaps."""
    position = 0
    while position < len(words):
        lengths = range(min(longest, len(words) - position), 0, -1)
        length = next((each for each in lengths if tuple(words[position : position + each]) in known), 0)
        if length:
            yield position, position + length
        position += length or 1
