"""Listings that are wrong or doubled: what visitors report, and what editors do about it."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
import structlog
from litestar import Controller, Request, get, post
from litestar.params import FromQuery, JSONBody, PathParameter
from msgspec import Meta, Struct

from indexing.content.connector_items import withdraw
from indexing.content.documents import Write
from indexing.content.listings import FoundDuplicate, Reason, Report
from indexing.documents import Clinic, Document, DocumentType
from indexing.engines.retrieval import Retrieval
from indexing.errors import NotFound
from indexing.fields import ID_IN_WORDS, ID_PATTERN
from indexing.locating import locate
from indexing.places import Gazetteer
from indexing.redaction import MAX_CHARACTERS
from indexing.schema.clinic import Address
from search_api.http.auth import access
from search_api.http.callers import Caller, caller_of
from search_api.http.reporting import ReportLimit
from search_api.http.services import Injected, Services

Id = Annotated[str, Meta(pattern=ID_PATTERN, description=ID_IN_WORDS)]
PathId = Annotated[str, PathParameter(pattern=ID_PATTERN, description=ID_IN_WORDS)]
HttpRequest = Request[Any, Any, Any]

log = structlog.get_logger()

_MOST_UNPLACED = 200


class ReportInput(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with which document; numbers, addresses and e-mails in `text` are not kept."""

    id: Id
    reason: Reason
    type: DocumentType = "clinic"
    text: Annotated[str, Meta(max_length=MAX_CHARACTERS)] = ""


class Reported(Struct, frozen=True):
    """It is in the editors' queue; nothing tells afterwards who made it."""

    accepted: int = 1


class ReportedListing(Struct, frozen=True, kw_only=True):
    """The fields that reports are about, as they are stored now; of an article its title, address and status."""

    name: str
    url: str
    status: str
    phone: str = ""
    website: str = ""
    address: Address = Address()
    price_min: float | None = None
    price_max: float | None = None
    insurance: tuple[str, ...] = ()
    checked_on: date | None = None


class QueuedReport(Report, frozen=True, kw_only=True):
    """A report with what it is about; null where that is gone."""

    listing: ReportedListing | None


class Reports(Struct, frozen=True):
    """Reports, the newest first."""

    reports: list[QueuedReport]


class Duplicates(Struct, frozen=True):
    """Listings that are not shown, with the one shown in their place."""

    duplicates: list[FoundDuplicate]


class PlaceFault(Struct, frozen=True):
    """A field that says no place, and why."""

    path: str
    message: str


class Unplaced(Struct, frozen=True):
    """A listing that is found near nothing, and why."""

    id: str
    name: str
    address: Address
    reasons: list[PlaceFault]


class UnplacedListings(Struct, frozen=True):
    """The first of them by id, and how many there are."""

    listings: list[Unplaced]
    total: int


class Settled(Struct, frozen=True):
    """What an editor decided about."""

    id: str


class Distinction(Struct, frozen=True, forbid_unknown_fields=True):
    """Two listings that are two places."""

    one: Id
    other: Id


class ReportController(Controller):
    """What visitors report."""

    path = "/v1/reports"
    tags = ["Listings"]

    @post("/", status_code=202, operation_id="postReport", summary="Report a wrong listing", opt=access("search"))
    async def report(self, services: Injected, request: HttpRequest, data: JSONBody[ReportInput]) -> Reported:
        """Neither address nor key of the caller is kept, and no contact details of the text."""
        return await take_report(services, caller_of(request), request.app.state.report_limit, data)

    @get("/", operation_id="listReports", summary="Reports that wait", opt=access("editor"))
    async def all(self, services: Injected, settled: FromQuery[bool] = False) -> Reports:
        """With `settled`, those that were dealt with as well; all are forgotten after 90 days."""
        return Reports(await services.writing.run(lambda: _queue(services, open_only=not settled)))

    @post(
        "/{id:str}/settle",
        status_code=200,
        operation_id="settleReport",
        summary="A report is dealt with",
        opt=access("editor"),
    )
    async def settle(self, services: Injected, request: HttpRequest, id: PathId) -> Settled:
        """It leaves the queue."""
        by = caller_of(request).name
        await services.writing.run(lambda: services.parts.listings.settle(id, by=by))
        log.info("report.settled", report=id, by=by)
        return Settled(id)

    @post(
        "/{id:str}/unpublish",
        status_code=200,
        operation_id="unpublishReported",
        summary="Take what was reported out of the search",
        opt=access("editor"),
    )
    async def unpublish(self, services: Injected, request: HttpRequest, id: PathId) -> Settled:
        """It is kept as archived, also when its connector reads it again; its reports are settled."""
        by = caller_of(request).name
        await services.writing.run(lambda: _unpublish(services, id, by))
        log.info("report.unpublished", report=id, by=by)
        return Settled(id)


