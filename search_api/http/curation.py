"""What editors decide, over HTTP."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Controller, Request, delete, get, put
from litestar.params import PathParameter
from msgspec import Struct

from indexing.content.curation import Decision
from indexing.fields import ID_PATTERN
from search_api.curation.pins import Pin, parse_pin
from search_api.http.auth import bearer_of, requires
from search_api.http.descriptions import PinOperation
from search_api.http.documents import decoded
from search_api.http.services import Injected, Services

Id = Annotated[str, PathParameter(pattern=ID_PATTERN)]


class StoredPin(Struct, frozen=True, kw_only=True):
    """A pin with who made it, and what became of it."""

    id: str
    pin: Pin
    is_active: bool
    """Whether its time has come and is not over."""
    missing: list[str]
    """Ids that are not published: these have no effect."""
    updated_at: datetime | None
    updated_by: str


class PinList(Struct, frozen=True):
    """Pins by id."""

    pins: list[StoredPin]


class CurationController(Controller):
    """Pinned and hidden documents; in force within seconds on every process, without a reindex."""

    path = "/v1/curation"
    tags = ["Curation"]
    guards = [requires("editor")]

    @get("/pins", operation_id="listPins", summary="All pins")
    async def pins(self, services: Injected) -> PinList:
        """In force or not."""
        return PinList(await services.writing.run(lambda: _stored(services, services.pins.all())))

    @get("/pins/{id:str}", operation_id="getPin", summary="One pin")
    async def pin(self, services: Injected, id: Id) -> StoredPin:
        """With who made it, and ids that lead nowhere."""
        return (await services.writing.run(lambda: _stored(services, [services.pins.get(id)])))[0]

    @put("/pins/{id:str}", operation_id="putPin", summary="Make or replace a pin", operation_class=PinOperation)
    async def put_pin(self, services: Injected, request: Request[Any, Any, Any], id: Id) -> StoredPin:
        """For a search, for readers of articles, for newcomers; from when to when."""
        body = await request.body()
        key = await request.app.state.key_ring.find(bearer_of(request) or "")
        by = key.name if key is not None else ""

        def store() -> StoredPin:
            services.pins.put(id, parse_pin(decoded(body)), by=by)
            return _stored(services, [services.pins.get(id)])[0]

        return await services.writing.run(store)

    @delete("/pins/{id:str}", operation_id="deletePin", summary="Take a pin back")
    async def delete_pin(self, services: Injected, id: Id) -> None:
        """Answers are as if it had never been, within seconds."""
        await services.writing.run(lambda: services.pins.delete(id))


def _stored(services: Services, pins: Sequence[tuple[Decision, Pin]]) -> list[StoredPin]:
    moment = datetime.now(UTC)
    store = services.parts.store
    wanted = {(pin.type, id) for _, pin in pins for id in (*pin.pinned, *pin.hidden)}
    rows = store.get_many(wanted)
    published = {key for key, row in rows.items() if row.document is not None and row.document.status == "published"}
    return [
        StoredPin(
            id=decision.id,
            pin=pin,
            is_active=pin.is_active(moment),
            missing=sorted(id for id in (*pin.pinned, *pin.hidden) if (pin.type, id) not in published),
            updated_at=decision.updated_at,
            updated_by=decision.updated_by,
        )
        for decision, pin in pins
    ]
