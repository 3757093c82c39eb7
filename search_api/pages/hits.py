"""Hits as the results page shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from indexing.taxonomy import Taxonomy
from search_api.pages.flags import remarks
from search_api.pages.labels import languages_of, said
from search_api.pages.state import MOST_COMPARED, PageState
from search_api.pages.texts import Texts
from search_api.pages.wishes import Wishes, badges
from search_api.safety.language import DEFAULT, language_of
from search_api.search.answers import ArticleHit, Checked, ClinicHit, Hit

_DIRECTIONS = "https://www.google.com/maps/dir/?"
_OWN_ARTICLES = "/read/"
_TEXT_FRAGMENT = ":~:"
"""What follows it in a fragment names words of the page (URL Fragment Text Directives), not a place."""


class Presenter(msgspec.Struct, frozen=True):
    """Makes hits of one page of results."""

    state: PageState
    wishes: Wishes
    taxonomy: Taxonomy
    texts: Texts

    def hit(self, hit: Hit) -> dict[str, Any]:
        """What a template shows of a hit; `type` says which."""
        if isinstance(hit, ArticleHit):
            return self._article(hit)
        if isinstance(hit, ClinicHit):
            return self.clinic(hit)
        return msgspec.to_builtins(hit) | {"href": hit.url}

    def _article(self, hit: ArticleHit) -> dict[str, Any]:
        shown: dict[str, Any] = msgspec.structs.asdict(hit)
        return shown | {
            "type": "article",
            "href": reading_address(hit.url, self.state),
            "signed": signed(self.texts, hit),
            "has_related": not hit.id.startswith("help-"),
        }

    def clinic(self, hit: ClinicHit) -> dict[str, Any]:
        """The card of a clinic."""
        away = hit.distance_miles
        compared = self.state.compare
        others = tuple(id for id in compared if id != hit.id)
        page = self.state.page
        return msgspec.structs.asdict(hit) | {
            "type": "clinic",
            "href": self.state.address(f"/clinics/{hit.id}", page=page),
            "where": where(hit.address),
            "miles": "" if away is msgspec.UNSET or away is None else self.texts("miles-away", n=f"{away:,.1f}"),
            "price": dollars(self.texts, hit.price_min, hit.price_max),
            "offers": self._labels("treatment", hit.treatments),
            "accepts": self._labels("insurance", hit.insurance),
            "pays": self._labels("payment", hit.payment),
            "written_in": language_of(hit.description) or DEFAULT,
            "languages": languages_of(self.texts, hit.languages),
            "remarks": remarks(self.texts, hit),
            "dial": dialled(hit.phone),
            "directions": directions(hit.address),
            "badges": badges(hit, self.wishes, self.taxonomy, self.texts),
            "checked": checked(self.texts, hit.checked),
            "is_compared": hit.id in compared,
            "compare": self.state.address(page=page, compare=others if hit.id in compared else (*others, hit.id)),
            "may_compare": hit.id in compared or len(compared) < MOST_COMPARED,
        }

    def _labels(self, facet: str, slugs: Sequence[str]) -> list[str]:
        return [said(self.taxonomy, self.texts, facet, slug) for slug in slugs]


def reading_address(url: str, state: PageState) -> str:
    """Where an article is read; a page of ours learns what was searched, so that it can lead back there."""
    page, _, anchor = url.partition("#")
    if not page.startswith(_OWN_ARTICLES) or "?" in page:
        return url
    address = state.address(page, page=state.page)
    if not anchor:
        return address
    at = anchor.partition(_TEXT_FRAGMENT)[0]
    found = f"{'&' if '?' in address else '?'}{urlencode({'at': at})}" if at else ""
    return f"{address}{found}#{anchor}"


def signed(texts: Texts, hit: ArticleHit) -> list[str]:
    """When it was written last, and who answers for it: the reviewer, else the author."""
    by = ("reviewed-by", hit.reviewed_by) if hit.reviewed_by else ("by-author", hit.author)
    told = (dated(texts, hit.updated_at, hit.published_at), texts(by[0], name=by[1]) if by[1] else "")
    return [part for part in told if part]


def dated(texts: Texts, updated_at: datetime | None, published_at: datetime | None) -> str:
    """When an article was written last, in words; empty where nobody says."""
    if updated_at is not None and (published_at is None or updated_at >= published_at):
        return texts("updated", date=texts.month(updated_at))
    return texts("published", date=texts.month(published_at)) if published_at is not None else ""


def dollars(texts: Texts, low: float | None, high: float | None) -> str:
    """What a session costs; empty where nobody says."""
    prices = list(dict.fromkeys(f"${price:,.0f}" for price in (low, high) if price is not None))
    return texts("price-to", low=prices[0], high=prices[1]) if len(prices) == 2 else "".join(prices)


def where(address: Any) -> str:
    """An address on one line."""
    region = f"{address.state} {address.zip}".strip()
    return ", ".join(part for part in (address.street, address.city, region) if part)


def dialled(phone: str) -> str:
    """A telephone number as it is dialled."""
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


def directions(address: Any) -> str:
    """The way there, on a map of another site that is asked only when somebody follows the link."""
    told = where(address)
    return _DIRECTIONS + urlencode({"api": 1, "destination": told}) if told else ""


def checked(texts: Texts, last: Checked | None) -> Mapping[str, Any]:
    """When a listing was checked, in words, and whether that is lately."""
    if last is None:
        return {"text": texts("never-checked"), "is_current": False}
    key = "checked-on" if last.is_current else "checked-long-ago"
    return {"text": texts(key, date=texts.day(last.on)), "is_current": last.is_current}
