"""The types of single values: what a sender may write in a field."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from indexing.schema.fields import number

ID_PATTERN = r"^[A-Za-z0-9_-]{1,128}(?!\n)$"
Id = Annotated[str, Meta(pattern=ID_PATTERN, description="1-128 of A-Z a-z 0-9 _ -")]
Line = Annotated[str, Meta(max_length=1_000)]
Title = Annotated[str, Meta(min_length=1, max_length=1_000)]
Label = Annotated[str, Meta(min_length=1, max_length=200)]
Labels = Annotated[tuple[Label, ...], Meta(max_length=200)]
_HIDDEN = r"\s\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
"""Characters that show another address than is opened, or none: spaces, control characters, directions of writing."""
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        pattern=rf"^(https?://[^/?#@\\{_HIDDEN}]+([/?#][^{_HIDDEN}]*)?|/(?![/\\])[^{_HIDDEN}]*)(?!\n)$",
    ),
]
"""A path of ours, or an address of the web without user name and password; its host has no backslash."""
Dollars = Annotated[float, Meta(ge=0, le=1_000_000)]
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-4]):[0-5]\d(?!\n)$")]
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
