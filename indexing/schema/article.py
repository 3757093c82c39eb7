"""Articles."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from indexing.schema.fields import label, number
from indexing.schema.labels import CONDITION, TREATMENT
from indexing.schema.values import Id, Labels, Line, Revision, Status, Title, Url

MAX_BODY_CHARACTERS = 8_000_000


class Source(Struct, frozen=True):
    """What an article rests on."""

    title: Title
    url: Url | None = None


class AnsweredQuestion(Struct, frozen=True):
    """A question in the words of those who ask it, and the heading of the section that answers; "": all of it does."""

    text: Title
    section: Line = ""


class Article(Struct, frozen=True, kw_only=True):
    """An educational article; `conditions` and `treatments` of None are recognised from the text."""

    id: Id
    title: Title
    body: Annotated[str, Meta(max_length=MAX_BODY_CHARACTERS)]
    url: Url
    body_format: Literal["html", "markdown"] = "html"
    summary: Annotated[str, Meta(max_length=5_000)] = ""
    author: Line = ""
    tags: Annotated[Labels, label(name="tag")] = ()
    conditions: Annotated[Labels | None, CONDITION] = None
    treatments: Annotated[Labels | None, TREATMENT] = None
    image: Url | None = None
    language: Annotated[str, Meta(max_length=35)] = "en"
    status: Status = "published"
    published_at: Annotated[datetime | None, number()] = None
    updated_at: datetime | None = None
    popularity: Annotated[float, Meta(ge=0, le=1e12), number()] = 0.0
    reviewed_by: Line = ""
    reviewed_at: datetime | None = None
    sources: Annotated[tuple[Source, ...], Meta(max_length=200)] = ()
    questions: Annotated[tuple[AnsweredQuestion | Title, ...], Meta(max_length=500)] = ()
    """What visitors type to find this: compared with searches by meaning, shown nowhere."""
    revision: Revision | None = None
