"""Clinics over HTTP: a page each, up to three side by side, the same as JSON, and reports by a plain form."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import PermissionDeniedException
from litestar.params import Body, PathParameter
from msgspec import Meta, Struct

from indexing.content.listings import Reason
from indexing.documents import Clinic
from indexing.errors import NotFound
from indexing.fields import ID_IN_WORDS, ID_PATTERN
from indexing.redaction import MAX_CHARACTERS
from search_api.http.auth import access, is_of_own_page
from search_api.http.callers import caller_of
from search_api.http.frames import HtmlRequest, base_of, frame_of, page
from search_api.http.listings import ReportInput, take_report
from search_api.http.pages import HANDLERS, state_of
from search_api.http.services import Injected, Services
from search_api.pages.clinic import clinic_page, compare_page
from search_api.pages.listing import PublicClinic, public_clinic

PathId = Annotated[str, PathParameter(pattern=ID_PATTERN, description=ID_IN_WORDS)]


class ReportForm(Struct, frozen=True):
    """What a visitor found wrong, by the form of the page."""

    reason: Reason
    text: Annotated[str, Meta(max_length=MAX_CHARACTERS)] = ""


class ClinicPageController(Controller):
    """Pages of clinics."""

    include_in_schema = False
    opt = access("search")
    exception_handlers = HANDLERS

    @get("/clinics/{id:str}", media_type="text/html")
    async def clinic(self, request: HtmlRequest, services: Injected, id: PathId) -> Response[bytes]:
        """All that is known of a clinic."""
        return await _clinic_page(request, services, id)

    @post("/clinics/{id:str}/report", media_type="text/html", status_code=200)
    async def report(
        self,
        request: HtmlRequest,
        services: Injected,
        id: PathId,
        data: Annotated[ReportForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> Response[bytes]:
        """Put a report into the editors' queue; nothing of who made it is kept."""
        if not is_of_own_page(request):
            raise PermissionDeniedException("report on the page of the clinic")
        report = ReportInput(id=id, reason=data.reason, text=data.text)
        await take_report(services, caller_of(request), request.app.state.report_limit, report)
        return await _clinic_page(request, services, id, is_reported=True)

    @get("/compare", media_type="text/html")
    async def compare(self, request: HtmlRequest, services: Injected) -> Response[bytes]:
        """The clinics that the address names, without those that are gone."""
        state = state_of(request)
        found = await services.pages.run(lambda: _those_there(services, state.compare), by=caller_of(request))
        state = msgspec.structs.replace(state, compare=tuple(clinic.id for clinic in found))
        return page(compare_page(found, state, services.parts.taxonomy, frame_of(request)))


class PublicClinicController(Controller):
    """What the page of a clinic shows, for other services."""

    path = "/v1/clinics"
    tags = ["Search"]
    opt = access("search")

    @get("/{id:str}/public", operation_id="getPublicClinic", summary="A clinic as its page shows it")
    async def public(self, request: HtmlRequest, services: Injected, id: PathId) -> PublicClinic:
        """The public part of a published listing, with slugs for filter values."""
        return await services.pages.run(lambda: _public(services, id), by=caller_of(request))


async def _clinic_page(
    request: HtmlRequest, services: Services, id: str, *, is_reported: bool = False
) -> Response[bytes]:
    clinic = await services.pages.run(lambda: _public(services, id), by=caller_of(request))
    taxonomy, frame = services.parts.taxonomy, frame_of(request)
    state = state_of(request)
    return page(clinic_page(clinic, state, taxonomy, frame, base=base_of(request), is_reported=is_reported))


def _published(services: Services, id: str) -> Clinic:
    clinic = services.parts.store.public("clinic", id)
    assert isinstance(clinic, Clinic)
    return clinic


def _public(services: Services, id: str) -> PublicClinic:
    return public_clinic(_published(services, id), services.parts.taxonomy, services.parts.gazetteer)


def _those_there(services: Services, ids: tuple[str, ...]) -> list[PublicClinic]:
    found = []
    for id in ids:
        try:
            found.append(_public(services, id))
        except NotFound:
            continue
    return found
