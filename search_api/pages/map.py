"""A map of the clinics of a page: pins over the borders of the states, cut to where the pins are.

Without a script it stands still. With one it is zoomed and moved, and what it then shows can be searched: the address
says the part (`area=x,y,width`), from which a place and a radius follow.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from search_api.pages.place_names import PlaceName, names_in
from search_api.pages.projection import HEIGHT, WIDTH, cone_at, cone_of, projected

_LEAST_WIDTH = 90.0
"""Of what is shown: about 270 miles."""
_MARGIN = 0.18
_PIN = 0.036
"""Radius of a pin, as a share of the width that is shown."""
_TYPE = 0.036
"""Height of the type of names, as a share of the width that is shown."""
_ASPECT = 1.25
_AREA = re.compile(r"(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?),(\d+(?:\.\d+)?)")


class Pin(Struct, frozen=True):
    """One or more clinics that lie together: the number of the first in the list, and all their names."""

    number: int
    x: float
    y: float
    names: tuple[str, ...]


class ClinicMap(Struct, frozen=True):
    """What is shown of the map, and the pins on it; `places` are the pins one by one."""

    left: float
    top: float
    width: float
    height: float
    radius: float
    pins: tuple[Pin, ...]
    places: tuple[Pin, ...]
    names: tuple[PlaceName, ...]
    """Of cities, each in type of the height `type_size`."""
    type_size: float

    @property
    def data(self) -> str:
        """The places for the script, as JSON."""
        return msgspec.json.encode(self.places).decode()


class Area(Struct, frozen=True):
    """A circle that holds what a part of the map shows."""

    lat: float
    lng: float
    radius_miles: float

    @property
    def near(self) -> str:
        """The middle, as searches take it."""
        return f"{self.lat:.3f},{self.lng:.3f}"


def area_of(text: str) -> Area | None:
    """The circle round a part of the map, which is told by its middle and width; None for anything else."""
    found = _AREA.fullmatch(text)
    if found is None:
        return None
    x, y, width = map(float, found.groups())
    if not (_is_on_map(x, y) and 0 < width <= WIDTH):
        return None
    cone = cone_at(x, y)
    lat, lng = cone.point(x, y)
    return Area(lat, lng, float(max(math.ceil(math.hypot(width, width / _ASPECT) / 2 * cone.miles), 1)))


def map_of(hits: Sequence[Mapping[str, Any]], first: int, area: Area | None = None) -> ClinicMap | None:
    """The map of the clinics that have a place; `first` is the number of the first hit.

    With an `area` all of it is shown. None where there is neither.
    """
    places = tuple(
        Pin(first + order, *projected(hit["location"].lat, hit["location"].lng), (hit["title"],))
        for order, hit in enumerate(hits)
        if hit["type"] == "clinic" and hit["location"] is not None
    )
    places = tuple(each for each in places if _is_on_map(each.x, each.y))
    points = [(each.x, each.y) for each in places]
    if area is not None and not _is_on_map(*projected(area.lat, area.lng)):
        area = None
    if not points and area is None:
        return None
    left, top, width, height = _window(points) if area is None else _window([*points, *_corners(area)], 2 * _PIN, 0.0)
    radius = width * _PIN
    pins, size = _together(places, radius), width * _TYPE
    seen = (left + width / 2, top + height / 2, width / 2, height / 2)
    names = names_in(seen, [(pin.x, pin.y) for pin in pins], radius=radius, size=size)
    return ClinicMap(left, top, width, height, radius, pins, places, tuple(names), size)


def _is_on_map(x: float, y: float) -> bool:
    return 0 <= x <= WIDTH and 0 <= y <= HEIGHT


def _corners(area: Area) -> list[tuple[float, float]]:
    """Of the part of the map that an area was made of."""
    cone = cone_of(area.lat, area.lng)
    x, y = cone.place(area.lat, area.lng)
    across = area.radius_miles / cone.miles / math.hypot(1, 1 / _ASPECT)
    down = across / _ASPECT
    return [(x - across, y - down), (x + across, y + down)]


def _window(
    points: Sequence[tuple[float, float]], margin: float = _MARGIN, least: float = _LEAST_WIDTH
) -> tuple[float, float, float, float]:
    """Left, top, width and height of what is shown, never more than the whole."""
    xs, ys = zip(*points, strict=True)
    wide, high = (max(each) - min(each) for each in (xs, ys))
    width = min(max(wide * (1 + 2 * margin), high * (1 + 2 * margin) * _ASPECT, least), WIDTH)
    height = width / _ASPECT
    return (min(xs) + max(xs) - width) / 2, (min(ys) + max(ys) - height) / 2, width, height


def _together(places: Sequence[Pin], radius: float) -> tuple[Pin, ...]:
    """Those that would hide one another become one."""
    pins: list[Pin] = []
    for place in places:
        near = next(
            (at for at, pin in enumerate(pins) if math.hypot(pin.x - place.x, pin.y - place.y) < 2 * radius), None
        )
        if near is None:
            pins.append(place)
        else:
            pin = pins[near]
            pins[near] = Pin(pin.number, pin.x, pin.y, (*pin.names, *place.names))
    return tuple(pins)
