"""Events as hits."""

from datetime import date as day
from typing import Any

import msgspec
from indexing.schema.event import EventCard

from indexing.engines.entries import Content
from search_api.search.found import FoundHit


class EventHit(FoundHit, frozen=True, kw_only=True, tag_field="type", tag="event"):
    """An event."""

    date: day
    place: str


def event_hit(content: Content, common: dict[str, Any]) -> EventHit:
    """The hit of an event."""
    card = msgspec.json.decode(content.card, type=EventCard)
    return EventHit(**common, **msgspec.structs.asdict(card))
