"""Files that search engines and browsers look for, each at its well-known address."""

import msgspec
from litestar import Controller, Response, get

from indexing.cards import ArticleCard
from indexing.engines.base import titles_of
from indexing.errors import NotFound
from search_api.http.auth import access
from search_api.http.callers import caller_of
from search_api.http.frames import HtmlRequest, base_of, frame_of
from search_api.http.services import Injected, Services
from search_api.pages.finding import opensearch_xml, robots_txt, security_txt, sitemap_xml

_HEADERS = {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Language"}
_CARD = msgspec.json.Decoder(ArticleCard)


class FindingController(Controller):
    """What is read by machines and not by visitors."""

    include_in_schema = False
    opt = access("public")

    @get("/robots.txt")
    async def robots(self, request: HtmlRequest) -> Response[str]:
        """Who may read what; a search that is closed is for nobody."""
        return _sent(robots_txt(base_of(request)), "text/plain")

    @get("/sitemap.xml", opt=access("search"))
    async def sitemap(self, request: HtmlRequest, services: Injected) -> Response[str]:
        """The pages that we serve ourselves."""
        base = base_of(request)
        text = await services.pages.run(lambda: _sitemap(services, base), by=caller_of(request))
        return _sent(text, "application/xml")

    @get("/opensearch.xml")
    async def opensearch(self, request: HtmlRequest) -> Response[str]:
        """For searching from the address bar."""
        return _sent(opensearch_xml(base_of(request), frame_of(request)), "application/opensearchdescription+xml")

    @get("/.well-known/security.txt")
    async def security_contact(self, request: HtmlRequest) -> Response[str]:
        """Whom to tell of a fault."""
        text = security_txt(base_of(request), frame_of(request).site)
        if not text:
            raise NotFound("nobody is named: set SEARCH_SECURITY_CONTACT")
        return _sent(text, "text/plain")


def _sent(text: str, media_type: str) -> Response[str]:
    return Response(text, media_type=media_type, headers=_HEADERS)


def _sitemap(services: Services, base: str) -> str:
    """Articles whose own page is ours, and clinics that no other listing stands for."""
    engine, hidden = services.parts.engine, services.parts.listings.stand_ins()
    ids = [title.id for title in titles_of(engine, "article")]
    found = engine.library("article").contents(ids) if ids else {}
    read_here = [id for id, content in found.items() if _CARD.decode(content.card).url.startswith("/read/")]
    clinics = [title.id for title in titles_of(engine, "clinic") if title.id not in hidden]
    return sitemap_xml(base, sorted(read_here), sorted(clinics))
