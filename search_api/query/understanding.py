"""What a clinic search says in plain words: place, price, insurer, payment, treatment, condition.

Precision before recall: a wrong filter hides the right clinic, a missed one only ranks it lower. Only clinics are
ever filtered by what is understood here, never articles.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from indexing.analysis import STOP_WORDS, Word, words_in
from indexing.languages import language_value
from indexing.places import Gazetteer
from indexing.queries import Near, words_of
from indexing.schema.types import FLAGS
from indexing.taxonomy import Facet, Mention, Taxonomy
from search_api.query.apart import stands_apart
from search_api.query.contact import contact_in
from search_api.query.intent import (
    has_failed,
    is_denied,
    is_of_no_drug,
    is_of_no_payer,
    is_past,
    is_payer_of_another,
    is_payer_of_ones_own,
    is_payer_of_past,
    is_to_read,
    refuses,
)
from search_api.query.interpretation import Interpretation
from search_api.query.listing import is_listing
from search_api.query.location import LocationExtractor, LocationIntent
from search_api.query.price import take_bare_price, take_bare_range, take_price
from search_api.query.reading import LANGUAGES, NATIONS, PLACE_WORDS, SPOKEN, Reading
from search_api.query.telling import (
    CHATTING,
    FILLER,
    LISTING_WORDS,
    OPERATORS,
    telling,
    telling_rest,
)
from search_api.search.requests import Place, Sort

_MOST_BESIDE_WISH = 2
"""Words beside a treatment that is all that is sought."""
_NO_PRICE = (None, None)
_ALSO_LISTED_AS = {
    "chinese": ("chinese", "mandarin", "cantonese"),
    "mandarin": ("mandarin", "chinese"),
    "creole": ("creole", "haitian creole"),
}
"""How listings name a language that visitors name shortly."""
_CALLED = frozenset("line lines helpline hotline lifeline phone telephone linea telefono".split())
"""What is no clinic's, where it is asked for without a word for who treats: a helpline."""
_HELP = frozenset({"help", "ayuda"})
_SIGNING = re.compile(r"\bsign language\b")
_ASKED = {name: re.compile(spec.asked) for name, spec in FLAGS.items() if spec.asked}
_ASKED_OF_LISTINGS = {
    name: re.compile(spec.asked_of_listings) for name, spec in FLAGS.items() if spec.asked_of_listings
}
_IN_PERSON = re.compile(r"\b(?:in[\s-]person|face[\s-]to[\s-]face|on[\s-]?site)\b")
"""Asks for no more than every clinic offers."""
_NOT_AT_HOME = re.compile(r"\b(?:not|no|without|instead of) (?:an? |the )?(?:at[\s-]home|home|remote)\b")
_LISTED = r"(?:articles?|posts?|guides?|pages?|clinics?|places?|providers?|practices?|centers?)"
_ENDS_SENTENCE = re.compile(r"[.?!;](?=\s)|\bbut\b|\x00", re.IGNORECASE)
_SORTS: Sequence[tuple[Sort, re.Pattern[str]]] = (
    (
        "price",
        re.compile(
            r"\b(?:cheapest|least expensive|lowest (?:price|cost|priced)|most affordable"
            r"|(?:price|cost)s? low(?:est)? to high|low(?:est)? to high(?:est)? (?:price|cost)s?"
            r"|(?:sort(?:ed)?|order(?:ed)?) by (?:price|cost))\b"
        ),
    ),
    ("distance", re.compile(r"\b(?:closest|nearest|(?:sort(?:ed)?|order(?:ed)?) by distance)\b")),
    (
        "newest",
        re.compile(
            rf"\b(?:newest|latest|most recent|(?:just|newly|recently) opened) (?={_LISTED}\b)"
            rf"|\b{_LISTED} (?:(?:that|which|who) )?(?:(?:have|has) )?(?:just|newly|recently) opened\b"
        ),
    ),
)
_SHOT_BESIDE_DRIP = re.compile(
    r"\bim\b(?=\s*(?:or|and|vs\.?|/|,|&)\s*iv\b)|(?<=\biv or )im\b|(?<=\biv and )im\b|(?<=iv/)im\b"
)
_KETAMINE = re.compile(r"\bket[aeiou]?m[aeiou]+n(?:e|s|es)?\b", re.IGNORECASE)
_SHOT_IN_CAPITALS = re.compile(r"\bIM\b")
_COVER = frozenset(
    "insurance insured cover covers covered coverage pay pays cost costs approve approved benefits va".split()
)
"""Words with which a payer is asked about, and no clinic is looked for; and letters that may be a state instead."""
_COUNTRY = re.compile(r"\b(?:(?:in|across) )?(?:the )?(?:united states|usa)\b")


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
        plain = Interpretation(text=text, article_text=text, rest=text if is_name else telling(text), typed=text)
        if is_name or not text:
            return plain
        if contact := contact_in(text):
            return msgspec.structs.replace(plain, contact=contact)
        operators = " ".join(OPERATORS.findall(text))
        english = self._taxonomy.lexicon.spanish.in_english(OPERATORS.sub(" ", text), has_forms=False)
        reading = Reading(_as_spelt(english or OPERATORS.sub(" ", text)))
        reading.is_spanish = english is not None
        if is_to_read(reading):
            return msgspec.structs.replace(plain, preferred=self._asked_of(reading))
        return self._read(reading, plain, operators)

    def _asked_of(self, reading: Reading) -> Place | None:
        """The place that a question to read names behind `in`, or apart: what clinics there are, come first."""
        is_placed = "," in reading.text or any(word.folded in PLACE_WORDS for word in reading.words())
        return self._location.take(reading).near if is_placed and reading.names_ketamine else None

    def _read(self, reading: Reading, plain: Interpretation, operators: str) -> Interpretation:
        """What a reading says, each part crossed out as it is understood; `plain` where it seeks no clinic."""
        reading.take(_COUNTRY)
        reading.take(_NOT_AT_HOME)
        price = take_price(reading)
        named = _named_flags(reading, _ASKED)
        sort = next((name for name, pattern in _SORTS if pattern.search(reading.text)), None)
        reading.is_listing = is_listing(
            reading, self._taxonomy, self._location, has_measure=price != _NO_PRICE or sort is not None
        )
        reading.seeks_clinic = reading.seeks_clinic or price != _NO_PRICE
        where = self._location.take(reading)
        is_placed = where != LocationIntent() and where.is_sure
        beside = self._understood_beside(reading, where)
        flags = _asked_flags(reading, named, beside)
        seeks = reading.is_listing or reading.seeks_clinic or is_placed
        seeks = seeks or bool(where.near and reading.names_ketamine and any(FLAGS[name].asked_apart for name in flags))
        if seeks and price == _NO_PRICE:
            price = _take_bare(reading)
        reading.take(_IN_PERSON)
        if reading.is_listing:
            flags |= _asked_flags(reading, _named_flags(reading, _ASKED_OF_LISTINGS), beside)
        flags = flags if seeks else {}
        article_text = reading.rest()
        names_cover = not _COVER.isdisjoint(word.folded for word in reading.words())
        payers = self._labels(reading, ("insurance", "payment"))
        is_of_payer = reading.is_listing and "insurance" in payers and not names_cover
        is_manner = is_of_payer or (reading.is_listing and sort is not None)
        is_manner = is_manner or bool((payers or _speaks(reading)) and reading.seeks_clinic)
        if not (is_placed or any(price) or flags or is_manner):
            if wish := self._only_wish(reading):
                return msgspec.structs.replace(plain, labels=wish, is_one_wish=True, is_listing=True)
            said_of = {"names_clinics": reading.seeks_clinic, "is_listing": reading.is_listing}
            return msgspec.structs.replace(plain, preferred=where.near, **said_of)
        labels, left = self._further_labels(reading)
        return msgspec.structs.replace(
            plain,
            text=f"{left} {operators}".strip(),
            article_text=plain.text if reading.is_spanish else f"{article_text} {operators}".strip() or plain.text,
            labels={**payers, **labels, **_of_place(where)},
            sort=sort,
            price_min=price[0],
            price_max=price[1],
            flags=flags,
            names_offer=reading.names_offer,
            rest=f"{telling_rest(reading)} {operators}".strip(),
            **_told_of(where),
        )

    def _only_wish(self, reading: Reading) -> dict[str, tuple[str, ...]]:
        """A treatment that is all that is said, perhaps with words of every clinic: `infusions`."""
        words = [word.folded for word in reading.words()]
        mentions = list(self._taxonomy.mentions(words))
        if len(mentions) != 1 or mentions[0].facet != "treatment" or not reading.is_listing:
            return {}
        beside = [*words[: mentions[0].start], *words[mentions[0].end :]]
        is_short = len(beside) <= _MOST_BESIDE_WISH and all(
            word in LISTING_WORDS or word in STOP_WORDS or word in CHATTING for word in beside
        )
        return self._labels(reading, ("treatment",)) if is_short else {}

    def _understood_beside(self, reading: Reading, where: LocationIntent) -> frozenset[str]:
        """Words of a place that may be meant, and of payers: what else is asked for may stand beside them."""
        words = [word.folded for word in reading.words()]
        payers = self._taxonomy.mentions(words, facets=("insurance", "payment"))
        named = (word for mention in payers for word in words[mention.start : mention.end])
        return frozenset((*named, *(words_of(where.near.label) if where.near else ())))

    def _further_labels(self, reading: Reading) -> tuple[dict[str, tuple[str, ...]], str]:
        """Language, treatments and conditions; and what is left but for the conditions, which stay searched for."""
        language = _take_language(reading)
        treatments = self._labels(reading, ("treatment",))
        left = reading.rest(without=FILLER)
        return {**treatments, **self._labels(reading, ("condition",)), **language}, left

    def _labels(self, reading: Reading, facets: tuple[Facet, ...]) -> dict[str, tuple[str, ...]]:
        """What is named of these facets, crossed out."""
        words, text = reading.words(), reading.text
        found: dict[str, tuple[str, ...]] = {}
        folded = [word.folded for word in words]
        mentions = list(self._taxonomy.mentions(folded, facets=facets, is_sure=not reading.is_listing))
        is_told_apart = any(
            mention.facet == "insurance" and is_payer_of_ones_own(words[: mention.start]) for mention in mentions
        )
        for mention in mentions:
            before = _in_sentence(text, words, mention.start)
            reading.cross_out(words[mention.start].start, words[mention.end - 1].end)
            if _is_unwanted(mention, before, words[mention.end :]):
                continue
            if mention.facet == "insurance" and is_told_apart and is_payer_of_another(before):
                continue
            known = found.get(mention.facet, ())
            slugs = (mention.entry.slug, *mention.entry.narrower)
            found[mention.facet] = (*known, *(slug for slug in slugs if slug not in known))
        return found


