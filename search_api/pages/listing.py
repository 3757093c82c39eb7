"""A clinic as visitors may know it: all of its listing that is for the public, with what follows from it."""

from datetime import date
from typing import TYPE_CHECKING, Any

from indexing.cards import Certificate, Check
from indexing.documents import Clinic
from indexing.locating import locate
from indexing.places import Gazetteer
from indexing.readable import readable_clinic
from indexing.schema.clinic import Address, ClinicFlags, Hours, Provider
from indexing.schema.fields import always_given
from indexing.schema.types import flags_of
from indexing.schema.values import Location, Verification
from indexing.taxonomy import Facet, Taxonomy
from search_api.search.answers import Badge, Checked
from search_api.search.listings import badges_of, checked_of

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


if TYPE_CHECKING:
    _Flags = ClinicFlags
else:
    _Flags = always_given(ClinicFlags)


class PublicClinic(_Flags, frozen=True, kw_only=True):
    """What the page of a clinic shows; texts are plain, values of filters are slugs."""

    id: str
    name: str
    url: str
    address: Address
    location: Location | None
    description: str
    phone: str
    email: str
    website: str | None
    image: str | None
    treatments: tuple[str, ...]
    conditions: tuple[str, ...]
    insurance: tuple[str, ...]
    payment: tuple[str, ...]
    price_min: float | None
    price_max: float | None
    providers: tuple[Provider, ...]
    languages: tuple[str, ...]
    hours: tuple[Hours, ...]
    verified: dict[str, Verification]
    checked: Checked | None
    """The last check of any field; None where there never was one."""
    badges: tuple[Badge, ...]
    npi: str
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
        phone=plain.phone,
        email=plain.email,
        website=plain.website,
        image=plain.image,
        treatments=_slugs(taxonomy, "treatment", plain.treatments, plain),
        conditions=_slugs(taxonomy, "condition", plain.conditions, plain),
        insurance=_slugs(taxonomy, "insurance", plain.insurance, plain),
        payment=_slugs(taxonomy, "payment", plain.payment, plain),
        price_min=plain.price_min,
        price_max=plain.price_max,
        providers=plain.providers,
        languages=plain.languages,
        hours=tuple(sorted(plain.hours, key=lambda each: (_DAYS.index(each.day), each.opens))),
        verified=plain.verified,
        checked=checked,
        badges=badges_of(checked, certified),
        npi=plain.npi,
        rems_certified=certified.on if certified else None,
        detail_url=f"/clinics/{plain.id}",
        **flags_of(plain),
    )


def _slugs(taxonomy: Taxonomy, facet: Facet, given: tuple[str, ...] | None, clinic: Clinic) -> tuple[str, ...]:
    if given is None:
        return tuple(taxonomy.recognise(facet, title=clinic.name, headings=(), body=clinic.description))
    return tuple(dict.fromkeys(slug for text in given if (slug := taxonomy.slug(facet, text))))


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
