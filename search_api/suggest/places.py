"""Places completed: by the beginning of a ZIP code, and behind what is sought (`iv ketamine in ch`)."""

from collections.abc import Sequence

from indexing.knowledge.lexicon import Lexicon
from indexing.places import Gazetteer
from indexing.queries import words_of
from search_api.query.reading import PLACE_WORDS, Reading
from search_api.suggest.entries import Entry

_LEAST_DIGITS, _ZIP_DIGITS = 3, 5
_MOST_PLACES = 5
_NEAR = ("cerca", "de")


def zip_entries(text: str, gazetteer: Gazetteer) -> list[Entry]:
    """The places of ZIP codes that begin with the digits at the end of `text`, larger cities first."""
    typed = text.strip()
    if not (typed.isdigit() and _LEAST_DIGITS <= len(typed) <= _ZIP_DIGITS):
        return []
    places = gazetteer.zips_beginning(typed)[:_MOST_PLACES]
    return [Entry("place", place.label, tuple(words_of(place.label)), 0.0) for place in places]


def split_place(text: str, lexicon: Lexicon) -> tuple[str, str] | None:
    """What is sought and the beginning of where, if a place is being typed behind it."""
    words = text.split()
    for number in range(len(words) - 1, 0, -1):
        if words[number - 1].lower() in PLACE_WORDS or tuple(map(str.lower, words[number - 2 : number])) == _NEAR:
            sought = " ".join(words[:number])
            reading = Reading(lexicon.spanish.in_english(sought) or sought)
            return (sought, " ".join(words[number:])) if reading.seeks_clinic or reading.names_ketamine else None
    return None


def behind(sought: str, places: Sequence[Entry]) -> list[Entry]:
    """Whole questions: what is sought, with each of the places."""
    texts = dict.fromkeys(f"{sought} {place.text}" for place in places)
    return [Entry("query", text, tuple(words_of(text)), 0.0) for text in texts]
