"""A map of the clinics of a page: pins over the borders of the states, cut to where the pins are.

The projection is that of the borders (us-atlas, `states-albers-10m`): equal-area cones for the lower states, Alaska
and Hawaii, the latter two moved below, as d3-geo's `geoAlbersUsa` with scale 1300 and translation 487.5, 305.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

_WIDTH, _HEIGHT = 975.0, 610.0
_SCALE = 1300.0
_MIDDLE = (487.5, 305.0)
_LEAST_WIDTH = 90.0
"""Of what is shown: about 230 miles."""
_MARGIN = 0.18
_PIN = 0.032
"""Radius of a pin, as a share of the width that is shown."""
_ASPECT = 1.25


class _Cone(Struct, frozen=True):
    """An equal-area conic projection of a region, and where it is put."""

    rotation: float
    centre: tuple[float, float]
    parallels: tuple[float, float]
    scale: float = 1.0
    moved: tuple[float, float] = (0.0, 0.0)

    def place(self, lat: float, lng: float) -> tuple[float, float]:
        """Where a point lies on the map."""
        x, y = self._raw(lng + self.rotation, lat)
        x0, y0 = self._raw(*self.centre)
        k = _SCALE * self.scale
        across = _MIDDLE[0] + self.moved[0] * _SCALE + k * (x - x0)
        return across, _MIDDLE[1] + self.moved[1] * _SCALE - k * (y - y0)

    def _raw(self, lng: float, lat: float) -> tuple[float, float]:
        first, second = (math.sin(math.radians(each)) for each in self.parallels)
        n = (first + second) / 2
        c = 1 + first * (2 * n - first)
        r = math.sqrt(max(c - 2 * n * math.sin(math.radians(lat)), 0.0)) / n
        turned = math.radians(lng) * n
        return r * math.sin(turned), math.sqrt(c) / n - r * math.cos(turned)


_LOWER = _Cone(96.0, (-0.6, 38.7), (29.5, 45.5))
_ALASKA = _Cone(154.0, (-2.0, 58.5), (55.0, 65.0), 0.35, (-0.307, 0.201))
_HAWAII = _Cone(157.0, (-3.0, 19.9), (8.0, 18.0), 1.0, (-0.205, 0.212))


class Pin(Struct, frozen=True):
    """One or more clinics that lie together: the number of the first in the list, and all their names."""

    number: int
    x: float
    y: float
    names: tuple[str, ...]


class ClinicMap(Struct, frozen=True):
    """What is shown of the map, and the pins on it."""

    left: float
    top: float
    width: float
    height: float
    radius: float
    pins: tuple[Pin, ...]


def projected(lat: float, lng: float) -> tuple[float, float]:
    """Where a point lies on the map of 975 by 610."""
    if lat > 50:
        return _ALASKA.place(lat, lng)
    return _HAWAII.place(lat, lng) if lng < -140 else _LOWER.place(lat, lng)


def map_of(hits: Sequence[Mapping[str, Any]], first: int) -> ClinicMap | None:
    """The map of the clinics that have a place; `first` is the number of the first hit. None without any."""
    placed = [
        (first + order, hit["title"], projected(hit["location"].lat, hit["location"].lng))
        for order, hit in enumerate(hits)
        if hit["type"] == "clinic" and hit["location"] is not None
    ]
    placed = [each for each in placed if 0 <= each[2][0] <= _WIDTH and 0 <= each[2][1] <= _HEIGHT]
    if not placed:
        return None
    left, top, width, height = _window([where for _, _, where in placed])
    radius = width * _PIN
    return ClinicMap(left, top, width, height, radius, _pins(placed, radius))


def _window(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Left, top, width and height of what is shown, never more than the whole."""
    xs, ys = zip(*points, strict=True)
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    width = min(max((wide * (1 + 2 * _MARGIN)), high * (1 + 2 * _MARGIN) * _ASPECT, _LEAST_WIDTH), _WIDTH)
    height = width / _ASPECT
    return (min(xs) + max(xs) - width) / 2, (min(ys) + max(ys) - height) / 2, width, height


def _pins(placed: Sequence[tuple[int, str, tuple[float, float]]], radius: float) -> tuple[Pin, ...]:
    """Those that would hide one another become one."""
    pins: list[Pin] = []
    for number, name, (x, y) in placed:
        near = next((at for at, pin in enumerate(pins) if math.hypot(pin.x - x, pin.y - y) < 2 * radius), None)
        if near is None:
            pins.append(Pin(number, x, y, (name,)))
        else:
            pin = pins[near]
            pins[near] = Pin(pin.number, pin.x, pin.y, (*pin.names, name))
    return tuple(pins)
