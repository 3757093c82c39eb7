"""Where a listing is: its own point, if its address does not say otherwise, else its ZIP code, else its city."""

from msgspec import Struct

from indexing.distances import miles_between
from indexing.documents import Clinic
from indexing.errors import FieldError
from indexing.place_columns import Place
from indexing.places import Gazetteer
from indexing.schema.values import Location

_FAR_MILES = 100.0
"""From its ZIP code, no US listing is so far: a sign was lost, numbers were swapped, or the point is 0, 0."""


class Located(Struct, frozen=True):
    """The point of a listing, if there is one, and what an editor should look at."""

    location: Location | None
    warnings: tuple[FieldError, ...] = ()


def locate(clinic: Clinic, gazetteer: Gazetteer) -> Located:
    """Where `clinic` is."""
    address, given = clinic.address, clinic.location
    by_zip = gazetteer.zip(address.zip) if address.zip else None
    by_city = gazetteer.city(address.city, address.state.upper()) if address.city and address.state else None
    warnings = []
    if address.zip and by_zip is None:
        warnings.append(FieldError("address.zip", f"{address.zip} is no ZIP code that is known here"))
    place = by_zip or by_city
    if by_zip is not None and by_city is not None and (apart := _miles(by_zip, by_city)) > _FAR_MILES:
        text = f"{address.zip} is {apart:,.0f} miles from {by_city.label}; the place of the ZIP code is used"
        warnings.append(FieldError("address.zip", text))
    if given is not None:
        if place is None or (apart := _miles(place, given)) <= _FAR_MILES:
            return Located(given, tuple(warnings))
        text = f"is {apart:,.0f} miles from {place.label}, where the address is; the address is used"
        warnings.append(FieldError("location", text))
    elif place is None:
        text = "no place is known for it, so that the listing is found near nothing; send a ZIP code or `location`"
        warnings.append(FieldError("address", text))
    return Located(Location(place.lat, place.lng) if place else None, tuple(warnings))


def _miles(one: Place | Location, other: Place | Location) -> float:
    return miles_between(one.lat, one.lng, other.lat, other.lng)
