"""WordPress over its REST API: posts, pages and any other public type.

Everything is read as the public sees it, unless an application password is given; also then only what is
published. A post's key is its type and number, so that slug, address and host may change.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from indexing.connectors.base import (
    Absent,
    Answer,
    Changes,
    Cursor,
    Entry,
    Known,
    Listing,
    Notice,
    RowProblem,
    SourcedDocument,
)
from indexing.connectors.cells import plain_text, without_empty
from indexing.connectors.fetcher import FILE_BYTES, Fetcher, Response
from indexing.connectors.pages import clean_html
from indexing.errors import SourceForbidden, SourceUnavailable

_PAGE = 100
"""The most that the API gives at once."""
_CONTENT_PAGE = 25
"""Posts with their content in one answer: small enough for a shared host."""
_OVERLAP = timedelta(minutes=5)
"""Looked at again each time: a post may get its time of change before it becomes visible."""
_EMBED = "author,wp:featuredmedia,wp:term"
_LISTED_FIELDS = "id,modified_gmt,link"
_HOOK_TYPES = {"post": "posts", "page": "pages"}
_SUMMARY_END = "[…]"


def basic_authorization(username: str, password: str) -> str:
    """The header of an application password."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


class WordPressSource:
    """See Source."""

    can_list = True

    def __init__(self, fetcher: Fetcher, *, site: str, post_types: Sequence[str]) -> None:
        self._fetcher = fetcher
        self._site = site.rstrip("/")
        self._types = list(post_types)
        self._api: str | None = None

    def changes(self, since: Cursor | None) -> Changes:
        """See Source; type after type, the newest change first, down to where the last look began."""
        state = dict(since or {})
        kind, page = state.get("type") or self._types[0], state.get("page") or 1
        query = {"orderby": "modified", "order": "desc", "per_page": _CONTENT_PAGE, "page": page, "_embed": _EMBED}
        posts, pages = self._posts(kind, query)
        newest: dict[str, str] = dict(state.get("newest") or {})
        if posts and page == 1:
            newest[kind] = posts[0]["modified_gmt"]
        until = (state.get("until") or {}).get(kind)
        fresh = [post for post in posts if until is None or post["modified_gmt"] >= _earlier(until)]
        at_end = page >= pages or len(fresh) < len(posts)
        answers = [self._answer(kind, post) for post in fresh]
        if not at_end:
            return Changes(answers, {**state, "type": kind, "page": page + 1, "newest": newest}, more=True)
        following = self._types[self._types.index(kind) + 1 :] if kind in self._types else []
        if following:
            return Changes(answers, {**state, "type": following[0], "page": 1, "newest": newest}, more=True)
        return Changes(answers, {"until": {**(state.get("until") or {}), **newest}})

    def listing(self, after: Cursor | None) -> Listing:
        """See Source; by number, so that edits meanwhile move nothing."""
        state = after or {}
        kind, page = state.get("type") or self._types[0], state.get("page") or 1
        query = {"orderby": "id", "order": "asc", "per_page": _PAGE, "page": page, "_fields": _LISTED_FIELDS}
        posts, pages = self._posts(kind, query)
        entries = [
            Entry(f"{kind}:{post['id']}", str(post["modified_gmt"]), str(post.get("link", ""))) for post in posts
        ]
        if page < pages:
            return Listing(entries, {"type": kind, "page": page + 1})
        following = self._types[self._types.index(kind) + 1 :]
        return Listing(entries, {"type": following[0], "page": 1} if following else None)

    def fetch(self, known: Sequence[Known]) -> Iterator[Answer]:
        """See Source; many in one request."""
        for kind, numbers in self._by_type(known):
            for start in range(0, len(numbers), _CONTENT_PAGE):
                chunk = numbers[start : start + _CONTENT_PAGE]
                found = {post["id"]: post for post in self._included(kind, chunk, {"_embed": _EMBED})}
                for number in chunk:
                    post = found.get(number)
                    key = f"{kind}:{number}"
                    yield self._answer(kind, post) if post else Absent(key, "it is not published")

    def absent(self, known: Sequence[Known]) -> list[str]:
        """See Source; a deletion while pages are read hides others from the listing."""
        missing: list[str] = []
        for kind, numbers in self._by_type(known):
            for start in range(0, len(numbers), _PAGE):
                chunk = numbers[start : start + _PAGE]
                found = {post["id"] for post in self._included(kind, chunk, {"_fields": "id"})}
                missing += [f"{kind}:{number}" for number in chunk if number not in found]
        return missing

    def key_of(self, notice: Notice) -> str | None:
        """See Source; WordPress names the post's number and its type."""
        kind = _HOOK_TYPES.get(notice.type, notice.type or self._types[0])
        return f"{kind}:{int(notice.id)}" if kind in self._types and notice.id.isdecimal() else None

    def _by_type(self, known: Sequence[Known]) -> Iterator[tuple[str, list[int]]]:
        for kind in dict.fromkeys(each.key.partition(":")[0] for each in known):
            yield kind, [int(each.key.partition(":")[2]) for each in known if each.key.startswith(f"{kind}:")]

    def _included(self, kind: str, numbers: Sequence[int], fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        if kind not in self._types:
            return []
        query = {"include": ",".join(map(str, numbers)), "per_page": _PAGE, **fields}
        return self._posts(kind, query)[0]

    def _posts(self, kind: str, query: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
        """Posts of one page, and how many pages there are."""
        answer = self._ask(f"wp/v2/{kind}", query)
        if answer.status == 400 and b"rest_post_invalid_page_number" in answer.body:
            return [], 0
        if answer.status == 404:
            raise SourceForbidden(f"this site has no type {kind!r} in its REST API; see `post_types`")
        if answer.status in {401, 403}:
            raise SourceForbidden(
                f"the site refuses to show {kind!r} (it answered {answer.status}); check the password"
            )
        posts = _decoded(answer)
        if answer.status != 200 or not isinstance(posts, list) or not all(_is_post(post) for post in posts):
            raise SourceUnavailable(f"the site's answer ({answer.status}) is no list of posts")
        pages = answer.headers.get("x-wp-totalpages", "1")
        return posts, int(pages) if pages.isdecimal() else 1

    def _ask(self, route: str, query: Mapping[str, Any]) -> Response:
        if self._api is None:
            self._api = self._find_api()
        joined = "&" if "?" in self._api else "?"
        return self._fetcher.get(
            f"{self._api}{route}{joined}{urlencode(query)}", accept="application/json", most_bytes=FILE_BYTES
        )

    def _find_api(self) -> str:
        """Where the API is: at its usual place, else where a site without rewritten addresses has it."""
        for api in (f"{self._site}/wp-json/", f"{self._site}/?rest_route=/"):
            answer = self._fetcher.get(f"{api}wp/v2/types", accept="application/json")
            if answer.status == 200 and answer.body.lstrip()[:1] == b"{":
                return api
        raise SourceForbidden(f"no REST API of WordPress was found at {self._site}; it may be switched off there")

    def _answer(self, kind: str, post: Mapping[str, Any]) -> Answer:
        key = f"{kind}:{post['id']}"
        try:
            if post["content"].get("protected") or post.get("status", "publish") != "publish":
                return Absent(key, "it is not public")
            return SourcedDocument(
                key=key, type="article", version=str(post["modified_gmt"]), fields=_article(post), id=f"{post['id']}"
            )
        except (KeyError, TypeError, AttributeError) as error:
            return RowProblem(key, f"the post lacks what the REST API promises: {error}", key)


def _decoded(answer: Response) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable("the site's answer is broken off or no JSON") from error


def _is_post(post: Any) -> bool:
    return isinstance(post, dict) and isinstance(post.get("id"), int)


def _article(post: Mapping[str, Any]) -> dict[str, Any]:
    embedded = post.get("_embedded") or {}
    terms = [term for group in embedded.get("wp:term") or [] if isinstance(group, list) for term in group]
    fields = {
        "title": plain_text(post["title"]["rendered"]) or plain_text(str(post.get("slug", ""))),
        "body": clean_html(post["content"]["rendered"]),
        "body_format": "html",
        "url": post["link"],
        "summary": plain_text((post.get("excerpt") or {}).get("rendered", "")).removesuffix(_SUMMARY_END).strip(),
        "author": plain_text(str(_first(embedded, "author", "name") or "")),
        "image": _first(embedded, "wp:featuredmedia", "source_url"),
        "tags": [
            plain_text(str(term.get("name", ""))) for term in terms if isinstance(term, dict) and _is_telling(term)
        ],
        "published_at": f"{post['date_gmt']}Z" if post.get("date_gmt") else None,
        "updated_at": f"{post['modified_gmt']}Z",
    }
    return without_empty(fields)


def _first(embedded: Mapping[str, Any], relation: str, name: str) -> Any:
    """A value of the first embedded object of a relation; it is an error where the reader may not see it."""
    return next((each.get(name) for each in embedded.get(relation) or [] if isinstance(each, dict)), None)


def _is_telling(term: Mapping[str, Any]) -> bool:
    return bool(term.get("name")) and term.get("slug") != "uncategorized"


def _earlier(moment: str) -> str:
    return (datetime.fromisoformat(moment) - _OVERLAP).isoformat()
