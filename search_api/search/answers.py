"""The answer of a search in the shape of the HTTP contract."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, Struct, UnsetType

from indexing.cards import Certificate, Check, Coordinates, Opening, Person, PostalAddress
from indexing.documents import DocumentType
from indexing.engines.entries import FacetCount
from indexing.schema.clinic import ShownClinic
from indexing.schema.fields import always_given
from search_api.safety.assessment import Assessment
from search_api.safety.notices import Notice
from search_api.search.answer import Answer
from search_api.search.explain import Explanation
from search_api.search.found import FoundHit
from search_api.search.requests import Mode


class SectionLink(Struct, frozen=True):
    """The section of an article that answers."""

    heading: str
    anchor: str


class ArticleHit(FoundHit, frozen=True, kw_only=True, tag_field="type", tag="article"):
    """An article, once, as its best section."""

    section: SectionLink | None
    explanation: Explanation | UnsetType = UNSET
    published_at: datetime | None
    conditions: tuple[str, ...]
    treatments: tuple[str, ...]
    summary: str
    image: str | None
    author: str = ""
    updated_at: datetime | None = None
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    language: str = "en"
    help: bool = False
    """Whether it leads because of what was typed."""


class Badge(Struct, frozen=True):
    """Something worth seeing at once; `matches` says whether it speaks for the listing."""

    label: str
    matches: bool


class Checked(Struct, frozen=True):
    """When something of a listing was checked last, and whether that is lately enough to rely on."""

    on: date
    is_current: bool


if TYPE_CHECKING:

    class _FoundClinic(FoundHit, ShownClinic, frozen=True, kw_only=True):
        """What every hit tells first, and what is shown of a clinic as it is."""
else:
    _FoundClinic = always_given(ShownClinic, after=FoundHit)


class ClinicHit(_FoundClinic, frozen=True, kw_only=True, tag_field="type", tag="clinic"):
    """A clinic; `distance_miles` is there when the search has a place."""

    explanation: Explanation | UnsetType = UNSET
    address: PostalAddress
    location: Coordinates | None
    distance_miles: float | UnsetType | None = UNSET
    hours: tuple[Opening, ...]
    verified: dict[str, Check]
    """By field: when it was checked, by whom, from what."""
    checked: Checked | None
    """None: nothing of it was ever checked."""
    rems_certified: Certificate | None
    badges: tuple[Badge, ...]
    description: str = ""
    """The beginning of what the clinic says of itself."""
    providers: tuple[Person, ...] = ()
    detail_url: str = ""
    """Its page on this service."""


Hit = ArticleHit | ClinicHit


class Relaxed(Struct, frozen=True, kw_only=True):
    """Clinics that meet all wishes but one, nearest first."""

    dropped: dict[str, Any]
    """The wish that they don't meet, by the names of the parameters."""
    instead: dict[str, Any]
    """What takes its place, if anything does: a wider `radius_miles`."""
    label: str
    total: int
    hits: tuple[ClinicHit, ...]
    """The first of them."""


class QueryEcho(Struct, frozen=True, kw_only=True):
    """What was asked and how it was taken; `interpreted` holds only what was understood."""

    text: str
    interpreted: dict[str, Any]
    corrected: str | None
    mode: Mode


class ParameterWarning(Struct, frozen=True):
    """A parameter of the request that was ignored, or that finds nothing."""

    parameter: str
    message: str


class SearchAnswer(Struct, frozen=True, kw_only=True):
    """One page of results; `total` and `facets` count exactly what all pages return."""

    query: QueryEcho
    degraded: tuple[str, ...]
    notices: tuple[Notice, ...]
    total: int
    page: int
    per_page: int
    hits: tuple[Hit, ...]
    facets: dict[str, list[FacetCount]]
    totals: dict[DocumentType, int] = {}
    """How many of each type there are, whatever types were asked for."""
    intent: DocumentType = "article"
    """The type that is most likely sought."""
    tab: DocumentType | UnsetType = UNSET
    """The only type in `hits`, where the search was asked to choose one, as pages ask it to."""
    confident: bool = True
    """Whether something here is likely to answer; else `hits` is what is near."""
    answer: Answer | None = None
    """The sentences that answer, verbatim, where it is likely that they do."""
    evidence: dict[str, float] | UnsetType = UNSET
    """With `explain`: what speaks for and against the first article as the answer, and how likely it is one."""
    relaxed: tuple[Relaxed, ...] = ()
    """Where fewer than three clinics meet every wish: those that meet all but one."""
    warnings: tuple[ParameterWarning, ...] = ()
    safety: Assessment | UnsetType = UNSET
    """With `explain`: what the text calls for, and why."""
    search_id: str | None = None
    """To be sent with a click on one of the hits; null where searches are not counted."""
    took_ms: float
