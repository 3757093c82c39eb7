"""A site that only says what changed: each signed notice makes its page be read again.

It has neither listing nor feed, so a notice that is lost stays lost; where the site has a sitemap or a
REST API, that connector takes the same notices and finds what they missed.
"""

from collections.abc import Iterator, Sequence

from indexing.connectors.base import Answer, Changes, Cursor, Known, Listing, Notice, not_listed
from indexing.connectors.webpages import PageReader


class WebhookSource:
    """See Source."""

    can_list = False

    def __init__(self, reader: PageReader) -> None:
        self._reader = reader

    def changes(self, since: Cursor | None) -> Changes:
        """See Source; only notices tell."""
        return Changes((), since or {})

    def listing(self, after: Cursor | None) -> Listing:
        """See Source."""
        return not_listed(after)

    def fetch(self, known: Sequence[Known]) -> Iterator[Answer]:
        """See Source."""
        return self._reader.read_all(list(known))

    def absent(self, known: Sequence[Known]) -> list[str]:
        """See Source."""
        return []

    def key_of(self, notice: Notice) -> str | None:
        """See Source; the notice names an address."""
        return self._reader.key(notice.url) if notice.url else None
