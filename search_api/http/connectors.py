"""Connectors over HTTP: for editors who connect a site, and for sites that say what changed."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import structlog
from litestar import Controller, Request, delete, get, post, put
from litestar.exceptions import NotAuthorizedException
from litestar.params import FromQuery, JSONBody, PathParameter
from msgspec import Struct

from indexing.connectors.base import Notice
from indexing.connectors.kinds import parse_secrets, parse_settings, shown_settings
from indexing.connectors.preview import Previewed, preview
from indexing.content.clock import as_datetime
from indexing.content.connector_items import ItemCounts, ItemStore
from indexing.content.connectors import ConnectorRun, RunProblem, StoredConnector
from indexing.errors import FieldError, InvalidInput
from indexing.sheet_files import fault_of_sheet
from search_api.http.auth import access, door_of
from search_api.http.callers import caller_of
from search_api.http.documents import decoded
from search_api.http.services import Injected, Services

_WINDOW_SECONDS = 300.0
_MOST_NOTICES = 1_000
_MOST_FILE_BYTES = 10_000_000
_MOST_RUNS = 50

Id = Annotated[str, PathParameter(pattern=r"^[a-z0-9_-]{1,40}(?!\n)$", description="1-40 of a-z 0-9 _ -")]
HttpRequest = Request[Any, Any, Any]

log = structlog.get_logger()


class ConnectorInput(Struct, frozen=True, forbid_unknown_fields=True):
    """A connector as an editor sets it; secrets that are not sent stay as they are."""

    kind: str
    settings: dict[str, Any]
    secrets: dict[str, str] = {}
    is_enabled: bool = True


class Held(Struct, frozen=True):
    """A document that the source no longer shows and that waits for an editor's word."""

    id: str
    key: str


class Connector(Struct, frozen=True, kw_only=True):
    """A connector and how it is; of secrets only which are set."""

    id: str
    kind: str
    settings: Mapping[str, Any]
    secrets: list[str]
    is_enabled: bool
    is_running: bool
    message: str
    """What keeps it from its work, or what it asks."""
    documents: ItemCounts
    held: list[Held]
    """Some of what is to be removed once an editor confirms."""
    missing_columns: list[str]
    """Fields whose columns a sheet had before and has no more; nothing of it is read until an editor confirms."""
    problems: list[RunProblem]
    """What the last comparison of everything left out or could not take."""
    runs: list[ConnectorRun]
    next_run_at: datetime | None
    updated_at: datetime | None
    updated_by: str


class ConnectorList(Struct, frozen=True):
    """Connectors by id."""

    connectors: list[Connector]


class RunRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """`full` compares everything with the source, else only what changed is read."""

    full: bool = True


class Requested(Struct, frozen=True):
    """The connector runs within seconds."""

    id: str


class Released(Struct, frozen=True):
    """How many documents are removed with the next run."""

    documents: int


class Taken(Struct, frozen=True):
    """How many documents of a notice will be read again; 0 where the notice came before."""

    documents: int


