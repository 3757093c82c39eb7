"""Which entries hold what was typed: as it stands, as it may be spelt, or some of it."""

import math
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from indexing.words import Vocabulary
from search_api.suggest.entries import Entry
from search_api.suggest.order import MENDED_LETTERS
from search_api.suggest.sounds import by_ear

_MOST_COMPLETIONS = 200
_MOST_CORRECTIONS = 4
_OTHER_FIRST_LETTER = 0.5
"""Edits that another first letter counts beside its own: the first is rarely the wrong one."""
_BY_EAR = 1.0
"""Edits that a word counts that only sounds like what was typed."""
_LEAST_TELLING = 0.2
"""Weight of the words that an entry has to share with what was typed."""
_UNKNOWN, _UNKNOWN_BEGINNING = 0.4, 0.2
"""Weights of a word that no entry holds, and of one that is not finished: neither can be answered."""
_SMALL, _OFTEN = 0.1, 0.01
"""Weight of a small word that this share of entries holds; a rarer one tells as others do."""
_LEAST_SHARE, _OF_BEST = 0.25, 0.7
"""Shares that an entry has to have: of what was typed, and of what the best has."""
_WIDELY = 0.02
"""Words that more entries hold find none beside what rarer ones find."""
_WHOLE_LETTERS = 5
"""Letters from which on an unfinished word weighs as much as a finished one."""
NAMES = frozenset({"place", "clinic"})
"""Kinds that are called anything: such a name may hold any word."""


class EntryIndex:
    """Entries by the words they hold; the last word typed may be unfinished."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self._holding: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            for word in set(entry.words):
                self._holding.setdefault(word, []).append(number)
        self._words = Vocabulary((word, len(numbers)) for word, numbers in self._holding.items())

    def matches(self, typed: Sequence[str], *, spelt: bool = False) -> dict[int, float]:
        """Entries that hold all typed words, with a penalty for each edit.

        A word that none holds is taken for those that are spelt nearly so; with `spelt` each word is also.
        """
        found: dict[int, float] | None = None
        for position, word in enumerate(typed):
            unfinished = position == len(typed) - 1
            held = self._spelt(word, unfinished) if spelt else self._holding_word(word, unfinished)
            found = held if found is None else {n: found[n] + held[n] for n in found.keys() & held.keys()}
            if not found:
                return {}
        return found or {}

    def matches_in_part(self, typed: Sequence[str], small: Collection[str]) -> dict[int, float]:
        """Entries that hold what tells most of what was typed, with the share of it that they lack.

        Rare words tell more than frequent ones, `small` ones hardly anything.
        """
        often = {word for word in typed[:-1] if word in small and not self.tells(word)}
        telling = [
            self._telling(word, place == len(typed) - 1) for place, word in enumerate(typed) if word not in often
        ]
        total = _SMALL * len(often) + sum(weight for weight, _ in telling)
        shared: dict[int, float] = {}
        for weight, held in sorted(telling, key=lambda pair: -pair[0]):
            known = shared.keys() & held.keys() if shared and len(held) > _WIDELY * len(self.entries) else held.keys()
            for number in known:
                shared[number] = shared.get(number, 0.0) + weight / (1 + held[number])
        for number in (n for word in often for n in self._holding.get(word, ()) if n in shared):
            shared[number] += _SMALL
        least = max(_LEAST_SHARE * total, _LEAST_TELLING, _OF_BEST * max(shared.values(), default=0.0))
        return {
            number: 1 - weight / total
            for number, weight in shared.items()
            if weight >= least and _may_hold_part(self.entries[number])
        }

    def tells(self, word: str) -> bool:
        """Whether a small word tells entries apart all the same: some hold it, and not many."""
        return 0 < len(self._holding.get(word, ())) <= _OFTEN * len(self.entries)

    def lacking(self, words: Collection[str], numbers: Collection[int]) -> Mapping[int, int]:
        """How many of `words` each of the entries lacks."""
        holding = [set(self._holding.get(word, ())) for word in words]
        return {number: sum(number not in held for held in holding) for number in numbers}

    def _telling(self, word: str, unfinished: bool) -> tuple[float, dict[int, float]]:
        """How much a word tells, and the entries that hold it."""
        held = self._holding_word(word, unfinished)
        if not held:
            return _UNKNOWN_BEGINNING if unfinished else _UNKNOWN, held
        rarity = math.log1p(len(self.entries) / len(held)) / math.log1p(len(self.entries))
        return rarity * (min(len(word) / _WHOLE_LETTERS, 1.0) if unfinished else 1.0), held

    def _holding_word(self, word: str, unfinished: bool) -> dict[int, float]:
        return self._spread(self._as_typed(word, unfinished)) or self._spread(self._corrected(word, unfinished))

    def _spelt(self, word: str, unfinished: bool) -> dict[int, float]:
        """By the sound of a word as well; by other letters where it is not held itself, or may go on in other ways."""
        is_right = word in self._holding and not unfinished
        mended = {} if is_right else self._corrected(word, unfinished)
        return self._spread(self._heard(word, unfinished) | mended | self._as_typed(word, unfinished))

    def _as_typed(self, word: str, unfinished: bool) -> dict[str, float]:
        completed = self._words.completions(word, limit=_MOST_COMPLETIONS) if unfinished else ()
        return dict.fromkeys((word, *completed), 0.0)

    def _corrected(self, word: str, unfinished: bool) -> dict[str, float]:
        mended = self._words.corrections(word, limit=_MOST_CORRECTIONS, prefix=unfinished, least_letters=MENDED_LETTERS)
        return {known: edits + (_OTHER_FIRST_LETTER if known[:1] != word[:1] else 0.0) for known, edits in mended}

    def _heard(self, word: str, unfinished: bool) -> dict[str, float]:
        if len(word) < MENDED_LETTERS:
            return {}
        sound = by_ear(word)
        sounds = self._sounds.beginning_with(sound)[:_MOST_COMPLETIONS] if unfinished else (sound,)
        return {known: _BY_EAR for each in sounds for known in self._by_sound.get(each, ())}

    @cached_property
    def _by_sound(self) -> Mapping[str, Sequence[str]]:
        """Words by their sound: made when a word is first sought so, which most visitors never need."""
        found: dict[str, list[str]] = {}
        for word in self._holding:
            if len(word) >= MENDED_LETTERS and word.isalpha():
                found.setdefault(by_ear(word), []).append(word)
        return found

    @cached_property
    def _sounds(self) -> Vocabulary:
        return Vocabulary((sound, len(words)) for sound, words in self._by_sound.items())

    def _spread(self, options: Mapping[str, float]) -> dict[int, float]:
        held: dict[int, float] = {}
        for known, penalty in options.items():
            for number in self._holding.get(known, ()):
                held[number] = min(held.get(number, penalty), penalty)
        return held


def _may_hold_part(entry: Entry) -> bool:
    """Whether a part of what was typed may mean an entry: no name, which holds any word, and no help in danger."""
    return entry.kind not in NAMES and not entry.leads
