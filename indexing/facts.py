"""Facts on which somebody in need may rely: each with its source and the day it was checked, for they expire."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

FACTS_FILE = Path(__file__).with_name("data") / "facts.toml"
EXPIRE_DAYS = 90
"""A number that nobody looked at for a quarter may have changed: an option of the 988 line ended in July 2025."""


class Fact(Struct, frozen=True, forbid_unknown_fields=True):
    """A number, word or address, what it is, where that stands, and when somebody looked."""

    id: str
    value: str
    statement: str
    source: str
    checked_on: date


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    fact: tuple[Fact, ...]


@cache
def facts(path: Path = FACTS_FILE) -> Mapping[str, Fact]:
    """All facts by id."""
    found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File).fact
    return {fact.id: fact for fact in found}


def days_unchecked(fact: Fact, today: date | None = None) -> int:
    """Days since a fact was checked."""
    return ((today or datetime.now(UTC).date()) - fact.checked_on).days


def expired(today: date | None = None) -> list[Fact]:
    """The facts that somebody must look at again."""
    return [fact for fact in facts().values() if days_unchecked(fact, today) > EXPIRE_DAYS]
