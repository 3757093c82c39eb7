"""Places completed: by the beginning of a ZIP code, and beside what is sought (`iv ketamine in ch`, `dallas spr`)."""

from collections.abc import Iterator, Sequence

from indexing.analysis import STOP_WORDS
from indexing.places import Gazetteer
from indexing.queries import words_of
from indexing.taxonomy import Taxonomy
from indexing.words import Vocabulary
from search_api.query.reading import KETAMINE_WORDS, PLACE_WORDS, SEEKING_WORDS, Reading
from search_api.safety.language import Language, small_words
from search_api.suggest.entries import Entry

_LEAST_DIGITS, _ZIP_DIGITS = 3, 5
_DIGITS_BESIDE = 4
"""Of a ZIP code behind what is sought: three may be milligrams."""
_MOST_PLACES = 5
_MOST_WORDS = 3
"""Of a place that no word tells as one."""
_LEAST_LETTERS = 3
_NEAR = ("cerca", "de")
_IN: dict[Language, str] = {"en": "in", "es": "en"}
_SOUGHT = Vocabulary((word, 1) for word in (*KETAMINE_WORDS, *SEEKING_WORDS))
_CARE = frozenset("treatment treatments therapy tratamiento tratamientos terapia terapias".split())
_OPEN = (STOP_WORDS | small_words("es")) - KETAMINE_WORDS - SEEKING_WORDS - _CARE
"""Words that something else than a place follows: `ketamine for my`."""


def zip_entries(text: str, gazetteer: Gazetteer) -> list[Entry]:
    """The places of ZIP codes that begin with the digits at the end of `text`, larger cities first."""
    typed = text.strip()
    if not (typed.isdigit() and _LEAST_DIGITS <= len(typed) <= _ZIP_DIGITS):
        return []
    places = gazetteer.zips_beginning(typed)[:_MOST_PLACES]
    return [Entry("place", place.label, tuple(words_of(place.label)), 0.0) for place in places]


def split_place(text: str, taxonomy: Taxonomy) -> tuple[str, str] | None:
    """What is sought and the beginning of where, if a place is being typed behind it."""
    words = text.split()
    for number in range(len(words) - 1, 0, -1):
        if words[number - 1].lower() in PLACE_WORDS or tuple(map(str.lower, words[number - 2 : number])) == _NEAR:
            sought = " ".join(words[:number])
            return (sought, " ".join(words[number:])) if _is_sought(sought, taxonomy) else None
    return None


def is_place_sought(typed: Sequence[str]) -> bool:
    """Whether the word before the last says that a place follows."""
    return typed[-2] in PLACE_WORDS or tuple(typed[-3:-1]) == _NEAR


def bare_places(text: str, taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    """What is sought and what may be the beginning of a place behind it, though no word says so, longest first."""
    words = text.split()
    for number in range(max(len(words) - _MOST_WORDS, 1), len(words)):
        sought, where = " ".join(words[:number]), "".join(words[number:])
        least = _DIGITS_BESIDE if where.isdigit() else _LEAST_LETTERS
        is_left_open = words[number - 1].lower() in _OPEN
        if len(where) >= least and not is_left_open and _is_sought(sought, taxonomy):
            yield sought, " ".join(words[number:])


def opening_places(typed: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """What may be a whole place and the beginning of what is sought there, longest place first."""
    for number in range(min(_MOST_WORDS, len(typed) - 1), 0, -1):
        yield typed[:number], typed[number:]


def is_whole(place: Entry, typed: Sequence[str]) -> bool:
    """Whether a place's name was typed to its end, with or without its state."""
    city = words_of(place.text.rpartition(",")[0] or place.text)
    return list(typed) in (city, list(place.words))


def behind(sought: str, places: Sequence[Entry], language: Language | None = None) -> list[Entry]:
    """Whole questions: what is sought, with each of the places; in a language that says `in` where that was not."""
    joined = f"{sought} {_IN[language]}" if language else sought
    texts = dict.fromkeys(f"{joined} {place.text}" for place in places)
    return [Entry("query", text, tuple(words_of(text)), 0.0) for text in texts]


def _is_sought(sought: str, taxonomy: Taxonomy) -> bool:
    """Whether clinics have it: they are sought themselves, or a treatment is, misspelt or not."""
    reading = Reading(taxonomy.lexicon.spanish.in_english(sought) or sought)
    if reading.seeks_clinic or reading.names_ketamine:
        return True
    words = words_of(sought)
    if not _CARE.isdisjoint(words) or any(True for _ in taxonomy.mentions(words, facets=("treatment",))):
        return True
    return any(_SOUGHT.corrections(word, limit=1) for word in words)
