"""What people's words mean in the words of the articles: lay words, drugs, ages, Spanish.

They are data (`data/lexicon.toml`); this module only looks them up. The taxonomy, which knows the filter values,
reads them together with its own names; search, completion and recommendations ask the taxonomy.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path

import msgspec
from msgspec import Struct

from indexing.analysis import STOP_WORDS
from indexing.knowledge.spanish import WORD, Gloss, Spanish, Words, read_glosses, runs_of
from indexing.queries import words_of

EVERYDAY_SPANISH = Path(__file__).with_name("data") / "spanish.tsv"
FILE = Path(__file__).with_name("data") / "lexicon.toml"
_AGE = re.compile(
    r"(?<!\d )\b(?:i'?m|im|is|age|aged|over|turned|turning|be|being)\s+(\d{1,2})\b"
    r"(?!\s*(?:mg|%|percent|min|hour|day|week|month|mile|session|dollar|buck|pound|lbs?\b|people|times)|/)"
    r"|\b(\d{1,2})[\s-]*(?:years?[\s-]*olds?|yrs?[\s-]*olds?|year[\s-]old|y/?o|a[nñ]itos|a[nñ]os)\b"
    r"|\b(?:(?:hij|niet|herman|sobrin|muchach|chic|abuel)[oa]|m[aá]m[aá]|pap[aá]|adolescente) de (\d{1,2})\b"
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
_BESIDE_FORMS = STOP_WORDS.union("ketamine treatment treatments therapy ok okay really still".split())
"""Words of a question that names nothing beside its form."""
_LONGEST_FORM = 6
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


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """How a question asks, and what titles of articles that answer it say, where it names nothing else than the
    treatment and what stands `beside`."""

    says: tuple[str, ...]
    titles: tuple[str, ...]
    beside: tuple[str, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    drugs: tuple[Drug, ...] = ()
    ages: tuple[AgeGroup, ...] = ()
    spanish: tuple[tuple[str, str], ...] = ()
    spanish_small: tuple[tuple[str, str], ...] = ()
    spanish_signs: str = ""
    synonym: tuple[SynonymGroup, ...] = ()
    lay: tuple[LayTerm, ...] = ()
    compared: Comparison = Comparison()
    form: tuple[Form, ...] = ()
    openers: tuple[str, ...] = ()


@cache
def everyday_spanish() -> Sequence[Gloss]:
    """The glosses that come along."""
    return list(read_glosses(EVERYDAY_SPANISH.read_text("utf-8").splitlines()))


class Lexicon:
    """The words of one file."""

    def __init__(self, path: Path = FILE) -> None:
        self._file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File)
        self.groups = self._file.synonym
        self.drugs = self._file.drugs
        self.drug_names = frozenset(tuple(words_of(name)) for drug in self._file.drugs for name in drug.names)
        """Generic names and brands, as runs of folded words."""
        self.spanish = Spanish(
            self._file.spanish,
            self._file.spanish_small,
            self._file.spanish_signs.split(),
            english=self.known_words,
            everyday=everyday_spanish(),
        )
        compared = self._file.compared
        self._compares = frozenset(tuple(words_of(each)) for each in compared.always)
        self._compared = frozenset(tuple(words_of(each)) for each in compared.treatments)
        self._between = frozenset(compared.between)
        self._forms = {tuple(words_of(said)): form for form in self._file.form for said in form.says}
        self._openers = frozenset(tuple(words_of(opener)) for opener in self._file.openers)

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

    @cached_property
    def known_words(self) -> frozenset[str]:
        """The English words of the file."""
        texts = [text for term in self.terms for text in (*term.says, *term.means)]
        texts += [name for group in self.groups for name in group.names]
        return frozenset(word for text in texts for word in words_of(text))

    def topics(self, text: str) -> tuple[str, ...]:
        """What a question is about beyond its words: interactions of a drug, people of an age."""
        interactions = (_INTERACTIONS,) if self._is_of_drugs(words_of(text)) else ()
        return tuple(dict.fromkeys((*interactions, *self.of_age(text))))

    def of_age(self, text: str) -> tuple[str, ...]:
        """What articles call people of the ages that a text names."""
        return tuple(dict.fromkeys(meant for _, means in self._ages(text) for meant in means))

    def with_subject(self, text: str) -> str:
        """A short question about `it` that names no treatment and no drug, about the treatment: `is it safe`."""
        words = words_of(text)
        is_named = not _TREATMENTS.isdisjoint(words) or any(
            True for _ in runs_of(words, self.drug_names, _LONGEST_DRUG)
        )
        if is_named or len(words) > _SHORT_QUESTION:
            return text
        return _IT.sub(_SUBJECT, text, count=1)

    def meant_by(
        self, text: str, is_held: Callable[[str], bool] = lambda _: False
    ) -> Mapping[Words, tuple[Words, ...]]:
        """For runs of a question's words the topic that they stand for in it: a drug's name for its interactions.

        Spanish words that an index holds (`is_held`) stand for themselves.
        """
        words = words_of(text)
        found: dict[Words, tuple[Words, ...]] = {
            (age,): tuple(tuple(words_of(meant)) for meant in means) for age, means in self._ages(text)
        }
        if self._is_of_drugs(self._english(text)):
            topic = tuple(words_of(_INTERACTIONS))
            runs = runs_of(words, self.drug_names, _LONGEST_DRUG)
            found |= {tuple(words[start:end]): (topic, topic[1:]) for start, end in runs}
        return self.spanish.meant_by(words, is_held) | found

    def titles_for(self, text: str) -> tuple[Words, ...]:
        """What stands in the titles of articles that such a question asks for: on interactions, ages, comparisons."""
        words = self._english(text)
        compared = self._file.compared.titles if self._is_comparison(words) else ()
        interactions = (_INTERACTION,) if self._is_of_drugs(words) else ()
        ages = (meant for _, means in self._ages(text) for meant in means)
        return tuple(tuple(words_of(title)) for title in (*compared, *interactions, *ages))

    def titles_of_form(self, text: str) -> tuple[Words, ...]:
        """What the title of the article says that a question means by its form: `who should not take it`."""
        return tuple(tuple(words_of(title)) for title in self._titles_of_form(self._english(text)))

    def _english(self, text: str) -> Sequence[str]:
        """The words of a question in English."""
        return words_of(self.spanish.in_english(text) or text)

    def _titles_of_form(self, words: Sequence[str]) -> Iterator[str]:
        for start, end in runs_of(words, self._forms.keys(), _LONGEST_FORM):
            form, others = self._forms[tuple(words[start:end])], (*words[:start], *words[end:])
            if _BESIDE_FORMS.union(form.beside).issuperset(others):
                yield from form.titles

    def without_opener(self, text: str) -> str:
        """A question without the words with which a worry begins, where it says what is worried about."""
        found = list(WORD.finditer(text))
        words = ["".join(words_of(match.group())[:1]) for match in found]
        _, end = next(runs_of(words, self._openers, _LONGEST_FORM), (0, 0))
        is_first = end > 0 and tuple(words[:end]) in self._openers
        return text[found[end].start() :] if is_first and not STOP_WORDS.issuperset(words[end:]) else text

    def _is_comparison(self, words: Sequence[str]) -> bool:
        if any(True for _ in runs_of(words, self._compares, _LONGEST_DRUG)):
            return True
        named = {tuple(words[start:end]) for start, end in runs_of(words, self._compared, _LONGEST_DRUG)}
        return len(named) > 1 and not self._between.isdisjoint(words)

    def _ages(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """Each age in years that is named, with what articles call people of that age."""
        ages = [found[found.lastindex or 0] for found in _AGE.finditer(text.lower())]
        groups = [(age, each) for age in ages for each in self._file.ages if each.youngest <= int(age) <= each.oldest]
        return [(age, group.means) for age, group in groups]

    def _is_of_drugs(self, words: Sequence[str]) -> bool:
        """Whether a drug is named beside ketamine, or nothing but drugs is."""
        named = {place for start, end in runs_of(words, self.drug_names, _LONGEST_DRUG) for place in range(start, end)}
        if not named:
            return False
        left = {word for place, word in enumerate(words) if place not in named}
        return not left.isdisjoint(_TREATMENTS) or left <= _BESIDE_DRUGS


def _with_not(says: Sequence[str]) -> Iterator[str]:
    """Those that hold a contraction, with it in two words."""
    for said in says:
        words = words_of(said)
        for place, word in enumerate(words):
            for whole in _CONTRACTED.get(word, ()):
                yield " ".join((*words[:place], whole, *words[place + 1 :]))