class DuplicateController(Controller):
    """Listings of the same place."""

    path = "/v1/listings"
    tags = ["Listings"]
    opt = access("editor")

    @get("/duplicates", operation_id="listDuplicates", summary="Listings that another one stands for")
    async def duplicates(self, services: Injected) -> Duplicates:
        """Of each group the one that was checked last, then the fullest, is shown to visitors."""
        return Duplicates(await services.writing.run(services.parts.listings.duplicates))

    @get("/unplaced", operation_id="listUnplaced", summary="Listings of which no place is known")
    async def unplaced(self, services: Injected) -> UnplacedListings:
        """They are found by their words and near nothing, until their address or `location` says where they are."""
        return await services.writing.run(lambda: _unplaced(services))

    @post("/distinct", status_code=200, operation_id="distinguishListings", summary="These are two places")
    async def distinguish(self, services: Injected, request: HttpRequest, data: JSONBody[Distinction]) -> Settled:
        """Both are shown from now on."""
        by = caller_of(request).name
        await services.writing.run(lambda: services.parts.listings.distinguish(data.one, data.other, by=by))
        log.info("listings.distinguished", one=data.one, other=data.other, by=by)
        return Settled(data.one)


async def take_report(services: Services, caller: Caller, limit: ReportLimit, data: ReportInput) -> Reported:
    """Put a report into the queue. Raises TooManyRequestsException, and NotFound for what is not published."""
    limit.admit(caller.client)

    def store() -> Reported:
        services.parts.store.public(data.type, data.id)
        services.parts.listings.report(data.type, data.id, data.reason, data.text)
        return Reported()

    return await services.writing.run(store)


def _unplaced(services: Services) -> UnplacedListings:
    everything = services.parts.engine.retrieve({"clinic": Retrieval()})["clinic"]
    lacking = [id for id, lat in zip(everything.ids, everything.numbers("lat"), strict=True) if math.isnan(lat)]
    rows = services.parts.store.get_many({("clinic", id) for id in lacking[:_MOST_UNPLACED]})
    clinics = [row.document for _, row in sorted(rows.items()) if isinstance(row.document, Clinic)]
    return UnplacedListings([_unplaced_listing(each, services.parts.gazetteer) for each in clinics], len(lacking))


def _unplaced_listing(clinic: Clinic, gazetteer: Gazetteer) -> Unplaced:
    faults = [PlaceFault(*fault) for fault in locate(clinic, gazetteer).warnings]
    return Unplaced(clinic.id, clinic.name, clinic.address, faults)


def _queue(services: Services, *, open_only: bool) -> list[QueuedReport]:
    found: Sequence[Report] = services.parts.listings.reports(open_only=open_only)
    rows = services.parts.store.get_many({(report.type, report.document) for report in found})
    known = {key: row.document for key, row in rows.items() if row.document is not None}
    return [
        QueuedReport(**msgspec.structs.asdict(report), listing=_listing(known.get((report.type, report.document))))
        for report in found
    ]


def _listing(document: Document | None) -> ReportedListing | None:
    if document is None:
        return None
    if not isinstance(document, Clinic):
        return ReportedListing(name=document.title, url=document.url, status=document.status)
    wanted = {name: getattr(document, name) for name in ReportedListing.__struct_fields__}
    return ReportedListing(**wanted)


def _unpublish(services: Services, id: str, by: str) -> None:
    parts = services.parts
    report = parts.listings.get(id)
    row = parts.store.get(report.type, report.document)
    if row is None or row.document is None:
        raise NotFound(f"there is no {report.type} {report.document!r} any more")
    withdraw(parts.database, report.type, report.document)
    archived = msgspec.structs.replace(row.document, status="archived")
    parts.store.accept_one(Write(report.type, report.document, archived))
    services.doorbell.ring("live")
    parts.listings.settle(id, by=by, all_of_document=True)
