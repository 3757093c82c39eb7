"""Names of cities on the map: the largest of what is shown, none over another or over a pin.

`map.js` does the same by the same rule when the map is moved.
"""

from collections.abc import Iterator, Sequence
from functools import cache

import msgspec
from msgspec import Struct

from search_api.pages.folder import FOLDER

FILE = FOLDER / "assets" / "us-places.json"
"""Made by `deploy/us_places.py`: name and place of each city, largest first."""
_MOST = 12
_LETTER = 0.64
"""Width of a letter, as a share of the height of the type."""
_LINE = 1.3

Box = tuple[float, float, float, float]
"""Middle, half the width and half the height."""


class PlaceName(Struct, frozen=True):
    """A name, and where its middle is written."""

    text: str
    x: float
    y: float


def names_in(window: Box, pins: Sequence[tuple[float, float]], *, radius: float, size: float) -> list[PlaceName]:
    """The names for a part of the map on which `pins` of a `radius` are drawn, in type of a `size`."""
    taken: list[Box] = [(x, y, radius, radius) for x, y in pins]
    written: list[PlaceName] = []
    for name, x, y in _cities():
        if len(written) == _MOST:
            break
        if not _meets((x, y, 0.0, 0.0), window):
            continue
        free = next((box for box in _boxes(name, x, y, radius, size) if _fits(box, window, taken)), None)
        if free is not None:
            taken.append(free)
            written.append(PlaceName(name, *free[:2]))
    return written


def _boxes(name: str, x: float, y: float, radius: float, size: float) -> Iterator[Box]:
    """Where a name may stand: at its place, below, above, right and left of it, and between these."""
    wide, high = len(name) * size * _LETTER / 2, size * _LINE / 2
    below, beside = radius + high, radius + wide
    for across, down in ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1)):
        yield x + across * beside, y + down * below, wide, high


def _fits(box: Box, window: Box, taken: Sequence[Box]) -> bool:
    x, y, wide, high = box
    is_within = abs(x - window[0]) <= window[2] - wide and abs(y - window[1]) <= window[3] - high
    return is_within and not any(_meets(box, other) for other in taken)


def _meets(one: Box, other: Box) -> bool:
    return abs(one[0] - other[0]) < one[2] + other[2] and abs(one[1] - other[1]) < one[3] + other[3]


@cache
def _cities() -> Sequence[tuple[str, float, float]]:
    return msgspec.json.decode(FILE.read_bytes(), type=tuple[tuple[str, float, float], ...])
