"""Clinic listings."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from indexing.schema.fields import flag, label, number
from indexing.schema.labels import CONDITION, TREATMENT
from indexing.schema.openings import (
    OPEN_EARLY,
    OPEN_EVENINGS,
    OPEN_SATURDAYS,
    OPEN_SUNDAYS,
    OPEN_WEEKENDS,
    Hours,
    is_open_early,
    is_open_late,
    is_open_on,
)
from indexing.schema.values import (
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
    city: Annotated[Line, label(name="city", vocabulary="place", is_naming=True, lacking="outside {}", given_up=7)] = ""
    state: Annotated[
        str,
        Meta(pattern=r"^([A-Za-z]{2})?$", description="a US state: two letters such as TX, or its name"),
        label(
            name="state",
            vocabulary="state",
            is_offered=True,
            is_naming=True,
            description="Two letters or a name.",
            lacking="outside {}",
            given_up=10,
        ),
    ] = ""
    zip: Annotated[str, Meta(pattern=r"^(\d{5}(-\d{4})?)?$", description="a US ZIP code such as 78701")] = ""


class Provider(Struct, frozen=True):
    """A person who treats patients at a clinic."""

    name: Annotated[Line, label(name="provider", is_filter=False, is_naming=True)]
    credentials: Line = ""


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
            asked=r"\b(?:tele-?health|tele health|tele-?med|telemedicine|telepsychiatry|virtual(?:ly)?|online"
            r"|(?:over|by|via) (?:video|zoom|skype|facetime|the computer)|video calls?"
            r"|(?:video|zoom|facetime|skype) (?:ketamine )?"
            r"(?:therapy|visit|appointment|session|consult|consultation)s?)\b",
            columns=("telehealth", "telemedicine", "virtual", "telesalud", "telemedicina", "en linea"),
        ),
    ] = False
    accepting_patients: Annotated[
        bool,
        flag(
            lacking="not taking new patients at the moment",
            asked=r"\b(?:accepting|taking|takes|accepts?|open to|see(?:s|ing)?) (?:on )?(?:new )?"
            r"(?:patients|clients|pts)\b"
            r"|\b(?:no|without(?: a)?|short) (?:wait(?:ing)?[\s-]?lists?|wait)\b"
            r"|\bimmediate (?:appointments?|openings?)\b|\b(?:with|has|have) (?:openings|availability)\b",
            given_up=3,
            asked_of_listings=r"\bnew (?:patients|clients|pts)\b",
            columns=(
                *("accepting patients", "accepting new patients", "new patients"),
                *("acepta pacientes", "acepta pacientes nuevos", "acepta nuevos pacientes", "pacientes nuevos"),
            ),
            is_checked=True,
        ),
    ] = True


class ShownClinic(ClinicFlags, frozen=True, kw_only=True):
    """What cards, hits and pages show as it is; values of the taxonomy are slugs. See `indexing.cards.shown_of`."""

    treatments: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    insurance: tuple[str, ...] = ()
    payment: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None
    phone: str = ""
    website: str | None = None
    image: str | None = None
    languages: tuple[str, ...] = ()
    npi: str = ""
    open_weekends: Annotated[bool, OPEN_WEEKENDS] = False
    open_saturdays: Annotated[bool, OPEN_SATURDAYS] = False
    open_sundays: Annotated[bool, OPEN_SUNDAYS] = False
    open_evenings: Annotated[bool, OPEN_EVENINGS] = False
    open_early: Annotated[bool, OPEN_EARLY] = False


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
    treatments: Annotated[Labels | None, TREATMENT] = None
    conditions: Annotated[Labels | None, CONDITION] = None
    insurance: Annotated[
        Labels,
        label(
            name="insurance",
            vocabulary="taxonomy",
            is_offered=True,
            sentence="Accepts",
            lacking="that don't list {}",
            given_up=9,
            columns=(
                *("insurance", "insurances", "insurance accepted", "plans"),
                *("seguros", "seguro", "seguros aceptados", "aseguradoras", "planes"),
            ),
            is_checked=True,
        ),
    ] = ()
    payment: Annotated[
        Labels,
        label(
            name="payment",
            vocabulary="taxonomy",
            is_offered=True,
            lacking="without {}",
            given_up=1,
            columns=("payment", "payments", "payment options", "pago", "pagos", "formas de pago"),
        ),
    ] = ()
    price_min: Annotated[Dollars | None, number()] = None
    price_max: Annotated[Dollars | None, number()] = None
    providers: Annotated[tuple[Provider, ...], Meta(max_length=200)] = ()
    languages: Annotated[
        Labels,
        label(
            name="language",
            vocabulary="language",
            is_offered=True,
            is_naming=True,
            lacking="where {} is not listed",
            given_up=2,
            columns=("languages", "language", "languages spoken", "idiomas", "idioma"),
        ),
    ] = ()
    image: Url | None = None
    hours: Annotated[
        tuple[Hours, ...],
        Meta(max_length=28),
        OPEN_WEEKENDS,
        OPEN_SATURDAYS,
        OPEN_SUNDAYS,
        OPEN_EVENINGS,
        OPEN_EARLY,
    ] = ()
    verified: Annotated[dict[str, Verification], number(name="checked_at", reads="checked_on")] = {}
    npi: Annotated[
        str, Meta(pattern=r"^(\d{10})?(?!\n)$", description="the ten digits of a National Provider Identifier")
    ] = ""
    rems_certified: Certification | None = None
    status: Status = "published"
    updated_at: datetime | None = None
    revision: Revision | None = None

    @property
    def checked_on(self) -> date | None:
        """The last day on which any of its fields was checked."""
        return max((each.on for each in self.verified.values()), default=None)

    @property
    def open_weekends(self) -> bool:
        """Whether it is open on Saturdays or Sundays."""
        return is_open_on(self.hours, "saturday", "sunday")

    @property
    def open_saturdays(self) -> bool:
        """Whether it is open on Saturdays."""
        return is_open_on(self.hours, "saturday")

    @property
    def open_sundays(self) -> bool:
        """Whether it is open on Sundays."""
        return is_open_on(self.hours, "sunday")

    @property
    def open_evenings(self) -> bool:
        """Whether it closes at six in the evening, or later, on some weekday."""
        return is_open_late(self.hours)

    @property
    def open_early(self) -> bool:
        """Whether it is open at some time from five to eight in the morning on some weekday."""
        return is_open_early(self.hours)
