"""What a clinic search says in plain words: place, price, insurer, payment, treatment, condition.

Precision before recall: a wrong filter hides the right clinic, a missed one only ranks it lower. So a
place needs a ZIP code, a state, or a word like "near"; and only clinics are ever filtered by what is
understood here, never articles.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

import msgspec
from msgspec import Struct

from indexing import places
from indexing.analysis import STOP_WORDS, Word, words_in
from indexing.places import Gazetteer, state_code
from indexing.queries import Filters, words_of
from indexing.taxonomy import Facet, Taxonomy
from search_api.search.requests import DEFAULT_RADIUS_MILES, Place

_PLACE_WORDS = frozenset({"near", "around", "in", "at", "close", "by", "from", "serving"})
_STRONG_PLACE_WORDS = frozenset({"near", "around", "close", "serving"})
_SEEKING = frozenset(
    """
    clinic clinics provider providers doctor doctors center centers centre practice practices psychiatrist
    telehealth therapist nearby near cheapest cheap affordable accepting
    """.split()
)
_FILLER = frozenset(
    """
    clinic clinics provider providers doctor doctors center centers near nearby around in at with that take
    takes accept accepts accepting cheap cheapest affordable under below less than over above between and for me
    my miles mile within session infusion_price price cost per a the who which find best
    """.split()
)
_TELEHEALTH = re.compile(
    r"\b(telehealth|tele-health|telemedicine|virtual(?:ly)?|online (?:clinic|provider|doctor)s?)\b"
)
_ACCEPTING = re.compile(r"\b(?:accepting|taking) (?:new )?(?:patients|clients)\b")
_NEAR_ME = re.compile(r"\b(?:near(?:by)?|close to|around) (?:me|us|here|my (?:home|place))\b|\bnearby\b|\bin my area\b")
_AMOUNT = r"(\d{1,3}(?:,\d{3})|\d{1,2}(?:\.\d)?k|\d{2,5})(?:\.\d\d)?(?!\d)"
_OTHER_UNITS = (
    r"(?!\s*(?:%|percent|m[gl]|mcg|kg|lbs?|pounds|mmhg|min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|years?|yrs?"
    r"|sessions?|times|people|patients|studies|miles?|mi|bpm|old)\b)"
)
"""What a number counts when it is no price."""
_OTHER_TOPICS = frozenset("pressure bp heart rate age aged dose dosage mg weight bmi pulse years old".split())
_MONEY = rf"\$?\s*{_AMOUNT}{_OTHER_UNITS}(?:\s*(?:dollars|bucks|usd))?"
_BETWEEN = re.compile(
    rf"\b(?:between|from)\s+{_MONEY}\s+(?:and|to)\s+{_MONEY}"
    rf"|\${_AMOUNT}\s*(?:-|–|to)\s*{_MONEY}"
)
_AT_MOST = re.compile(
    r"(?:\b(?:not (?:over|above|more than)|under|below|less than|cheaper than|at most|no more than|max(?:imum)?"
    r"|up to)|<)"
    rf"\s*{_MONEY}"
)
_CURRENCY = re.compile(r"\$|dollars|bucks|usd")
_LEAST_BARE_PRICE = 100.0
_AT_LEAST = re.compile(rf"(?:\b(?:over|above|more than|at least)|>)\s*{_MONEY}")
_RADIUS = re.compile(
    r"\bwithin\s+(\d{1,3})\s*(?:miles?|mi)\b(?:\s+of\b)?|\b(\d{1,3})\s*(?:miles?|mi)\s+(?:of|from|around)\b"
)
_ZIP = re.compile(r"(?<![\d$])\b(\d{5})(?:-\d{4})?\b(?!\s*(?:mg|dollars|patients|people|studies|steps))")


_NAMED_AFTER_CITIES = ("cleveland clinic", "mobile clinic", "mayo clinic")
_NEGATIONS = frozenset({"not", "no", "without", "dont", "doesnt", "never", "except"})
_OPERATORS = re.compile(r'(?<!\S)-(?=["“\w])(?:["“][^"”]*["”]?|\S+)|["“][^"“”]*["”]')
"""Excluded words and phrases: they are the keyword leg's, whatever they say."""


