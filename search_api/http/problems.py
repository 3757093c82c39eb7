"""Every error as RFC 9457 problem details: one mapping from what went wrong to what the caller is told."""

from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap

from indexing import errors
from indexing.errors import FieldError
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


def _validation_error(_: Request[Any, Any, Any], error: ValidationException) -> Response[dict[str, Any]]:
    extra = error.extra if isinstance(error.extra, list) else []
    fields = [FieldError(str(item.get("key", "")), str(item.get("message", ""))) for item in extra]
    return problem(400, "; ".join(f"{f.field}: {f.message}" for f in fields) or error.detail, fields=fields)


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    headers = dict(error.headers or {})
    if error.status_code == 429:
        headers["Retry-After"] = headers.get("RateLimit-Reset", RETRY_SECONDS)
    if error.status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
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
