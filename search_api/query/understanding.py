"""What a clinic search says in plain words: place, price, insurer, payment, treatment, condition.

Precision before recall: a wrong filter hides the right clinic, a missed one only ranks it lower. Only clinics are
ever filtered by what is understood here, never articles.
"""

import re
from collections.abc import Collection, Mapping, Sequence

import msgspec
from msgspec import Struct

from indexing.analysis import STOP_WORDS, Word, words_in
from indexing.languages import language_value
from indexing.places import Gazetteer
from indexing.queries import Filters, Near
from indexing.schema.types import FLAGS
from indexing.taxonomy import Facet, Mention, Taxonomy
from search_api.query.contact import contact_in
from search_api.query.intent import has_failed, is_denied, is_to_read
from search_api.query.location import LocationExtractor, LocationIntent
from search_api.query.price import take_bare_price, take_bare_range, take_price
from search_api.query.reading import Reading
from search_api.search.requests import Place, Sort

_FILLER = frozenset(
    """
    clinic clinics provider providers doctor doctors center centers near nearby around in at with that take
    takes accept accepts accepting cheap cheapest affordable under below less than over above between and for me
    my miles mile within price cost per a the who which find best place places somewhere anyone both ok okay speaking
    speaks
    """.split()
)
_LISTING_WORDS = _FILLER | frozenset(
    """
    ketamine treatment treatments therapy therapist session sessions help thoughts state new patients taking
    insurance insured covered coverage language visit visits prices costs max only any
    looking need get want online virtual video telehealth practice practices psychiatrist office offices
    person free open weekend weekends saturday saturdays sunday evening evenings hours days good great top rated reviews
    local area region city county downtown self pay cash clinical closest nearest newest not or specialist specialists
    consultation appointment appointments waitlist list waiting immediate openings hospital lives live airport afb base
    teen teens adolescent adolescents adult adults senior seniors veteran veterans kids
    """.split()
)
"""What listings are searched by, beside the words of the taxonomy."""
_LONGEST_PLACE = 4
_LANGUAGES = frozenset(
    """
    spanish espanol mandarin cantonese chinese vietnamese korean tagalog filipino russian arabic french portuguese
    hindi german italian japanese farsi persian hebrew ukrainian
    """.split()
)
_NO_PRICE = (None, None)
_CHINESE = {"chinese": ("chinese", "mandarin", "cantonese"), "mandarin": ("mandarin", "chinese")}
_QUESTION_WORDS = frozenset(
    "how what why when does is can should will do study trial history after before during vs versus".split()
)
_ASKED = {name: re.compile(spec.asked) for name, spec in FLAGS.items() if spec.asked}
_ASKED_OF_LISTINGS = {
    name: re.compile(spec.asked_of_listings) for name, spec in FLAGS.items() if spec.asked_of_listings
}
_IN_PERSON = re.compile(r"\b(?:in[\s-]person|face[\s-]to[\s-]face|on[\s-]?site)\b")
"""Asks for no more than every clinic offers."""
_NOT_AT_HOME = re.compile(r"\b(?:not|no|without|instead of) (?:an? |the )?(?:at[\s-]home|home|remote)\b")
_SORTS: Sequence[tuple[Sort, re.Pattern[str]]] = (
    ("price", re.compile(r"\b(?:cheapest|least expensive|lowest (?:price|cost|priced)|most affordable)\b")),
    ("distance", re.compile(r"\b(?:closest|nearest)\b")),
    ("newest", re.compile(r"\b(?:newest|latest|most recent) (?=(?:articles?|posts?|guides?|pages?|clinics?)\b)")),
)
_SHOT_BESIDE_DRIP = re.compile(
    r"\bim\b(?=\s*(?:or|and|vs\.?|/|,|&)\s*iv\b)|(?<=\biv or )im\b|(?<=\biv and )im\b|(?<=iv/)im\b"
)
_KETAMINE = re.compile(r"\bket[aeiou]?m[aeiou]+n(?:e|s|es)?\b", re.IGNORECASE)
_SHOT_IN_CAPITALS = re.compile(r"\bIM\b")
_COUNTRY = re.compile(r"\b(?:(?:in|across) )?(?:the )?(?:united states|usa)\b")
_OPERATORS = re.compile(r'(?<!\S)-(?=["“\w])(?:["“][^"”]*["”]?|\S+)|["“][^"“”]*["”]')
"""Excluded words and phrases: they are the keyword leg's, whatever they say."""


