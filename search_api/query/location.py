"""Where something is sought: a ZIP code, a city, a state, "near me".

A wrong place hides the right clinic. So a city needs its state, a word like "near", a word that says that a
clinic is sought, or a question in which everything else is what listings are searched by: `crps phoenix`.
"""

import re
from functools import cached_property

from msgspec import Struct

from indexing import places
from indexing.analysis import STOP_WORDS, Word
from indexing.places import Gazetteer, is_nickname, state_code
from indexing.queries import words_of
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
_ZIP = re.compile(r"(?<![\d$])\b(\d{5})(?:-\d{4})?\b(?!\s*(?:mg|dollars|patients|people|studies|steps))")
_NAMED_AFTER_CITIES = ("cleveland clinic", "mobile clinic", "mayo clinic")
_COMMON_WORDS = frozenset(
    """
    mobile reading orange normal hope surprise independence enterprise liberty eugene media commerce industry
    corona providence concord salem buffalo victoria aurora columbia jackson paradise sandy aspen spring bend temple
    mission sparks humble apex vista sterling homestead carolina
    """.split()
)
"""Words that are cities too: taken for one only after "near" and its like."""
_WORDS = frozenset({"in", "or", "me", "hi", "ok", "oh", "id", "ms"})
_AMBIGUOUS_CODES = _WORDS | frozenset("pa ma va co al de la md sc nd mt ct mi".split())
"""Letters of states that are words, degrees or illnesses as well."""
_CONJUNCTIONS = frozenset({"or", "in", "me"})
_WITHIN_STATES = frozenset({"in", "near", "around"})
_NOT_THERE = frozenset({"not", "outside", "except"})
_SAYS_NEAR = frozenset(f"{word} {preposition}" for words, preposition in (
    (("close", "next"), "to"), (("live", "living", "im", "are", "am", "located", "based"), "in"),
) for word in words)  # fmt: skip
_TITLES = frozenset({"dr", "doctor", "dra"})
_SHORT_NAME = 2
_LEAST_CITY = 3
"""ZIP codes of a city that is known where the question leaves no doubt that a place is meant."""


class Whereabouts(Struct, frozen=True):
    """Where something is sought; at most one of these is known."""

    near: Place | None = None
    namesakes: tuple[str, ...] = ()
    """Other cities of the name that was given without a state."""
    state: str | None = None
    is_wanted: bool = False
    """Whether it is to be near, without a word of where."""


