"""US places offline: ZIP codes, cities, states, and their coordinates.

The data is the zipcodes package's; a city's point is the mean of its standard ZIP codes.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path

import msgspec
import zipcodes
from msgspec import Struct

from indexing import packed_texts, place_columns
from indexing import text as folding
from indexing.analysis import tokenizer
from indexing.derived import kept
from indexing.distances import miles_between
from indexing.knowledge.localities import Locality, place_names
from indexing.packed_texts import PackedTexts
from indexing.place_columns import ZIP_DIGITS, Cities, Place, ZipCodes
from indexing.text import folded, squeezed
from indexing.words import Vocabulary

STATES: Mapping[str, str] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
    "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
    "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "GU": "Guam",
    "VI": "US Virgin Islands",
}  # fmt: skip

_ORDER = {state: place for place, state in enumerate(STATES)}
_SHORT_FORMS = {
    "st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount", "n": "north", "s": "south", "e": "east", "w": "west",
}  # fmt: skip
_SHORT_ENDS = {
    "pk": "park", "bch": "beach", "hts": "heights", "hgts": "heights", "spgs": "springs", "spg": "springs",
    "vlg": "village", "jct": "junction", "hbr": "harbor", "mtn": "mountain", "vly": "valley", "fls": "falls",
    "rpds": "rapids", "hls": "hills", "grv": "grove", "cty": "city", "twp": "township", "blfs": "bluffs",
    "isl": "island", "crk": "creek", "lks": "lakes", "oks": "oaks",
}  # fmt: skip
"""Last words of names of towns, as they are written in haste: `overland pk`."""
_COMPASS = re.compile(r"^([nsew])(?=\s\w{2})")
_COUNTY = re.compile(r" (?:county|parish)$")
_SHORT = re.compile(r"\b(ste?|ft|mt)(?=\s)")
_SHORT_END = re.compile(rf"(?<=\w\s)({'|'.join(_SHORT_ENDS)})$")
_MISSPELT_LETTERS = 6
_WELL_KNOWN_ZIPS = 12
"""A city with at least this many standard ZIP codes is known without its state."""

_KEPT_NAMES = 8_192
_FARTHEST_MILES = 100.0
"""From which on a point is near no city."""
_LEAST_NAMESAKE, _NAMESAKE_SHARE, _MOST_NAMESAKES = 3, 0.1, 4
"""A city of the same name may be meant from this many ZIP codes on, and this share of the larger one's."""