class ConnectorController(Controller):
    """Sources that are read again and again."""

    path = "/v1/connectors"
    tags = ["Connectors"]
    opt = access("editor")

    @get("/", operation_id="listConnectors", summary="All connectors")
    async def all(self, services: Injected) -> ConnectorList:
        """With their last runs."""
        return ConnectorList(
            await services.writing.run(
                lambda: [_shown(services, found, runs=1) for found in services.parts.connectors.all()]
            )
        )

    @get("/{id:str}", operation_id="getConnector", summary="One connector")
    async def one(self, services: Injected, id: Id) -> Connector:
        """With its runs and what each could not take."""
        return await services.writing.run(lambda: _shown(services, services.parts.connectors.get(id)))

    @put("/{id:str}", operation_id="putConnector", summary="Make or replace a connector")
    async def replace(
        self, services: Injected, request: HttpRequest, id: Id, data: JSONBody[ConnectorInput]
    ) -> Connector:
        """It is read from the beginning at once; documents that it brought before stay."""
        by = caller_of(request).name

        def store() -> Connector:
            settings, secrets = parse_settings(data.kind, data.settings), parse_secrets(data.secrets)
            services.parts.connectors.put(
                id, data.kind, shown_settings(settings), secrets, is_enabled=data.is_enabled, by=by
            )
            log.info("connector.put", connector=id, kind=data.kind, secrets=sorted(secrets), by=by)
            return _shown(services, services.parts.connectors.get(id))

        return await services.writing.run(store)

    @delete("/{id:str}", status_code=204, operation_id="deleteConnector", summary="Forget a connector")
    async def forget(
        self, services: Injected, request: HttpRequest, id: Id, documents: FromQuery[str] = "keep"
    ) -> None:
        """`documents=remove` takes away what it brought as well; by default that stays."""
        if documents not in {"keep", "remove"}:
            raise InvalidInput([FieldError("documents", "expected keep or remove")])
        await services.writing.run(lambda: services.parts.runner.forget(id, removes=documents == "remove"))
        log.info("connector.forgotten", connector=id, documents=documents, by=caller_of(request).name)

    @post("/{id:str}/run", status_code=202, operation_id="runConnector", summary="Read a source now")
    async def run(self, services: Injected, id: Id, data: JSONBody[RunRequest]) -> Requested:
        """It begins within seconds; `GET` tells how it went."""
        await services.writing.run(lambda: services.parts.connectors.request(id, full=data.full))
        return Requested(id)

    @post("/{id:str}/confirm", status_code=202, operation_id="confirmRemovals", summary="Remove what is held")
    async def confirm(
        self, services: Injected, request: HttpRequest, id: Id, what: FromQuery[str] = "removals"
    ) -> Released:
        """What vanished from the source in numbers is removed with the next run, and only that.

        `what=columns` instead lets a sheet be read without the columns that it had before and has no more.
        """
        if what not in {"removals", "columns"}:
            raise InvalidInput([FieldError("what", "expected removals or columns")])

        def release() -> int:
            services.parts.connectors.get(id)
            if what == "columns":
                services.parts.connectors.forget_columns(id)
                log.info("connector.columns_confirmed", connector=id, by=caller_of(request).name)
                return 0
            count = ItemStore(services.parts.database, id).release()
            services.parts.connectors.request(id, full=True)
            log.info("connector.removals_confirmed", connector=id, documents=count, by=caller_of(request).name)
            return count

        return Released(await services.writing.run(release))

    @post("/{id:str}/preview", status_code=200, operation_id="previewConnector", summary="The first ten documents")
    async def preview(self, services: Injected, id: Id, data: JSONBody[ConnectorInput]) -> Previewed:
        """Reads the source with these settings and stores nothing."""

        def look() -> Previewed:
            settings, secrets = parse_settings(data.kind, data.settings), parse_secrets(data.secrets)
            stored = services.parts.connectors
            known = next((each for each in stored.all() if each.id == id and each.kind == data.kind), None)
            kept = {name: stored.secret(known, name) for name in known.secrets if name not in secrets} if known else {}
            source = services.parts.source_with(id, settings, {**kept, **secrets})
            return preview(source, id=id, prefix=settings.prefix, doubts=services.parts.doubts, known=known)

        return await services.batches.run(look)

    @put("/{id:str}/file", status_code=202, operation_id="putConnectorFile", summary="Upload a sheet of clinics")
    async def put_file(self, services: Injected, request: HttpRequest, id: Id) -> Requested:
        """CSV or JSON-LD; it replaces the file before, and what it lacks is removed."""
        body, by = await request.body(), caller_of(request).name
        if len(body) > _MOST_FILE_BYTES:
            raise InvalidInput([FieldError("", f"send a file of at most {_MOST_FILE_BYTES // 1_000_000} MB")])
        if fault := fault_of_sheet(body):
            raise InvalidInput([FieldError("", fault)])

        def store() -> None:
            services.parts.connectors.put_file(id, body, by=by)
            log.info("connector.file", connector=id, bytes=len(body), by=by)
            known = {each.id for each in services.parts.connectors.all()}
            if id in known:
                services.parts.connectors.request(id, full=True)

        await services.writing.run(store)
        return Requested(id)


