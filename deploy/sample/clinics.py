"""Fictitious clinics for trying the service: names, doctors, prices and phone numbers are invented.

Cities and ZIP codes are real, telephone numbers are from the range reserved for fiction (555-01xx).
"""

import random
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from indexing.place_columns import Place
from indexing.places import Gazetteer

_KNOWN = Path(__file__).with_name("known_clinics.toml")
NOTE = "This clinic is fictitious: it exists only to try the search."

_FIRST = [
    "Aspen",
    "Beacon",
    "Bluebird",
    "Cedar",
    "Clearwater",
    "Compass",
    "Evergreen",
    "Harbor",
    "Juniper",
    "Lantern",
    "Lumen",
    "Meadow",
    "Northstar",
    "Orchard",
    "Riverstone",
    "Sequoia",
    "Skyline",
    "Stillwater",
    "Summit",
    "Sunrise",
    "Willow",
    "Wren",
]
_SECOND = ["Bay", "Bridge", "Canyon", "Creek", "Garden", "Grove", "Hill", "Lake", "Park", "Point", "Ridge", "Valley"]
_THIRD = [
    "Ketamine Center", "Infusion Clinic", "Wellness", "Mood & Pain Clinic", "Interventional Psychiatry",
    "Ketamine & Integration", "Pain Institute", "Mental Health",
]  # fmt: skip
_SURNAMES = [
    "Abara",
    "Bennett",
    "Castellano",
    "Dhillon",
    "Eriksen",
    "Fontaine",
    "Garza",
    "Hollis",
    "Ibarra",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quinn",
    "Rosales",
    "Sandoval",
    "Tran",
    "Ueda",
    "Varga",
    "Whitfield",
    "Yilmaz",
]
_STREETS = ["Main St", "Oak Ave", "Maple Dr", "2nd St", "Lakeview Blvd", "College Ave", "Hospital Way", "Market St"]
_TREATMENTS = ["iv-infusion", "im-injection", "spravato", "oral", "ketamine-assisted-psychotherapy"]
_MOOD = [
    "treatment-resistant-depression", "depression", "bipolar-depression", "suicidal-ideation", "ptsd", "anxiety", "ocd",
    "substance-use",
]  # fmt: skip
_PAIN = ["chronic-pain", "fibromyalgia", "neuropathic-pain", "crps", "migraine", "opioid-resistant-pain"]
_INSURERS = [
    "aetna", "blue-cross-blue-shield", "cigna", "humana", "kaiser-permanente", "medicaid", "medicare", "tricare",
    "united-healthcare", "va",
]  # fmt: skip
_PAYMENTS = ["financing", "sliding-scale", "hsa-fsa", "out-of-network", "clinical-trial"]
_LARGEST_CITIES = 250
_MORE_LANGUAGES = ["Arabic", "Farsi", "Portuguese", "Russian", "Tagalog", "American Sign Language"]
_WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_CURRENT_DAYS, _STALE_DAYS = (3, 80), (120, 500)
_PRICES = {
    "iv-infusion": (400, 800), "im-injection": (250, 450), "spravato": (300, 700), "oral": (150, 300),
    "ketamine-assisted-psychotherapy": (500, 1200),
}  # fmt: skip


def sample(count: int) -> Iterator[dict[str, Any]]:
    """`count` clinics: those where the examples of the documentation and the pages look, and invented ones."""
    named = list(known())
    invented = max(count - len(named), 0)
    yield from clinics(invented)
    yield from named[: count - invented]


def known() -> Iterator[dict[str, Any]]:
    """The clinics that are written down; their checks lie some days before today."""
    today = datetime.now(UTC).date()
    for number, told in enumerate(tomllib.loads(_KNOWN.read_text("utf-8"))["clinic"], 1):
        days = told.pop("checked_days_ago", None)
        check = {"on": (today - timedelta(days=days)).isoformat(), "by": "clinic"} if days else None
        yield {
            "type": "clinic",
            "id": f"known-{number}",
            "url": f"https://clinics.example/known-{number}",
            **told,
            "description": f"{told['description']} {NOTE}",
            "verified": dict.fromkeys(("phone", "price_min", "insurance", "address"), check) if check else {},
        }