def _of_place(where: LocationIntent) -> dict[str, tuple[str, ...]]:
    return {"state": (where.state,)} if where.state else {}


def _told_of(where: LocationIntent) -> dict[str, Any]:
    """What an interpretation says of a place."""
    sure = {"near": where.near, "preferred": None, "namesakes": where.namesakes}
    unsure = {"near": None, "preferred": where.near, "namesakes": ()}
    return {"abroad": where.abroad, "place_wanted": where.is_wanted, **(sure if where.is_sure else unsure)}


def _take_bare(reading: Reading) -> tuple[float | None, float | None]:
    """A price without a word that says so, where a clinic is sought."""
    bounds = take_bare_range(reading)
    return bounds if bounds != _NO_PRICE else (None, take_bare_price(reading))


def _as_spelt(text: str) -> str:
    """The text with `im` spelt out where an injection is meant and not `I'm`, and ketamine as it is spelt."""
    mixed = text if text.isupper() else _SHOT_IN_CAPITALS.sub("IM injection", text)
    return _KETAMINE.sub("ketamine", _SHOT_BESIDE_DRIP.sub("im injection", mixed))


def _named_flags(reading: Reading, patterns: Mapping[str, re.Pattern[str]]) -> dict[str, list[re.Match[str]]]:
    """Where flags are named, by name; their words are crossed out."""
    found = {name: list(pattern.finditer(reading.text)) for name, pattern in patterns.items()}
    for start, end in (span for matches in found.values() for match in matches for span in _said_in(match)):
        reading.cross_out(start, end)
    return {name: matches for name, matches in found.items() if matches}


