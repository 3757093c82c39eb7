"""The types of single values: what a sender may write in a field."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from indexing.schema.fields import number

ID_PATTERN = r"^[A-Za-z0-9_-]{1,128}(?!\n)$"
ID_IN_WORDS = "1-128 characters of A-Z a-z 0-9 _ -"
Id = Annotated[str, Meta(pattern=ID_PATTERN, description=ID_IN_WORDS)]
Line = Annotated[str, Meta(max_length=1_000)]
Title = Annotated[str, Meta(min_length=1, max_length=1_000)]
Label = Annotated[str, Meta(min_length=1, max_length=200)]
Labels = Annotated[tuple[Label, ...], Meta(max_length=200)]
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        pattern=r"^(https?://\S+|/(?![/\\])\S*)(?!\n)$",
        description="an http(s) address, or a path that begins with /",
    ),
]
Dollars = Annotated[float, Meta(ge=0, le=1_000_000)]
Clock = Annotated[
    str, Meta(pattern=r"^([01]\d|2[0-4]):[0-5]\d(?!\n)$", description="a time such as 09:30, from 00:00 to 24:00")
]
Revision = Annotated[int, Meta(ge=0, le=2**62)]
Status = Literal["published", "draft", "archived"]


class Location(Struct, frozen=True):
    """A point in WGS 84 degrees."""

    lat: Annotated[float, Meta(ge=-90, le=90), number()]
    lng: Annotated[float, Meta(ge=-180, le=180), number()]


class Verification(Struct, frozen=True):
    """That a field of a listing was checked: on which day, by whom (`clinic`, `editor`, `source`), from what."""

    on: date
    by: Line = ""
    source: Line = ""
