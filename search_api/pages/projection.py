"""Where places lie on the map, and what places a part of the map shows.

The projection is that of the borders (us-atlas, `states-albers-10m`): equal-area cones for the lower states, Alaska
and Hawaii, the latter two moved below, as d3-geo's `geoAlbersUsa` with scale 1300 and translation 487.5, 305.
"""

import math

from msgspec import Struct

WIDTH, HEIGHT = 975.0, 610.0
"""Of the whole map, in its units."""
_SCALE = 1300.0
_MIDDLE = (487.5, 305.0)
_EARTH_MILES = 3958.8
"""Mean radius (IUGG)."""
_INSETS_TOP = 461.0
_ALASKA_RIGHT = 209.3
_HAWAII = (209.3, 338.0, 520.8)
"""Left, right and top of what is Hawaii (d3-geo, `albersUsa.js`: where its inverse takes each cone)."""


class Cone(Struct, frozen=True):
    """An equal-area conic projection of a region, and where it is put."""

    rotation: float
    centre: tuple[float, float]
    parallels: tuple[float, float]
    scale: float = 1.0
    moved: tuple[float, float] = (0.0, 0.0)

    @property
    def miles(self) -> float:
        """Of one unit of the map."""
        return _EARTH_MILES / (_SCALE * self.scale)

    def place(self, lat: float, lng: float) -> tuple[float, float]:
        """Where a point lies on the map."""
        x, y = self._raw(lng + self.rotation, lat)
        x0, y0 = self._raw(*self.centre)
        left, top, k = self._put
        return left + k * (x - x0), top - k * (y - y0)

    def point(self, across: float, down: float) -> tuple[float, float]:
        """The latitude and longitude of a place on the map."""
        x0, y0 = self._raw(*self.centre)
        left, top, k = self._put
        n, c = self._constants
        x, y = (across - left) / k + x0, math.sqrt(c) / n - ((top - down) / k + y0)
        sine = (c - (n * math.hypot(x, y)) ** 2) / (2 * n)
        lat = math.degrees(math.asin(min(max(sine, -1.0), 1.0)))
        return lat, math.degrees(math.atan2(x, y)) / n - self.rotation

    @property
    def _put(self) -> tuple[float, float, float]:
        """Left and top of the middle of the region, and units of one radius of the earth."""
        return _MIDDLE[0] + self.moved[0] * _SCALE, _MIDDLE[1] + self.moved[1] * _SCALE, _SCALE * self.scale

    @property
    def _constants(self) -> tuple[float, float]:
        first, second = (math.sin(math.radians(each)) for each in self.parallels)
        n = (first + second) / 2
        return n, 1 + first * (2 * n - first)

    def _raw(self, lng: float, lat: float) -> tuple[float, float]:
        n, c = self._constants
        r = math.sqrt(max(c - 2 * n * math.sin(math.radians(lat)), 0.0)) / n
        turned = math.radians(lng) * n
        return r * math.sin(turned), math.sqrt(c) / n - r * math.cos(turned)


_LOWER = Cone(96.0, (-0.6, 38.7), (29.5, 45.5))
_OF_ALASKA = Cone(154.0, (-2.0, 58.5), (55.0, 65.0), 0.35, (-0.307, 0.201))
_OF_HAWAII = Cone(157.0, (-3.0, 19.9), (8.0, 18.0), 1.0, (-0.205, 0.212))


def cone_of(lat: float, lng: float) -> Cone:
    """The cone on which a point is drawn."""
    if lat > 50:
        return _OF_ALASKA
    return _OF_HAWAII if lng < -140 else _LOWER


def cone_at(x: float, y: float) -> Cone:
    """The cone that is drawn at a place of the map."""
    if y >= _INSETS_TOP and x < _ALASKA_RIGHT:
        return _OF_ALASKA
    left, right, top = _HAWAII
    return _OF_HAWAII if y >= top and left <= x < right else _LOWER


def projected(lat: float, lng: float) -> tuple[float, float]:
    """Where a point lies on the map of 975 by 610."""
    return cone_of(lat, lng).place(lat, lng)
