"""US cities and ZIP codes in columns: as forty thousand objects they would cost every process 25 MB."""

import functools
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.distances import EARTH_RADIUS_MILES
from indexing.packed_texts import PackedTexts

_BEHIND = "\0"
"""Between a name and its state; no name holds it."""
_LAST = "\1"
_POLE, _LEAST_COSINE = 90.0, 1e-6
ZIP_DIGITS = 5


class Place(Struct, frozen=True):
    """A point with the name that a person knows it by; `size` is its number of standard ZIP codes, 0 of a region."""

    label: str
    lat: float
    lng: float
    state: str = ""
    city: str = ""
    size: int = 1
    radius_miles: float | None = None
    """How far around it people of a region look; None of a city."""


class Cities(Struct, frozen=True, dict=True):
    """Cities by folded name and state, in that order."""

    keys: list[str]
    """Searched some hundred times a question: packed they would take twice the time of understanding it."""
    cities: PackedTexts
    """Their names as they are written."""
    points: bytes
    """Latitude and longitude of each, as float64."""
    counts: bytes
    """Standard ZIP codes of each, as int32."""

    @classmethod
    def of(cls, named: Iterable[tuple[str, Place]]) -> "Cities":
        """Of cities with their folded names."""
        ordered = sorted((_key(name, place.state), place.city, place) for name, place in named)
        places = [place for _, _, place in ordered]
        points = np.array([(place.lat, place.lng) for place in places], np.float64)
        counts = np.array([place.size for place in places], np.int32)
        names = PackedTexts.of(city for _, city, _ in ordered)
        return cls([key for key, _, _ in ordered], names, points.tobytes(), counts.tobytes())

    def get(self, name: str, state: str) -> Place | None:
        """The city of a folded name in a state."""
        key = _key(name, state)
        row = bisect_left(self.keys, key)
        return self._at(row) if row < len(self.keys) and self.keys[row] == key else None

    def named(self, name: str) -> list[Place]:
        """All cities of a folded name."""
        start, end = (bisect_left(self.keys, name + mark) for mark in (_BEHIND, _LAST))
        return [self._at(row) for row in range(start, end)]

    def names(self) -> Iterator[str]:
        """Each folded name once, in order."""
        return iter(dict.fromkeys(key.partition(_BEHIND)[0] for key in self.keys))

    def within(self, lat: float, lng: float, miles: float) -> Iterator[Place]:
        """Those in a square around a point that holds all that are so near, and some others."""
        lats, lngs = self._points.T
        degrees = math.degrees(miles / EARTH_RADIUS_MILES)
        across = degrees / max(math.cos(math.radians(min(abs(lat) + degrees, _POLE))), _LEAST_COSINE)
        around = np.abs((lngs - lng + 180.0) % 360.0 - 180.0)
        return map(self._at, np.flatnonzero((np.abs(lats - lat) <= degrees) & (around <= across)).tolist())

    def centre(self, state: str) -> tuple[float, float] | None:
        """The mean latitude and longitude of a state's cities."""
        rows = [row for row, key in enumerate(self.keys) if key.endswith(_BEHIND + state)]
        if not rows:
            return None
        lat, lng = self._points[rows].mean(axis=0).tolist()
        return lat, lng

    def __iter__(self) -> Iterator[Place]:
        """Every city."""
        return map(self._at, range(len(self.keys)))

    @functools.cached_property
    def _points(self) -> NDArray[np.float64]:
        return np.frombuffer(self.points).reshape(-1, 2)

    @functools.cached_property
    def _degrees(self) -> "memoryview[float]":
        """As `_points`: numbers of their own come faster from here."""
        return memoryview(self.points).cast("d")

    @functools.cached_property
    def _sizes(self) -> "memoryview[int]":
        return memoryview(self.counts).cast("i")

    def _at(self, row: int) -> Place:
        city, (_, _, state) = self.cities[row], self.keys[row].partition(_BEHIND)
        lat, lng = self._degrees[2 * row], self._degrees[2 * row + 1]
        return Place(_label(city, state), lat, lng, state, city, self._sizes[row])


class ZipCodes(Struct, frozen=True, dict=True):
    """ZIP codes in order, each of a city."""

    cities: PackedTexts
    """As their labels name them; each once."""
    codes: bytes
    """As int32."""
    points: bytes
    """Latitude and longitude of each, as float64."""
    city_of: bytes
    """For each its place in `cities`, as int32."""
    standard: bytes
    """For each whether it is one of houses, no box or single receiver, as a byte."""

    @classmethod
    def of(cls, coded: Iterable[tuple[str, Place]]) -> "ZipCodes":
        """Of places with their codes."""
        ordered = sorted(coded)
        number: dict[str, int] = {}
        city_of = [number.setdefault(_label(place.city, place.state), len(number)) for _, place in ordered]
        return cls(
            PackedTexts.of(number),
            np.array([int(code) for code, _ in ordered], np.int32).tobytes(),
            np.array([(place.lat, place.lng) for _, place in ordered], np.float64).tobytes(),
            np.array(city_of, np.int32).tobytes(),
            np.array([place.size for _, place in ordered], np.uint8).tobytes(),
        )

    def get(self, code: str) -> Place | None:
        """The place of a five-digit code."""
        if not _is_digits(code) or len(code) != ZIP_DIGITS:
            return None
        row = int(np.searchsorted(self._codes, int(code)))
        return self._at(row) if row < len(self._codes) and self._codes[row] == int(code) else None

    def beginning(self, digits: str) -> list[Place]:
        """The places of codes that begin so, in the order of their codes."""
        if not _is_digits(digits) or len(digits) > ZIP_DIGITS:
            return []
        unit = 10 ** (ZIP_DIGITS - len(digits))
        start, end = np.searchsorted(self._codes, [int(digits) * unit, (int(digits) + 1) * unit]).tolist()
        return [self._at(row) for row in range(start, end)]

    def of_city(self, city: str, state: str) -> list[Place]:
        """The places of a city's codes."""
        number = self.cities.number_of(_label(city, state))
        rows = np.flatnonzero(self._city_of == number) if number is not None else np.empty(0, np.int64)
        return [self._at(row) for row in rows.tolist()]

    @functools.cached_property
    def _codes(self) -> NDArray[np.int32]:
        return np.frombuffer(self.codes, np.int32)

    @functools.cached_property
    def _points(self) -> NDArray[np.float64]:
        return np.frombuffer(self.points).reshape(-1, 2)

    @functools.cached_property
    def _city_of(self) -> NDArray[np.int32]:
        return np.frombuffer(self.city_of, np.int32)

    def _at(self, row: int) -> Place:
        label = self.cities[int(self._city_of[row])]
        city, _, state = label.rpartition(", ")
        lat, lng = self._points[row].tolist()
        return Place(f"{label} {self._codes[row]:0{ZIP_DIGITS}d}", lat, lng, state, city, self.standard[row])


def _label(city: str, state: str) -> str:
    return f"{city}, {state}"


def _key(name: str, state: str) -> str:
    return f"{name}{_BEHIND}{state}"


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
