"""Words around the name of a place that say whether it is one, and whether it is where somebody looks."""

import re
from collections.abc import Sequence

from msgspec import Struct

from indexing import place_columns
from indexing.analysis import STOP_WORDS, Word, words_in
from indexing.places import state_code
from search_api.query.reading import PLACE_WORDS, Reading
from search_api.query.spelling import english_words

ZIP = re.compile(
    r"(?:\b(?:zip|postal|codigo postal|código postal)(?:\s?code)?\s*[:#]?\s*)?"
    r"(?<![\d$])\b(\d{5})(?:-\d{4})?\b(?!\s*(?:mg|dollars|patients|people|studies|steps))"
    r"(?:\s+(?:zip|postal)(?:\s?code)?\b)?"
)
NAMED_AFTER_CITIES = ("cleveland clinic", "mobile clinic", "mayo clinic")
_WORDS_FIRST = frozenset(
    """
    mobile reading orange normal carolina corona hope surprise independence enterprise liberty media commerce industry
    paradise sandy spring bend temple mission sparks humble apex vista flushing rule golden marks holiday superior brick
    dinosaur cocoa
    """.split()
)
"""Words that are cities too, and something else first."""
COMMON_WORDS = _WORDS_FIRST | frozenset(
    """
    eugene providence concord salem buffalo victoria aurora columbia jackson aspen sterling homestead
    """.split()
)
"""Words that are cities too: taken for one only after "near" and its like."""
WORDS = frozenset({"in", "or", "me", "hi", "ok", "id", "ms"})
AMBIGUOUS_CODES = WORDS | frozenset("oh pa ma va co al de la md sc nd mt ct mi vi".split())
"""Letters of states that are words, degrees or illnesses as well."""
CONJUNCTIONS = frozenset({"or", "in", "me"})
_NOT_THERE = frozenset({"not", "outside", "except"})
_SAYS_NEAR = frozenset(f"{word} {preposition}" for words, preposition in (
    (("close", "next", "closest", "nearest"), "to"), (("closest", "nearest"), "of"),
    (("live", "living", "im", "are", "am", "located", "based"), "in"),
    (("live", "lives", "living"), "outside"),
) for word in words)  # fmt: skip
_TOWN_NOUNS = frozenset(
    """
    city springs falls beach rapids heights hills park grove valley bluff bluffs creek harbor rouge pines oaks haven
    forks junction
    """.split()
)
"""Last words of names of towns that are made of common words alone: `twin falls`."""
_OWN_PLACE = re.compile(
    r"\b(?:here|now) in\s+"
    r"|\b(?:i|we) (?:want|need|prefer)\b(?:\s+[\w']+){0,5}?\s+(?:in|near|around)\s+"
    r"|\b(?:i'?m|i am|we're|we are)\s+(?:(?:located|based|living|stuck|over|down|up|out)\s+)?(?:in|near)\s+"
    r"|(?:^|[,.;]\s*|\b(?:i|we|i'?m|we're|but|and|now|currently|actually|both)\s+)(?:live|living|reside|stay)\s+"
    r"(?:(?:just|right)\s+)?(?:in|near|outside|by|around)(?:\s+of)?\s+"
)
"""In front of the place where the one who asks is."""
_NEAR = "near"
SHORT_NAME = 2
_CONTINUING = frozenset({"", "that", "with", "for", "without", "and", "or", "who"})
"""What follows a place, and no article."""
TOLD_OF = frozenset("my mi who our nuestra nuestro told says said".split())
"""Words behind a name between commas that make it somebody's: `Savannah, my daughter, ...`."""
_TITLES = frozenset({"dr", "dra"})
_DOCTOR = "doctor"
_OF_DOCTORS = frozenset("pain ketamine infusion infusions iv spravato esketamine kap psych good best".split())
"""Words in front of `dr` that say what he does, so that no name follows."""
_OF_TIMES = frozenset({"after", "before", "while", "during"})
_MAY_END = frozenset(",.;:!?()")
_ENDS_SEGMENT = re.compile(r"[,;:!?()]|(?<=\w{3})\.(?=\s|$)")
"""Not the point of an abbreviation: `n. carolina`."""


class FoundPlace(Struct, frozen=True):
    """A place that is named in words `start` to `end` (exclusive)."""

    place: place_columns.Place
    start: int
    end: int
    is_sure: bool = True


def are_of_towns(words: Sequence[str]) -> bool:
    """Whether several words are made like the name of a town: `cedar rapids`."""
    return len(words) > 1 and words[-1] in _TOWN_NOUNS


def is_word_first(text: str) -> bool:
    """Whether a city's name is met more often as another word."""
    return text in _WORDS_FIRST


