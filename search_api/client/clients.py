"""The two clients: the same calls, waited for or awaited. Connections are pooled; use one client for long.

A call that the service could not answer is sent again where that is safe, after the pause that the service
asks for, as long as the deadline allows.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from search_api.client import calls
from search_api.client.answers import (
    Accepted,
    Batch,
    Completions,
    Job,
    Recommendations,
    RelatedArticles,
    SearchAnswer,
    Started,
    Uploaded,
)
from search_api.client.calls import Call, Document, Unanswered

_Answer = TypeVar("_Answer")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_POLL_SECONDS = 0.25
_UPLOAD_SECONDS = 60.0


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _request(call: Call[Any], left: float) -> dict[str, Any]:
    return {
        "method": call.method,
        "url": call.path,
        "params": call.params,
        "content": call.body,
        "headers": {"Content-Type": call.media_type} if call.body is not None else {},
        "timeout": left,
    }


class _Patience:
    """How long to go on, and when to try again."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._pause = _FIRST_PAUSE

    @property
    def left(self) -> float:
        return max(self._ends - time.monotonic(), 0.001)

    def pause(self, answer: httpx.Response | None) -> float | None:
        """Seconds until the next try; None where the deadline comes first."""
        asked = answer.headers.get("retry-after", "") if answer is not None else ""
        wait = float(asked) if asked.isdigit() else self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        return wait if wait < self.left else None


class Client:
    """For synchronous code. Thread-safe."""

    def __init__(self, url: str, key: str = "", *, deadline: float = 5.0, transport: Any = None) -> None:
        """`deadline` is for each call, in seconds, tries included."""
        self._deadline = deadline
        self._http = httpx.Client(base_url=url, headers=_headers(key), transport=transport)

    def __enter__(self) -> Self:
        """Use it for a while."""
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def search(self, q: str = "", **params: Any) -> SearchAnswer:
        """One page of results; parameters are those of `GET /v1/search`."""
        return self._run(calls.search(q, params))

    def pages(self, q: str = "", **params: Any) -> Iterator[SearchAnswer]:
        """Page after page, from `page` on, until there is no more; the first one also without hits, for its notices."""
        page = int(params.pop("page", 1))
        answer = self.search(q, page=page, **params)
        yield answer
        while calls.has_more(answer):
            page += 1
            answer = self.search(q, page=page, **params)
            yield answer

    def suggest(self, q: str, *, limit: int = 8) -> Completions:
        """Completions while somebody types."""
        return self._run(calls.suggest(q, limit))

    def related(self, id: str, *, limit: int = 5, exclude: Sequence[str] = ()) -> RelatedArticles:
        """Articles for readers of one."""
        return self._run(calls.related(id, limit, exclude))

    def recommend(self, **context: Any) -> Recommendations:
        """What to read next; the context is that of `POST /v1/recommendations`."""
        return self._run(calls.recommend(context))

    def recommend_batch(self, contexts: Sequence[Mapping[str, Any]]) -> Batch:
        """Up to a hundred at once, in order; an error in one is in its place."""
        return self._run(calls.recommend_batch(contexts))

    def put(self, type: str, id: str, document: Document) -> Accepted:
        """Create or replace an `article` or a `clinic`."""
        return self._run(calls.put(type, id, document))

    def get(self, type: str, id: str) -> dict[str, Any]:
        """A stored document."""
        return self._run(calls.get(type, id))

    def delete(self, type: str, id: str) -> Accepted:
        """Take a document away."""
        return self._run(calls.delete(type, id))

    def upload(self, documents: Iterable[Document]) -> Iterator[Uploaded]:
        """Send any number of documents, each with its `type`, and tell after each part how far it is."""
        progress: Uploaded | None = None
        for size, call in calls.uploads(documents):
            progress = calls.counted(progress, size, self._run(call, seconds=_UPLOAD_SECONDS))
            yield progress

    def job(self, id: str) -> Job:
        """How far a write or a rebuild is."""
        return self._run(calls.job(id))

    def progress(self, id: str) -> Iterator[Job]:
        """A job each time it has changed, until it has ended."""
        seen: Job | None = None
        while seen is None or not seen.has_ended:
            job = self.job(id)
            if job != seen:
                seen = job
                yield job
            else:
                time.sleep(_POLL_SECONDS)

    def reindex(self, type: str = "all", *, reembed: bool = False) -> Started:
        """Ask for a rebuild; never sent twice."""
        return self._run(calls.reindex(type, reembed))

    def _run(self, call: Call[_Answer], *, seconds: float | None = None) -> _Answer:
        patience = _Patience(seconds or self._deadline)
        while True:
            answer: httpx.Response | None = None
            try:
                answer = self._http.request(**_request(call, patience.left))
            except httpx.TransportError as error:
                if not call.may_repeat(None) or (pause := patience.pause(None)) is None:
                    raise Unanswered(f"{call.method} {call.path}: {type(error).__name__}") from error
            else:
                if not call.may_repeat(answer.status_code) or (pause := patience.pause(answer)) is None:
                    return call.read(answer.status_code, answer.content)
            time.sleep(pause)