class Gazetteer:
    """Look-ups by ZIP code and by name. All gazetteers of a process share what is loaded at the first look-up."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is where what takes a second to compute is kept for the next process."""
        self._folder = folder

    def zip(self, code: str) -> Place | None:
        """The place of a five-digit (or ZIP+4) code."""
        return self._loaded.zips.get(code[:5])

    def city(self, city: str, state: str | None = None, *, least: int = _WELL_KNOWN_ZIPS) -> Place | None:
        """A city by name; without a state, the largest of that name if it has `least` ZIP codes."""
        name = _name(city)
        called, called_in = place_names().cities.get(name, ("", ""))
        if state is not None:
            known = self._cities.get(name, state) or self._cities.get(called, state if called_in == state else "")
            return known or self._cities.get(self._loaded.further_name(name, state), state)
        if called:
            return self._cities.get(called, called_in)
        best = self._largest(name)
        return best if best is not None and best.size >= least else None

    def county(self, name: str, state: str | None = None) -> Place | None:
        """A county or parish by its name without that word; without a state, where one state alone has it."""
        if state is not None:
            return self._loaded.counties.get(_name(name), state)
        found = self._loaded.counties.named(_name(name))
        return found[0] if len(found) == 1 else None

    def centre(self, state: str) -> tuple[float, float] | None:
        """The mean latitude and longitude of a state's cities."""
        return self._cities.centre(state)

    def nearest(self, lat: float, lng: float, *, within_miles: float = 0.0) -> Place | None:
        """The largest city within some miles of a point, or the nearest of all; None a day's drive from any."""
        farthest = max(within_miles, _FARTHEST_MILES)
        close = self._cities.within(lat, lng, farthest)
        measured = ((miles_between(place.lat, place.lng, lat, lng), place) for place in close)
        away = [(miles, place) for miles, place in measured if miles <= farthest]
        around = [place for miles, place in away if miles <= within_miles]
        if around:
            return max(around, key=lambda place: (place.size, place.label))
        return min(away, key=lambda pair: (pair[0], pair[1].label))[1] if away else None

    def locality(self, name: str, beside: Iterable[str] = ()) -> Place | None:
        """A region, base or neighbourhood; one of several of the name by the words beside it."""
        found = place_names().locality(_plain(name), beside)
        return _place(found) if found else None

    def airport(self, name: str) -> Place | None:
        """An airport by its code or name."""
        found = place_names().airport(_plain(name))
        return _place(found) if found else None

    def abroad(self, name: str) -> str | None:
        """The label of a country or city outside the United States."""
        return place_names().abroad.get(_plain(name))

    def is_only(self, place: Place) -> bool:
        """Whether no other city of the name is more than half as large."""
        others = (other for other in self._cities.named(_name(place.city)) if other.state != place.state)
        return all(2 * other.size <= max(place.size, 1) for other in others)

    def resembling(self, name: str) -> Place | None:
        """The well-known city that a name stands for which is misspelt or run together: `tuscon`, `sandiego`."""
        key = _name(name).replace(" ", "")
        if len(key) < _MISSPELT_LETTERS:
            return None
        if place := self._well_known.get(key):
            return place
        likeliest = self._well_known_names.corrections(key, limit=1, least_letters=_MISSPELT_LETTERS)
        return self._well_known[likeliest[0][0]] if likeliest else None

    def namesakes(self, place: Place) -> list[Place]:
        """Other cities of the same name that may be meant as well, largest first."""
        least = max(_LEAST_NAMESAKE, place.size * _NAMESAKE_SHARE)
        others = self._cities.named(_name(place.city))
        fitting = [other for other in others if other.state != place.state and other.size >= least]
        return sorted(fitting, key=lambda other: (-other.size, other.label))[:_MOST_NAMESAKES]

    def find(self, text: str) -> Place | None:
        """A ZIP code, `city, state` (or `city state`), a region as it is called or labelled, or a well-known city."""
        text = squeezed(text)
        if (labelled := _labelled().get(text)) is not None:
            return labelled
        if found := re.search(r"(?:^|, [A-Z]{2} )(\d{5})(?:-\d{4})?$", text):  # also as places here are labelled
            return self.zip(found[1])
        city, comma, state = text.rpartition(",")
        if comma and (code := state_code(state)):
            return self.city(city, code)
        words = text.split()
        for taken in (2, 1, 3):
            code = state_code(" ".join(words[-taken:])) if len(words) > taken else None
            if code and (place := self.city(" ".join(words[:-taken]), code)):
                return place
        return self.locality(text) or self.city(text)

    def zips_beginning(self, digits: str) -> list[Place]:
        """Places of the ZIP codes that begin so, one a city, those of larger cities first."""
        found = self._loaded.zips.beginning(digits)
        size = {(place.city, place.state): self._size(place) for place in found}
        best: dict[tuple[str, str], Place] = {}
        for place in sorted(found, key=lambda place: (-size[place.city, place.state], -place.size, place.label)):
            best.setdefault((place.city, place.state), place)
        return list(best.values())

    def zips(self, city: Place) -> list[str]:
        """The standard ZIP codes of a city, all of them where it has no standard one."""
        found = self._loaded.zips.of_city(city.city, city.state)
        codes = [place.label[-ZIP_DIGITS:] for place in found if place.size]
        return codes or [place.label[-ZIP_DIGITS:] for place in found]

    def cities(self) -> list[Place]:
        """Every city, largest first."""
        return sorted(self._cities, key=lambda place: (-place.size, place.label))

    @property
    def words(self) -> Iterable[str]:
        """The words of all cities' labels, each once."""
        return self._loaded.words

    @cached_property
    def _loaded(self) -> "_Places":
        return _loaded(self._folder)

    @property
    def _cities(self) -> Cities:
        return self._loaded.cities

    @cached_property
    def _well_known(self) -> dict[str, Place]:
        """Without the spaces of their names."""
        largest = ((name, self._largest(name)) for name in self._cities.names())
        return {name.replace(" ", ""): place for name, place in largest if place and place.size >= _WELL_KNOWN_ZIPS}

    @cached_property
    def _well_known_names(self) -> Vocabulary:
        return Vocabulary((name, place.size) for name, place in self._well_known.items())

    def _largest(self, name: str) -> Place | None:
        """Of equally large ones that of the state which comes first."""
        return max(self._cities.named(name), key=lambda place: (place.size, -_ORDER[place.state]), default=None)

    def _size(self, place: Place) -> int:
        city = self._cities.get(_name(place.city), place.state)
        return city.size if city else 0


class _Places(Struct, frozen=True):
    """What is computed from the package's rows."""

    zips: ZipCodes
    cities: Cities
    counties: Cities
    """By their names without `county` or `parish`; those of other kinds are left out."""
    further: PackedTexts
    """Names that the postal service accepts besides a city's own, with their states; in order."""
    further_cities: PackedTexts
    """For each the city's name."""
    words: PackedTexts

    def further_name(self, name: str, state: str) -> str:
        """The name of the city that the postal service also calls so; empty where there is none."""
        called = f"{name}, {state}"
        row = bisect_left(self.further, called)
        return self.further_cities[row] if row < len(self.further) and self.further[row] == called else ""


