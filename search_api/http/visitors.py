"""Who calls, as far as it must be known for a moment."""

from typing import Any

from litestar import Request

from indexing.settings import Settings


def address_of(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The caller's address; behind a proxy that is trusted, the one that it names last."""
    forwarded = request.headers.get("x-forwarded-for", "") if settings.trust_proxy else ""
    return forwarded.rpartition(",")[2].strip() or (request.client.host if request.client else "unknown")
