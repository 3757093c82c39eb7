"""Places that a question names: a ZIP code, a city, a region; by themselves, or with their state.

A wrong place hides the right clinic. So a city needs its state, a word like "near", a word that says that a
clinic is sought, or a question in which everything else is what listings are searched by: `crps phoenix`.
"""

import itertools
import re
from collections.abc import Sequence

from msgspec import Struct

from indexing import place_columns
from indexing.analysis import STOP_WORDS, Word
from indexing.places import Gazetteer, is_nickname, state_code
from indexing.taxonomy import Taxonomy
from search_api.query.apart import is_beside
from search_api.query.intent import is_left
from search_api.query.reading import PLACE_WORDS, STRONG_PLACE_WORDS, Reading
from search_api.query.spelling import english_words

ZIP = re.compile(
    r"(?:\b(?:zip|postal|codigo postal|código postal)(?:\s?code)?\s*[:#]?\s*)?"
    r"(?<![\d$])\b(\d{5})(?:-\d{4})?\b(?!\s*(?:mg|dollars|patients|people|studies|steps))"
    r"(?:\s+(?:zip|postal)(?:\s?code)?\b)?"
)
_NAMED_AFTER_CITIES = ("cleveland clinic", "mobile clinic", "mayo clinic")
_COMMON_WORDS = frozenset(
    """
    mobile reading orange normal hope surprise independence enterprise liberty eugene media commerce industry
    corona providence concord salem buffalo victoria aurora columbia jackson paradise sandy aspen spring bend temple
    mission sparks humble apex vista sterling homestead carolina
    """.split()
)
"""Words that are cities too: taken for one only after "near" and its like."""
WORDS = frozenset({"in", "or", "me", "hi", "ok", "id", "ms"})
AMBIGUOUS_CODES = WORDS | frozenset("oh pa ma va co al de la md sc nd mt ct mi vi".split())
"""Letters of states that are words, degrees or illnesses as well."""
_CONJUNCTIONS = frozenset({"or", "in", "me"})
_NOT_THERE = frozenset({"not", "outside", "except"})
_SAYS_NEAR = frozenset(f"{word} {preposition}" for words, preposition in (
    (("close", "next"), "to"), (("live", "living", "im", "are", "am", "located", "based"), "in"),
) for word in words)  # fmt: skip
_CONTINUING = frozenset({"", "that", "with", "for", "without", "and", "or", "who"})
"""What follows a place, and no article."""
_COUNTY = "county"
_TITLES = frozenset({"dr", "dra"})
_DOCTOR = "doctor"
SHORT_NAME = 2
LONGEST_NAME = 5
_LEAST_LETTERS = 5
"""Of a town that is taken for one wherever its name stands."""
_LEAST_MENTIONED = 7
"""ZIP codes of a city of one word that may be meant where it stands beside ketamine: `newark`, `plano`."""
LEAST_CITY = 3
"""ZIP codes of a city that is known where the question leaves no doubt that a place is meant."""


class FoundPlace(Struct, frozen=True):
    """A place that is named in words `start` to `end` (exclusive)."""

    place: place_columns.Place
    start: int
    end: int
    is_sure: bool = True


