"""The field's vocabulary: filter values, what people call them, and what means the same.

The words are data (`data/taxonomy.toml`, or a file of the operator's); this module only looks them up.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import msgspec
from msgspec import Struct
from rapidfuzz.distance import OSA

from indexing.knowledge.lexicon import LayTerm, Lexicon, SynonymGroup
from indexing.queries import words_of
from indexing.text import folded

Facet = Literal["treatment", "condition", "payment", "insurance"]
FACETS: tuple[Facet, ...] = get_args(Facet)
DEFAULT_FILE = Path(__file__).with_name("data") / "taxonomy.toml"

_ABBREVIATION_LETTERS = 4
_MENTIONS_TO_TAG = 3
"""A body that names something at least this often, outside headings, is taken to be about it."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One filter value."""

    slug: str
    label: str
    names: tuple[str, ...]
    hints: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    """Names that mean other things as well: known only beside a word of insurance."""
    misspellings: tuple[str, ...] = ()
    narrower: tuple[str, ...] = ()
    """Slugs of the kinds of it that have an entry of their own."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    treatment: tuple[Entry, ...]
    condition: tuple[Entry, ...]
    payment: tuple[Entry, ...]
    insurance: tuple[Entry, ...]
    synonym: tuple[SynonymGroup, ...] = ()
    lay: tuple[LayTerm, ...] = ()
    help_pages: Mapping[str, tuple[str, ...]] = {}


Words = tuple[str, ...]
_TAKING = "take takes taking accept accepts accepting covers have has got on".split()
_PLANS = "insurance medicaid medicare ppo hmo".split()
"""Words in front of a doubtful name, and behind it, that make it a payer's."""


class Mention(Struct, frozen=True):
    """A place in a run of words where an entry is named: `start` to `end` (exclusive)."""

    facet: Facet
    entry: Entry
    start: int
    end: int


