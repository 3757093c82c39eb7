"""Reporting a wrong listing by a plain form, for visitors whose browsers run no script."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from indexing.documents import Clinic
from indexing.errors import NotFound
from indexing.fields import ID_PATTERN
from search_api.http.auth import access
from search_api.http.callers import caller_of
from search_api.http.listings import ReportInput, take_report
from search_api.http.pages import PAGE_EXCEPTIONS, PAGE_HEADERS, HtmlRequest, page
from search_api.http.services import Injected, Services
from search_api.pages.reporting import report_page
from search_api.safety.language import preferred

_MOST_SHOWN = 600
"""Characters of a text that is too long, given back for shortening."""


class ReportPageController(Controller):
    """The form, and what it sends."""

    path = "/report"
    include_in_schema = False
    opt = access("search")
    exception_handlers = PAGE_EXCEPTIONS

    @get("/", media_type="text/html")
    async def form(
        self,
        request: HtmlRequest,
        services: Injected,
        clinic: Annotated[str | None, QueryParameter(pattern=ID_PATTERN)] = None,
    ) -> Response[bytes]:
        """The form for a listing; without one, the thanks for a report."""
        language = preferred(request.headers.get("accept-language", ""))
        if clinic is None:
            return page(report_page(language, id="", name="", step="sent"))
        name = await services.pages.run(lambda: _name(services, clinic), by=caller_of(request))
        return page(report_page(language, id=clinic, name=name, step="asking"))

    @post("/", media_type="text/html", status_code=303)
    async def send(self, request: HtmlRequest, services: Injected) -> Response[bytes]:
        """Takes a report as `POST /v1/reports` does, and leads to the thanks, so that a reload sends nothing twice."""
        given = await request.form()
        id, reason, text = (str(given.get(name, "")) for name in ("clinic", "reason", "text"))
        try:
            data = msgspec.convert({"id": id, "reason": reason, "text": text.strip()}, ReportInput)
        except msgspec.ValidationError:
            name = await services.pages.run(lambda: _name(services, id), by=caller_of(request))
            language = preferred(request.headers.get("accept-language", ""))
            answer = page(report_page(language, id=id, name=name, step="wrong", text=text[:_MOST_SHOWN]))
            answer.status_code = 400
            return answer
        await take_report(services, caller_of(request), request.app.state.report_limit, data)
        return Response(b"", status_code=303, headers={**PAGE_HEADERS, "Location": "/report"})


def _name(services: Services, id: str) -> str:
    row = services.parts.store.get("clinic", id)
    if row is None or not isinstance(row.document, Clinic) or row.document.status != "published":
        raise NotFound(f"there is no clinic {id!r}")
    return row.document.name
