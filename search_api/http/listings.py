"""Listings that are wrong or doubled: what visitors report, and what editors do about it."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get, post
from litestar.params import FromQuery, JSONBody, PathParameter
from msgspec import Meta, Struct

from indexing.content.connector_items import withdraw
from indexing.content.documents import Write
from indexing.content.listings import FoundDuplicate, Reason, Report
from indexing.documents import DocumentType
from indexing.errors import NotFound
from indexing.fields import ID_PATTERN
from indexing.redaction import MAX_CHARACTERS
from search_api.http.auth import access
from search_api.http.callers import caller_of
from search_api.http.reporting import ReportLimit
from search_api.http.services import Injected, Services

Id = Annotated[str, Meta(pattern=ID_PATTERN)]
PathId = Annotated[str, PathParameter(pattern=ID_PATTERN)]
HttpRequest = Request[Any, Any, Any]


class ReportInput(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with which document; numbers, addresses and e-mails in `text` are not kept."""

    id: Id
    reason: Reason
    type: DocumentType = "clinic"
    text: Annotated[str, Meta(max_length=MAX_CHARACTERS)] = ""


class Reported(Struct, frozen=True):
    """It is in the editors' queue; nothing tells afterwards who made it."""

    accepted: int = 1


class Reports(Struct, frozen=True):
    """Reports, the newest first."""

    reports: list[Report]


class Duplicates(Struct, frozen=True):
    """Listings that are not shown, with the one shown in their place."""

    duplicates: list[FoundDuplicate]


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
        limit: ReportLimit = request.app.state.report_limit
        limit.admit(caller_of(request).client)

        def store() -> Reported:
            if services.parts.store.get(data.type, data.id) is None:
                raise NotFound(f"there is no {data.type} {data.id!r}")
            services.parts.listings.report(data.type, data.id, data.reason, data.text)
            return Reported()

        return await services.writing.run(store)

    @get("/", operation_id="listReports", summary="Reports that wait", opt=access("editor"))
    async def all(self, services: Injected, settled: FromQuery[bool] = False) -> Reports:
        """With `settled`, those that were dealt with as well; all are forgotten after 90 days."""
        return Reports(await services.writing.run(lambda: services.parts.listings.reports(open_only=not settled)))

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

    @post("/distinct", status_code=200, operation_id="distinguishListings", summary="These are two places")
    async def distinguish(self, services: Injected, request: HttpRequest, data: JSONBody[Distinction]) -> Settled:
        """Both are shown from now on."""
        by = caller_of(request).name
        await services.writing.run(lambda: services.parts.listings.distinguish(data.one, data.other, by=by))
        return Settled(data.one)


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
