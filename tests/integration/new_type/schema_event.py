"""Events."""

from datetime import date as day
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from indexing.schema.fields import label
from indexing.schema.values import Id, Line, Revision, Status, Title, Url


class EventCard(Struct, frozen=True, kw_only=True):
    """What a hit shows of an event."""

    url: str
    date: day
    place: str = ""


class Event(Struct, frozen=True, kw_only=True):
    """Something that takes place on a day."""

    id: Id
    title: Title
    body: Annotated[str, Meta(max_length=100_000)]
    url: Url
    date: day
    place: Annotated[Line, label(name="venue", vocabulary="place")] = ""
    status: Status = "published"
    updated_at: datetime | None = None
    revision: Revision | None = None

    def shown(self) -> EventCard:
        """See Described."""
        return EventCard(url=self.url, date=self.date, place=self.place)
