"""What the service answers, as far as callers need it; fields that are new are kept out of the way."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from indexing.schema.clinic import ShownClinic


class Link(Struct, frozen=True):
    """Where a notice leads."""

    label: str
    url: str


class Notice(Struct, frozen=True):
    """What must be shown before anything else."""

    id: str
    title: str
    body: str
    links: list[Link] = []
    kind: str = "info"
    """`emergency`, `crisis`, `clinician`, `info` or `warning`."""
    level: Literal["full", "line"] = "full"
    language: str = "en"


class Section(Struct, frozen=True):
    """The section of an article that answers."""

    heading: str
    anchor: str


class ClinicOrArticle(ShownClinic, frozen=True, kw_only=True):
    """One hit; `type` says which of the optional fields are there. `*_html` is escaped, with `<mark>` only."""

    type: str
    """`article`, `clinic`, or a type that the service has learnt since."""
    id: str
    url: str
    title: str
    title_html: str
    snippet_html: str
    score: float
    section: Section | None = None
    help: bool = False
    """Whether it leads because of what was typed."""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    author: str = ""
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    language: str = "en"
    summary: str = ""
    address: dict[str, str] = {}
    location: dict[str, float] | None = None
    distance_miles: float | None = None
    hours: list[dict[str, str]] = []
    verified: dict[str, dict[str, str]] = {}
    checked: dict[str, Any] | None = None
    rems_certified: dict[str, str] | None = None
    badges: list[dict[str, Any]] = []
    description: str = ""
    providers: list[dict[str, str]] = []
    detail_url: str = ""


class FacetCount(Struct, frozen=True):
    """How many hits carry a value."""

    value: str
    label: str
    count: int


class Query(Struct, frozen=True):
    """What was asked and how it was taken."""

    text: str
    interpreted: dict[str, Any]
    corrected: str | None


class Relaxed(Struct, frozen=True, kw_only=True):
    """Clinics that meet all wishes but one; the wish in `dropped`, by the names of the parameters."""

    dropped: dict[str, Any]
    label: str
    total: int
    hits: list[ClinicOrArticle]
    instead: dict[str, Any] = {}


class AnswerSentences(Struct, frozen=True, kw_only=True):
    """One to three sentences of a page that answer, verbatim."""

    type: str
    id: str
    url: str
    title: str
    text: str
    section: str | None = None
    updated_at: datetime | None = None
    author: str = ""
    reviewed_by: str = ""


class SearchAnswer(Struct, frozen=True, kw_only=True):
    """One page of results."""

    query: Query
    notices: list[Notice]
    total: int
    page: int
    per_page: int
    hits: list[ClinicOrArticle]
    facets: dict[str, list[FacetCount]] = {}
    degraded: list[str] = []
    totals: dict[str, int] = {}
    """How many of each type there are, whatever types were asked for."""
    intent: str = "article"
    """The type that is most likely sought."""
    confident: bool = True
    """Whether something here is likely to answer; else `hits` is what is near."""
    answer: AnswerSentences | None = None
    relaxed: list[Relaxed] = []
    """Where fewer than three clinics meet every wish."""
    took_ms: float


class Completion(Struct, frozen=True):
    """What somebody who types may mean."""

    kind: str
    text: str
    html: str
    url: str | None
    section_of: str | None = None


class Completions(Struct, frozen=True):
    """Completions, best first, and what must be said to whoever types this."""

    suggestions: list[Completion]
    notices: list[Notice] = []


class Reason(Struct, frozen=True):
    """Why something is recommended."""

    kind: str
    label: str


class Recommendation(Struct, frozen=True, kw_only=True):
    """An article to read next."""

    id: str
    url: str
    title: str
    summary: str
    score: float
    reasons: list[Reason]
    image: str | None = None
    published_at: datetime | None = None


class RelatedArticles(Struct, frozen=True):
    """Articles related to one."""

    article: str
    related: list[Recommendation]


class LineFault(Struct, frozen=True):
    """What is wrong with a field that was sent."""

    field: str = ""
    message: str = ""


class BatchError(Struct, frozen=True):
    """Why one request of a batch has no answer."""

    status: int
    detail: str
    errors: list[LineFault] = []


class Recommendations(Struct, frozen=True, kw_only=True):
    """What to read next, best first."""

    recommendations: list[Recommendation] = []
    notices: list[Notice] = []
    unknown: list[str] = []
    error: BatchError | None = None
    """In a batch: why this request failed."""


class Batch(Struct, frozen=True):
    """The answers of a batch, in the order of its requests."""

    results: list[Recommendations]


class LineFaults(Struct, frozen=True):
    """The line of an upload that was refused, counted over the whole upload from 1."""

    line: int = 0
    errors: list[LineFault] = []


class Accepted(Struct, frozen=True):
    """What became of documents that were sent; from now on nothing may lose the accepted ones."""

    job: str
    accepted: int
    rejected: int = 0
    stale: int = 0
    errors: list[Any] = []


class Uploaded(Struct, frozen=True):
    """How far an upload is."""

    sent: int
    accepted: int
    rejected: int
    errors: list[LineFaults]
    """Of the part that was sent last."""
    jobs: list[str]
    """One a part."""


class Job(Struct, frozen=True, kw_only=True):
    """How far a write or a rebuild is."""

    id: str
    kind: str
    type: str
    state: Literal["queued", "running", "verifying", "succeeded", "failed", "cancelled"]
    done: int
    total: int
    failed_documents: list[dict[str, str]] = []
    eta_seconds: float | None = None
    message: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {"succeeded", "failed", "cancelled"}


class Started(Struct, frozen=True):
    """The job that does what was asked for."""

    job: str
