"""Makes the borders of the map from the unpacked package us-atlas.

python deploy/us_borders.py package search_api/pages/assets/vendor/us-atlas

Writes `us-states.svg`, and for each state `us-counties-xx.svg`: its border and the lines between its counties. What is
thinner than the tolerance is left out (Douglas and Peucker); a line that two share is the same for both.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from indexing.places import STATES

Point = tuple[float, float]

_OF_STATES, _OF_COUNTIES = 1 / 3, 0.09
"""Units of the map, which is 975 by 610: one is about three miles. Files are in tenths of it."""
_LEAST_RING = 4
_LEAST_ISLAND = 3
"""Tolerances that an island must be wide or high."""
_STYLE = 'fill="#7d949c" fill-opacity=".22" stroke="#7d949c" stroke-width="7" stroke-linejoin="round"'
_HEAD = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9750 6100"><g {_STYLE}>'


def main(package: Path, folder: Path) -> None:
    """Write all files."""
    codes = {name: code.lower() for code, name in STATES.items()}
    states, arcs = _atlas(package / "states-albers-10m.json", "states", _OF_STATES)
    drawn = (
        f'<path id="{code}" d="{_rings(state, arcs, _OF_STATES)}"/>'
        for state in states
        if (code := codes.get(state["properties"]["name"]))
    )
    (folder / "us-states.svg").write_text(f"{_HEAD}{''.join(drawn)}</g></svg>\n", "utf-8")
    states, arcs = _atlas(package / "counties-albers-10m.json", "states", _OF_COUNTIES)
    counties, _ = _atlas(package / "counties-albers-10m.json", "counties", _OF_COUNTIES)
    for state in states:
        if code := codes.get(state["properties"]["name"]):
            lines = _between([each for each in counties if each["id"].startswith(state["id"])], arcs)
            border = f'<path d="{_rings(state, arcs, _OF_COUNTIES)}"/><path fill="none" d="{lines}"/>'
            (folder / f"us-counties-{code}.svg").write_text(f"{_HEAD}{border}</g></svg>\n", "utf-8")


def _atlas(file: Path, name: str, tolerance: float) -> tuple[list[Any], list[list[Point]]]:
    """The shapes of a name, and the simplified arcs that they are made of."""
    atlas = json.loads(file.read_text("utf-8"))
    arcs = [_simple(_decoded(arc, atlas["transform"]), tolerance) for arc in atlas["arcs"]]
    return atlas["objects"][name]["geometries"], arcs


def _decoded(arc: Sequence[Sequence[int]], transform: Any) -> list[Point]:
    """The points of an arc, which are written as steps on a grid."""
    (kx, ky), (dx, dy) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for across, down in arc:
        x, y = x + across, y + down
        points.append((x * kx + dx, y * ky + dy))
    return points


def _simple(points: list[Point], tolerance: float) -> list[Point]:
    """The ends, and what lies farther than `tolerance` from the line between them, again and again."""
    if len(points) < 3:
        return points
    away = [_distance(point, points[0], points[-1]) for point in points[1:-1]]
    at = max(range(len(away)), key=away.__getitem__) + 1
    if away[at - 1] <= tolerance:
        return [points[0], points[-1]]
    return _simple(points[: at + 1], tolerance)[:-1] + _simple(points[at:], tolerance)


def _distance(point: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length if length else 0.0
    along = min(max(along, 0.0), 1.0)
    return float(((point[0] - start[0] - along * dx) ** 2 + (point[1] - start[1] - along * dy) ** 2) ** 0.5)


def _rings_of(shape: Any) -> Iterable[list[int]]:
    parts = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    return (ring for part in parts for ring in part)


def _rings(shape: Any, arcs: Sequence[list[Point]], tolerance: float) -> str:
    joined = ([point for at in ring for point in _arc(arcs, at)] for ring in _rings_of(shape))
    wide = (ring for ring in joined if _extent(ring) >= _LEAST_ISLAND * tolerance)
    return "".join(text + "z" for ring in wide if (text := _path(ring, least=_LEAST_RING)))


def _extent(ring: Sequence[Point]) -> float:
    xs, ys = zip(*ring, strict=True)
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _between(counties: Sequence[Any], arcs: Sequence[list[Point]]) -> str:
    """The lines that two counties share."""
    seen: dict[int, int] = {}
    for county in counties:
        for at in {at if at >= 0 else ~at for ring in _rings_of(county) for at in ring}:
            seen[at] = seen.get(at, 0) + 1
    return "".join(_path(arcs[at], least=2) for at, count in sorted(seen.items()) if count > 1)


def _arc(arcs: Sequence[list[Point]], at: int) -> list[Point]:
    return arcs[at] if at >= 0 else arcs[~at][::-1]


def _path(points: Iterable[Point], *, least: int) -> str:
    """Points as tenths of a unit, each as a step from the last; empty where fewer than `least` are left."""
    placed: list[tuple[int, int]] = []
    for x, y in points:
        if (at := (round(x * 10), round(y * 10))) not in placed[-1:]:
            placed.append(at)
    if len(placed) < least:
        return ""
    steps = [f"{x - px} {y - py}" for (px, py), (x, y) in pairwise(placed)]
    return f"M{placed[0][0]} {placed[0][1]}l{' '.join(steps)}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
