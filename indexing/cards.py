"""What an index stores of a document for showing it in a hit."""

from datetime import datetime

from msgspec import Struct

from indexing.documents import Address, Location


class ArticleCard(Struct, frozen=True):
    """An article beside its title and passages."""

    url: str
    summary: str = ""
    image: str | None = None
    published_at: datetime | None = None
    conditions: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    popularity: float = 0.0


class ClinicCard(Struct, frozen=True):
    """A clinic beside its name."""

    url: str
    address: Address
    location: Location | None = None
    treatments: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    insurance: tuple[str, ...] = ()
    payment: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None
    phone: str = ""
    website: str | None = None
    image: str | None = None
    telehealth: bool = False
    accepting_patients: bool = True
    languages: tuple[str, ...] = ()
