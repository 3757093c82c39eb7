"""Spanish questions in English: by words that only Spanish has, and by small words that tell it from English.

Words of the field come from the lexicon, everyday ones from a list of their own, which leaves names of places alone.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property

from msgspec import Struct

from indexing.analysis import STOP_WORDS, spanish_stem
from indexing.queries import words_of

Words = tuple[str, ...]

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
"""A word with its apostrophes."""
_LEAST_STEM = 4
"""Letters of a Spanish stem by which a form is known that the file does not have."""
_ARTICLES = frozenset("el la los las".split())
"""Of Spanish; by themselves they begin the names of cities."""


class Gloss(Struct, frozen=True, gc=False):
    """An everyday word or phrase of Spanish, and what it means in a sentence."""

    said: str
    meant: str
    tells: bool
    """Whether only Spanish says it."""


def read_glosses(lines: Iterable[str]) -> Iterator[Gloss]:
    """Those of a file: tab-separated, the third field says `small` of what does not tell; see its first lines."""
    for line in lines:
        said, *rest = line.rstrip("\n").split("\t")
        if rest and not said.startswith("#"):
            yield Gloss(said, rest[0], tells=rest[1:] != ["small"])


class Spanish:
    """The Spanish words that are known, with their English."""

    def __init__(
        self,
        only: Iterable[tuple[str, str]],
        shared: Iterable[tuple[str, str]],
        signs: Iterable[str],
        *,
        english: Collection[str],
        everyday: Iterable[Gloss] = (),
    ) -> None:
        """`only` is of Spanish alone, `shared` also other words in English; `signs`: those that no English text has.

        `english` has words that are no form of a Spanish one; `everyday` is for what none of these says.
        """
        self.only: Mapping[Words, str] = {tuple(words_of(said)): meant for said, meant in only}
        """Runs of words that only Spanish has, with their English."""
        small = {tuple(words_of(said)): meant for said, meant in shared}
        self._of_the_field = small | self.only
        glosses = {run: gloss for gloss in everyday if (run := tuple(gloss.said.split())) not in self._of_the_field}
        self._all = self._of_the_field | {run: gloss.meant for run, gloss in glosses.items()}
        self._telling = self.only.keys() | {run for run, gloss in glosses.items() if gloss.tells}
        self._small = _ARTICLES.union(run[0] for run, meant in small.items() if (meant,) != run) - STOP_WORDS
        self._signs = frozenset(signs)
        self._english = english
        self._longest = max(map(len, self._all), default=0)
        self.words = frozenset(word for run in self._of_the_field for word in run)
        """All words of the field, folded."""

    def in_english(self, text: str, *, has_forms: bool = True) -> str | None:
        """The text with its Spanish words in English; None where it is not Spanish. Other words stay as typed.

        Without `has_forms` so do everyday words, and forms that nothing has: names of places are near to many.
        """
        found = list(WORD.finditer(text))
        words = ["" if _is_code(match.group(), text) else "".join(words_of(match.group())[:1]) for match in found]
        if not self._holds(words):
            return None
        words = self._known_forms(words) if has_forms else words
        known = self._all if has_forms else self._of_the_field
        pieces, end = [], 0
        for first, last in runs_of(words, known.keys(), self._longest):
            pieces += [text[end : found[first].start()], known[tuple(words[first:last])]]
            end = found[last - 1].end()
        return " ".join("".join([*pieces, text[end:]]).replace("\u00bf", "").replace("\u00a1", "").split())

    def meant_by(self, words: Sequence[str], is_held: Callable[[str], bool]) -> dict[Words, tuple[Words, ...]]:
        """For runs of a Spanish question's words their English, as far as they are of the field and say something.

        What an index holds as it was typed (`is_held`) is looked for as it was typed.
        """
        if not self._holds(words):
            return {}
        forms = self._known_forms(words)
        found: dict[Words, tuple[Words, ...]] = {}
        for start, end in runs_of(forms, self._of_the_field.keys(), self._longest):
            english = tuple(words_of(self._of_the_field[tuple(forms[start:end])]))
            if not STOP_WORDS.issuperset(english) and not all(map(is_held, words[start:end])):
                found[tuple(words[start:end])] = (english,)
        return found

    def is_said_in(self, text: str) -> bool:
        """Whether a text is Spanish: it holds a word that only Spanish has, or small words that no English text has."""
        return self._holds(words_of(text))

    def may_be_said_in(self, text: str) -> bool:
        """Whether a text is Spanish or holds a small word that Spanish has, too."""
        words = words_of(text)
        return not self._small.isdisjoint(words) or self._holds(words)

    def knows(self, word: str) -> bool:
        """Whether a folded word is one of the file, in some form, of however short a stem."""
        return word in self.words or spanish_stem(word) in self._stems

    def _holds(self, words: Sequence[str]) -> bool:
        if any(True for _ in runs_of(words, self._telling, self._longest)):
            return True
        small = self._small.intersection(words)
        return len(small) > 1 and not small.isdisjoint(self._signs)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(map(spanish_stem, self.words))

    @cached_property
    def _forms(self) -> Mapping[str, str]:
        """A word of the file for each stem."""
        stems = ((spanish_stem(run[0]), run[0]) for run in reversed(self._all) if len(run) == 1)
        return {stem: word for stem, word in stems if len(stem) >= _LEAST_STEM}

    def _known_forms(self, words: Sequence[str]) -> list[str]:
        """Words as the files have them; what a known run says stays as typed: `se colgo` is no form of `colgar`."""
        said = {
            place for first, last in runs_of(words, self._all.keys(), self._longest) for place in range(first, last)
        }
        return [word if place in said else self._known_form(word) for place, word in enumerate(words)]

    def _known_form(self, word: str) -> str:
        """A word as the file has it: `preparar` for `preparo`; others as they are."""
        if word in self.words or (word,) in self._all or word in self._english or len(word) <= _LEAST_STEM:
            return word
        return self._forms.get(spanish_stem(word), word)


def _is_code(word: str, text: str) -> bool:
    """Whether a word stands for a state, as `VA` does in a text that is not all in capitals."""
    return len(word) == 2 and word.isupper() and not text.isupper()


def runs_of(words: Sequence[str], known: Set[Words], longest: int) -> Iterator[tuple[int, int]]:
    """Where known runs of words stand, longest first at each place, without overlaps."""
    position = 0
    while position < len(words):
        lengths = range(min(longest, len(words) - position), 0, -1)
        length = next((each for each in lengths if tuple(words[position : position + each]) in known), 0)
        if length:
            yield position, position + length
        position += length or 1
