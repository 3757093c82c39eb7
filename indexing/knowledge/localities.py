"""Places that the postal service has no name for: regions, bases, neighbourhoods, airports, nicknames, abroad.

They are data (`data/places.toml`); this module only looks names up. All names are folded words with single spaces.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

FILE = Path(__file__).with_name("data") / "places.toml"


class Locality(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place with a point (WGS 84 degrees) and the radius in miles within which people there look for a clinic."""

    label: str
    lat: float
    lng: float
    radius_miles: float
    names: tuple[str, ...]


class CityNames(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Further names of a city of the postal service."""

    city: str
    state: str
    names: tuple[str, ...]


class OtherNames(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Further names of a state (by its code), or names of what lies abroad (by its label)."""

    of: str
    names: tuple[str, ...]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    regions: tuple[Locality, ...]
    bases: tuple[Locality, ...]
    neighbourhoods: tuple[Locality, ...]
    airports: tuple[Locality, ...]
    also_called: tuple[CityNames, ...]
    states_also_called: tuple[OtherNames, ...]
    abroad: tuple[OtherNames, ...]


class PlaceNames:
    """Look-ups in one file of places."""

    def __init__(self, path: Path = FILE) -> None:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File)
        self.localities = (*found.regions, *found.bases, *found.neighbourhoods)
        self.airports = found.airports
        self._localities = _by_name(self.localities)
        self._airports = _by_name(found.airports)
        self.cities: Mapping[str, tuple[str, str]] = {
            name: (each.city.lower(), each.state) for each in found.also_called for name in each.names
        }
        """City (folded) and state by a further name."""
        self.states: Mapping[str, str] = {name: each.of for each in found.states_also_called for name in each.names}
        """State codes by further names."""
        self.abroad: Mapping[str, str] = {name: each.of for each in found.abroad for name in each.names}
        """What lies outside the United States: labels by names."""

    def locality(self, name: str, beside: Iterable[str] = ()) -> Locality | None:
        """The region, base or neighbourhood of a name; one of several by the words around it."""
        found = self._localities.get(name, ())
        if len(found) < 2:
            return found[0] if found else None
        words = set(beside)
        named = [each for each in found if not words.isdisjoint(_words(each.label) - set(name.split()))]
        return named[0] if len(named) == 1 else None

    def airport(self, name: str) -> Locality | None:
        """The airport of a code (`lax`) or name."""
        found = self._airports.get(name, ())
        return found[0] if found else None


@cache
def place_names() -> PlaceNames:
    """The names of the file that comes with the service, read once a process."""
    return PlaceNames()


def _by_name(localities: Sequence[Locality]) -> Mapping[str, tuple[Locality, ...]]:
    found: dict[str, tuple[Locality, ...]] = {}
    for locality in localities:
        for name in locality.names:
            found[name] = (*found.get(name, ()), locality)
    return found


def _words(label: str) -> set[str]:
    return set(label.lower().replace("(", " ").replace(")", " ").replace(",", " ").split())