_SHARED: dict[str, _Places] = {}
"""What all gazetteers of a process share: one entry at most, wherever the first of them keeps its file."""


def _loaded(folder: Path | None) -> _Places:
    """What was loaded before, or is now; two threads that come first load the same."""
    if (shared := _SHARED.get("places")) is None:
        shared = _SHARED["places"] = _load(folder)
    return shared


def _load(folder: Path | None) -> _Places:
    modules = (
        __file__,
        str(place_columns.__file__),
        str(packed_texts.__file__),
        str(tokenizer.__file__),
        str(folding.__file__),
    )
    sources = (zipcodes.__version__, *(Path(module).read_text("utf-8") for module in modules))
    return kept(folder, "places", sources=sources, of=_Places, make=_compute)


def _compute() -> _Places:
    """State by state: all rows of the package at once would cost a hundred megabytes that are never given back."""
    by_zip: dict[str, Place] = {}
    accepted: Counter[tuple[str, str, str]] = Counter()
    counties: dict[tuple[str, str], list[Place]] = {}
    for row in (row for state in STATES for row in zipcodes.filter_by(state=state) if row["lat"]):
        city, state = row["city"], row["state"]
        by_zip[row["zip_code"]] = place = Place(
            label=f"{city}, {state} {row['zip_code']}",
            lat=float(row["lat"]),
            lng=float(row["long"]),
            state=state,
            city=city,
            size=int(row["zip_code_type"] == "STANDARD"),
        )
        if place.size and place.lat:
            accepted.update((_name(further), state, _name(city)) for further in row["acceptable_cities"])
            counties.setdefault((row["county"], state), []).append(msgspec.structs.replace(place, city=row["county"]))
    members: dict[tuple[str, str], list[Place]] = {}
    for place in by_zip.values():
        members.setdefault((_name(place.city), place.state), []).append(place)
    cities = [(name, _centre(places)) for (name, _), places in members.items()]
    likeliest = (each for each, _ in reversed(accepted.most_common()))  # of several, the last stays
    further = {f"{name}, {state}": city for name, state, city in likeliest if (name, state) not in members}
    words = {word for _, place in cities for word in tokenizer.words_of(place.label)}
    return _Places(
        ZipCodes.of(by_zip.items()),
        Cities.of(cities),
        Cities.of((_COUNTY.sub("", _name(name)), _centre(around)) for (name, _), around in counties.items() if name),
        PackedTexts.of(sorted(further)),
        PackedTexts.of(further[name] for name in sorted(further)),
        PackedTexts.of(sorted(words)),
    )


@cache
def _labelled() -> Mapping[str, Place]:
    """Regions by their labels, as an answer names them."""
    names = place_names()
    return {each.label: _place(each) for each in (*names.localities, *names.airports)}


def _place(locality: Locality) -> Place:
    return Place(locality.label, locality.lat, locality.lng, size=0, radius_miles=locality.radius_miles)


def is_nickname(text: str) -> bool:
    """Whether people call a city so: `nyc`, `la`."""
    return _name(text) in place_names().cities


def state_code(text: str) -> str | None:
    """The two-letter code of a state given by code or name."""
    name = _name(text)
    return name.upper() if name.upper() in STATES else _STATE_NAMES.get(name)


@lru_cache(_KEPT_NAMES)
def _plain(text: str) -> str:
    """Folded words with single spaces, without apostrophes."""
    return squeezed(re.sub(r"[^\w\s]", " ", re.sub(r"['’]", "", folded(text))))


@lru_cache(_KEPT_NAMES)
def _name(text: str) -> str:
    """The same with the short forms of the postal service's names written out: `E. St. Louis`, `Port St. Lucie`."""
    name = _COMPASS.sub(lambda found: _SHORT_FORMS[found[1]], _plain(text))
    name = _SHORT_END.sub(lambda found: _SHORT_ENDS[found[1]], name)
    return _SHORT.sub(lambda found: _SHORT_FORMS[found[1]], name)


_STATE_NAMES = {_name(name): code for code, name in STATES.items()} | dict(place_names().states)


def _centre(members: list[Place]) -> Place:
    places = [place for place in members if place.size] or members
    first = places[0]
    return Place(
        label=f"{first.city}, {first.state}",
        lat=round(sum(place.lat for place in places) / len(places), 5),
        lng=round(sum(place.lng for place in places) / len(places), 5),
        state=first.state,
        city=first.city,
        size=sum(place.size for place in places),
    )
