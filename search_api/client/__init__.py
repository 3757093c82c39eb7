"""Search and recommendations from another Python service, synchronous or asynchronous."""

from search_api.client.answers import (
    Batch,
    ClinicOrArticle,
    Completions,
    Job,
    Notice,
    Recommendation,
    Recommendations,
    RelatedArticles,
    SearchAnswer,
    Uploaded,
)
from search_api.client.calls import FieldFault, Problem, Unanswered
from search_api.client.clients import AsyncClient, Client

__all__ = [
    "AsyncClient",
    "Batch",
    "Client",
    "ClinicOrArticle",
    "Completions",
    "FieldFault",
    "Job",
    "Notice",
    "Problem",
    "Recommendation",
    "Recommendations",
    "RelatedArticles",
    "SearchAnswer",
    "Unanswered",
    "Uploaded",
]
