"""Makes the names of the map: the larger cities, largest first, each with its place on the map.

python deploy/us_places.py search_api/pages/assets/us-places.json
"""

import json
import sys
from pathlib import Path

from indexing.places import Gazetteer
from search_api.pages.projection import HEIGHT, WIDTH, projected

_LEAST_SIZE = 2


def places() -> str:
    """The content of the file: `[name, x, y]` on a line each."""
    cities = [place for place in Gazetteer().cities() if place.size >= _LEAST_SIZE]
    placed = ((place.city, *projected(place.lat, place.lng)) for place in cities)
    lines = [
        json.dumps([name, round(x, 1), round(y, 1)], ensure_ascii=False, separators=(",", ":"))
        for name, x, y in placed
        if 0 <= x <= WIDTH and 0 <= y <= HEIGHT
    ]
    return "[" + ",\n".join(lines) + "]\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(places(), "utf-8")