class Interpretation(Struct, frozen=True):
    """What was understood; `text` is what remains to be searched for among clinics."""

    text: str
    article_text: str
    labels: Mapping[str, tuple[str, ...]] = {}
    near: Place | None = None
    preferred: Place | None = None
    """A place that may be meant: what is near comes first, and nothing is left out."""
    abroad: str | None = None
    """A country or city outside the United States, where no clinics are listed."""
    sort: Sort | None = None
    """The order that the words ask for."""
    contact: tuple[str, ...] | None = None
    """Words of a telephone number, e-mail address or street, which a listing must hold together."""
    names_clinics: bool = False
    """Whether a word for clinics or those who work there is among the words."""
    names_offer: bool = False
    """Whether the treatment that all clinics offer, or those who give it, are named beside a filter."""
    is_listing: bool = False
    """Whether nothing is said but what listings are searched by."""
    namesakes: tuple[str, ...] = ()
    """Other cities of the name that was given without a state."""
    place_wanted: bool = False
    """Whether something near is looked for, without a word of where."""
    price_min: float | None = None
    price_max: float | None = None
    flags: Mapping[str, bool] = {}
    rest: str = ""
    """What of it no filter stands for, and is not of every clinic."""
    typed: str = ""
    """All words, as they were."""
    sought_clinics: bool = False
    """Whether clinics were sought before a caller's own filters took the place of what the words say."""

    @property
    def has_filters(self) -> bool:
        """Whether any filter was understood."""
        return bool(self.labels or self.near or self.flags) or (
            self.price_min,
            self.price_max,
        ) != (None, None)

    @property
    def names_wishes(self) -> bool:
        """Whether a wish is among the words that only clinics meet: a treatment, an insurer, a language."""
        return bool(self.labels.keys() - {"state", "city"} or self.flags)

    @property
    def found_anything(self) -> bool:
        """Whether anything was understood."""
        return bool(self.has_filters or self.place_wanted or self.abroad or self.contact)

    @property
    def seeks_clinics(self) -> bool:
        """Whether clinics are what is sought: by what they are filtered, or near, and nothing else is said."""
        return self.sought_clinics or self.has_filters or (self.place_wanted and not self.rest)

    @property
    def is_of_clinics(self) -> bool:
        """Whether clinics are what is sought, also where none can be listed."""
        is_listed = self.names_clinics and self.is_listing
        return bool(self.seeks_clinics or self.place_wanted or self.contact or self.abroad or is_listed)

    def within(self, radius_miles: float | None) -> "Interpretation":
        """The same with another radius around its place, if one was chosen."""
        if radius_miles is None or self.near is None:
            return self
        return msgspec.structs.replace(self, near=msgspec.structs.replace(self.near, radius_miles=radius_miles))

    def less_chosen(self, chosen: Filters) -> "Interpretation":
        """The same without what a caller's own filters say otherwise."""
        names = {*chosen.labels, *chosen.flags}
        if chosen.near is not None or {"state", "city"} & names:
            names |= {"near", "state", "city", "place_wanted"}
        if (chosen.price_min, chosen.price_max) != (None, None):
            names |= {"price_min", "price_max"}
        return msgspec.structs.replace(self._less(names), sought_clinics=self.seeks_clinics)

    def without(self, ignored: Collection[str]) -> "Interpretation":
        """The same, less some of its parts: fields by name, values as `condition:ptsd`, whose words count again."""
        less = self._less(ignored)
        if less == self:
            return self
        if not less.found_anything:
            return Interpretation(self.typed, self.typed, rest=_telling(self.typed), typed=self.typed)
        return msgspec.structs.replace(less, text=self.typed, rest=_telling(self.typed))

    def _less(self, ignored: Collection[str]) -> "Interpretation":
        if not ignored:
            return self
        labels = {
            name: tuple(value for value in values if f"{name}:{value}" not in ignored)
            for name, values in self.labels.items()
            if name not in ignored
        }
        fields = _IGNORABLE & set(ignored)
        if "near" in fields:
            fields |= {"preferred", "abroad"}
        less = {name: False if name == "place_wanted" else None for name in fields}
        kept = {name: values for name, values in labels.items() if values}
        flags = {name: wanted for name, wanted in self.flags.items() if name not in ignored}
        return msgspec.structs.replace(self, labels=kept, flags=flags, **less)