class Interpretation(Struct, frozen=True):
    """What was understood; `text` is what remains to be searched for among clinics."""

    text: str
    article_text: str
    labels: Mapping[str, tuple[str, ...]] = {}
    near: Place | None = None
    namesakes: tuple[str, ...] = ()
    """Other cities of the name that was given without a state."""
    place_wanted: bool = False
    """Whether something near is looked for, without a word of where."""
    price_min: float | None = None
    price_max: float | None = None
    telehealth: bool | None = None
    accepting_patients: bool | None = None

    @property
    def found_anything(self) -> bool:
        """Whether any filter was understood."""
        return bool(self.labels or self.near or self.place_wanted or self.telehealth or self.accepting_patients) or (
            self.price_min,
            self.price_max,
        ) != (None, None)

    def without(self, ignored: Collection[str]) -> "Interpretation":
        """The same, less some of its parts: fields by name, values as `condition:ptsd`."""
        if not ignored:
            return self
        labels = {
            name: tuple(value for value in values if f"{name}:{value}" not in ignored)
            for name, values in self.labels.items()
            if name not in ignored
        }
        fields = {"near", "price_min", "price_max", "telehealth", "accepting_patients", "place_wanted"} & set(ignored)
        less = {name: False if name == "place_wanted" else None for name in fields}
        kept = {name: values for name, values in labels.items() if values}
        return msgspec.structs.replace(self, labels=kept, **less)