class NamedPlaces:
    """Finds places that are named, by one gazetteer; what the taxonomy names is no place. Thread-safe."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._taxonomy = taxonomy
        self._gazetteer = gazetteer

    def found(self, reading: Reading, *, has_radius: bool) -> FoundPlace | None:
        """The first place that is surely meant, crossed out; else the first that may be, which is not.

        Where somebody comes from, or was, is meant only where no other place is.
        """
        for match in ZIP.finditer(reading.text):
            if place := self._gazetteer.zip(match[1]):
                reading.cross_out(*match.span())
                return FoundPlace(place, 0, 0)
        words = reading.words()
        unsure: FoundPlace | None = None
        left: FoundPlace | None = None
        start = 0
        while start < len(words):
            found, step = self._at(reading, words, start, has_radius)
            start += step
            if found is None:
                continue
            if not found.is_sure:
                unsure = unsure or found
                continue
            if is_left(words[: found.start]):
                left = left or found
                continue
            is_denied = _is_denied(reading, words, found.start)
            reading.cross_out(words[found.start].start, words[found.end - 1].end)
            if is_denied:
                return self.found(reading, has_radius=has_radius)
            return found
        if left is not None:
            reading.cross_out(words[left.start].start, words[left.end - 1].end)
        return left or unsure

    def _at(self, reading: Reading, words: list[Word], start: int, has_radius: bool) -> tuple[FoundPlace | None, int]:
        """The place that is named from `start` on, longest first, and how many words were read.

        The parts of a longer name are no places by themselves: `la mesa` is not `la`.
        """
        for length in range(min(LONGEST_NAME, len(words) - start), 0, -1):
            run = words[start : start + length]
            if "\x00" in reading.text[run[0].start : run[-1].end]:
                continue
            if (named := self._named(reading, words, start, length, has_radius)) is not None:
                return named, length
            if length > 1 and self.is_known(run):
                return None, length
        return None, 1

    def is_known(self, run: Sequence[Word]) -> bool:
        """Whether several words are a place's name wherever they stand."""
        text = " ".join(word.folded for word in run)
        known = self._gazetteer.city(text, least=1) or self._gazetteer.locality(text)
        return known is not None and not any(word.folded in STOP_WORDS and len(word.folded) > 2 for word in run)

    def _named(
        self, reading: Reading, words: list[Word], start: int, length: int, has_radius: bool
    ) -> FoundPlace | None:
        run = words[start : start + length]
        before = word_before(words, start)
        text = " ".join(word.folded for word in run)
        end = start + length
        following = words[end].folded if end < len(words) else ""
        if locality := self._locality(reading, words, start, length, before):
            return self._region_at(reading, words, start, end, locality)
        if any(word.folded in STOP_WORDS and len(word.folded) > 2 for word in run) or _is_title(words, start):
            return None
        if following == _COUNTY:
            return self._seat(words, start, end)
        if following == "state" or reading.text[run[0].start :].startswith(_NAMED_AFTER_CITIES):
            return None
        is_apart = run[-1].folded in AMBIGUOUS_CODES and self._is_beside(reading, words, start, end)
        if place := self._with_state(reading, run, before, is_last=end == len(words), is_apart=is_apart):
            return FoundPlace(place, start, end)
        if self.taxonomy_knows(run) or (text in _COMMON_WORDS and before not in STRONG_PLACE_WORDS):
            return None
        if _is_article(reading, run, before, following) or self._is_state(text):
            return None
        is_said = len(text) > SHORT_NAME or is_nickname(text)
        if reading.is_listing and is_said and (place := self.meant(text) or self.only(text)):
            return FoundPlace(place, start, end)
        says_place = before in STRONG_PLACE_WORDS or (
            before in PLACE_WORDS and (reading.seeks_clinic or reading.names_ketamine or reading.is_capitalised(run))
        )
        if (says_place or has_radius) and (place := self.meant(text) or self._certainly(text, before)):
            return FoundPlace(place, start, end)
        return self._in_passing(reading, text, start, end, is_named=before not in STOP_WORDS)

    def _region_at(
        self, reading: Reading, words: list[Word], start: int, end: int, region: place_columns.Place
    ) -> FoundPlace | None:
        """A region; a county is no other state's, and sure only where nothing but what searches say stands beside."""
        if words[end - 1].folded != _COUNTY:
            return FoundPlace(region, start, end)
        code, until = _state_behind(words, end)
        if code and f" {code}" not in region.label.replace(",", " "):
            return self._seat(words, start, end - 1)
        return FoundPlace(region, start, end, is_sure=self._is_beside(reading, words, start, until))

    def _seat(self, words: list[Word], start: int, end: int) -> FoundPlace | None:
        """The city of a county's name in the state behind it: near by at best, and never sure."""
        code, until = _state_behind(words, end + 1)
        city = self._gazetteer.city(" ".join(word.folded for word in words[start:end]), code) if code else None
        return FoundPlace(city, start, until, is_sure=False) if city else None

    def _in_passing(self, reading: Reading, text: str, start: int, end: int, *, is_named: bool) -> FoundPlace | None:
        """A city that no other word says to be one, where a clinic or a treatment is named."""
        is_said = len(text) > SHORT_NAME or is_nickname(text)
        if is_said and (place := self._gazetteer.city(text) or self._unmistakable(text)):
            if reading.seeks_clinic:
                return FoundPlace(place, start, end)
            if reading.names_ketamine:
                return FoundPlace(place, start, end, is_sure=False)
        least = LEAST_CITY if " " in text else _LEAST_MENTIONED
        if is_said and is_named and reading.names_ketamine and (place := self._gazetteer.city(text, least=least)):
            return FoundPlace(place, start, end, is_sure=False)
        if (reading.is_listing or reading.seeks_clinic) and (place := self._unmistakable(text, least=1)):
            return FoundPlace(place, start, end, is_sure=False)
        return None

    def _is_state(self, text: str) -> bool:
        """Whether a state is meant and no town of its name: `wyoming`; New York and Washington are cities first."""
        return len(text) > SHORT_NAME and state_code(text) is not None and self._gazetteer.city(text) is None

    def _unmistakable(self, text: str, *, least: int = LEAST_CITY) -> place_columns.Place | None:
        """A city that is known, with a word in its name that is no English one."""
        is_short = len(text) < _LEAST_LETTERS
        return None if is_short or english_words().issuperset(text.split()) else self._gazetteer.city(text, least=least)

    def _locality(
        self, reading: Reading, words: list[Word], start: int, length: int, before: str
    ) -> place_columns.Place | None:
        """A region, base, neighbourhood or airport, where a clinic is sought."""
        if not (reading.is_listing or reading.seeks_clinic or reading.names_ketamine or before in PLACE_WORDS):
            return None
        run = words[start : start + length]
        text = " ".join(word.folded for word in run)
        beside = [word.folded for word in (*words[:start], *words[start + length :])]
        if place := self._gazetteer.locality(text, beside):
            is_plain = length > 1 or reading.is_listing or text not in english_words()
            return place if is_plain or before in PLACE_WORDS or reading.is_capitalised(run) else None
        if (place := self._gazetteer.airport(text)) is None or is_nickname(text):
            return None
        if words[start + length : start + length + 1] and words[start + length].folded == "airport":
            return place
        written = reading.original[run[0].start : run[-1].end]
        is_code = written.isupper() and not reading.original.isupper()
        is_word = text in english_words() or text in STOP_WORDS or self.taxonomy_knows(run) or reading.is_spanish
        return place if is_code or before in STRONG_PLACE_WORDS or not is_word else None

    def only(self, text: str) -> place_columns.Place | None:
        """A small city whose name is no word and that no other city shares."""
        city = self._gazetteer.city(text, least=1)
        if city is None or (city.size < LEAST_CITY and not self._gazetteer.is_only(city)):
            return None
        return None if all(word in english_words() for word in text.split()) and city.size < 2 else city

    def _certainly(self, text: str, before: str) -> place_columns.Place | None:
        """Any city behind a word that nothing but a place follows."""
        if before not in STRONG_PLACE_WORDS or english_words().issuperset(text.split()):
            return None
        return self._gazetteer.city(text, least=1)

    def meant(self, text: str) -> place_columns.Place | None:
        """The city of a name, or the well-known one that it nearly names."""
        known = self._gazetteer.city(text, least=LEAST_CITY)
        return known or (None if " " in text else self._gazetteer.resembling(text))

    def _with_state(
        self, reading: Reading, run: list[Word], before: str, *, is_last: bool, is_apart: bool
    ) -> place_columns.Place | None:
        text = reading.text[run[0].start : run[-1].end]
        for taken in (1, 2):
            if len(run) > taken and (code := _state(reading, run[-taken:], is_last, is_apart)):
                if run[-1].folded in _CONJUNCTIONS and not is_last and "," not in text:
                    continue
                city = " ".join(word.folded for word in run[:-taken])
                is_written_out = "," in text or before in PLACE_WORDS or run[-1].folded not in STOP_WORDS
                if not (is_written_out or is_last or reading.is_listing):
                    continue
                if region := self._region(city, code):
                    return region
                is_plain = not (reading.is_listing or "," in text) and run[-1].folded in AMBIGUOUS_CODES
                place = self._gazetteer.city(city, code)
                if place is not None and not (is_plain and place.size < LEAST_CITY):
                    return place
                if not is_plain and (place := self._gazetteer.resembling(city)) and place.state == code:
                    return place
        return self._behind_state(reading, run) if "," not in text else None

    def _region(self, name: str, code: str) -> place_columns.Place | None:
        """A region or neighbourhood of that name, where its label says that it is in the state."""
        region = self._gazetteer.locality(name, (code.lower(),))
        return region if region is not None and f", {code}" in region.label else None

    def _behind_state(self, reading: Reading, run: list[Word]) -> place_columns.Place | None:
        """A city behind the name of its state: `texas austin`."""
        for taken in (1, 2):
            name = " ".join(word.folded for word in run[:taken])
            if len(run) > taken and len(name) > SHORT_NAME and (code := state_code(name)):
                city = self._gazetteer.city(" ".join(word.folded for word in run[taken:]), code)
                if city is not None and city.size >= LEAST_CITY and (reading.is_listing or reading.seeks_clinic):
                    return city
        return None

    def _is_beside(self, reading: Reading, words: Sequence[Word], start: int, end: int) -> bool:
        """Whether beside a run stands only what clinics are searched by, wishes of the taxonomy included."""
        folded = [word.folded for word in words]
        named = (folded[mention.start : mention.end] for mention in self._taxonomy.mentions(folded))
        wishes = frozenset(itertools.chain.from_iterable(named))
        return is_beside(reading, words[start].start, words[end - 1].end, further=wishes)

    def taxonomy_knows(self, run: Sequence[Word]) -> bool:
        """Whether a run names something to filter by, and is not a place's name as a whole: `va beach`."""
        mentions = list(self._taxonomy.mentions([word.folded for word in run]))
        is_whole = any((mention.start, mention.end) == (0, len(run)) for mention in mentions)
        return is_whole or (bool(mentions) and not (len(run) > 1 and self.is_known(run)))