class WhereaboutsReader:
    """Finds places in questions by one gazetteer; what the taxonomy names is no place. Thread-safe."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._taxonomy = taxonomy
        self._gazetteer = gazetteer

    def take(self, reading: Reading) -> Whereabouts:
        """Where something is sought, crossed out."""
        radius = _radius(reading)
        is_wanted = reading.take(_NEAR_ME) is not None
        found = self._found(reading, has_radius=radius is not None)
        if found is not None:
            near = Place(found.label, found.lat, found.lng, radius or DEFAULT_RADIUS_MILES)
            return Whereabouts(near, namesakes=self._namesakes(found, reading.original))
        state = self._state(reading)
        return Whereabouts(state=state, is_wanted=state is None and is_wanted)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of cities and states."""
        places_known = {word for place in self._gazetteer.cities() for word in words_of(place.label)}
        states = {word for name in places.STATES.values() for word in words_of(name)}
        return frozenset(places_known | states)

    def is_named(self, words: list[str]) -> bool:
        """Whether a run of folded words can be read as a place at all: a city, a state, or a city with its state."""
        text = " ".join(words)
        if state_code(text) or self._gazetteer.city(text, least=_LEAST_CITY):
            return True
        if len(words) == 1 and self._gazetteer.resembling(text):
            return True
        return any(
            (code := state_code(" ".join(words[-taken:]))) and self._gazetteer.city(" ".join(words[:-taken]), code)
            for taken in (1, 2)
            if len(words) > taken
        )

    def _found(self, reading: Reading, *, has_radius: bool) -> places.Place | None:
        for match in _ZIP.finditer(reading.text):
            if place := self._gazetteer.zip(match[1]):
                reading.cross_out(*match.span())
                return place
        words = reading.words()
        for start in range(len(words)):
            for length in (4, 3, 2, 1):
                run = words[start : start + length]
                if len(run) == length and (place := self._named(reading, words, start, length, has_radius)):
                    reading.cross_out(run[0].start, run[-1].end)
                    if not _NOT_THERE.isdisjoint(word.folded for word in words[max(start - 3, 0) : start]):
                        return self._found(reading, has_radius=has_radius)
                    return place
        return None

    def _named(
        self, reading: Reading, words: list[Word], start: int, length: int, has_radius: bool
    ) -> places.Place | None:
        run = words[start : start + length]
        before = _before(words, start)
        text = reading.text[run[0].start : run[-1].end]
        if any(word.folded in STOP_WORDS and len(word.folded) > 2 for word in run) or before in _TITLES:
            return None
        following = words[start + length].folded if start + length < len(words) else ""
        if following == "state" or reading.text[run[0].start :].startswith(_NAMED_AFTER_CITIES):
            return None
        if place := self._with_state(reading, run, before, is_last=start + length == len(words)):
            return place
        if self._taxonomy_knows(run) or (text in _COMMON_WORDS and before not in STRONG_PLACE_WORDS):
            return None
        if reading.is_listing and (len(text) > _SHORT_NAME or is_nickname(text)) and (place := self._meant(text)):
            return place
        says_place = before in STRONG_PLACE_WORDS or (
            before in PLACE_WORDS and (reading.seeks_clinic or reading.is_capitalised(run))
        )
        if says_place or has_radius:
            is_sure = before in STRONG_PLACE_WORDS and not english_words().issuperset(word.folded for word in run)
            return self._meant(text) or (self._gazetteer.city(text, least=1) if is_sure else None)
        return self._gazetteer.city(text) if reading.seeks_clinic else None

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
        return None

    def _state(self, reading: Reading) -> str | None:
        """A state alone: by its name (`in Texas`), or by its letters where they cannot be a word (`clinics in TX`)."""
        words = reading.words()
        for start in range(len(words)):
            before = _before(words, start)
            if not (before in PLACE_WORDS or reading.seeks_clinic or reading.is_listing):
                continue
            for length in (2, 1):
                run = words[start : start + length]
                name = reading.original[run[0].start : run[-1].end]
                code = state_code(name) if len(run) == length else None
                if code and (
                    len(name) > 2 or (_are_letters(reading, name, before) and self._may_be_state(run, before))
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

    def _taxonomy_knows(self, run: list[Word]) -> bool:
        return any(True for _ in self._taxonomy.mentions([word.folded for word in run]))


def _before(words: list[Word], start: int) -> str:
    """The word in front; `near` for what says as much: `close to`, `live in`."""
    before = words[start - 1].folded if start else ""
    pair = " ".join(word.folded for word in words[max(start - 2, 0) : start])
    return "near" if pair in _SAYS_NEAR else before


def _state(reading: Reading, run: list[Word]) -> str | None:
    """A state behind a city, by its name, or by its letters where they cannot be an ordinary word."""
    name = " ".join(word.folded for word in run)
    code = state_code(name)
    if code is None or len(name) > 2 or reading.is_listing:
        return code
    follows_comma = reading.text[: run[0].start].rstrip().endswith(",")
    return code if follows_comma or name not in _AMBIGUOUS_CODES else None


def _are_letters(reading: Reading, name: str, before: str) -> bool:
    """Whether two letters by themselves stand for a state."""
    code = name.lower()
    is_placed = before in _WITHIN_STATES and code not in _WORDS
    if name.isupper() and not reading.original.isupper():
        return before in PLACE_WORDS or (reading.is_listing and code not in _AMBIGUOUS_CODES)
    return (reading.is_listing and (is_placed or code not in _AMBIGUOUS_CODES)) or (reading.seeks_clinic and is_placed)


def _radius(reading: Reading) -> float | None:
    match = reading.take(_RADIUS)
    if match is None:
        return None
    miles = match[1] or match[2]
    return float(_NUMBERS.get(miles, 0) or miles)