class AsyncClient:
    """For asynchronous code; the same methods, awaited."""

    def __init__(self, url: str, key: str = "", *, deadline: float = 5.0, transport: Any = None) -> None:
        """`deadline` is for each call, in seconds, tries included."""
        self._deadline = deadline
        self._http = httpx.AsyncClient(base_url=url, headers=_headers(key), transport=transport)

    async def __aenter__(self) -> Self:
        """Use it for a while."""
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def search(self, q: str = "", **params: Any) -> SearchAnswer:
        """See Client."""
        return await self._run(calls.search(q, params))

    async def pages(self, q: str = "", **params: Any) -> AsyncIterator[SearchAnswer]:
        """See Client."""
        page = int(params.pop("page", 1))
        answer = await self.search(q, page=page, **params)
        yield answer
        while calls.has_more(answer):
            page += 1
            answer = await self.search(q, page=page, **params)
            yield answer

    async def suggest(self, q: str, *, limit: int = 8) -> Completions:
        """See Client."""
        return await self._run(calls.suggest(q, limit))

    async def related(self, id: str, *, limit: int = 5, exclude: Sequence[str] = ()) -> RelatedArticles:
        """See Client."""
        return await self._run(calls.related(id, limit, exclude))

    async def recommend(self, **context: Any) -> Recommendations:
        """See Client."""
        return await self._run(calls.recommend(context))

    async def recommend_batch(self, contexts: Sequence[Mapping[str, Any]]) -> Batch:
        """See Client."""
        return await self._run(calls.recommend_batch(contexts))

    async def put(self, type: str, id: str, document: Document) -> Accepted:
        """See Client."""
        return await self._run(calls.put(type, id, document))

    async def get(self, type: str, id: str) -> dict[str, Any]:
        """See Client."""
        return await self._run(calls.get(type, id))

    async def delete(self, type: str, id: str) -> Accepted:
        """See Client."""
        return await self._run(calls.delete(type, id))

    async def upload(self, documents: Iterable[Document]) -> AsyncIterator[Uploaded]:
        """See Client."""
        progress: Uploaded | None = None
        for size, call in calls.uploads(documents):
            progress = calls.counted(progress, size, await self._run(call, seconds=_UPLOAD_SECONDS))
            yield progress

    async def job(self, id: str) -> Job:
        """See Client."""
        return await self._run(calls.job(id))

    async def progress(self, id: str) -> AsyncIterator[Job]:
        """See Client."""
        seen: Job | None = None
        while seen is None or not seen.has_ended:
            job = await self.job(id)
            if job != seen:
                seen = job
                yield job
            else:
                await asyncio.sleep(_POLL_SECONDS)

    async def reindex(self, type: str = "all", *, reembed: bool = False) -> Started:
        """See Client."""
        return await self._run(calls.reindex(type, reembed))

    async def _run(self, call: Call[_Answer], *, seconds: float | None = None) -> _Answer:
        patience = _Patience(seconds or self._deadline)
        while True:
            answer: httpx.Response | None = None
            try:
                answer = await self._http.request(**_request(call, patience.left))
            except httpx.TransportError as error:
                if not call.may_repeat(None) or (pause := patience.pause(None)) is None:
                    raise Unanswered(f"{call.method} {call.path}: {type(error).__name__}") from error
            else:
                if not call.may_repeat(answer.status_code) or (pause := patience.pause(answer)) is None:
                    return call.read(answer.status_code, answer.content)
            await asyncio.sleep(pause)
