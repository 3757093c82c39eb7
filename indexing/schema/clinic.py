"""Clinic listings."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from indexing.schema.fields import flag
from indexing.schema.values import (
    Clock,
    Dollars,
    Id,
    Labels,
    Line,
    Location,
    Revision,
    Status,
    Title,
    Url,
    Verification,
)


class Address(Struct, frozen=True):
    """A US postal address."""

    street: Line = ""
    city: Line = ""
    state: Annotated[str, Meta(pattern=r"^([A-Za-z]{2})?$")] = ""
    zip: Annotated[str, Meta(pattern=r"^(\d{5}(-\d{4})?)?$")] = ""


class Provider(Struct, frozen=True):
    """A person who treats patients at a clinic."""

    name: Line
    credentials: Line = ""


class Hours(Struct, frozen=True):
    """Opening hours of one day, as 24-hour times of the clinic's own zone."""

    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    opens: Clock
    closes: Clock


class Certification(Struct, frozen=True):
    """That a place is certified under the REMS of esketamine, as known on a day."""

    on: date


class ClinicFlags(Struct, frozen=True, kw_only=True):
    """What is so of a clinic or not; the words that pages show stand in `search_api/pages/texts.toml`."""

    telehealth: Annotated[
        bool,
        flag(
            sentence="Offers telehealth.",
            lacking="without telehealth",
            asked=r"\b(?:telehealth|tele-health|telemedicine|virtual(?:ly)?|online"
            r"|(?:over|by|via) (?:video|zoom)|video (?:visit|call|appointment)s?)\b",
            columns=("telehealth", "telemedicine", "virtual"),
        ),
    ] = False
    accepting_patients: Annotated[
        bool,
        flag(
            lacking="not taking new patients at the moment",
            asked=r"\b(?:accepting|taking|takes|accepts|open to|see(?:s|ing)?) (?:on )?(?:new )?(?:patients|clients)\b"
            r"|\b(?:no|without(?: a)?|short) (?:wait(?:ing)?[\s-]?lists?|wait)\b"
            r"|\bimmediate (?:appointments?|openings?)\b|\b(?:with|has|have) (?:openings|availability)\b",
            asked_of_listings=r"\bnew (?:patients|clients)\b",
            columns=("accepting patients", "accepting new patients", "new patients"),
            is_checked=True,
        ),
    ] = True


class Clinic(ClinicFlags, frozen=True, kw_only=True):
    """A clinic listing; a missing `location` is found from the ZIP code."""

    id: Id
    name: Title
    url: Url
    address: Address
    location: Location | None = None
    description: Annotated[str, Meta(max_length=100_000)] = ""
    phone: Line = ""
    website: Url | None = None
    email: Line = ""
    treatments: Labels | None = None
    conditions: Labels | None = None
    insurance: Labels = ()
    payment: Labels = ()
    price_min: Dollars | None = None
    price_max: Dollars | None = None
    providers: Annotated[tuple[Provider, ...], Meta(max_length=200)] = ()
    languages: Labels = ()
    image: Url | None = None
    hours: Annotated[tuple[Hours, ...], Meta(max_length=28)] = ()
    verified: dict[str, Verification] = {}
    npi: Annotated[str, Meta(pattern=r"^(\d{10})?(?!\n)$")] = ""
    rems_certified: Certification | None = None
    status: Status = "published"
    updated_at: datetime | None = None
    revision: Revision | None = None

    @property
    def checked_on(self) -> date | None:
        """The last day on which any of its fields was checked."""
        return max((each.on for each in self.verified.values()), default=None)
