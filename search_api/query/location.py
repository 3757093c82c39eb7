"""Where something is sought: a ZIP code, a city, a state, "near me".

A wrong place hides the right clinic. So a city needs its state, a word like "near", a word that says that a
clinic is sought, or a question in which everything else is what listings are searched by: `crps phoenix`.
"""

import re
from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct

from indexing import places
from indexing.analysis import STOP_WORDS, Word
from indexing.knowledge import localities
from indexing.places import Gazetteer, is_nickname, state_code
from indexing.queries import Near, words_of
from indexing.taxonomy import Taxonomy
from search_api.query.reading import PLACE_WORDS, STRONG_PLACE_WORDS, Reading
from search_api.query.spelling import english_words
from search_api.search.requests import DEFAULT_RADIUS_MILES, Place

_NEAR_ME = re.compile(
    r"\b(?:near(?:by|est)?|clos(?:e|est)|around)(?: to)? (?:me|us|here|home|my (?:home|place))\b"
    r"|\bnear(?:by|est)\b|\bclosest\b|\bclose by\b|\bby me\b|\bin my area\b"
)
_NUMBERS = {"five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100}
_MILES = rf"(\d{{1,4}}|{'|'.join(_NUMBERS)})[\s-]*(?:miles?|mi)\b"
_RADIUS = re.compile(
    rf"\bwithin\s+(?:a\s+)?{_MILES}(?:\s+radius\b)?(?:\s+of\b)?|\b{_MILES}(?:\s+(?:of|from|around|radius)\b)?"
)
_ZIP = re.compile(
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
_WORDS = frozenset({"in", "or", "me", "hi", "ok", "id", "ms"})
_AMBIGUOUS_CODES = _WORDS | frozenset("oh pa ma va co al de la md sc nd mt ct mi vi".split())
"""Letters of states that are words, degrees or illnesses as well."""
_NEVER_ALONE = frozenset({"or", "in", "me", "ms", "md", "de", "la", "ct"})
"""Letters that capitals do not make a state, where no word says that a place follows."""
_CONJUNCTIONS = frozenset({"or", "in", "me"})
_WITHIN_STATES = frozenset({"in", "near", "around", "en"})
_NOT_THERE = frozenset({"not", "outside", "except"})
_SAYS_NEAR = frozenset(f"{word} {preposition}" for words, preposition in (
    (("close", "next"), "to"), (("live", "living", "im", "are", "am", "located", "based"), "in"),
) for word in words)  # fmt: skip
_TITLES = frozenset({"dr", "dra"})
_DOCTOR = "doctor"
_SHORT_NAME = 2
_LONGEST_NAME = 5
_LEAST_LETTERS = 5
"""Of a town that is taken for one wherever its name stands."""
_NEW = frozenset({"new", "nuevo", "gulf"})
_LEAST_CITY = 3
"""ZIP codes of a city that is known where the question leaves no doubt that a place is meant."""


class LocationIntent(Struct, frozen=True):
    """Where something is sought; at most one of `near`, `state` and `abroad` is known."""

    near: Place | None = None
    is_sure: bool = True
    """Whether `near` filters; else it only puts what is near first."""
    namesakes: tuple[str, ...] = ()
    """Other cities of the name that was given without a state."""
    state: str | None = None
    abroad: str | None = None
    """A country or city outside the United States."""
    is_wanted: bool = False
    """Whether it is to be near, without a word of where."""


class _Found(Struct, frozen=True):
    """A place that is named in words `start` to `end` (exclusive)."""

    place: places.Place
    start: int
    end: int
    is_sure: bool = True


class LocationExtractor:
    """Finds places in questions by one gazetteer; what the taxonomy names is no place. Thread-safe."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._taxonomy = taxonomy
        self._gazetteer = gazetteer

    def take(self, reading: Reading) -> LocationIntent:
        """Where something is sought, crossed out."""
        radius = _radius(reading)
        is_wanted = reading.take(_NEAR_ME) is not None
        if abroad := self._abroad(reading):
            return LocationIntent(abroad=abroad)
        found = self._found(reading, has_radius=radius is not None)
        if found is not None:
            place = found.place
            self._cross_out_around(reading, place)
            default = max(place.radius_miles or 0, DEFAULT_RADIUS_MILES)
            near = Place(place.label, place.lat, place.lng, radius or default)
            return LocationIntent(near, found.is_sure, namesakes=self._namesakes(place, reading.original))
        state = self._state(reading)
        return LocationIntent(state=state, is_wanted=state is None and is_wanted)

    def centre(self, state: str) -> Near | None:
        """The mean of a state's places, with no radius; None of an unknown one."""
        point = self._gazetteer.centre(state)
        return Near(*point, radius_miles=0) if point else None

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of places and states, by all their names."""
        names = localities.place_names()
        known = list(places.STATES.values())
        known += [each.label for each in (*names.localities, *names.airports)]
        known += [name for each in (*names.localities, *names.airports) for name in each.names]
        known += [*names.cities, *names.states, *names.abroad]
        return self._gazetteer.words.union(word for text in known for word in words_of(text))

    def is_named(self, words: Sequence[str]) -> bool:
        """Whether a run of folded words can be read as a place at all: a city, a region, a state, both together."""
        text = " ".join(words)
        if state_code(text) or self._gazetteer.abroad(text):
            return True
        if self._gazetteer.locality(text, words) or self._gazetteer.airport(text) or self._only(text):
            return True
        if len(words) == 1 and self._gazetteer.resembling(text):
            return True
        return any(
            self._is_beside(words[:-taken], words[-taken:]) or self._is_beside(words[taken:], words[:taken])
            for taken in range(1, len(words))
        )

    def _is_beside(self, place: Sequence[str], around: Sequence[str]) -> bool:
        """Whether `place` is named with its state, or a neighbourhood with its city or state."""
        name, other = " ".join(place), " ".join(around)
        code = state_code(other)
        if code and (self._gazetteer.city(name, code) or self._meant(name)):
            return True
        is_around = code or self._gazetteer.city(other, least=_LEAST_CITY)
        return bool(is_around and self._gazetteer.locality(name, (*place, *around)))

    def _abroad(self, reading: Reading) -> str | None:
        """What lies outside the United States, crossed out, where no US place is meant by the words."""
        if not (reading.is_listing or reading.seeks_clinic or reading.names_ketamine):
            return None
        words = reading.words()
        folded = [word.folded for word in words]
        for start in range(len(words)):
            for length in range(min(_LONGEST_NAME, len(words) - start), 0, -1):
                label = self._gazetteer.abroad(" ".join(folded[start : start + length]))
                if label is None or (start and folded[start - 1] in _NEW) or self._is_within(words, start, length):
                    continue
                after = folded[start + length : start + length + 2]
                if any(self._is_us_state(after[:taken]) for taken in (2, 1)):
                    continue
                reading.cross_out(words[start].start, words[start + length - 1].end)
                return label
        return None

    def _is_within(self, words: Sequence[Word], start: int, length: int) -> bool:
        """Whether a run is a part of a longer name of a US place: `canada` in `la canada flintridge`."""
        firsts = range(max(start + length - _LONGEST_NAME, 0), start + 1)
        runs = (words[first : first + more] for first in firsts for more in range(length + 1, _LONGEST_NAME + 1))
        return any(len(run) > length and words[start] in run and self._is_known(run) for run in runs)

    def _is_us_state(self, run: Sequence[str]) -> bool:
        name = " ".join(run)
        return bool(run) and state_code(name) is not None and name not in _WORDS

    def _found(self, reading: Reading, *, has_radius: bool) -> _Found | None:
        for match in _ZIP.finditer(reading.text):
            if place := self._gazetteer.zip(match[1]):
                reading.cross_out(*match.span())
                return _Found(place, 0, 0)
        words = reading.words()
        unsure: _Found | None = None
        start = 0
        while start < len(words):
            found, step = self._at(reading, words, start, has_radius)
            start += step
            if found is None:
                continue
            if not found.is_sure:
                unsure = unsure or found
                continue
            reading.cross_out(words[found.start].start, words[found.end - 1].end)
            if not _NOT_THERE.isdisjoint(word.folded for word in words[max(found.start - 3, 0) : found.start]):
                return self._found(reading, has_radius=has_radius)
            return found
        return unsure

    def _at(self, reading: Reading, words: list[Word], start: int, has_radius: bool) -> tuple[_Found | None, int]:
        """The place that is named from `start` on, longest first, and how many words were read.

        The parts of a longer name are no places by themselves: `la mesa` is not `la`.
        """
        for length in range(min(_LONGEST_NAME, len(words) - start), 0, -1):
            run = words[start : start + length]
            if "\x00" in reading.text[run[0].start : run[-1].end]:
                continue
            if (named := self._named(reading, words, start, length, has_radius)) is not None:
                return named, length
            if length > 1 and self._is_known(run):
                return None, length
        return None, 1

    def _is_known(self, run: Sequence[Word]) -> bool:
        """Whether several words are a place's name wherever they stand."""
        text = " ".join(word.folded for word in run)
        known = self._gazetteer.city(text, least=1) or self._gazetteer.locality(text)
        return known is not None and not any(word.folded in STOP_WORDS and len(word.folded) > 2 for word in run)

    def _named(self, reading: Reading, words: list[Word], start: int, length: int, has_radius: bool) -> _Found | None:
        run = words[start : start + length]
        before = _before(words, start)
        text = " ".join(word.folded for word in run)
        end = start + length
        if locality := self._locality(reading, words, start, length, before):
            return _Found(locality, start, end)
        if any(word.folded in STOP_WORDS and len(word.folded) > 2 for word in run) or _is_title(words, start):
            return None
        following = words[end].folded if end < len(words) else ""
        if following == "state" or reading.text[run[0].start :].startswith(_NAMED_AFTER_CITIES):
            return None
        if place := self._with_state(reading, run, before, is_last=end == len(words)):
            return _Found(place, start, end)
        if self._taxonomy_knows(run) or (text in _COMMON_WORDS and before not in STRONG_PLACE_WORDS):
            return None
        if (text == "la" and (reading.is_spanish or before == "a")) or self._is_state(text):
            return None
        is_said = len(text) > _SHORT_NAME or is_nickname(text)
        if reading.is_listing and is_said and (place := self._meant(text) or self._only(text)):
            return _Found(place, start, end)
        says_place = before in STRONG_PLACE_WORDS or (
            before in PLACE_WORDS and (reading.seeks_clinic or reading.names_ketamine or reading.is_capitalised(run))
        )
        if (says_place or has_radius) and (place := self._meant(text) or self._certainly(text, before)):
            return _Found(place, start, end)
        return self._in_passing(reading, text, start, end)

    def _in_passing(self, reading: Reading, text: str, start: int, end: int) -> _Found | None:
        """A city that no other word says to be one, where a clinic or a treatment is named."""
        is_said = len(text) > _SHORT_NAME or is_nickname(text)
        if is_said and (place := self._gazetteer.city(text) or self._unmistakable(text)):
            if reading.seeks_clinic:
                return _Found(place, start, end)
            if reading.names_ketamine:
                return _Found(place, start, end, is_sure=False)
        if (reading.is_listing or reading.seeks_clinic) and (place := self._unmistakable(text, least=1)):
            return _Found(place, start, end, is_sure=False)
        return None

    def _is_state(self, text: str) -> bool:
        """Whether a state is meant and no town of its name: `wyoming`; New York and Washington are cities first."""
        return len(text) > _SHORT_NAME and state_code(text) is not None and self._gazetteer.city(text) is None

    def _unmistakable(self, text: str, *, least: int = _LEAST_CITY) -> places.Place | None:
        """A city that is known, with a word in its name that is no English one."""
        is_short = len(text) < _LEAST_LETTERS
        return None if is_short or english_words().issuperset(text.split()) else self._gazetteer.city(text, least=least)

    def _locality(
        self, reading: Reading, words: list[Word], start: int, length: int, before: str
    ) -> places.Place | None:
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
        is_word = text in english_words() or text in STOP_WORDS or self._taxonomy_knows(run) or reading.is_spanish
        return place if is_code or before in STRONG_PLACE_WORDS or not is_word else None

    def _only(self, text: str) -> places.Place | None:
        """A small city whose name is no word and that no other city shares."""
        city = self._gazetteer.city(text, least=1)
        if city is None or (city.size < _LEAST_CITY and not self._gazetteer.is_only(city)):
            return None
        return None if all(word in english_words() for word in text.split()) and city.size < 2 else city

    def _certainly(self, text: str, before: str) -> places.Place | None:
        """Any city behind a word that nothing but a place follows."""
        if before not in STRONG_PLACE_WORDS or english_words().issuperset(text.split()):
            return None
        return self._gazetteer.city(text, least=1)

    def _cross_out_around(self, reading: Reading, place: places.Place) -> None:
        """Cross out what else says where the place is: its state, its ZIP code, the city that it is a part of."""
        words = reading.words()
        for start in range(len(words)):
            for length in (3, 2, 1):
                run = words[start : start + length]
                text = " ".join(word.folded for word in run)
                if len(run) == length and self._is_around(text, place) and not self._taxonomy_knows(run):
                    reading.cross_out(run[0].start, run[-1].end)

    def _is_around(self, text: str, place: places.Place) -> bool:
        code = state_code(text)
        if code is not None and text not in _AMBIGUOUS_CODES:
            return code == place.state or f" {code}" in place.label or places.STATES[code] in place.label
        city = self._gazetteer.city(text, least=_LEAST_CITY)
        return city is not None and city.city != place.city and f"({city.city}" in place.label

    def _meant(self, text: str) -> places.Place | None:
        """The city of a name, or the well-known one that it nearly names."""
        known = self._gazetteer.city(text, least=_LEAST_CITY)
        return known or (None if " " in text else self._gazetteer.resembling(text))

    def _with_state(self, reading: Reading, run: list[Word], before: str, *, is_last: bool) -> places.Place | None:
        text = reading.text[run[0].start : run[-1].end]
        for taken in (1, 2):
            if len(run) > taken and (code := _state(reading, run[-taken:])):
                if run[-1].folded in _CONJUNCTIONS and not is_last and "," not in text:
                    continue
                city = " ".join(word.folded for word in run[:-taken])
                is_written_out = "," in text or before in PLACE_WORDS or run[-1].folded not in STOP_WORDS
                if not (is_written_out or reading.is_listing):
                    continue
                if place := self._gazetteer.city(city, code):
                    return place
                if (place := self._gazetteer.resembling(city)) and place.state == code:
                    return place
        return self._behind_state(reading, run) if "," not in text else None

    def _behind_state(self, reading: Reading, run: list[Word]) -> places.Place | None:
        """A city behind the name of its state: `texas austin`."""
        for taken in (1, 2):
            name = " ".join(word.folded for word in run[:taken])
            if len(run) > taken and len(name) > _SHORT_NAME and (code := state_code(name)):
                city = self._gazetteer.city(" ".join(word.folded for word in run[taken:]), code)
                if city is not None and city.size >= _LEAST_CITY and (reading.is_listing or reading.seeks_clinic):
                    return city
        return None

    def _state(self, reading: Reading) -> str | None:
        """A state alone: by its name (`in Texas`), or by its letters where they cannot be a word (`clinics in TX`)."""
        words = reading.words()
        for start in range(len(words)):
            before = _before(words, start)
            if not (before in PLACE_WORDS or reading.seeks_clinic or reading.is_listing or reading.names_ketamine):
                continue
            for length in (2, 1):
                run = words[start : start + length]
                name = reading.original[run[0].start : run[-1].end]
                code = state_code(name) if len(run) == length else None
                if code and (
                    _is_written_out(name, before)
                    or (len(name) == 2 and _are_letters(reading, name, before) and self._may_be_state(run, before))
                ):
                    reading.cross_out(run[0].start, run[-1].end)
                    return code
        return None

    def _may_be_state(self, run: list[Word], before: str) -> bool:
        return before in _WITHIN_STATES or not self._taxonomy_knows(run)

    def _namesakes(self, place: places.Place, text: str) -> tuple[str, ...]:
        """Where no state and no ZIP code says which city of a name is meant, the others."""
        words = set(words_of(text))
        state = words_of(places.STATES.get(place.state, ""))
        if place.state.lower() in words or (state and words.issuperset(state)) or _ZIP.search(text):
            return ()
        return tuple(other.label for other in self._gazetteer.namesakes(place))

    def _taxonomy_knows(self, run: Sequence[Word]) -> bool:
        """Whether a run names something to filter by, and is not a place's name as a whole: `va beach`."""
        mentions = list(self._taxonomy.mentions([word.folded for word in run]))
        is_whole = any((mention.start, mention.end) == (0, len(run)) for mention in mentions)
        return is_whole or (bool(mentions) and not (len(run) > 1 and self._is_known(run)))


def _is_title(words: list[Word], start: int) -> bool:
    """Whether the word in front makes a name of what follows; in `ketamine doctor denver` it does not."""
    before = words[start - 1].folded if start else ""
    return before in _TITLES or (before == _DOCTOR and start == 1)


def _before(words: list[Word], start: int) -> str:
    """The word in front; `near` for what says as much: `close to`, `live in`."""
    before = words[start - 1].folded if start else ""
    pair = " ".join(word.folded for word in words[max(start - 2, 0) : start])
    return "near" if pair in _SAYS_NEAR else before


def _state(reading: Reading, run: list[Word]) -> str | None:
    """A state behind a city, by its name, or by its letters where they cannot be an ordinary word."""
    name = " ".join(word.folded for word in run)
    code = state_code(name)
    if code is None or len(name) > _SHORT_NAME or reading.is_listing:
        return code
    follows_comma = reading.text[: run[0].start].rstrip().endswith(",")
    return code if follows_comma or name not in _AMBIGUOUS_CODES else None


def _is_written_out(name: str, before: str) -> bool:
    """Whether a state stands there by a name that is no other word: `ohio`, not `miss` or `wash`."""
    is_name = name.title() in places.STATES.values() or name.lower() not in english_words()
    return len(name) > _SHORT_NAME and (is_name or before in _WITHIN_STATES)


def _are_letters(reading: Reading, name: str, before: str) -> bool:
    """Whether two letters by themselves stand for a state."""
    code = name.lower()
    is_placed = before in _WITHIN_STATES and code not in _WORDS
    if name.isupper() and not reading.original.isupper():
        return before in PLACE_WORDS or (reading.is_listing and code not in _NEVER_ALONE)
    return (reading.is_listing and (is_placed or code not in _AMBIGUOUS_CODES)) or (reading.seeks_clinic and is_placed)


def _radius(reading: Reading) -> float | None:
    match = reading.take(_RADIUS)
    if match is None:
        return None
    miles = match[1] or match[2]
    return float(_NUMBERS.get(miles, 0) or miles)