def own_places(reading: Reading) -> Sequence[int]:
    """Where a place begins of which somebody says to be there: `i'm in`, `here in`."""
    return [match.end() for match in _OWN_PLACE.finditer(reading.text)]


def may_end_segment(reading: Reading, start: int, end: int) -> bool:
    """Whether anything may divide a question at all beside letters `start` to `end`: most of them have nothing."""
    return not (_MAY_END.isdisjoint(reading.text[:start]) and _MAY_END.isdisjoint(reading.text[end:]))


def segment(reading: Reading, start: int, end: int) -> tuple[int, int] | None:
    """From where to where the part between commas goes in which letters `start` to `end` stand.

    None where it is all that is said.
    """
    marks = [match.end() for match in _ENDS_SEGMENT.finditer(reading.text)]
    begins = max((mark for mark in marks if mark <= start), default=0)
    ends = min((mark - 1 for mark in marks if mark > end), default=len(reading.text))
    is_all = next(words_in(reading.text[:begins] + reading.text[ends:]), None) is None
    return None if is_all else (begins, ends)


def begins_segment(reading: Reading, words: Sequence[Word], start: int) -> bool:
    """Whether a word is the first behind a comma."""
    found = segment(reading, words[start].start, words[start].end)
    return found is not None and not any(found[0] <= word.start for word in words[:start])


def is_denied_there(reading: Reading, words: Sequence[Word], start: int) -> bool:
    """Whether one of the last words in front, since the last that were understood, says that a place is not meant.

    A word of another wish between them is what is denied: `not iv queens`.
    """
    end = words[start].start
    return any(
        words[place].folded in _NOT_THERE
        and "\x00" not in reading.text[words[place].end : end]
        and word_before(words, place + 1) != _NEAR
        and all(word.folded in STOP_WORDS or word.folded in PLACE_WORDS for word in words[place + 1 : start])
        for place in range(max(start - 3, 0), start)
    )


def is_gone_to(words: Sequence[Word], start: int) -> bool:
    """Whether the words in front of a place tell of a way there, or of what comes after or before."""
    before = [word.folded for word in words[:start]]
    return before[-1:] == ["to"] or not _OF_TIMES.isdisjoint(before)


def word_before(words: Sequence[Word], start: int) -> str:
    """The word in front; `near` for what says as much: `close to`, `live in`."""
    before = words[start - 1].folded if start else ""
    pair = " ".join(word.folded for word in words[max(start - 2, 0) : start])
    return _NEAR if pair in _SAYS_NEAR else before


def is_plain(text: str) -> bool:
    """Whether a name is made of English words, and not in the way that names of towns are."""
    words = text.split()
    return english_words().issuperset(words) and not are_of_towns(words)


def is_article(reading: Reading, run: Sequence[Word], before: str, following: str) -> bool:
    """Whether `la` is no city: behind `a`, or as the article that it is in Spanish where what it is of follows."""
    if [word.folded for word in run] != ["la"]:
        return False
    is_typed_as_name = reading.is_capitalised(run) and not reading.original.isupper()
    goes_on = following in _CONTINUING
    return before == "a" or (reading.is_spanish and not goes_on and not is_typed_as_name)


def is_title(words: list[Word], start: int) -> bool:
    """Whether the word in front makes a name of what follows; in `ketamine doctor denver` it does not."""
    before = words[start - 1].folded if start else ""
    is_of_field = start > 1 and words[start - 2].folded in _OF_DOCTORS
    return (before in _TITLES and not is_of_field) or (before == _DOCTOR and start == 1)


def state_behind(words: Sequence[Word], end: int) -> tuple[str | None, int]:
    """The code of the state that follows, and the end of what names it."""
    for taken in (2, 1):
        run = words[end : end + taken]
        name = " ".join(word.folded for word in run)
        if len(run) == taken and name not in WORDS and (code := state_code(name)):
            return code, end + taken
    return None, end


def state_at(reading: Reading, run: list[Word], is_last: bool, is_apart: bool) -> str | None:
    """A state behind a city, by its name or letters; letters that are a word as well at the end, or apart."""
    name = " ".join(word.folded for word in run)
    code = state_code(name)
    if code is None or len(name) > SHORT_NAME or reading.is_listing or name not in AMBIGUOUS_CODES:
        return code
    follows_comma = reading.text[: run[0].start].rstrip().endswith(",")
    is_of_clinics = (is_apart or is_last) and (reading.names_ketamine or reading.seeks_clinic)
    return code if follows_comma or (is_of_clinics and (is_last or name not in WORDS)) else None
