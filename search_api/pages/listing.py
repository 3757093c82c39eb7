"""A clinic as visitors may know it: all of its listing that is for the public, with what follows from it."""

from datetime import date
from typing import TYPE_CHECKING, Any

from indexing.cards import Certificate, Check, shown_of
from indexing.documents import Clinic
from indexing.locating import locate
from indexing.places import Gazetteer
from indexing.readable import readable_clinic
from indexing.schema.clinic import Address, Provider, ShownClinic
from indexing.schema.fields import always_given
from indexing.schema.openings import Hours
from indexing.schema.values import Location, Verification
from indexing.taxonomy import Taxonomy
from indexing.vocabularies import labels_of
from search_api.search.answers import Badge, Checked
from search_api.search.listings import badges_of, checked_of

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


if TYPE_CHECKING:
    _Shown = ShownClinic
else:
    _Shown = always_given(ShownClinic)


class PublicClinic(_Shown, frozen=True, kw_only=True):
    """What the page of a clinic shows; texts are plain, values of filters are slugs."""

    id: str
    name: str
    url: str
    address: Address
    location: Location | None
    description: str
    email: str
    providers: tuple[Provider, ...]
    hours: tuple[Hours, ...]
    verified: dict[str, Verification]
    checked: Checked | None
    """The last check of any field; None where there never was one."""
    badges: tuple[Badge, ...]
    rems_certified: date | None
    detail_url: str


def public_clinic(clinic: Clinic, taxonomy: Taxonomy, gazetteer: Gazetteer) -> PublicClinic:
    """The public part of a stored listing."""
    plain = readable_clinic(clinic)
    checks = {name: Check(each.on, each.by, each.source) for name, each in plain.verified.items()}
    checked = checked_of(checks)
    certified = Certificate(plain.rems_certified.on) if plain.rems_certified else None
    return PublicClinic(
        id=plain.id,
        name=plain.name,
        url=plain.url,
        address=plain.address,
        location=locate(plain, gazetteer).location,
        description=plain.description,
        email=plain.email,
        providers=plain.providers,
        hours=tuple(sorted(plain.hours, key=lambda each: (_DAYS.index(each.day), each.opens))),
        verified=plain.verified,
        checked=checked,
        badges=badges_of(checked, certified),
        rems_certified=certified.on if certified else None,
        detail_url=f"/clinics/{plain.id}",
        **shown_of(plain, labels_of(taxonomy, plain, title=plain.name, body=plain.description)),
    )


def linked_clinic(clinic: PublicClinic, taxonomy: Taxonomy, address: str) -> dict[str, Any]:
    """The clinic in the words of schema.org; `address` is that of its page here."""
    at, where = clinic.address, clinic.location
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MedicalClinic",
        "@id": address,
        "name": clinic.name,
        "url": clinic.website or address,
        "description": clinic.description,
        "telephone": clinic.phone,
        "email": clinic.email,
        "image": clinic.image,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": at.street,
            "addressLocality": at.city,
            "addressRegion": at.state.upper(),
            "postalCode": at.zip,
            "addressCountry": "US",
        },
        "geo": {"@type": "GeoCoordinates", "latitude": where.lat, "longitude": where.lng} if where else None,
        "priceRange": _range(clinic),
        "isAcceptingNewPatients": clinic.accepting_patients,
        "knowsLanguage": list(clinic.languages),
        "paymentAccepted": ", ".join(taxonomy.label("payment", slug) for slug in clinic.payment),
        "availableService": [
            {"@type": "MedicalTherapy", "name": taxonomy.label("treatment", slug)} for slug in clinic.treatments
        ],
        "openingHoursSpecification": [
            {"@type": "OpeningHoursSpecification", "dayOfWeek": each.day.title(), "opens": each.opens}
            | {"closes": each.closes}
            for each in clinic.hours
        ],
    }
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _range(clinic: PublicClinic) -> str:
    prices = [f"${price:,.0f}" for price in (clinic.price_min, clinic.price_max) if price is not None]
    return "-".join(dict.fromkeys(prices))
