"""Two editors of one decision: the version that a writer began with is compared, and the other one is handed back.

A writer names it in `If-Match`, as `ETag` or `revision` told it; 0 is a decision that is not stored yet. Without the
header nothing is compared.
"""

from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from indexing.content.curation import Decision, DecisionChanged
from indexing.errors import FieldError, InvalidInput
from search_api.http.problems import problem

Stored = TypeVar("Stored")


def expected_revision(request: Request[Any, Any, Any]) -> int | None:
    """The revision of `If-Match`; None without it. Raises InvalidInput."""
    sent = request.headers.get("if-match", "").strip()
    if not sent:
        return None
    plain = sent.removeprefix("W/").strip('"')
    if not plain.isdecimal():
        raise InvalidInput([FieldError("If-Match", 'expected the `ETag` of a decision, such as "0"')])
    return int(plain)


def tagged(stored: Stored, revision: int) -> Response[Stored]:
    """An answer with its revision as `ETag`."""
    return Response(stored, headers={"ETag": f'"{revision}"'})


def conflict(_: Request[Any, Any, Any], error: DecisionChanged) -> Response[dict[str, Any]]:
    """409 with `current`: the decision as somebody else stored it, null where it was taken back."""
    answer = problem(409, str(error))
    answer.content["current"] = None if error.current is None else _shown(error.current)
    return answer


def _shown(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "rule": msgspec.json.decode(decision.payload),
        "updated_at": decision.updated_at,
        "updated_by": decision.updated_by,
        "revision": decision.revision,
    }