class Taxonomy:
    """All entries by facet, with look-ups by slug and by words."""

    def __init__(self, path: Path = DEFAULT_FILE, lexicon: Lexicon | None = None) -> None:
        self.lexicon = lexicon or Lexicon()
        self._file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File)
        self._by_slug = {(facet, entry.slug): entry for facet in FACETS for entry in self.entries(facet)}

    @property
    def help_pages(self) -> Mapping[str, tuple[str, ...]]:
        """Ids of the articles that lead in a `crisis` or an `emergency`, and that `clinician` notices name."""
        return self._file.help_pages

    def entries(self, facet: Facet) -> Sequence[Entry]:
        """The entries of one facet in the order of the file."""
        entries: Sequence[Entry] = getattr(self._file, facet)
        return entries

    def label(self, facet: str, slug: str) -> str:
        """What a person reads for a filter value; unknown slugs are spelt out."""
        for known in FACETS:
            if known == facet and (entry := self._by_slug.get((known, slug))):
                return entry.label
        return slug.replace("-", " ").capitalize()

    def slug(self, facet: Facet, text: str) -> str:
        """The filter value that `text` (a slug, label or name) means; free text becomes a slug of its own."""
        words = tuple(words_of(text))
        if known := self._slugs[facet].get(words):
            return known
        exact = [m for m in self.mentions(words, facets=(facet,)) if (m.start, m.end) == (0, len(words))]
        return exact[0].entry.slug if exact else re.sub(r"[^a-z0-9]+", "-", folded(text)).strip("-")

    @cached_property
    def _names(self) -> Mapping[Words, tuple[tuple[Facet, Entry], ...]]:
        found: dict[Words, tuple[tuple[Facet, Entry], ...]] = {}
        for facet in FACETS:
            for entry in self.entries(facet):
                for name in (*entry.names, *entry.hints, *_made_sure(entry.doubtful), *entry.misspellings):
                    words = tuple(words_of(name))
                    found[words] = (*found.get(words, ()), (facet, entry))
        return found

    @cached_property
    def _slugs(self) -> Mapping[Facet, Mapping[Words, str]]:
        """By the words of slugs, labels and doubtful names the slug; the first entry has a name that two share."""
        found: dict[Facet, dict[Words, str]] = {facet: {} for facet in FACETS}
        for facet, slugs in found.items():
            for entry in self.entries(facet):
                for name in (entry.slug, entry.label, *entry.doubtful):
                    slugs.setdefault(tuple(words_of(name)), entry.slug)
        return found

    @cached_property
    def _lengths(self) -> Mapping[str, tuple[int, ...]]:
        """By the first word of names how long they are, longest first: most words of a text begin none."""
        return _lengths(self._names)

    @cached_property
    def _all_names(self) -> Mapping[Words, tuple[tuple[Facet, Entry], ...]]:
        """The same names and the doubtful ones of several words."""
        doubtful = [
            (tuple(words_of(name)), (facet, entry))
            for facet in FACETS
            for entry in self.entries(facet)
            for name in entry.doubtful
        ]
        return {words: (entry,) for words, entry in doubtful if len(words) > 1} | dict(self._names)

    @cached_property
    def _all_lengths(self) -> Mapping[str, tuple[int, ...]]:
        return _lengths(self._all_names)

    @cached_property
    def known_words(self) -> frozenset[str]:
        """The words of all labels and names, lay words included, misspellings not."""
        texts = [entry.label for facet in FACETS for entry in self.entries(facet)]
        texts += [name for facet in FACETS for entry in self.entries(facet) for name in (*entry.names, *entry.hints)]
        texts += [text for term in self._file.lay for text in (*term.says, *term.means)]
        return self.lexicon.known_words.union(word for text in texts for word in words_of(text))

    def mentions(
        self, words: Sequence[str], *, facets: Sequence[Facet] = FACETS, is_sure: bool = True
    ) -> Iterator[Mention]:
        """Entries named in a run of folded words, longest names first at each place, without overlaps per facet.

        Unless `is_sure`, doubtful names of several words count by themselves: where nothing else can be meant.
        """
        names = self._names if is_sure else self._all_names
        lengths, free = self._lengths if is_sure else self._all_lengths, 0
        for position in [place for place, word in enumerate(words) if word in lengths]:
            if position < free:
                continue
            for length in lengths[words[position]]:
                run = tuple(words[position : position + length])
                found = [(facet, entry) for facet, entry in names.get(run, ()) if facet in facets]
                if found:
                    free = position + len(run)
                    yield from (Mention(facet, entry, position, free) for facet, entry in found)
                    break

    def recognise(self, facet: Facet, *, title: Sequence[str], texts: Iterable[Sequence[str]]) -> tuple[str, ...]:
        """The slugs that a document without tags is about, by its folded words: named in its title, or often."""
        titled = {mention.entry.slug for mention in self.mentions(title, facets=(facet,))}
        counts = Counter(mention.entry.slug for words in texts for mention in self.mentions(words, facets=(facet,)))
        often = {slug for slug, count in counts.items() if count >= _MENTIONS_TO_TAG}
        return tuple(entry.slug for entry in self.entries(facet) if entry.slug in titled | often)

    @property
    def _groups(self) -> list[tuple[str, ...]]:
        """Names that stand for one another."""
        groups = [group.names for group in (*self._file.synonym, *self.lexicon.groups)]
        return groups + [entry.names for facet in FACETS for entry in self.entries(facet)]

    @cached_property
    def synonyms(self) -> Mapping[Words, tuple[Words, ...]]:
        """For each run of folded words, the other runs that mean the same."""
        found: dict[Words, tuple[Words, ...]] = {}
        for names in self._groups:
            runs = [tuple(words_of(name)) for name in names]
            for run in runs:
                others = tuple(other for other in runs if other != run)
                found[run] = (*found.get(run, ()), *others)
        for facet in FACETS:
            for entry in self.entries(facet):
                meant = tuple(words_of(entry.names[0]))
                for misspelt in entry.misspellings:
                    found.setdefault(tuple(words_of(misspelt)), (meant,))
        for run, meanings in self._meanings.items():
            found[run] = (*found.get(run, ()), *(tuple(words_of(meaning)) for meaning in meanings))
        for run, english in self.lexicon.spanish.only.items():
            if meant := tuple(words_of(english)):
                found[run] = (*found.get(run, ()), meant)
        return {run: others for run, others in found.items() if others}

    @cached_property
    def respelt(self) -> Mapping[str, str]:
        """Misspelt words that stand alone, with the word of the entry's names that they are nearest to."""
        return {
            misspelt: min(words, key=lambda word: (OSA.distance(word, misspelt), word))
            for facet in FACETS
            for entry in self.entries(facet)
            if (words := [word for name in (*entry.names, *entry.hints) for word in words_of(name)])
            for misspelt in entry.misspellings
            if misspelt.isalpha()
        }

    @cached_property
    def _meanings(self) -> Mapping[Words, tuple[str, ...]]:
        """Lay words and abbreviations, with the words by which the articles and the model know the thing."""
        found: dict[Words, tuple[str, ...]] = {}
        for term in (*self._file.lay, *self.lexicon.terms):
            for said in term.says:
                run = tuple(words_of(said))
                found[run] = (*found.get(run, ()), *term.means)
        return found

    @cached_property
    def _longest_meant(self) -> int:
        """Words of the longest run that means something else."""
        return max(map(len, [*self._meanings, *self._abbreviations]), default=0)

    def said_for(self) -> Mapping[Words, tuple[str, ...]]:
        """Lay words, brands, drugs and Spanish, with what they mean in the words of titles and topics."""
        spanish = {run: (english,) for run, english in self.lexicon.spanish.only.items()}
        found: dict[Words, tuple[str, ...]] = {}
        for said, meanings in (*self._meanings.items(), *spanish.items()):
            found[said] = (*found.get(said, ()), *meanings)
        for name in self.lexicon.drug_names:
            found[name] = ("interaction", *self.lexicon.topics(" ".join(name)), *found.get(name, ()))
        return found

    @cached_property
    def _abbreviations(self) -> Mapping[Words, tuple[str, ...]]:
        return {
            (name.lower(),): (longest,)
            for names in self._groups
            if len(longest := max(names, key=len)) > _ABBREVIATION_LETTERS
            for name in names
            if len(name) <= _ABBREVIATION_LETTERS
        }

    def spelt_out(self, text: str) -> str:
        """`text` in English, followed by what its lay words and abbreviations mean, for a model that lacks them."""
        text = self.lexicon.spanish.in_english(text) or text
        words = words_of(text)
        added: list[str] = []
        for length in range(1, self._longest_meant + 1):
            for start in range(len(words) - length + 1):
                run = tuple(words[start : start + length])
                for meaning in (*self._meanings.get(run, ()), *self._abbreviations.get(run, ())):
                    if meaning not in added:
                        added.append(meaning)
        added += [topic for topic in self.lexicon.topics(text) if topic not in added]
        return f"{text} ({', '.join(added)})" if added else text


def _lengths(names: Iterable[Words]) -> Mapping[str, tuple[int, ...]]:
    """By the first word of names how long they are, longest first."""
    found: dict[str, set[int]] = {}
    for words in filter(None, names):  # an operator's name may be all signs
        found.setdefault(words[0], set()).add(len(words))
    return {first: tuple(sorted(lengths, reverse=True)) for first, lengths in found.items()}


def _made_sure(doubtful: Iterable[str]) -> Iterator[str]:
    """Doubtful names beside each word that makes them a payer's: `takes apple health`, `horizon insurance`."""
    for name in doubtful:
        yield from (f"{word} {name}" for word in _TAKING)
        yield from (f"{name} {word}" for word in _PLANS)