_IGNORABLE = frozenset({"near", "price_min", "price_max", "place_wanted", "sort"})
"""Single things that a caller can have left out, beside flags; labels go by name or value."""


class Interpreter:
    """Understands queries by one taxonomy and one gazetteer. Thread-safe."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._taxonomy = taxonomy
        self._location = LocationExtractor(taxonomy, gazetteer)

    @property
    def place_words(self) -> frozenset[str]:
        """The words of cities and states."""
        return self._location.words

    def centre(self, state: str) -> Near | None:
        """The middle of a state, by its code, to look for what is near it; None of an unknown one."""
        return self._location.centre(state)

    def interpret(self, text: str, *, is_name: bool = False) -> Interpretation:
        """Understand `text`; `is_name` says that it is a document's own name, whose words stay words."""
        plain = Interpretation(text=text, article_text=text, rest=text if is_name else _telling(text), typed=text)
        if is_name or not text:
            return plain
        if contact := contact_in(text):
            return msgspec.structs.replace(plain, contact=contact)
        operators = " ".join(_OPERATORS.findall(text))
        english = self._taxonomy.lexicon.in_english(_OPERATORS.sub(" ", text))
        reading = Reading(_as_spelt(english or _OPERATORS.sub(" ", text)))
        reading.is_spanish = english is not None
        if is_to_read(reading):
            return plain
        reading.take(_COUNTRY)
        reading.take(_NOT_AT_HOME)
        price = take_price(reading)
        reading.is_listing = self._is_listing(reading, has_price=price != _NO_PRICE)
        reading.seeks_clinic = reading.seeks_clinic or price != _NO_PRICE
        sort = next((name for name, pattern in _SORTS if pattern.search(reading.text)), None)
        where = self._location.take(reading)
        is_placed = where != LocationIntent() and where.is_sure
        seeks = reading.is_listing or reading.seeks_clinic or is_placed
        if seeks and price == _NO_PRICE:
            price = take_bare_range(reading)
        if seeks and price == _NO_PRICE:
            price = None, take_bare_price(reading)
        reading.take(_IN_PERSON)
        flags = _take_flags(reading) if seeks else {}
        article_text = reading.rest()
        payers = self._labels(reading, ("insurance", "payment"))
        said = is_placed or any(price) or flags
        if not (said or ((payers or _speaks(reading)) and reading.seeks_clinic)):
            said_of = {"names_clinics": reading.seeks_clinic, "is_listing": reading.is_listing}
            return msgspec.structs.replace(plain, preferred=where.near, **said_of)
        language = _take_language(reading)
        treatments = self._labels(reading, ("treatment",))
        left = f"{reading.rest(without=_FILLER)} {operators}".strip()
        conditions = self._labels(reading, ("condition",))
        state = {"state": (where.state,)} if where.state else {}
        return Interpretation(
            text=left,
            article_text=text if english else f"{article_text} {operators}".strip() or text,
            labels={**payers, **treatments, **conditions, **state, **language},
            near=where.near if where.is_sure else None,
            preferred=None if where.is_sure else where.near,
            abroad=where.abroad,
            sort=sort,
            namesakes=where.namesakes if where.is_sure else (),
            place_wanted=where.is_wanted,
            price_min=price[0],
            price_max=price[1],
            flags=flags,
            names_offer=reading.names_offer,
            rest=f"{_telling_rest(reading)} {operators}".strip(),
            typed=text,
        )

    def _is_listing(self, reading: Reading, *, has_price: bool) -> bool:
        """Whether a query says nothing but what listings are searched by, and perhaps a place: `crps phoenix`."""
        words = [word.folded for word in reading.words()]
        named = list(self._taxonomy.mentions(words))
        if not named and not has_price and "ketamine" not in words:
            return False
        known = {place for mention in named for place in range(mention.start, mention.end)}
        left = [place for place in range(len(words)) if place not in known]
        if any(words[place] in _QUESTION_WORDS for place in left):
            return False
        left = [place for place in left if not _is_listing_word(words[place])]
        return not left or any(
            self._location.is_named(words[start:end])
            for start in range(max(left[-1] - _LONGEST_PLACE + 1, 0), left[0] + 1)
            for end in range(left[-1] + 1, min(start + _LONGEST_PLACE, len(words)) + 1)
        )

    def _labels(self, reading: Reading, facets: tuple[Facet, ...]) -> dict[str, tuple[str, ...]]:
        """What is named of these facets, crossed out."""
        words = reading.words()
        found: dict[str, tuple[str, ...]] = {}
        for mention in self._taxonomy.mentions([word.folded for word in words], facets=facets):
            reading.cross_out(words[mention.start].start, words[mention.end - 1].end)
            if _is_unwanted(mention, words):
                continue
            known = found.get(mention.facet, ())
            slugs = (mention.entry.slug, *mention.entry.narrower)
            found[mention.facet] = (*known, *(slug for slug in slugs if slug not in known))
        return found