def _said_in(match: re.Match[str]) -> list[tuple[int, int]]:
    """The spans that name a flag: the groups of the pattern, or all of it."""
    groups = range(min(match.re.groups, 1), match.re.groups + 1)
    return [match.span(group) for group in groups if match[group]]


def _asked_flags(reading: Reading, named: Mapping[str, list[re.Match[str]]], beside: frozenset[str]) -> dict[str, bool]:
    """The flags that are asked for, of those named; the words of others that had to stand apart are given back."""
    asked, given_back = {}, []
    for name, matches in named.items():
        if not FLAGS[name].asked_apart:
            is_asked = not _is_denied(reading, matches[0])
        elif not (is_asked := any(stands_apart(reading, *match.span(), further=beside) for match in matches)):
            given_back += [span for match in matches for span in _said_in(match)]
        if is_asked:
            asked[name] = True
    for start, end in given_back:
        reading.give_back(start, end)
    return asked


def _is_denied(reading: Reading, match: re.Match[str]) -> bool:
    before = list(words_in(reading.original[: match.start()].lower()))
    return is_denied(before) or is_past(before)


def _in_sentence(text: str, words: Sequence[Word], start: int) -> Sequence[Word]:
    """The words in front of one, as far as its sentence goes: a denial ends with its own.

    It ends as well where a place or a price was understood in between: `no money, madison, sliding scale`.
    """
    first = start
    while first and not _ENDS_SENTENCE.search(text, words[first - 1].end, words[first].start):
        first -= 1
    return words[first:start]


