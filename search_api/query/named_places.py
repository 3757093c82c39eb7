"""Places that a question names: a ZIP code, a city, a region; by themselves, or with their state.

A wrong place hides the right clinic. So a city needs its state, a word like "near", a word that says that a
clinic is sought, or a question in which everything else is what listings are searched by: `crps phoenix`.
"""

from collections.abc import Sequence

from indexing import place_columns
from indexing.analysis import STOP_WORDS, Word
from indexing.places import Gazetteer, is_nickname, state_code
from indexing.taxonomy import Taxonomy
from search_api.query.apart import is_beside
from search_api.query.intent import is_left
from search_api.query.named_localities import NamedLocalities
from search_api.query.named_wishes import in_payers, is_there, is_wish_alone, named_words
from search_api.query.place_words import (
    AMBIGUOUS_CODES,
    COMMON_WORDS,
    CONJUNCTIONS,
    NAMED_AFTER_CITIES,
    SHORT_NAME,
    TOLD_OF,
    ZIP,
    FoundPlace,
    begins_segment,
    is_article,
    is_denied_there,
    is_gone_to,
    is_plain,
    is_title,
    is_word_first,
    may_end_segment,
    own_places,
    segment,
    state_at,
    state_behind,
    word_before,
)
from search_api.query.reading import PLACE_WORDS, STRONG_PLACE_WORDS, Reading
from search_api.query.telling import LISTING_WORDS

_COUNTIES = frozenset({"county", "parish"})
LONGEST_NAME = 5
_LEAST_LETTERS = 5
"""Of a town that is taken for one wherever its name stands."""
_LEAST_MENTIONED = 7
"""ZIP codes of a city of one word that may be meant where it stands beside ketamine: `newark`, `plano`."""
_LEAST_SPELT = 2
"""ZIP codes of a city whose name is no misspelling of a larger one's."""
LEAST_CITY = 3
"""ZIP codes of a city that is known where the question leaves no doubt that a place is meant."""


