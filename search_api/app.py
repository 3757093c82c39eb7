"""The Litestar application, put together from services that somebody else made."""

import asyncio
import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from litestar import Litestar, Request
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.prometheus import PrometheusConfig
from litestar.static_files import create_static_files_router
from litestar.stores.memory import MemoryStore

from indexing.settings import Settings
from search_api.http.analytics import AnalyticsController
from search_api.http.auth import KeyRing, secret_of
from search_api.http.connectors import ConnectorController, HookController
from search_api.http.console import ConsoleController
from search_api.http.curation import CurationController
from search_api.http.descriptions import complete
from search_api.http.documents import MAX_DOCUMENT_BYTES, DocumentController
from search_api.http.forms import ignore_empty_parameters
from search_api.http.health import HealthController
from search_api.http.inspection import InspectionController
from search_api.http.jobs import JobController
from search_api.http.listings import DuplicateController, ReportController
from search_api.http.pages import AssetController, PageController
from search_api.http.problems import EXCEPTION_HANDLERS
from search_api.http.recommendations import RecommendationController
from search_api.http.reporting import ReportLimit
from search_api.http.search import SearchController
from search_api.http.services import Services
from search_api.http.status import MetricsController, StatusController
from search_api.http.visitors import address_of

VERSION = "0.1.0"
_LIMITS = "rate_limit"
_FORGET_SECONDS = 60.0
_SWAGGER_FILES = "/schema-files"


def create_app(services: Services) -> Litestar:
    """The whole service over HTTP."""
    settings = services.parts.settings
    limits = MemoryStore()
    key_ring = KeyRing(services.parts.keys, anonymous_search=settings.anonymous_search)
    app = Litestar(
        route_handlers=[
            SearchController,
            RecommendationController,
            DocumentController,
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
            ConsoleController,
            MetricsController,
            AssetController,
            create_static_files_router(path=_SWAGGER_FILES, directories=[_swagger_folder()], include_in_schema=False),
        ],
        dependencies={"services": Provide(lambda: services, sync_to_thread=False, use_cache=True)},
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[
            ignore_empty_parameters,
            PrometheusConfig(app_name="search_api", prefix="search_api", group_path=True).middleware,
            _rate_limit(settings, key_ring),
        ],
        cors_config=_cors(settings),
        compression_config=CompressionConfig(backend="gzip", minimum_size=1_000, exclude=[r"^/v1/", r"^/metrics"]),
        openapi_config=OpenAPIConfig(
            title="The Ketamine Channel: search and recommendations",
            version=VERSION,
            path="/schema",
            render_plugins=[_swagger()],
            components=Components(security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}),
        ),
        request_max_body_size=MAX_DOCUMENT_BYTES,
        state=State({"services": services, "key_ring": key_ring, "report_limit": ReportLimit()}),
        stores={_LIMITS: limits},
        lifespan=[_forgetting(limits)],
        on_shutdown=[services.close],
        debug=False,
        signature_namespace={"Services": Services},
    )
    complete(app.openapi_schema)
    return app


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


def _forgetting(limits: MemoryStore) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Forget expired counts of callers, which the store keeps until they are asked for again."""

    @asynccontextmanager
    async def forgetting(_: Litestar) -> AsyncIterator[None]:
        async def forget() -> None:
            while True:
                await asyncio.sleep(_FORGET_SECONDS)
                await limits.delete_expired()

        task = asyncio.create_task(forget())
        yield
        task.cancel()

    return forgetting


def _rate_limit(settings: Settings, key_ring: KeyRing) -> DefineMiddleware:
    secret_of_process = secrets.token_bytes(32)

    def client(request: Request[Any, Any, Any]) -> str:
        return hmac.new(secret_of_process, address_of(request, settings).encode(), "sha256").hexdigest()

    async def is_limited(request: Request[Any, Any, Any]) -> bool:
        secret = secret_of(request)
        has_key = secret is not None and await key_ring.find(secret) is not None
        path = request.url.path
        return not has_key and (path.startswith("/v1/") or path in {"/", "/related"})

    return RateLimitConfig(
        rate_limit=("minute", settings.anonymous_per_minute),
        identifier_for_request=client,
        check_throttle_handler=is_limited,
        store=_LIMITS,
    ).middleware


def _cors(settings: Settings) -> CORSConfig | None:
    origins = [origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()]
    return CORSConfig(allow_origins=origins, allow_methods=["GET", "POST", "PUT", "DELETE"]) if origins else None
