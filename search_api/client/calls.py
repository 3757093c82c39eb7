"""Calls as values: what to send, how to read the answer, and whether it may be sent again. No network here."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from search_api.client.answers import (
    Accepted,
    Batch,
    Completions,
    Job,
    LineFaults,
    Recommendations,
    RelatedArticles,
    SearchAnswer,
    Started,
    Uploaded,
)

_Answer = TypeVar("_Answer")
_RETRIED = frozenset({429, 502, 503, 504})
_CHUNK_DOCUMENTS = 500

Document = Mapping[str, Any]


class FieldFault(Struct, frozen=True):
    """A field of a request and what is wrong with it."""

    field: str
    message: str


class Problem(Exception):
    """What the service answered in place of a result (RFC 9457)."""

    def __init__(self, status: int, title: str, detail: str, errors: Sequence[FieldFault] = ()) -> None:
        super().__init__(
            "; ".join([detail or title, *(f"{fault.field}: {fault.message}".removeprefix(": ") for fault in errors)])
        )
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)


class Unanswered(Exception):
    """The service did not answer before the deadline."""


class Call(Struct, Generic[_Answer], frozen=True):
    """One request."""

    method: str
    path: str
    answer: type[_Answer]
    params: Mapping[str, Any] = {}
    body: bytes | None = None
    media_type: str = "application/json"
    is_safe_to_repeat: bool = True

    def read(self, status: int, content: bytes) -> _Answer:
        """The answer. Raises Problem."""
        if status >= 400:
            raise problem_of(status, content)
        return msgspec.json.decode(content or b"null", type=self.answer)

    def may_repeat(self, status: int | None) -> bool:
        """Whether to send it again after this status, or after none came."""
        return self.is_safe_to_repeat and (status is None or status in _RETRIED)


def problem_of(status: int, content: bytes) -> Problem:
    """The problem that an answer tells of."""
    try:
        told = msgspec.json.decode(content)
        faults = [FieldFault(str(e.get("field", "")), str(e.get("message", ""))) for e in told.get("errors") or ()]
        return Problem(status, str(told.get("title", "")), str(told.get("detail", "")), faults)
    except (msgspec.DecodeError, AttributeError):
        return Problem(status, f"HTTP {status}", "")


def search(q: str, params: Mapping[str, Any]) -> Call[SearchAnswer]:
    """See Client."""
    return Call("GET", "/v1/search", SearchAnswer, {"q": q, **_given(params)})


def has_more(answer: SearchAnswer) -> bool:
    """Whether another page follows; none follows one without hits, whatever the total says."""
    return bool(answer.hits) and answer.page * answer.per_page < answer.total


def suggest(q: str, limit: int) -> Call[Completions]:
    """See Client."""
    return Call("GET", "/v1/suggest", Completions, {"q": q, "limit": limit})


def related(id: str, limit: int, exclude: Sequence[str]) -> Call[RelatedArticles]:
    """See Client."""
    path = f"/v1/articles/{quote(id, safe='')}/related"
    return Call("GET", path, RelatedArticles, _given({"limit": limit, "exclude": list(exclude) or None}))


def recommend(context: Mapping[str, Any]) -> Call[Recommendations]:
    """See Client."""
    return Call("POST", "/v1/recommendations", Recommendations, body=msgspec.json.encode(_given(context)))


def recommend_batch(contexts: Sequence[Mapping[str, Any]]) -> Call[Batch]:
    """See Client."""
    body = msgspec.json.encode({"requests": [_given(context) for context in contexts]})
    return Call("POST", "/v1/recommendations/batch", Batch, body=body)


def put(type: str, id: str, document: Document) -> Call[Accepted]:
    """See Client."""
    return Call("PUT", _document_path(type, id), Accepted, body=msgspec.json.encode(document))


def get(type: str, id: str) -> Call[dict[str, Any]]:
    """See Client."""
    return Call("GET", _document_path(type, id), dict[str, Any])


def delete(type: str, id: str) -> Call[Accepted]:
    """See Client."""
    return Call("DELETE", _document_path(type, id), Accepted)


def job(id: str) -> Call[Job]:
    """See Client."""
    return Call("GET", f"/v1/jobs/{quote(id, safe='')}", Job)


def reindex(type: str, reembed: bool) -> Call[Started]:
    """See Client."""
    body = msgspec.json.encode({"type": type, "reembed": reembed})
    return Call("POST", "/v1/reindex", Started, body=body, is_safe_to_repeat=False)


def uploads(documents: Iterable[Document]) -> Iterator[tuple[int, Call[Accepted]]]:
    """Parts of an upload with how many documents each holds; sending a document twice changes nothing."""
    waiting = iter(documents)
    while chunk := list(itertools.islice(waiting, _CHUNK_DOCUMENTS)):
        body = b"\n".join(msgspec.json.encode(document) for document in chunk)
        yield len(chunk), Call("POST", "/v1/documents", Accepted, body=body, media_type="application/x-ndjson")


def counted(before: Uploaded | None, size: int, answer: Accepted) -> Uploaded:
    """How far an upload is after another part."""
    sent = before.sent if before else 0
    faults = [msgspec.convert(error, LineFaults) for error in answer.errors]
    return Uploaded(
        sent=sent + size,
        accepted=(before.accepted if before else 0) + answer.accepted,
        rejected=(before.rejected if before else 0) + answer.rejected,
        errors=[LineFaults(fault.line + sent, fault.errors) for fault in faults],
        jobs=[*(before.jobs if before else ()), answer.job],
    )


def _document_path(type: str, id: str) -> str:
    return f"/v1/{type}s/{quote(id, safe='')}"


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
