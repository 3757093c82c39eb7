"""Listings that stand for the same place: same phone, same street, or the same name near by."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct

from indexing.documents import Clinic
from indexing.schema.values import Location
from indexing.text import folded

_NEAR_DEGREES = 0.02
"""About a mile and a half north to south: two rooms of one practice, or one place that was located twice."""
_STREET_WORDS = {
    "street": "st", "avenue": "ave", "boulevard": "blvd", "road": "rd", "drive": "dr", "lane": "ln",
    "north": "n", "south": "s", "east": "e", "west": "w", "parkway": "pkwy", "highway": "hwy", "court": "ct",
    "place": "pl", "square": "sq", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
    "building": "bldg", "circle": "cir", "terrace": "ter",
}  # fmt: skip
_ROOM = r"\b(?:suite|ste|unit|apt|floor|fl|rm|room)\b\.?|#"
_GENERAL = frozenset("the and of llc pllc pc inc md pa ketamine clinic clinics center centre centers infusion".split())
_TOO_MANY = 5
"""More listings than this with one phone are a chain with one call centre, and no duplicates."""

Pair = tuple[str, str]
"""Two ids, the lower one first."""


class Duplicate(Struct, frozen=True):
    """A listing, the one that is shown in its place, and what they share."""

    id: str
    shown: str
    reasons: tuple[str, ...]


def find_duplicates(clinics: Iterable[Clinic], *, distinct: frozenset[Pair]) -> list[Duplicate]:
    """Every published listing that another one stands for; pairs in `distinct` are two places."""
    published = {clinic.id: clinic for clinic in clinics if clinic.status == "published"}
    shared = _pairs(published, distinct)
    found: list[Duplicate] = []
    for group in _groups(shared):
        shown = max((published[id] for id in group), key=_worth)
        for id in sorted(group - {shown.id}):
            reasons = {reason for pair, shared_by in shared.items() if id in pair for reason in shared_by}
            found.append(Duplicate(id, shown.id, tuple(sorted(reasons))))
    return found


def _pairs(clinics: Mapping[str, Clinic], distinct: frozenset[Pair]) -> dict[Pair, set[str]]:
    """Pairs of ids with what they share."""
    buckets: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for id, clinic in clinics.items():
        for mark in _marks(clinic):
            buckets[mark].append(id)
    shared: dict[Pair, set[str]] = defaultdict(set)
    for mark, ids in buckets.items():
        if len(ids) > _TOO_MANY and mark[0] != "name":
            continue
        for pair in _couples(ids):
            if pair not in distinct and _may_be_one(clinics[pair[0]], clinics[pair[1]], mark[0]):
                shared[pair].add(mark[0])
    return shared


def _couples(ids: list[str]) -> Iterator[Pair]:
    ordered = sorted(ids)
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            yield one, other


def _marks(clinic: Clinic) -> Iterator[tuple[str, ...]]:
    """What two listings of one place have in common, each beginning with the reason."""
    if phone := phone_digits(clinic.phone):
        yield "phone", phone
    street, place = _street(clinic.address.street), clinic.address.zip[:5] or folded(clinic.address.city)
    if street[:1].isdigit() and place:
        yield "street", street, place
    if name := _name(clinic.name):
        yield "name", name, clinic.address.state.upper(), folded(clinic.address.city)


def _may_be_one(one: Clinic, other: Clinic, reason: str) -> bool:
    """Whether what two listings share makes them one place: two rooms of a house may be two practices."""
    if reason != "street":
        return _is_near(one, other)
    rooms = {_room(one.address.street), _room(other.address.street)}
    if len(rooms) == 1 or "" in rooms:
        return len(rooms) == 1 or _is_alike(one, other)
    return _is_alike(one, other)


def _is_alike(one: Clinic, other: Clinic) -> bool:
    phones = phone_digits(one.phone), phone_digits(other.phone)
    return _name(one.name) == _name(other.name) or (bool(phones[0]) and phones[0] == phones[1])


def _is_near(one: Clinic, other: Clinic) -> bool:
    here, there = one.location, other.location
    if isinstance(here, Location) and isinstance(there, Location):
        return abs(here.lat - there.lat) <= _NEAR_DEGREES and abs(here.lng - there.lng) <= _NEAR_DEGREES
    if one.address.zip and other.address.zip:
        return one.address.zip[:5] == other.address.zip[:5]
    return bool(one.address.city) and folded(one.address.city) == folded(other.address.city)


def _groups(pairs: Iterable[Pair]) -> list[set[str]]:
    """Ids that hang together."""
    groups: dict[str, set[str]] = {}
    for one, other in pairs:
        merged = groups.get(one, {one}) | groups.get(other, {other})
        groups.update((member, merged) for member in merged)
    return list({id(group): group for group in groups.values()}.values())


def _worth(clinic: Clinic) -> tuple[date, int, str]:
    """What makes a listing the one to show: checked last, told most, and steady beyond that."""
    told = sum(1 for name in clinic.__struct_fields__ if getattr(clinic, name) not in ("", None, (), {}))
    return clinic.checked_on or date.min, told, clinic.id


def phone_digits(phone: str) -> str:
    """The ten digits of a US phone; empty where it has others."""
    digits = re.sub(r"\D", "", re.split(r"(?i)ext|x", phone)[0])
    digits = digits.removeprefix("1") if len(digits) == 11 else digits
    return digits if len(digits) == 10 else ""


def _street(street: str) -> str:
    words = re.findall(r"[a-z0-9]+", folded(re.split(rf"(?i){_ROOM}", street)[0]))
    return " ".join(_STREET_WORDS.get(word, word) for word in words)


def _room(street: str) -> str:
    found = re.search(rf"(?i)(?:{_ROOM})\W*(\w+)", street)
    return found[1].lower() if found else ""


def _name(name: str) -> str:
    words = [word for word in re.findall(r"[a-z0-9]+", folded(name).replace("'", "")) if word not in _GENERAL]
    return " ".join(words)
