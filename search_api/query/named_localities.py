"""Regions, bases, neighbourhoods and airports that a question names."""

from collections.abc import Callable, Sequence

from indexing import place_columns
from indexing.analysis import STOP_WORDS, Word
from indexing.places import Gazetteer, is_nickname
from search_api.query.place_words import begins_segment
from search_api.query.reading import PLACE_WORDS, STRONG_PLACE_WORDS, Reading
from search_api.query.spelling import english_words

_ARTICLE = "the"


class NamedLocalities:
    """Finds them by one gazetteer. Thread-safe."""

    def __init__(self, gazetteer: Gazetteer, *, is_wish: Callable[[Sequence[Word]], bool]) -> None:
        """`is_wish` says whether words name something to filter by."""
        self._gazetteer = gazetteer
        self._is_wish = is_wish

    def at(
        self, reading: Reading, words: list[Word], start: int, length: int, before: str
    ) -> place_columns.Place | None:
        """A region, base, neighbourhood or airport, where a clinic is sought."""
        placed = words[start - 2].folded if before == _ARTICLE and start > 1 else before
        if not (reading.is_listing or reading.seeks_clinic or reading.names_ketamine or placed in PLACE_WORDS):
            return None
        run = words[start : start + length]
        text = " ".join(word.folded for word in run)
        beside = [word.folded for word in (*words[:start], *words[start + length :])]
        if place := self._gazetteer.locality(text, beside):
            is_plain = length > 1 or reading.is_listing or text not in english_words()
            is_alone = begins_segment(reading, words, start) and start + length == len(words)
            return place if is_plain or is_alone or placed in PLACE_WORDS or reading.is_capitalised(run) else None
        if (place := self._gazetteer.airport(text)) is None or is_nickname(text):
            return None
        if words[start + length : start + length + 1] and words[start + length].folded == "airport":
            return place
        written = reading.original[run[0].start : run[-1].end]
        is_code = written.isupper() and not reading.original.isupper()
        is_word = text in english_words() or text in STOP_WORDS or self._is_wish(run) or reading.is_spanish
        return place if is_code or before in STRONG_PLACE_WORDS or not is_word else None