def _is_unwanted(mention: Mention, before: Sequence[Word], after: Sequence[Word]) -> bool:
    """Whether a mention says what is not wanted, was had, or does not pay; an illness stays one's own."""
    if mention.facet == "condition":
        return is_denied(before, within=1) or is_of_no_drug(mention.entry.slug, after)
    if mention.facet == "insurance":
        is_other = is_of_no_payer(mention.entry.slug, after)
        return is_other or is_denied(before) or is_payer_of_past(before) or refuses(after)
    return is_denied(before) or is_past(before) or has_failed(after)


def _speaks(reading: Reading) -> list[Word]:
    """The languages that somebody is to speak; bare names of languages count where nothing else is said."""
    if not reading.names_offer and _asks_for_helpline(reading):
        return []
    spoken = [match.span() for match in SPOKEN.finditer(reading.text)]
    bare = LANGUAGES - NATIONS if reading.is_listing else frozenset()
    return [
        word
        for word in reading.words()
        if word.folded in LANGUAGES
        and (word.folded in bare or any(start <= word.start and word.end <= end for start, end in spoken))
    ]


def _asks_for_helpline(reading: Reading) -> bool:
    """Whether a line or a telephone is asked for; or help, where no place or the like was understood."""
    said = {word.folded for word in reading.words()}
    return not _CALLED.isdisjoint(said) or ("\x00" not in reading.text and not _HELP.isdisjoint(said))


def _take_language(reading: Reading) -> dict[str, tuple[str, ...]]:
    values: dict[str, None] = dict.fromkeys(["american sign language"] if reading.take(_SIGNING) else [])
    for word in _speaks(reading):
        reading.cross_out(word.start, word.end)
        value = language_value(word.folded)
        values |= dict.fromkeys(_ALSO_LISTED_AS.get(value, (value,)))
    return {"language": tuple(values)} if values else {}