def _is_article(reading: Reading, run: Sequence[Word], before: str, following: str) -> bool:
    """Whether `la` is no city: behind `a`, or as the article that it is in Spanish where what it is of follows."""
    if [word.folded for word in run] != ["la"]:
        return False
    is_typed_as_name = reading.is_capitalised(run) and not reading.original.isupper()
    goes_on = following in _CONTINUING
    return before == "a" or (reading.is_spanish and not goes_on and not is_typed_as_name)


def _is_denied(reading: Reading, words: Sequence[Word], start: int) -> bool:
    """Whether one of the last words in front, since the last that were understood, says that a place is not meant."""
    before = words[max(start - 3, 0) : start]
    end = words[start].start
    return any(word.folded in _NOT_THERE and "\x00" not in reading.text[word.end : end] for word in before)


def _is_title(words: list[Word], start: int) -> bool:
    """Whether the word in front makes a name of what follows; in `ketamine doctor denver` it does not."""
    before = words[start - 1].folded if start else ""
    return before in _TITLES or (before == _DOCTOR and start == 1)


def word_before(words: list[Word], start: int) -> str:
    """The word in front; `near` for what says as much: `close to`, `live in`."""
    before = words[start - 1].folded if start else ""
    pair = " ".join(word.folded for word in words[max(start - 2, 0) : start])
    return "near" if pair in _SAYS_NEAR else before


def _state_behind(words: Sequence[Word], end: int) -> tuple[str | None, int]:
    """The code of the state that follows, and the end of what names it."""
    for taken in (2, 1):
        run = words[end : end + taken]
        name = " ".join(word.folded for word in run)
        if len(run) == taken and name not in WORDS and (code := state_code(name)):
            return code, end + taken
    return None, end


def _state(reading: Reading, run: list[Word], is_last: bool, is_apart: bool) -> str | None:
    """A state behind a city, by its name or letters; letters that are a word as well at the end, or apart."""
    name = " ".join(word.folded for word in run)
    code = state_code(name)
    if code is None or len(name) > SHORT_NAME or reading.is_listing or name not in AMBIGUOUS_CODES:
        return code
    follows_comma = reading.text[: run[0].start].rstrip().endswith(",")
    is_of_clinics = (is_apart or is_last) and (reading.names_ketamine or reading.seeks_clinic)
    return code if follows_comma or (is_of_clinics and (is_last or name not in WORDS)) else None
