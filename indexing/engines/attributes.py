"""The attributes of all documents in columns, so that filters and facets are a few array operations.

Rows are only ever appended: a view keeps seeing the rows it was made with while newer ones arrive.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.distances import EARTH_RADIUS_MILES
from indexing.engines.entries import Attributes, FacetCount
from indexing.queries import FLAG_ATTRIBUTES, LABEL_ATTRIBUTES, Filters
from indexing.schema.types import NUMBERS

Mask = NDArray[np.bool_]
_Item = TypeVar("_Item", bound=np.generic)


class Column(Generic[_Item]):
    """A growing array of one type; the array behind an earlier view is never changed below its length."""

    def __init__(self, dtype: type[_Item]) -> None:
        self._values: NDArray[_Item] = np.empty(1024, dtype=dtype)
        self.length = 0

    def append(self, value: float) -> None:
        """Add one value."""
        if self.length == len(self._values):
            self._values = np.concatenate([self._values, np.empty_like(self._values)])
        self._values[self.length] = value
        self.length += 1

    def view(self) -> NDArray[_Item]:
        """The values so far."""
        return self._values[: self.length]


class LabelColumn:
    """Values of a label attribute as (row, code) pairs."""

    def __init__(self) -> None:
        self._rows = Column(np.int32)
        self._codes = Column(np.int32)
        self._code_of: dict[str, int] = {}
        self._labels: list[tuple[str, str]] = []

    def append(self, row: int, values: Mapping[str, str]) -> None:
        """Give a row its values."""
        for value, label in values.items():
            code = self._code_of.get(value)
            if code is None:
                code = len(self._labels)
                self._labels.append((value, label))
                self._code_of[value] = code
            elif label:
                self._labels[code] = (value, label)
            self._rows.append(row)
            self._codes.append(code)

    def view(self) -> "LabelView":
        """The pairs so far."""
        return LabelView(self._rows.view(), self._codes.view(), self._code_of, self._labels)


class LabelView(Struct, frozen=True):
    """A label attribute as one snapshot sees it."""

    rows: NDArray[np.int32]
    codes: NDArray[np.int32]
    code_of: Mapping[str, int]
    labels: list[tuple[str, str]]
    known: dict[int, NDArray[np.int32]] = {}
    """The rows of codes that were asked for."""

    def any_of(self, values: tuple[str, ...], size: int) -> Mask:
        """Which of `size` rows have one of the values."""
        mask = np.zeros(size, dtype=np.bool_)
        for value in values:
            if (code := self.code_of.get(value)) is not None:
                mask[self._rows_of(code)] = True
        return mask

    def _rows_of(self, code: int) -> NDArray[np.int32]:
        if (known := self.known.get(code)) is None:
            known = self.known[code] = self.rows[self.codes == code]
        return known

    def counts(self, kept: Mask) -> list[FacetCount]:
        """How often each value occurs in the rows marked in `kept`."""
        totals = np.bincount(self.codes[kept[self.rows]], minlength=1)
        found = [FacetCount(*self.labels[code], int(totals[code])) for code in np.flatnonzero(totals)]
        return sorted(found, key=lambda facet: (-facet.count, facet.value))


class AttributeTable:
    """The attributes of every row."""

    def __init__(self) -> None:
        self._labels = {name: LabelColumn() for name in LABEL_ATTRIBUTES}
        self._numbers = {name: Column(np.float64) for name in (*NUMBERS, *FLAG_ATTRIBUTES)}
        self._length = 0

    def append(self, attributes: Attributes) -> None:
        """Add one row."""
        for name, values in attributes.labels.items():
            if name in self._labels:  # others are of a newer version
                self._labels[name].append(self._length, values)
        for name, column in self._numbers.items():
            flag = attributes.flags.get(name)
            column.append(float(flag) if flag is not None else attributes.numbers.get(name, np.nan))
        self._length += 1

    def view(self) -> "AttributeView":
        """The rows so far."""
        return AttributeView(
            size=self._length,
            labels={name: column.view() for name, column in self._labels.items()},
            numbers={name: column.view() for name, column in self._numbers.items()},
        )


class AttributeView(Struct, frozen=True):
    """The attribute columns as one snapshot sees them; `size` rows."""

    size: int
    labels: Mapping[str, LabelView]
    numbers: Mapping[str, NDArray[np.float64]]

    def passing(self, filters: Filters) -> Mask:
        """Which rows meet every condition; comparisons with a missing number are false."""
        mask = np.ones(self.size, dtype=np.bool_)
        for name, values in filters.labels.items():
            mask &= self.labels[name].any_of(values, self.size)
        for name, wanted in filters.flags.items():
            mask &= self.numbers[name] == float(wanted)
        if filters.price_min is not None or filters.price_max is not None:
            mask &= self._price_overlaps(filters.price_min, filters.price_max)
        if filters.published_after is not None:
            mask &= self.numbers["published_at"] >= filters.published_after
        if filters.published_before is not None:
            mask &= self.numbers["published_at"] < filters.published_before
        if filters.checked_after is not None:
            mask &= self.numbers["checked_at"] >= filters.checked_after
        if (near := filters.near) is not None:
            mask &= self.distances(near.lat, near.lng) <= near.radius_miles
        return mask

    def counts(self, name: str, kept: Mask) -> list[FacetCount]:
        """How often each value of a label or flag occurs in the rows marked in `kept`, most frequent first."""
        if name in self.labels:
            return self.labels[name].counts(kept)
        flags = self.numbers[name][kept]
        totals = [
            FacetCount(value, "", int((flags == wanted).sum())) for value, wanted in (("true", 1.0), ("false", 0.0))
        ]
        return sorted((each for each in totals if each.count), key=lambda facet: -facet.count)

    def _price_overlaps(self, low: float | None, high: float | None) -> Mask:
        lowest, highest = self.numbers["price_min"], self.numbers["price_max"]
        cheapest = np.where(np.isnan(lowest), highest, lowest)
        dearest = np.where(np.isnan(highest), lowest, highest)
        above: Mask = dearest >= (-np.inf if low is None else low)
        below: Mask = cheapest <= (np.inf if high is None else high)
        return above & below

    def distances(self, lat: float, lng: float) -> NDArray[np.float64]:
        """Great-circle miles of every row from a point (haversine formula); NaN without a place."""
        latitude, longitude = np.radians(self.numbers["lat"]), np.radians(self.numbers["lng"])
        here_lat, here_lng = np.radians(lat), np.radians(lng)
        half = (
            np.sin((latitude - here_lat) / 2) ** 2
            + np.cos(latitude) * np.cos(here_lat) * np.sin((longitude - here_lng) / 2) ** 2
        )
        result: NDArray[np.float64] = 2 * EARTH_RADIUS_MILES * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
        return result
