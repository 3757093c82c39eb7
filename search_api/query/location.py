"""Where something is sought: near a named place, in a state, abroad, "near me"."""

import re
from collections.abc import Sequence

from msgspec import Struct

from indexing import place_columns, places
from indexing.analysis import Word
from indexing.knowledge import localities
from indexing.places import Gazetteer, state_code
from indexing.queries import Near, words_of
from indexing.taxonomy import Taxonomy
from search_api.query.intent import WHERE_BORN
from search_api.query.named_places import (
    LEAST_CITY,
    LONGEST_NAME,
    NamedPlaces,
)
from search_api.query.named_wishes import in_payers
from search_api.query.place_words import AMBIGUOUS_CODES, COMMON_WORDS, SHORT_NAME, WORDS, ZIP, FoundPlace, word_before
from search_api.query.reading import PLACE_WORDS, Reading
from search_api.query.spelling import english_words
from search_api.search.requests import DEFAULT_RADIUS_MILES, Place

_NEAR_ME = re.compile(
    r"\b(?:near(?:by|est)?|clos(?:e|est)|around)(?: to)? (?:me|us|here|home|my (?:home|place))\b"
    r"|\bnearby\b|\b(?:near|clos)est\b(?! (?:to|of)\b)|\bclose by\b|\bby me\b|\bin my area\b"
)
_UNKNOWN = re.compile(
    r"\b(?:clinics?|providers?|doctors?|centers?|practices?|ketamine|spravato) (?:near|close(?:st)? to|nearest to)\s+"
    r"(?:the\s+)?(?!end\b|site\b)[^\W\d]{3}"
)
"""Says that clinics are sought at a place, once what is known of places is crossed out."""
_NUMBERS = {"five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100}
_MILES = rf"(\d{{1,4}}|{'|'.join(_NUMBERS)})[\s-]*(?:miles?|mi)\b"
_RADIUS = re.compile(
    rf"\bwithin\s+(?:a\s+)?{_MILES}(?:\s+radius\b)?(?:\s+of\b)?|\b{_MILES}(?:\s+(?:of|from|around|radius)\b)?"
)
_LEAST_ALONE = 2
"""ZIP codes of a city that may be all that is typed, where no other has its name."""
_NEVER_ALONE = frozenset({"or", "in", "me", "ms", "md", "de", "la", "ct"})
"""Letters that capitals do not make a state, where no word says that a place follows."""
_ARTICLE = "la"
"""In Spanish the article, or Los Angeles."""
_WITHIN_STATES = frozenset({"in", "near", "around", "en"})
_OF_WAR = frozenset({"vet", "vets", "veteran", "veterans", "war", "era"})
"""Words behind a country in which somebody fought: `vietnam vet`."""
_NEW = frozenset({"new", "nuevo", "gulf"})


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


class LocationExtractor:
    """Finds places in questions by one gazetteer; what the taxonomy names is no place. Thread-safe."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._taxonomy = taxonomy
        self._named = NamedPlaces(taxonomy, gazetteer)
        self._gazetteer = gazetteer

    def take(self, reading: Reading) -> LocationIntent:
        """Where something is sought, crossed out."""
        radius = _radius(reading)
        is_wanted = reading.take(_NEAR_ME) is not None
        if abroad := self._abroad(reading):
            return LocationIntent(abroad=abroad)
        found = self._named.found(reading, has_radius=radius is not None)
        if found is not None:
            place = found.place
            if not found.is_sure:
                _cross_out_state(reading, found)
            self._cross_out_around(reading, place)
            default = max(place.radius_miles or 0, DEFAULT_RADIUS_MILES)
            near = Place(place.label, place.lat, place.lng, radius or default)
            return LocationIntent(near, found.is_sure, namesakes=self._namesakes(place, reading.original))
        state = self._state(reading)
        is_unknown = _UNKNOWN.search(reading.text) is not None
        return LocationIntent(state=state, is_wanted=state is None and (is_wanted or is_unknown))

    def centre(self, state: str) -> Near | None:
        """The mean of a state's places, with no radius; None of an unknown one."""
        point = self._gazetteer.centre(state)
        return Near(*point, radius_miles=0) if point else None

    @property
    def words(self) -> frozenset[str]:
        """The words of places and states, by all their names."""
        names = localities.place_names()
        known = list(places.STATES.values())
        known += [each.label for each in (*names.localities, *names.airports)]
        known += [name for each in (*names.localities, *names.airports) for name in each.names]
        known += [*names.cities, *names.states, *names.abroad]
        return frozenset(self._gazetteer.words).union(word for text in known for word in words_of(text))

    def is_named(self, words: Sequence[str]) -> bool:
        """Whether a run of folded words can be read as a place at all: a city, a region, a state, both together."""
        text = " ".join(words)
        if state_code(text) or self._gazetteer.abroad(text):
            return True
        if self._gazetteer.locality(text, words) or self._gazetteer.airport(text) or self._named.only(text):
            return True
        if len(words) == 1 and self._gazetteer.resembling(text):
            return True
        return any(
            self._is_beside(words[:-taken], words[-taken:]) or self._is_beside(words[taken:], words[:taken])
            for taken in range(1, len(words))
        )

    def is_alone(self, words: Sequence[str]) -> bool:
        """Whether a run of folded words is a place that is known by its name alone: a city, a state, a region."""
        text = " ".join(words)
        if not words or len(text) <= SHORT_NAME or len(words) > LONGEST_NAME or text in COMMON_WORDS:
            return False
        if state_code(text) or self._gazetteer.locality(text):
            return True
        city = self._gazetteer.city(text, least=_LEAST_ALONE)
        if city is not None and (city.size >= LEAST_CITY or self._gazetteer.is_only(city)):
            return True
        return any(self._is_with_state(words[:-taken], words[-taken:]) for taken in (1, 2) if len(words) > taken)

    def _is_with_state(self, city: Sequence[str], state: Sequence[str]) -> bool:
        """Whether a city is named in front of its state, which is no word by its letters."""
        name = " ".join(state)
        code = None if name in WORDS else state_code(name)
        return code is not None and self._gazetteer.city(" ".join(city), code) is not None

    def _is_beside(self, place: Sequence[str], around: Sequence[str]) -> bool:
        """Whether `place` is named with its state, or a neighbourhood with its city or state."""
        name, other = " ".join(place), " ".join(around)
        code = state_code(other)
        if code and (self._gazetteer.city(name, code) or self._named.meant(name)):
            return True
        is_around = code or self._gazetteer.city(other, least=LEAST_CITY)
        return bool(is_around and self._gazetteer.locality(name, (*place, *around)))

    def _abroad(self, reading: Reading) -> str | None:
        """What lies outside the United States, crossed out, where no US place is meant by the words."""
        if not (reading.is_listing or reading.seeks_clinic or reading.names_ketamine):
            return None
        words = reading.words()
        folded = [word.folded for word in words]
        for start in range(len(words)):
            for length in range(min(LONGEST_NAME, len(words) - start), 0, -1):
                label = self._gazetteer.abroad(" ".join(folded[start : start + length]))
                if label is None or _is_where_from(folded[:start]) or self._is_within(words, start, length):
                    continue
                after = folded[start + length : start + length + 2]
                if any(self._is_us_state(after[:taken]) for taken in (2, 1)) or not _OF_WAR.isdisjoint(after[:1]):
                    continue
                reading.cross_out(words[start].start, words[start + length - 1].end)
                return label
        return None

    def _is_within(self, words: Sequence[Word], start: int, length: int) -> bool:
        """Whether a run is a part of a longer name of a US place: `canada` in `la canada flintridge`."""
        firsts = range(max(start + length - LONGEST_NAME, 0), start + 1)
        runs = (words[first : first + more] for first in firsts for more in range(length + 1, LONGEST_NAME + 1))
        return any(len(run) > length and words[start] in run and self._named.is_known(run) for run in runs)

    def _is_us_state(self, run: Sequence[str]) -> bool:
        name = " ".join(run)
        return bool(run) and state_code(name) is not None and name not in WORDS

    def _cross_out_around(self, reading: Reading, place: place_columns.Place) -> None:
        """Cross out what else says where the place is: its state, its ZIP code, the city that it is a part of."""
        words = reading.words()
        payers = in_payers(self._taxonomy, words)
        for start in (place for place in range(len(words)) if place not in payers):
            for length in (3, 2, 1):
                run = words[start : start + length]
                text = " ".join(word.folded for word in run)
                if len(run) == length and self._is_around(text, place) and not self._named.taxonomy_knows(run):
                    reading.cross_out(run[0].start, run[-1].end)

    def _is_around(self, text: str, place: place_columns.Place) -> bool:
        code = state_code(text)
        if code is not None and text not in AMBIGUOUS_CODES:
            return code == place.state or f" {code}" in place.label or places.STATES[code] in place.label
        city = self._gazetteer.city(text, least=LEAST_CITY)
        return city is not None and city.city != place.city and f"({city.city}" in place.label

    def _state(self, reading: Reading) -> str | None:
        """A state alone: by its name (`in Texas`), or by its letters where they cannot be a word (`clinics in TX`)."""
        words = reading.words()
        is_sought = reading.seeks_clinic or reading.is_listing or reading.names_ketamine
        payers = in_payers(self._taxonomy, words)
        for start in (place for place in range(len(words)) if place not in payers):
            before = word_before(words, start)
            for length in (2, 1):
                run = words[start : start + length]
                name = reading.original[run[0].start : run[-1].end]
                code = state_code(name) if len(run) == length else None
                if code is None or not (is_sought or before in PLACE_WORDS or self._named.is_apart(reading, run)):
                    continue
                if _is_written_out(name, before) or (
                    len(name) == 2 and _are_letters(reading, name, before) and self._may_be_state(run, before)
                ):
                    reading.cross_out(run[0].start, run[-1].end)
                    return code
        return None

    def _may_be_state(self, run: list[Word], before: str) -> bool:
        return before in _WITHIN_STATES or not self._named.taxonomy_knows(run)

    def _namesakes(self, place: place_columns.Place, text: str) -> tuple[str, ...]:
        """Where no state and no ZIP code says which city of a name is meant, the others."""
        words = set(words_of(text))
        state = words_of(places.STATES.get(place.state, ""))
        if place.state.lower() in words or (state and words.issuperset(state)) or ZIP.search(text):
            return ()
        return tuple(other.label for other in self._gazetteer.namesakes(place))


def _is_written_out(name: str, before: str) -> bool:
    """Whether a state stands there by a name that is no other word: `ohio`, not `miss` or `wash`."""
    is_name = name.title() in places.STATES.values() or name.lower() not in english_words()
    return len(name) > SHORT_NAME and (is_name or before in _WITHIN_STATES)


def _are_letters(reading: Reading, name: str, before: str) -> bool:
    """Whether two letters by themselves stand for a state."""
    code = name.lower()
    if code == _ARTICLE and reading.is_spanish:
        return False
    is_placed = before in _WITHIN_STATES and code not in WORDS
    if name.isupper() and not reading.original.isupper():
        return before in PLACE_WORDS or (reading.is_listing and code not in _NEVER_ALONE)
    return (reading.is_listing and (is_placed or code not in AMBIGUOUS_CODES)) or (reading.seeks_clinic and is_placed)


def _cross_out_state(reading: Reading, found: FoundPlace) -> None:
    """Cross out the letters of its state behind a place that may be meant: they are no payer's."""
    after = reading.words()[found.end : found.end + 1]
    if after and state_code(after[0].folded) == found.place.state:
        reading.cross_out(after[0].start, after[0].end)


def _is_where_from(before: Sequence[str]) -> bool:
    """Whether the words in front of a country make it no place to look in: `born in mexico`, `new mexico`."""
    return bool(before) and (before[-1] in _NEW or tuple(before[-2:]) in WHERE_BORN or before[-1] == "from")


def _radius(reading: Reading) -> float | None:
    match = reading.take(_RADIUS)
    if match is None:
        return None
    miles = match[1] or match[2]
    return float(_NUMBERS.get(miles, 0) or miles)
