"""RSS and Atom feeds. A feed shows the newest only, so nothing is ever removed for not being in it."""

import calendar
import hashlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import feedparser
import msgspec

from indexing.connectors.base import (
    Absent,
    Answer,
    Changes,
    Cursor,
    Known,
    Listing,
    Notice,
    RowProblem,
    SourcedDocument,
    Unchanged,
    not_listed,
)
from indexing.connectors.cells import plain_text, without_empty
from indexing.connectors.fetcher import Fetcher, Validators
from indexing.connectors.pages import clean_html, read_page
from indexing.connectors.webpages import PageReader
from indexing.errors import SourceForbidden, SourceUnavailable

_LEAST_CHARACTERS = 600
"""An entry that holds less is taken for a teaser: its page is read."""
_MOST_PAGES = 200
"""Of a feed with links to older entries (RFC 5005), the first time that it is read."""
_FEED_TYPES = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"


class FeedSource:
    """See Source."""

    can_list = False

    def __init__(self, fetcher: Fetcher, reader: PageReader, *, url: str, reads_pages: bool) -> None:
        self._fetcher = fetcher
        self._reader = reader
        self._url = url
        self._reads_pages = reads_pages

    def changes(self, since: Cursor | None) -> Changes:
        """See Source; entries whose text is the one of the last time are left out."""
        state = dict(since or {})
        url, read = state.get("url") or self._url, int(state.get("read") or 0)
        answer = self._fetcher.get(url, validators=Validators(**state.get("validators", {})), accept=_FEED_TYPES)
        if answer.is_unchanged:
            return Changes((), state)
        if answer.status != 200:
            raise SourceUnavailable(f"the feed answers {answer.status}", is_worth_retrying=False)
        feed = parse_feed(answer.body, answer.url)
        known: dict[str, str] = dict(state.get("versions") or {})
        entries = [dict(entry) for entry in feed.entries]  # feedparser's own kind warns of names it once had
        fresh = [entry for entry in entries if known.get(_key(entry)) != _version(entry)]
        answers = [self._answer(entry) for entry in {_key(entry): entry for entry in reversed(fresh)}.values()]
        versions = {_key(entry): _version(entry) for entry in entries}
        older = _link(feed.feed, "next") or _link(feed.feed, "prev-archive")
        is_first = "seen" not in state
        if is_first and older and entries and read < _MOST_PAGES:
            first = state.get("first") or {"versions": versions, "validators": _builtins(answer.validators)}
            return Changes(answers, {"url": older, "read": read + 1, "first": first}, more=True)
        kept = state.get("first") or {"versions": versions, "validators": _builtins(answer.validators)}
        return Changes(answers, {**kept, "seen": True})

    def listing(self, after: Cursor | None) -> Listing:
        """See Source."""
        return not_listed(after)

    def fetch(self, known: Sequence[Known]) -> Iterator[Answer]:
        """See Source; only whether the entry's page is still there, since the feed tells the rest."""
        for each in known:
            if not each.url:
                yield RowProblem(each.key, "the feed gave no address for it", each.key)
                continue
            key = self._reader.key(each.url)
            answer = self._reader.read(Known(key)) if key is not None else Unchanged(each.key)
            if isinstance(answer, (Absent, RowProblem)):
                yield msgspec.structs.replace(answer, key=each.key)
            else:
                yield Unchanged(each.key)

    def absent(self, known: Sequence[Known]) -> list[str]:
        """See Source."""
        return []

    def key_of(self, notice: Notice) -> str | None:
        """See Source; a hook names the entry's id."""
        return notice.id or notice.url or None

    def _answer(self, entry: Mapping[str, Any]) -> Answer:
        key, link = _key(entry), str(entry.get("link") or "")
        if not key or not link:
            return RowProblem(str(entry.get("title", ""))[:100], "the entry has neither an id nor a link", key)
        fields = _article(entry, link)
        if self._reads_pages and len(fields.get("body", "")) < _LEAST_CHARACTERS:
            fields = self._with_page(fields, link)
        return SourcedDocument(key=key, type="article", fields=fields, version=_version(entry))

    def _with_page(self, fields: dict[str, Any], link: str) -> dict[str, Any]:
        try:
            answer = self._fetcher.get(link, accept="text/html")
        except SourceForbidden:  # of another host: what the feed tells has to do
            return fields
        if answer.status != 200:
            return fields
        return {**read_page(answer.body, link).article(link), **{k: v for k, v in fields.items() if k != "body"}}


def parse_feed(body: bytes, url: str) -> Any:
    """A feed with its entries. Raises SourceUnavailable where it is none, or is broken off."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        feed = feedparser.parse(BytesIO(body), response_headers={"content-location": url})
    if not feed.get("version") or (feed.bozo and not _is_whole(body)):
        raise SourceUnavailable("the address holds no feed, or one that is broken off")
    return feed


def _is_whole(body: bytes) -> bool:
    """Whether a feed that is not well-formed at least ends where it should."""
    return body.rstrip().endswith((b"</rss>", b"</feed>", b"</rdf:RDF>"))


def _key(entry: Mapping[str, Any]) -> str:
    return str(entry.get("id") or entry.get("link") or "")[:500]


def _version(entry: Mapping[str, Any]) -> str:
    told = (entry.get("title"), entry.get("link"), entry.get("updated"), entry.get("published"), _html(entry))
    return hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()[:32]


def _html(entry: Mapping[str, Any]) -> str:
    contents = [str(each.get("value", "")) for each in entry.get("content") or []]
    return max([*contents, str(entry.get("summary") or "")], key=len)


def _article(entry: Mapping[str, Any], link: str) -> dict[str, Any]:
    summary = str(entry.get("summary") or "")
    media = [*(entry.get("media_content") or []), *(entry.get("media_thumbnail") or [])]
    fields = {
        "title": plain_text(str(entry.get("title") or "")),
        "body": clean_html(_html(entry)),
        "body_format": "html",
        "url": link,
        "summary": plain_text(summary)[:5_000] if entry.get("content") else "",
        "author": plain_text(str(entry.get("author") or "")),
        "image": next((each.get("url") for each in media if each.get("url")), None),
        "tags": [str(tag.get("term"))[:200] for tag in entry.get("tags") or [] if tag.get("term")],
        "published_at": _moment(entry.get("published_parsed")),
        "updated_at": _moment(entry.get("updated_parsed")),
    }
    return without_empty(fields)


def _moment(parsed: Any) -> str | None:
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat() if parsed else None


def _link(feed: Mapping[str, Any], relation: str) -> str:
    return next((str(each.get("href")) for each in feed.get("links") or [] if each.get("rel") == relation), "")


def _builtins(validators: Validators) -> dict[str, str]:
    return {"etag": validators.etag, "modified": validators.modified}