class NamedPlaces:
    """Finds places that are named, by one gazetteer; what the taxonomy names is no place. Thread-safe."""

    def __init__(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self._taxonomy = taxonomy
        self._gazetteer = gazetteer
        self._localities = NamedLocalities(gazetteer, is_wish=self.taxonomy_knows)

    def found(self, reading: Reading, *, has_radius: bool) -> FoundPlace | None:
        """The first place that is surely meant, crossed out; else the first that may be, which is not.

        Where somebody comes from, or was, is meant only where no other place is.
        """
        for match in ZIP.finditer(reading.text):
            if place := self._gazetteer.zip(match[1]):
                reading.cross_out(*match.span())
                return FoundPlace(place, 0, 0)
        words = reading.words()
        if own := self._own(reading, words, has_radius):
            reading.cross_out(words[own.start].start, words[own.end - 1].end)
            return own
        unsure: FoundPlace | None = None
        left: FoundPlace | None = None
        start, payers = 0, in_payers(self._taxonomy, words)
        while start < len(words):
            if start in payers:
                start += 1
                continue
            found, step = self._at(reading, words, start, has_radius)
            start += step
            if found is None:
                continue
            if not found.is_sure:
                unsure = unsure or found
                continue
            if is_left(words[: found.start]):
                left = left or found
                continue
            is_denied = is_denied_there(reading, words, found.start)
            reading.cross_out(words[found.start].start, words[found.end - 1].end)
            if is_denied:
                return self.found(reading, has_radius=has_radius)
            return found
        if left is not None:
            reading.cross_out(words[left.start].start, words[left.end - 1].end)
        return left or unsure

    def _own(self, reading: Reading, words: list[Word], has_radius: bool) -> FoundPlace | None:
        """The place where the one who asks says to be, which counts before those that a story names."""
        begins = own_places(reading)
        for start in (place for place, word in enumerate(words) if word.start in begins):
            found, _ = self._at(reading, words, start, has_radius)
            if found is not None and found.is_sure and not is_denied_there(reading, words, start):
                return found
        return None

    def _at(self, reading: Reading, words: list[Word], start: int, has_radius: bool) -> tuple[FoundPlace | None, int]:
        """The place that is named from `start` on, longest first, and how many words were read.

        The parts of a longer name are no places by themselves: `la mesa` is not `la`.
        """
        for length in range(min(LONGEST_NAME, len(words) - start), 0, -1):
            run = words[start : start + length]
            if "\x00" in reading.text[run[0].start : run[-1].end]:
                continue
            if (named := self._named(reading, words, start, length, has_radius)) is not None:
                return named, length
            if length > 1 and self.is_known(run):
                return None, length
        return None, 1

    def is_known(self, run: Sequence[Word]) -> bool:
        """Whether several words are a place's name wherever they stand."""
        text = " ".join(word.folded for word in run)
        known = self._gazetteer.city(text, least=1) or self._gazetteer.locality(text)
        return known is not None and not any(word.folded in STOP_WORDS and len(word.folded) > 2 for word in run)

    def _named(
        self, reading: Reading, words: list[Word], start: int, length: int, has_radius: bool
    ) -> FoundPlace | None:
        run = words[start : start + length]
        before = word_before(words, start)
        text = " ".join(word.folded for word in run)
        end = start + length
        following = words[end].folded if end < len(words) else ""
        if locality := self._localities.at(reading, words, start, length, before):
            return self._region_at(reading, words, start, end, locality)
        if any(word.folded in STOP_WORDS and len(word.folded) > 2 for word in run) or is_title(words, start):
            return None
        if following in _COUNTIES:
            return self._county(words, start, end)
        if following in {"state", "bridge"} or reading.text[run[0].start :].startswith(NAMED_AFTER_CITIES):
            return None
        is_apart = run[-1].folded in AMBIGUOUS_CODES and self._is_beside(reading, words, start, end)
        if place := self._with_state(reading, run, before, is_last=end == len(words), is_apart=is_apart):
            return FoundPlace(place, start, end)
        if self.taxonomy_knows(run) or is_article(reading, run, before, following) or self._is_state(text):
            return None
        if before not in STRONG_PLACE_WORDS and following not in TOLD_OF and (place := self._apart(reading, run, text)):
            is_sought = reading.is_listing or reading.seeks_clinic or (reading.names_ketamine and end == len(words))
            is_sure = (is_sought or is_wish_alone(self._taxonomy, reading)) and text not in COMMON_WORDS
            return FoundPlace(place, start, end, is_sure=is_sure)
        if (
            text in COMMON_WORDS
            and before not in STRONG_PLACE_WORDS
            and not is_there(self._taxonomy, reading, words, start, end)
        ):
            return self._hinted(reading, text, start, end)
        return self._by_name(reading, words, start, end, text, before, has_radius=has_radius)

    def _by_name(
        self, reading: Reading, words: list[Word], start: int, end: int, text: str, before: str, *, has_radius: bool
    ) -> FoundPlace | None:
        """A city that stands there by its name alone, by what is said in front of it and around."""
        run = words[start:end]
        is_said = len(text) > SHORT_NAME or is_nickname(text)
        if reading.is_listing and is_said and (place := self.meant(text) or self.only(text)):
            return FoundPlace(place, start, end)
        says_place = before in STRONG_PLACE_WORDS or (
            before in PLACE_WORDS and (reading.seeks_clinic or reading.names_ketamine or reading.is_capitalised(run))
        )
        if (says_place or has_radius) and (place := self.meant(text) or self._certainly(text, before)):
            return FoundPlace(place, start, end)
        if (says_place or reading.is_listing) and (found := self._small(reading, words, start, end)):
            return found
        return self._in_passing(reading, words, start, end, is_named=before not in STOP_WORDS)

    def _apart(self, reading: Reading, run: Sequence[Word], text: str) -> place_columns.Place | None:
        """A city by itself between commas, beside a wish: `..., sarasota`."""
        if len(text) <= SHORT_NAME or not may_end_segment(reading, run[0].start, run[-1].end):
            return None
        place = self._gazetteer.city(text, least=LEAST_CITY) or self.only(text)
        return place if place is not None and self.is_apart(reading, run) else None

    def is_apart(self, reading: Reading, run: Sequence[Word]) -> bool:
        """Whether between commas a run stands alone or beside what listings are searched by, and a wish is named.

        That is ketamine, who gives it, or anything to filter by, here or elsewhere.
        """
        found = segment(reading, run[0].start, run[-1].end)
        if found is None:
            return False
        words = reading.words()
        named = named_words(self._taxonomy, words)
        beside = [word for word in words if found[0] <= word.start < found[1] and word not in run]
        is_plain = all(word.folded in LISTING_WORDS or word.folded in STOP_WORDS or word in named for word in beside)
        return is_plain and (reading.names_ketamine or reading.seeks_clinic or bool(named))

    def _hinted(self, reading: Reading, text: str, start: int, end: int) -> FoundPlace | None:
        """A city whose name is a word, where nothing but what listings are searched by is said: it may be meant."""
        if not reading.is_listing or is_word_first(text):
            return None
        place = self._gazetteer.city(text, least=_LEAST_MENTIONED)
        return FoundPlace(place, start, end, is_sure=False) if place else None

    def _small(self, reading: Reading, words: Sequence[Word], start: int, end: int) -> FoundPlace | None:
        """A small town behind `in`, or in a question of listings' words, where a clinic is sought: it may be meant.

        The smallest have to be written as names. The first word of a state's name is none: `North Carolina`.
        """
        text, longer = (" ".join(word.folded for word in words[start:until]) for until in (end, end + 1))
        if len(text) <= SHORT_NAME or state_code(longer) or not (reading.is_listing or reading.seeks_clinic):
            return None
        is_name = reading.is_capitalised(words[start:end]) and not reading.original.isupper()
        place = self._gazetteer.city(text, least=1 if is_name else _LEAST_SPELT)
        return FoundPlace(place, start, end, is_sure=False) if place else None

    def _region_at(
        self, reading: Reading, words: list[Word], start: int, end: int, region: place_columns.Place
    ) -> FoundPlace | None:
        """A region; a county is no other state's, and sure only where nothing but what searches say stands beside."""
        if words[end - 1].folded not in _COUNTIES:
            is_all = start == 0 and end == len(words)
            is_sought = is_all or reading.is_listing or reading.seeks_clinic or reading.names_ketamine
            says_place = any(word.folded in PLACE_WORDS for word in words[max(start - 2, 0) : start])
            return FoundPlace(region, start, end, is_sure=is_sought or says_place)
        code, until = state_behind(words, end)
        if code and f" {code}" not in region.label.replace(",", " "):
            return self._county(words, start, end - 1)
        return FoundPlace(region, start, end, is_sure=self._is_beside(reading, words, start, until))

    def _county(self, words: list[Word], start: int, end: int) -> FoundPlace | None:
        """The county of a name that ends at `end`, in the state behind it or in the only one that has it.

        It is never sure: half of all names of counties are names of others as well.
        """
        code, until = state_behind(words, end + 1)
        county = self._gazetteer.county(" ".join(word.folded for word in words[start:end]), code)
        if county is None:
            return None
        return FoundPlace(county, start, until, is_sure=False)

    def _in_passing(
        self, reading: Reading, words: Sequence[Word], start: int, end: int, *, is_named: bool
    ) -> FoundPlace | None:
        """A city that no other word says to be one, where a clinic or a treatment is named."""
        text = " ".join(word.folded for word in words[start:end])
        is_said = len(text) > SHORT_NAME or is_nickname(text)
        if is_said and (place := self._gazetteer.city(text) or self._unmistakable(text)):
            if reading.seeks_clinic:
                return FoundPlace(place, start, end)
            if reading.names_ketamine:
                return FoundPlace(place, start, end, is_sure=False)
        least = LEAST_CITY if " " in text else _LEAST_MENTIONED
        if is_said and is_named and reading.names_ketamine and (place := self._gazetteer.city(text, least=least)):
            return FoundPlace(place, start, end, is_sure=False)
        if is_said and end == len(words) and (place := self._at_end(reading, words, start, end)):
            return FoundPlace(place, start, end, is_sure=False)
        is_last = reading.names_ketamine and end == len(words)
        if (reading.is_listing or reading.seeks_clinic or is_last) and (place := self._unmistakable(text, least=1)):
            return FoundPlace(place, start, end, is_sure=False)
        return None

    def _at_end(self, reading: Reading, words: Sequence[Word], start: int, end: int) -> place_columns.Place | None:
        """A well-known city that ends a question which names a wish, or stands behind its last comma."""
        text = " ".join(word.folded for word in words[start:end])
        place = self._gazetteer.city(text) or self._unmistakable(text)
        if place is None or is_word_first(text) or is_gone_to(words, start):
            return None
        return place if begins_segment(reading, words, start) or named_words(self._taxonomy, words[:start]) else None

    def _is_state(self, text: str) -> bool:
        """Whether a state is meant and no town of its name: `wyoming`; New York and Washington are cities first."""
        return len(text) > SHORT_NAME and state_code(text) is not None and self._gazetteer.city(text) is None

    def _unmistakable(self, text: str, *, least: int = LEAST_CITY) -> place_columns.Place | None:
        """A city that is known, with a word in its name that is no English one."""
        is_short = len(text) < _LEAST_LETTERS
        return None if is_short or is_plain(text) else self._gazetteer.city(text, least=least)

    def only(self, text: str) -> place_columns.Place | None:
        """A small city whose name is no word and that no other city shares."""
        city = self._gazetteer.city(text, least=1)
        if city is None or (city.size < LEAST_CITY and not self._gazetteer.is_only(city)):
            return None
        return None if is_plain(text) and city.size < 2 else city

    def _certainly(self, text: str, before: str) -> place_columns.Place | None:
        """Any city behind a word that nothing but a place follows."""
        if before not in STRONG_PLACE_WORDS or is_plain(text):
            return None
        return self._gazetteer.city(text, least=1)

    def meant(self, text: str) -> place_columns.Place | None:
        """The city of a name, or the well-known one that it nearly names where it is no other's: `burlington`."""
        known = self._gazetteer.city(text, least=LEAST_CITY)
        is_spelt = " " in text or self._gazetteer.city(text, least=_LEAST_SPELT) is not None
        return known or (None if is_spelt else self._gazetteer.resembling(text))

    def _with_state(
        self, reading: Reading, run: list[Word], before: str, *, is_last: bool, is_apart: bool
    ) -> place_columns.Place | None:
        text = reading.text[run[0].start : run[-1].end]
        for taken in (1, 2):
            if len(run) > taken and (code := state_at(reading, run[-taken:], is_last, is_apart)):
                if run[-1].folded in CONJUNCTIONS and not is_last and "," not in text:
                    continue
                city = " ".join(word.folded for word in run[:-taken])
                is_written_out = "," in text or before in PLACE_WORDS or run[-1].folded not in STOP_WORDS
                if not (is_written_out or is_last or reading.is_listing):
                    continue
                if region := self._region(city, code):
                    return region
                is_plain = not (reading.is_listing or "," in text) and run[-1].folded in AMBIGUOUS_CODES
                place = self._gazetteer.city(city, code)
                if place is not None and not (is_plain and place.size < LEAST_CITY):
                    return place
                if not is_plain and (place := self._gazetteer.resembling(city)) and place.state == code:
                    return place
        return self._behind_state(reading, run) if "," not in text else None

    def _region(self, name: str, code: str) -> place_columns.Place | None:
        """A region or neighbourhood of that name, where its label says that it is in the state."""
        region = self._gazetteer.locality(name, (code.lower(),))
        return region if region is not None and f", {code}" in region.label else None

    def _behind_state(self, reading: Reading, run: list[Word]) -> place_columns.Place | None:
        """A city behind the name of its state: `texas austin`."""
        for taken in (1, 2):
            name = " ".join(word.folded for word in run[:taken])
            if len(run) > taken and len(name) > SHORT_NAME and (code := state_code(name)):
                city = self._gazetteer.city(" ".join(word.folded for word in run[taken:]), code)
                if city is not None and city.size >= LEAST_CITY and (reading.is_listing or reading.seeks_clinic):
                    return city
        return None

    def _is_beside(self, reading: Reading, words: Sequence[Word], start: int, end: int) -> bool:
        """Whether beside a run stands only what clinics are searched by, wishes of the taxonomy included."""
        wishes = frozenset(word.folded for word in named_words(self._taxonomy, words))
        return is_beside(reading, words[start].start, words[end - 1].end, further=wishes)

    def taxonomy_knows(self, run: Sequence[Word]) -> bool:
        """Whether a run names something to filter by, and is not a place's name as a whole: `va beach`."""
        mentions = list(self._taxonomy.mentions([word.folded for word in run]))
        is_whole = any((mention.start, mention.end) == (0, len(run)) for mention in mentions)
        return is_whole or (bool(mentions) and not (len(run) > 1 and self.is_known(run)))
