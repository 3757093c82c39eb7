"""Whether a question says nothing but what listings are searched by, and perhaps where: `crps phoenix`."""

from collections.abc import Sequence

from indexing.analysis import STOP_WORDS
from indexing.taxonomy import Taxonomy
from search_api.query.intent import is_for_whom
from search_api.query.location import LocationExtractor
from search_api.query.reading import LANGUAGES, Reading
from search_api.query.telling import CHATTING, LISTING_WORDS, SPANISH_SAID, UNLISTED

_LONGEST_PLACE = 4
_MOST_PLACES = 3
"""Names of places in a question that says nothing else than what listings are searched by."""
_QUESTION_WORDS = frozenset(
    "how what why when does is can should will do study trial history after before during vs versus".split()
)
_VISITS = frozenset(
    """
    appt appts appointment appointments consult consults consultation intake session sessions treatment visit insurance
    cash cost price prices
    """.split()
)
"""What is asked for at a clinic, beside a place."""


def is_listing(reading: Reading, taxonomy: Taxonomy, location: LocationExtractor, *, has_measure: bool) -> bool:
    """Whether a question says nothing but what listings are searched by, and perhaps a place or a few.

    `has_measure` says that a price or an order is asked for.
    """
    words = [word.folded for word in reading.words()]
    named = list(taxonomy.mentions(words, is_sure=False))
    if not named and not has_measure and "ketamine" not in words:
        return _is_place_alone(words, location)
    known = {place for mention in named for place in range(mention.start, mention.end)}
    left = [place for place in range(len(words)) if place not in known]
    if any(words[place] in _QUESTION_WORDS and not _asks_price(words, place) for place in left):
        return False
    further = SPANISH_SAID if reading.is_spanish else frozenset()
    left = [
        place
        for place in left
        if not (_is_listing_word(words[place]) or words[place] in further or is_for_whom(words, place))
    ]
    return _are_places(words, left, location)


def _is_place_alone(words: Sequence[str], location: LocationExtractor) -> bool:
    """Whether a place is all that is said, or two, perhaps beside a visit: `consultation in lake oswego`."""
    is_visit = not _VISITS.isdisjoint(words)
    places = [word for word in words if not (is_visit and _is_listing_word(word))]
    parts = ((places[:end], places[end:]) for end in range(1, len(places)))
    return location.is_alone(places) or any(location.is_alone(part) and location.is_alone(rest) for part, rest in parts)


def _are_places(words: Sequence[str], left: Sequence[int], location: LocationExtractor) -> bool:
    """Whether the words at places `left` are of the names of a few places, each of them a run."""
    for _ in range(_MOST_PLACES):
        if not left:
            return True
        runs = (
            (start, end)
            for start in range(max(left[0] - _LONGEST_PLACE + 1, 0), left[0] + 1)
            for end in range(left[0] + 1, min(start + _LONGEST_PLACE, len(words)) + 1)
        )
        ends = [end for start, end in runs if location.is_named(words[start:end])]
        if not ends:
            return False
        left = [place for place in left if place >= max(ends)]
    return not left


def _is_listing_word(word: str) -> bool:
    is_said = word in LISTING_WORDS or word in CHATTING or word in UNLISTED
    return is_said or word in LANGUAGES or word in STOP_WORDS or word.isdigit()


def _asks_price(words: Sequence[str], place: int) -> bool:
    """Whether a question word begins `how much`, which a listing answers."""
    return list(words[place : place + 2]) == ["how", "much"]
