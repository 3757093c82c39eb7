"""For load balancers and operators: is it alive, is it ready."""

from litestar import Controller, get
from msgspec import Struct

from indexing.documents import DOCUMENT_TYPES
from indexing.errors import NotReady
from search_api.http.auth import access
from search_api.http.services import Injected, Services
from search_api.safety.assessment import built_in_safety


class Health(Struct, frozen=True):
    """A short answer."""

    status: str


class HealthController(Controller):
    """Neither needs a key."""

    path = "/health"
    tags = ["Health"]
    opt = access("public")

    @get("/live", operation_id="live", summary="Whether the process runs")
    async def live(self) -> Health:
        """Always while the process answers at all."""
        return Health("alive")

    @get("/ready", operation_id="ready", summary="Whether searches can be answered")
    async def ready(self, services: Injected) -> Health:
        """503 with the reason while not."""
        await services.health.run(lambda: _check(services))
        return Health("ready")


def _check(services: Services) -> None:
    built_in_safety()  # a file: there from the start, or never
    engine = services.parts.engine
    if not any(engine.live_generation(kind) for kind in DOCUMENT_TYPES):
        raise NotReady("there is no index yet: no worker has started")
    engine.check()
    for kind in DOCUMENT_TYPES:
        counts = services.parts.store.counts(kind)
        if counts.stored and not counts.indexed:
            raise NotReady(f"the index of {kind}s is being filled: 0 of {counts.stored} so far")