def clinics(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """`count` clinics, the same for the same seed and day, spread over the largest US cities."""
    rng = random.Random(seed)
    gazetteer = Gazetteer()
    cities = gazetteer.cities()[:_LARGEST_CITIES]
    used: set[str] = set()
    for number in range(count):
        city = cities[number % len(cities)] if number < len(cities) else rng.choice(cities)
        name = _name(rng, used)
        clinic = _clinic(rng, number, name, city, gazetteer)
        yield clinic | _visits(random.Random(f"{seed} {number}"), clinic)


def _name(rng: random.Random, used: set[str]) -> str:
    while True:
        name = f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {rng.choice(_THIRD)}"
        if name not in used or len(used) > 1_500:
            used.add(name)
            return name


def _clinic(rng: random.Random, number: int, name: str, city: Place, gazetteer: Gazetteer) -> dict[str, Any]:
    treatments = sorted(rng.sample(_TREATMENTS, rng.randint(1, 4)))
    treats_pain = "Pain" in name or rng.random() < 0.35
    conditions = rng.sample(_MOOD, rng.randint(3, 6)) + (rng.sample(_PAIN, rng.randint(2, 5)) if treats_pain else [])
    low, high = _PRICES[treatments[0]]
    price = rng.randrange(low, high - 40, 25)
    providers = [{"name": f"Dr. {rng.choice(_SURNAMES)}", "credentials": rng.choice(["MD", "DO", "CRNA", "PMHNP"])}]
    zips = gazetteer.zips(city)
    phone = f"({rng.randint(201, 989)}) 555-01{rng.randint(0, 99):02d}"
    return {
        "type": "clinic",
        "id": f"clinic-{number + 1:04d}",
        "name": name,
        "url": f"https://clinics.example/{number + 1:04d}",
        "address": {
            "street": f"{rng.randint(10, 9800)} {rng.choice(_STREETS)}",
            "city": city.city,
            "state": city.state,
            "zip": rng.choice(zips),
        },
        "description": _description(rng, name, city, treatments, treats_pain),
        "phone": phone,
        "treatments": treatments,
        "conditions": conditions,
        "insurance": sorted(rng.sample(_INSURERS, rng.randint(0, 5))),
        "payment": sorted(rng.sample(_PAYMENTS, rng.randint(1, 3))),
        "price_min": price,
        "price_max": price + rng.randrange(25, 200, 25),
        "telehealth": "oral" in treatments and rng.random() < 0.8,
        "accepting_patients": rng.random() < 0.85,
        "providers": providers,
        "languages": ["English", *rng.sample(["Spanish", "Vietnamese", "Mandarin", "Korean"], rng.randint(0, 1))],
    }


def _visits(rng: random.Random, clinic: dict[str, Any]) -> dict[str, Any]:
    """Hours and checks, which some listings lack; a check of every fourth is long ago."""
    told: dict[str, Any] = {}
    if rng.random() < 0.15:
        told["languages"] = [*clinic["languages"], rng.choice(_MORE_LANGUAGES)]
    if rng.random() < 0.75:
        opens, closes = rng.choice(["07:30", "08:30", "09:00"]), rng.choice(["16:30", "17:00", "18:00"])
        days = _WEEK[: rng.choice([5, 6, 7])]
        told["hours"] = [{"day": day, "opens": opens, "closes": closes} for day in days]
    if rng.random() < 0.7:
        least, most = _STALE_DAYS if rng.random() < 0.25 else _CURRENT_DAYS
        on = datetime.now(UTC).date() - timedelta(days=rng.randint(least, most))
        check = {"on": on.isoformat(), "by": rng.choice(["clinic", "editor"])}
        told["verified"] = dict.fromkeys(rng.sample(["phone", "price_min", "insurance", "address"], 2), check)
    return told


def _description(rng: random.Random, name: str, city: Place, treatments: list[str], treats_pain: bool) -> str:
    openings = [
        f"{name} sees patients in {city.city} and nearby towns, by appointment on weekdays and some Saturdays.",
        f"A small team in {city.city} that takes time for a first talk before any treatment is booked.",
        f"{name} works with patients' own therapists and doctors around {city.city}.",
    ]
    details = {
        "iv-infusion": "Infusions run in private rooms with a nurse present and blood pressure checked throughout.",
        "im-injection": "Injection visits last about two hours from arrival to going home with a driver.",
        "spravato": "The clinic is a certified Spravato site with a two-hour observation lounge.",
        "oral": "Lozenge programs begin with a video visit and a health check by telephone before each refill.",
        "ketamine-assisted-psychotherapy": "Therapists prepare with you, sit with you, and meet you again afterwards.",
    }
    lines = [rng.choice(openings), *(details[treatment] for treatment in treatments)]
    if treats_pain:
        lines.append("Longer low-dose infusions are offered for people with persistent pain.")
    return " ".join([*lines, NOTE])