class Interpreter:
    """Understands queries by one taxonomy and one gazetteer. Thread-safe."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._taxonomy = taxonomy
        self._gazetteer = gazetteer

    def interpret(self, text: str, *, is_name: bool = False) -> Interpretation:
        """Understand `text`; `is_name` says that it is a document's own name, whose words stay words."""
        plain = Interpretation(text=text, article_text=text)
        if is_name or not text:
            return plain
        operators = " ".join(_OPERATORS.findall(text))
        reading = _Reading(_OPERATORS.sub(" ", text))
        price_min, price_max = _price(reading)
        radius = _radius(reading)
        reading.is_offer = self._is_offer(reading) or price_min is not None or price_max is not None
        found = self._found_place(reading)
        near = None if found is None else _circle(found, radius)
        state = None if near else self._state(reading)
        place_wanted = not (near or state) and reading.take(_NEAR_ME) is not None
        telehealth = True if reading.take(_TELEHEALTH) else None
        accepting = True if reading.take(_ACCEPTING) else None
        article_text = reading.rest()
        payers = self._labels(reading, ("insurance", "payment"))
        is_clinic_search = bool(
            near
            or state
            or place_wanted
            or price_min
            or price_max
            or telehealth
            or accepting
            or (payers and reading.seeks_clinic)
        )
        if not is_clinic_search:
            return plain
        topics = self._labels(reading, ("treatment", "condition"), removed=("treatment",))
        return Interpretation(
            text=f"{reading.rest(without=_FILLER)} {operators}".strip(),
            article_text=f"{article_text} {operators}".strip() or text,
            labels={**payers, **topics, **({"state": (state,)} if state else {})},
            near=near,
            namesakes=() if found is None else self._namesakes(found, text),
            place_wanted=place_wanted,
            price_min=price_min,
            price_max=price_max,
            telehealth=telehealth,
            accepting_patients=accepting,
        )

    def _labels(
        self, reading: "_Reading", facets: tuple[Facet, ...], removed: tuple[Facet, ...] | None = None
    ) -> dict[str, tuple[str, ...]]:
        words = reading.words()
        found: dict[str, tuple[str, ...]] = {}
        for mention in self._taxonomy.mentions([word.folded for word in words], facets=facets):
            if any(word.folded in _NEGATIONS for word in words[max(mention.start - 3, 0) : mention.start]):
                continue
            if mention.entry.slug not in found.get(mention.facet, ()):
                found[mention.facet] = (*found.get(mention.facet, ()), mention.entry.slug)
            if removed is None or mention.facet in removed:
                reading.cross_out(words[mention.start].start, words[mention.end - 1].end)
        return found

    def _namesakes(self, place: places.Place, text: str) -> tuple[str, ...]:
        """Where no state and no ZIP code says which city of a name is meant, the others."""
        words = set(words_of(text))
        state = words_of(places.STATES.get(place.state, ""))
        if place.state.lower() in words or (state and words.issuperset(state)) or _ZIP.search(text):
            return ()
        return tuple(other.label for other in self._gazetteer.namesakes(place))

    def _found_place(self, reading: "_Reading") -> places.Place | None:
        for match in _ZIP.finditer(reading.text):
            if place := self._gazetteer.zip(match[1]):
                reading.cross_out(*match.span())
                return place
        words = reading.words()
        for start in range(len(words)):
            for length in (4, 3, 2, 1):
                run = words[start : start + length]
                if len(run) == length and (place := self._named(reading, words, start, length)):
                    reading.cross_out(run[0].start, run[-1].end)
                    return place
        return None

    def _named(self, reading: "_Reading", words: list[Word], start: int, length: int) -> places.Place | None:
        run = words[start : start + length]
        before = words[start - 1].folded if start else ""
        text = reading.text[run[0].start : run[-1].end]
        if any(word.folded in STOP_WORDS and len(word.folded) > 2 for word in run):
            return None
        following = words[start + length].folded if start + length < len(words) else ""
        if following == "state" or reading.text[run[0].start :].startswith(_NAMED_AFTER_CITIES):
            return None
        for taken in (1, 2):
            if length > taken and (code := _state(reading.text, run[-taken:])):
                city = " ".join(word.folded for word in run[:-taken])
                is_written_out = "," in text or before in _PLACE_WORDS or run[-1].folded not in STOP_WORDS
                if is_written_out and (place := self._gazetteer.city(city, code)):
                    return place
        if self._taxonomy_knows(run) or (text in _COMMON_WORDS and before not in _STRONG_PLACE_WORDS):
            return None
        is_edge = start == 0 or start + length == len(words)
        if is_edge and reading.is_offer and len(text) > _SHORT_NAME and (place := self._gazetteer.city(text)):
            return place
        says_place = before in _STRONG_PLACE_WORDS or (
            before in _PLACE_WORDS and (reading.seeks_clinic or reading.is_capitalised(run))
        )
        if (says_place or reading.seeks_clinic) and (place := self._gazetteer.city(text)):
            return place
        return None

    def _state(self, reading: "_Reading") -> str | None:
        """A state alone, by its name (`in Texas`) or by its letters in capitals (`clinics in TX`)."""
        words = reading.words()
        for start in range(len(words)):
            before = words[start - 1].folded if start else ""
            if not (before in _PLACE_WORDS or reading.seeks_clinic):
                continue
            for length in (2, 1):
                run = words[start : start + length]
                name = reading.original[run[0].start : run[-1].end]
                code = state_code(name)
                if len(run) == length and code and (len(name) > 2 or (name.isupper() and before in _PLACE_WORDS)):
                    reading.cross_out(run[0].start, run[-1].end)
                    return code
        return None

    @cached_property
    def place_words(self) -> frozenset[str]:
        """The words of cities and states."""
        places_known = {word for place in self._gazetteer.cities() for word in words_of(place.label)}
        states = {word for name in places.STATES.values() for word in words_of(name)}
        return frozenset(places_known | states)

    def _is_offer(self, reading: "_Reading") -> bool:
        """A short query that names a treatment or a payer, and perhaps a city beside it: `ketamine houston`."""
        words = [word.folded for word in reading.words()]
        if len(words) > _OFFER_WORDS or not set(words).isdisjoint(_QUESTION_WORDS):
            return False
        named = any(True for _ in self._taxonomy.mentions(words, facets=("treatment", "insurance")))
        return named or "ketamine" in words

    def _taxonomy_knows(self, run: list[Word]) -> bool:
        return any(True for _ in self._taxonomy.mentions([word.folded for word in run]))


_COMMON_WORDS = frozenset(
    "mobile reading orange normal hope surprise independence enterprise liberty eugene media commerce industry "
    "corona providence concord salem buffalo victoria aurora columbia jackson paradise sandy aspen".split()
)
"""Words that are cities too: taken for one only after "near" and its like."""


