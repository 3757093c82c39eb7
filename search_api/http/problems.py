"""Every error as RFC 9457 problem details: one mapping from what went wrong to what the caller is told."""

from functools import cache
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import ExceptionHandlersMap

from indexing import errors
from indexing.errors import FieldError
from indexing.expectations import in_words
from search_api.http.frames import frame_of, page
from search_api.pages.trouble import trouble_page
from search_api.safety.language import preferred
from search_api.safety.notices import built_in_notices

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"
RETRY_SECONDS = "1"
_SPEAKING = (
    errors.Overloaded,
    errors.BacklogFull,
    errors.NotReady,
    errors.SourceUnavailable,
    errors.SecretUnreadable,
)
"""Their messages are written for callers."""
_STATUS: tuple[tuple[type[errors.SearchServiceError], int], ...] = (
    (errors.InvalidInput, 400),
    (errors.NotFound, 404),
    (errors.RequestError, 400),
    (errors.Conflict, 409),
    (errors.BacklogFull, 429),
    (errors.Unavailable, 503),
    (errors.Inconsistent, 500),
)


_WITH_HELP = frozenset({404, 429, 503})
"""Answers that somebody in need may get in place of help."""
_MACHINES = ("/v1/", "/health/", "/metrics", "/schema", "/assets/", "/mcp")
"""Where nobody reads pages."""


def help_line(accept_language: str = "") -> str:
    """One sentence with the number to call, for whatever could not be answered."""
    notice = built_in_notices()["crisis" if preferred(accept_language) == "en" else "crisis-es"]
    return notice.line


def _is_for_a_browser(request: Request[Any, Any, Any]) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(_MACHINES)


def _answered(request: Request[Any, Any, Any], answer: Response[dict[str, Any]]) -> Response[Any]:
    """The same as a page where somebody reads it in a browser."""
    if answer.status_code not in _WITH_HELP or not _is_for_a_browser(request):
        return answer
    told = page(trouble_page(answer.status_code, frame_of(request)))
    told.status_code = answer.status_code
    told.headers.update(answer.headers)
    return told


def problem(
    status: int, detail: str, *, fields: list[FieldError] | None = None, headers: dict[str, str] | None = None
) -> Response[dict[str, Any]]:
    """A problem answer; `fields` names what was wrong with the input."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if status in _WITH_HELP:
        content["help"] = help_line()
    if fields is not None:
        content["errors"] = [{"field": error.field, "message": error.message} for error in fields]
    return Response(content, status_code=status, media_type=PROBLEM_JSON, headers=headers)


def _service_error(request: Request[Any, Any, Any], error: errors.SearchServiceError) -> Response[Any]:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    fields = error.errors if isinstance(error, errors.InvalidInput) else None
    if isinstance(error, errors.Unavailable):
        log.warning("http.unavailable", error=str(error))
        detail = str(error) if isinstance(error, _SPEAKING) else _unavailable(error)
        return _answered(request, problem(status, detail, headers={"Retry-After": RETRY_SECONDS}))
    return _answered(request, problem(status, str(error), fields=fields))


def _unavailable(error: errors.Unavailable) -> str:
    """What callers are told: the reason itself may name files and hosts, and is in the log."""
    if isinstance(error, errors.EngineUnavailable):
        return "the search index cannot answer at the moment"
    if isinstance(error, errors.EmbedderUnavailable):
        return "the language model cannot answer at the moment"
    return "the service cannot answer at the moment"


def _validation_error(request: Request[Any, Any, Any], error: ValidationException) -> Response[dict[str, Any]]:
    extra = error.extra if isinstance(error.extra, list) else []
    found = [FieldError(str(item.get("key", "")), str(item.get("message", ""))) for item in extra]
    fields = [_in_words(request, each) for each in found]
    return problem(400, errors.told(fields) or error.detail, fields=fields)


def _in_words(request: Request[Any, Any, Any], error: FieldError) -> FieldError:
    """The fault of a parameter or of a field of a body, with what the OpenAPI document says may be sent."""
    document = _document(request.app)
    path = document["paths"].get(request.scope.get("path_template", ""), {})
    operation = path.get(request.method.lower(), {})
    schemas = document.get("components", {}).get("schemas", {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == error.field:
            told = parameter.get("description", "")
            return FieldError(error.field, in_words(error.message, parameter["schema"], "", schemas, told))
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    field = "" if error.field == "data" else error.field
    return FieldError(field, in_words(error.message, content.get("schema", {}), field, schemas))


@cache
def _document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    return app.openapi_schema.to_schema()


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    headers = dict(error.headers or {})
    if error.status_code == 429:
        headers["Retry-After"] = headers.get("RateLimit-Reset", RETRY_SECONDS)
    if error.status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error.__cause__, SerializationException):
        fields = [FieldError("", f"this is not JSON: {error.detail}")]
        return problem(400, errors.told(fields), fields=fields, headers=headers)
    if isinstance(error, RequestEntityTooLarge) and (most := request.route_handler.resolve_request_max_body_size()):
        return problem(413, f"the body has more than {most} bytes, which is the most that is taken here")
    return _answered(request, problem(error.status_code, error.detail, headers=headers))


def _too_deep(_: Request[Any, Any, Any], __: RecursionError) -> Response[dict[str, Any]]:
    return problem(400, "the body is nested too deeply", fields=[FieldError("", "is nested too deeply")])


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    log.error("http.unexpected_error", method=request.method, error=type(error).__name__, exc_info=error)
    return problem(500, "something went wrong here; it has been logged")


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    errors.SearchServiceError: _service_error,
    ValidationException: _validation_error,
    HTTPException: _http_error,
    RecursionError: _too_deep,
    Exception: _unexpected,
}