class HookController(Controller):
    """What sites tell us."""

    path = "/v1/hooks"
    tags = ["Connectors"]
    opt = access("public")

    @post("/{id:str}", status_code=202, operation_id="postHook", summary="A site says what changed")
    async def notice(self, services: Injected, request: HttpRequest, id: Id) -> Taken:
        """Signed: `Search-Timestamp` is the time in seconds since 1970, `Search-Signature` is `sha256=` and the hex
        HMAC-SHA256 of the timestamp, a full stop and the body. What is named is read again from the source.
        """
        door_of(request).limiter.charge(caller_of(request).client)
        body = await request.body()
        stamp, signature = request.headers.get("search-timestamp", ""), request.headers.get("search-signature", "")
        return await services.writing.run(lambda: _take(services, id, stamp, signature, body))


def _take(services: Services, id: str, stamp: str, signature: str, body: bytes) -> Taken:
    connectors = services.parts.connectors
    connector = next((each for each in connectors.all() if each.id == id), None)
    secret = connectors.secret(connector, "hook_secret") if connector else ""
    if connector is None or not secret or not _is_signed(secret, stamp, signature, body):
        raise NotAuthorizedException("the notice is not signed with this connector's secret")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > _WINDOW_SECONDS:
        raise NotAuthorizedException(f"the notice is older than {_WINDOW_SECONDS:.0f} seconds; sign it anew")
    notices = _notices(body)
    if not connectors.take_notice(id, hashlib.sha256(signature.encode()).digest(), window_seconds=_WINDOW_SECONDS):
        return Taken(0)
    settings = parse_settings(connector.kind, dict(connector.settings))
    source = services.parts.source_of(connector, settings)
    keys = [key for notice in notices if (key := source.key_of(notice)) is not None]
    items = ItemStore(services.parts.database, id)
    named = items.keys_at([key for key in keys if "://" in key])  # a feed's entries have ids of their own
    count = items.mark_pending(named.get(key, key) for key in keys)
    connectors.request(id, full=False)
    return Taken(count)


def _is_signed(secret: str, stamp: str, signature: str, body: bytes) -> bool:
    expected = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={expected}".encode(), signature.strip().encode())


def _notices(body: bytes) -> list[Notice]:
    raw = decoded(body)
    if not isinstance(raw, dict):
        raise InvalidInput([FieldError("", "expected a JSON object")])
    several = raw.get("documents")
    each = several if isinstance(several, list) else [raw]
    if len(each) > _MOST_NOTICES:
        raise InvalidInput([FieldError("documents", f"a notice names at most {_MOST_NOTICES} documents")])
    return [_notice(one) for one in each]


def _notice(raw: Any) -> Notice:
    if not isinstance(raw, dict):
        raise InvalidInput([FieldError("documents", "expected objects with `id`, `type` or `url`")])
    texts = {name: str(raw.get(name) or "")[:1_000] for name in ("id", "type", "url")}
    return Notice(**texts)


def _shown(services: Services, found: StoredConnector, *, runs: int = 20) -> Connector:
    items = ItemStore(services.parts.database, found.id)
    counts = items.counts()
    every = services.parts.connectors.runs(found.id, limit=_MOST_RUNS)
    last_full = next((run for run in every if run.is_full and run.finished_at), None)
    return Connector(
        id=found.id,
        kind=found.kind,
        settings=found.settings,
        secrets=sorted(found.secrets),
        is_enabled=found.is_enabled,
        is_running=found.is_running,
        message=found.message,
        documents=counts,
        held=[Held(item.document, item.key) for item in items.held()] if counts.held else [],
        missing_columns=list(found.missing_columns),
        problems=list(last_full.problems) if last_full else [],
        runs=every[:runs],
        next_run_at=as_datetime(found.due_at) if found.is_enabled else None,
        updated_at=found.updated_at,
        updated_by=found.updated_by,
    )