_OFFER_WORDS = 5
_SHORT_NAME = 2
_QUESTION_WORDS = frozenset(
    "how what why when does is can should will do study trial history with after before".split()
)


class _Reading:
    """A text of which parts are crossed out as they are understood."""

    def __init__(self, text: str) -> None:
        self.original = text
        self.text = text.lower()
        if len(self.text) != len(text):
            self.text = self.original = "".join(c if len(c.lower()) == 1 else " " for c in text).lower()
        self.is_offer = False
        self.seeks_clinic = any(word.folded in _SEEKING for word in words_in(self.text))

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Cross out the first match."""
        match = pattern.search(self.text)
        if match:
            self.cross_out(*match.span())
        return match

    def take_price(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Cross out the first match that can be a price: a bare number needs three digits."""
        match = pattern.search(self.text)
        amounts = [_amount(group) for group in match.groups() if group] if match else []
        if match is None or (not _CURRENCY.search(match.group()) and min(amounts) < _LEAST_BARE_PRICE):
            return None
        return self.take(pattern)

    def cross_out(self, start: int, end: int) -> None:
        """Leave a gap that no later rule reads across."""
        self.text = self.text[:start] + "\x00" * (end - start) + self.text[end:]

    def words(self) -> list[Word]:
        """The words that are left."""
        return list(words_in(self.text))

    def is_capitalised(self, run: Iterable[Word]) -> bool:
        """Whether the words were typed as names are."""
        return all(self.original[word.start].isupper() for word in run)

    def rest(self, *, without: frozenset[str] = frozenset()) -> str:
        """What is left, as typed, without dangling prepositions."""
        kept = [word for word in self.words() if word.folded not in without]
        while kept and kept[-1].folded in _PLACE_WORDS | {"under", "with", "for", "within", "of"}:
            kept.pop()
        return " ".join(self.original[word.start : word.end] for word in kept)


def _circle(place: places.Place, radius: float | None) -> Place:
    return Place(place.label, place.lat, place.lng, radius or DEFAULT_RADIUS_MILES)


def _state(text: str, run: list[Word]) -> str | None:
    """A state by name, or by its two letters where they cannot be an ordinary word."""
    name = " ".join(word.folded for word in run)
    code = state_code(name)
    if code is None or len(name) > 2:
        return code
    follows_comma = text[: run[0].start].rstrip().endswith(",")
    return code if follows_comma or name not in {"in", "or", "me", "hi", "ok", "oh", "pa", "ma", "va"} else None


def _price(reading: _Reading) -> tuple[float | None, float | None]:
    if any(word.folded in _OTHER_TOPICS for word in reading.words()) and "$" not in reading.text:
        return None, None
    if match := reading.take_price(_BETWEEN):
        amounts = sorted(_amount(group) for group in match.groups() if group)
        return amounts[0], amounts[-1]
    high = reading.take_price(_AT_MOST)
    low = reading.take_price(_AT_LEAST)
    return (_amount(low[1]) if low else None), (_amount(high[1]) if high else None)


def _amount(text: str) -> float:
    return float(text.removesuffix("k").replace(",", "")) * (1_000 if text.endswith("k") else 1)


def _radius(reading: _Reading) -> float | None:
    match = reading.take(_RADIUS)
    return float(match[1] or match[2]) if match else None


def clinic_filters(explicit: Filters, understood: Interpretation) -> Filters:
    """The caller's filters, completed by what was understood; a parameter that was sent always wins."""
    labels = {**understood.labels, **explicit.labels}
    flags = {
        name: value
        for name, value in (
            ("telehealth", understood.telehealth),
            ("accepting_patients", understood.accepting_patients),
        )
        if value is not None
    }
    has_price = explicit.price_min is not None or explicit.price_max is not None
    has_place = explicit.near is not None or "state" in explicit.labels or "city" in explicit.labels
    near = understood.near.circle if understood.near else None
    return Filters(
        labels=labels,
        flags={**flags, **explicit.flags},
        price_min=explicit.price_min if has_price else understood.price_min,
        price_max=explicit.price_max if has_price else understood.price_max,
        published_after=explicit.published_after,
        published_before=explicit.published_before,
        near=explicit.near if has_place else near,
    )