def _as_spelt(text: str) -> str:
    """The text with `im` spelt out where an injection is meant and not `I'm`, and ketamine as it is spelt."""
    mixed = text if text.isupper() else _SHOT_IN_CAPITALS.sub("IM injection", text)
    return _KETAMINE.sub("ketamine", _SHOT_BESIDE_DRIP.sub("im injection", mixed))


def _is_listing_word(word: str) -> bool:
    return word in _LISTING_WORDS or word in _LANGUAGES or word in STOP_WORDS or word.isdigit()


def _take_flags(reading: Reading) -> dict[str, bool]:
    """The flags that are asked for, crossed out."""
    return {name: True for name in FLAGS if _takes_flag(reading, name)}


def _takes_flag(reading: Reading, name: str) -> bool:
    if (pattern := _ASKED.get(name)) and _takes(reading, pattern):
        return True
    pattern = _ASKED_OF_LISTINGS.get(name) if reading.is_listing else None
    return pattern is not None and _takes(reading, pattern)


def _takes(reading: Reading, pattern: re.Pattern[str]) -> bool:
    """Whether the pattern occurs, crossed out, and is not denied."""
    match = reading.take(pattern)
    return match is not None and not is_denied(list(words_in(reading.original[: match.start()].lower())))


def _is_unwanted(mention: Mention, words: Sequence[Word]) -> bool:
    """Whether a mention says what is not wanted; an illness against which something failed is still one's own."""
    before, after = words[: mention.start], words[mention.end :]
    if mention.facet == "condition":
        return is_denied(before, within=1)
    return is_denied(before) or (mention.facet == "treatment" and has_failed(after))


def _telling(text: str) -> str:
    """The words that are not of every clinic, and all operators."""
    operators = " ".join(_OPERATORS.findall(text))
    return f"{_telling_rest(Reading(_OPERATORS.sub(' ', text)))} {operators}".strip()


def _telling_rest(reading: Reading) -> str:
    return reading.rest(without=_LISTING_WORDS | STOP_WORDS)


def _speaks(reading: Reading) -> list[Word]:
    return [word for word in reading.words() if word.folded in _LANGUAGES]


def _take_language(reading: Reading) -> dict[str, tuple[str, ...]]:
    values: dict[str, None] = {}
    for word in _speaks(reading):
        reading.cross_out(word.start, word.end)
        value = language_value(word.folded)
        values |= dict.fromkeys(_CHINESE.get(value, (value,)))
    return {"language": tuple(values)} if values else {}
