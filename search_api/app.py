"""The Litestar application, put together from services that somebody else made."""

from importlib.util import find_spec
from pathlib import Path

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.prometheus import PrometheusConfig
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from indexing.documents import DOCUMENT_TYPES
from indexing.settings import Settings
from search_api.http.analytics import AnalyticsController
from search_api.http.answers import answering
from search_api.http.assets import AssetController
from search_api.http.auth import Door, KeyRing, access
from search_api.http.client_ip import ClientIp
from search_api.http.clinic_pages import ClinicPageController, PublicClinicController
from search_api.http.connectors import ConnectorController, HookController
from search_api.http.console import ConsoleController
from search_api.http.curation import CurationController
from search_api.http.descriptions import complete
from search_api.http.documents import document_routes
from search_api.http.encodings import MarkedRequest, decode_bodies
from search_api.http.finding import FindingController
from search_api.http.forms import ignore_empty_parameters
from search_api.http.health import HealthController
from search_api.http.inspection import InspectionController
from search_api.http.jobs import JobController
from search_api.http.limiter import Limiter
from search_api.http.listings import DuplicateController, ReportController
from search_api.http.pages import PageController
from search_api.http.problems import EXCEPTION_HANDLERS
from search_api.http.recommendations import RecommendationController
from search_api.http.reporting import ReportLimit
from search_api.http.search import SearchController
from search_api.http.services import Services
from search_api.http.shedding import shed
from search_api.http.status import MetricsController, StatusController
from search_api.http.uploads import UploadController
from search_api.pages.site import site_of

VERSION = "0.1.0"
_MOST_BODY_BYTES = 16_000
"""Of a request; routes that take more say so."""
_FAILED_SIGN_INS = 10
"""A minute and client."""
_SWAGGER_FILES = "/schema-files"
_SWAGGER_SECONDS = 3_600
"""For which browsers keep them."""
_SWAGGER_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page of Swagger UI holds its script and styles itself."""


def create_app(services: Services) -> Litestar:
    """The whole service over HTTP."""
    app = Litestar(
        route_handlers=_routes(),
        dependencies={"services": Provide(lambda: services, sync_to_thread=False, use_cache=True)},
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[
            ignore_empty_parameters,
            decode_bodies,
            PrometheusConfig(app_name="search_api", prefix="search_api", group_path=True).middleware,
            shed,
        ],
        guards=[door := _door(services)],
        cors_config=_cors(services.parts.settings),
        compression_config=CompressionConfig(backend="gzip", minimum_size=1_000, exclude=[r"^/v1/", r"^/metrics"]),
        openapi_config=_openapi(),
        request_max_body_size=_MOST_BODY_BYTES,
        request_class=MarkedRequest,
        state=_state(services, door),
        on_shutdown=[services.close],
        debug=False,
        signature_namespace={"Services": Services},
    )
    app.asgi_handler = answering(app.asgi_handler)
    complete(app.openapi_schema)
    return app


def _routes() -> list[ControllerRouterHandler]:
    """Everything that has an address."""
    return [
        SearchController,
        RecommendationController,
        *(document_routes(kind) for kind in DOCUMENT_TYPES),
        UploadController,
        JobController,
        StatusController,
        CurationController,
        ConnectorController,
        HookController,
        ReportController,
        DuplicateController,
        AnalyticsController,
        HealthController,
        InspectionController,
        PageController,
        ClinicPageController,
        PublicClinicController,
        FindingController,
        ConsoleController,
        MetricsController,
        AssetController,
        create_static_files_router(
            path=_SWAGGER_FILES,
            directories=[_swagger_folder()],
            include_in_schema=False,
            opt=access("public"),
            cache_control=CacheControlHeader(public=True, max_age=_SWAGGER_SECONDS),
        ),
    ]


def _door(services: Services) -> Door:
    settings = services.parts.settings
    ring = KeyRing(services.parts.keys, services.parts.sessions, services.doors)
    return Door(ring, Limiter(settings.anonymous_per_minute), anonymous_search=settings.anonymous_search)


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="The Ketamine Channel: search and recommendations",
        version=VERSION,
        path="/schema",
        openapi_router=Router(
            "/schema",
            route_handlers=[],
            include_in_schema=False,
            opt=access("public"),
            response_headers={"Content-Security-Policy": _SWAGGER_POLICY},
        ),
        render_plugins=[_swagger()],
        components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
    )


def _state(services: Services, door: Door) -> State:
    """What handlers find without being given it."""
    settings = services.parts.settings
    return State(
        {
            "services": services,
            "door": door,
            "site": site_of(settings),
            "client_ip": ClientIp(settings),
            "failed_sign_ins": Limiter(_FAILED_SIGN_INS),
            "report_limit": ReportLimit(),
        }
    )


def _swagger_folder() -> Path:
    """Where the package lies that brings the files of Swagger UI; its code is not needed."""
    found = find_spec("swagger_ui")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "static"


def _swagger() -> SwaggerRenderPlugin:
    """The interactive page from files of ours: nobody else learns that somebody reads it."""
    return SwaggerRenderPlugin(
        js_url=f"{_SWAGGER_FILES}/swagger-ui-bundle.js",
        css_url=f"{_SWAGGER_FILES}/swagger-ui.css",
        standalone_preset_js_url=f"{_SWAGGER_FILES}/swagger-ui-standalone-preset.js",
        favicon='<link rel="icon" href="data:,">',
    )


def _cors(settings: Settings) -> CORSConfig | None:
    origins = [origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()]
    return CORSConfig(allow_origins=origins, allow_methods=["GET", "POST", "PUT", "DELETE"]) if origins else None
