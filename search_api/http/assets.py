"""Scripts, styles and the logo over HTTP."""

from litestar import Controller, Response, get
from litestar.params import FromPath
from msgspec import Struct

from indexing.errors import NotFound
from search_api.http.auth import access
from search_api.http.conditions import held_by
from search_api.http.frames import HtmlRequest, frame_of
from search_api.pages.assets import SEARCH_BOX, assets, find_asset, versioned

_ANYWHERE = {"Access-Control-Allow-Origin": "*"}
_YEAR = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"
_LOGO = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cache-Control": _SHORT,
}


class SearchBoxAsset(Struct, frozen=True):
    """What a website's script tag says to get exactly this version of the search box."""

    url: str
    integrity: str
    bytes: int


class AssetController(Controller):
    """Scripts and styles; other sites may load them."""

    include_in_schema = False
    opt = access("public")

    @get("/assets/search-box.json")
    async def search_box(self) -> SearchBoxAsset:
        """Address and integrity hash of the newest search box."""
        asset = assets()[SEARCH_BOX]
        return SearchBoxAsset(versioned(SEARCH_BOX), asset.integrity, len(asset.content))

    @get("/assets/{name:str}")
    async def asset(self, request: HtmlRequest, name: FromPath[str]) -> Response[bytes]:
        """One file; under a name with its version it never changes."""
        asset, is_fixed = find_asset(name)
        tag = f'"{asset.version}"'
        headers = {**_ANYWHERE, "ETag": tag, "Cache-Control": _YEAR if is_fixed else _SHORT}
        held = held_by(request)
        if held.is_any or held.names(tag):
            return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
        return Response(asset.content, headers=headers, media_type=asset.media_type)

    @get("/site-logo")
    async def logo(self, request: HtmlRequest) -> Response[bytes]:
        """The picture before the site's name."""
        logo = frame_of(request).site.logo
        if logo is None:
            raise NotFound("there is no logo; set SEARCH_SITE_LOGO")
        return Response(logo.content, headers=_LOGO, media_type=logo.media_type)
