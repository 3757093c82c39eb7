"""The errors of the service, sorted by what the caller should do about them.

They know no status codes and no vendors: HTTP maps them in one place, workers retry by class.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class FieldError(NamedTuple):
    """One fault in the caller's input: the field's path and what to do about it."""

    field: str
    message: str


def told(errors: Iterable[FieldError]) -> str:
    """Faults in one line; those without a field are of the input as a whole."""
    return "; ".join(f"{error.field}: {error.message}" if error.field else error.message for error in errors)


class SearchServiceError(Exception):
    """Root of every error that this service raises on purpose."""


class RequestError(SearchServiceError):
    """The caller's fault: never retried."""


class InvalidInput(RequestError):
    """Input that breaks the contract; names every field at fault."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(told(errors))
        self.errors = errors


class InvalidDocument(InvalidInput):
    """A document that cannot be accepted."""


class InvalidQuery(InvalidInput):
    """A search, suggestion or recommendation request that cannot be understood."""


class NotFound(RequestError):
    """The named thing does not exist."""


class Conflict(SearchServiceError):
    """The request contradicts something that is going on now."""


class Unavailable(SearchServiceError):
    """A part is away for the moment: retry later."""


class EngineUnavailable(Unavailable):
    """The search engine cannot answer now."""


class EngineBusy(EngineUnavailable):
    """Another process owns the engine's writer."""


class EmbedderUnavailable(Unavailable):
    """The embedding model cannot answer now."""


class Overloaded(Unavailable):
    """Refused at once, because it could not be served in time."""


class NotReady(Unavailable):
    """The service cannot answer searches yet; says what is still to come."""


class BacklogFull(Unavailable):
    """More documents wait to be indexed than the operator allows."""


class SourceUnavailable(Unavailable):
    """A connector's source does not answer properly: nothing is known of what it holds now."""

    def __init__(self, message: str, *, is_worth_retrying: bool = True, retry_seconds: float | None = None) -> None:
        super().__init__(message)
        self.is_worth_retrying = is_worth_retrying
        self.retry_seconds = retry_seconds


class SecretUnreadable(Unavailable):
    """A connector's secret cannot be sealed or opened with the keys of this process; says what an operator does."""


class SourceForbidden(RequestError):
    """A connector may not read this address or folder; says what would allow it."""


class ColumnsMissing(SourceForbidden):
    """A sheet lacks columns that it had before; an editor says what is meant."""

    def __init__(self, message: str, fields: Sequence[str]) -> None:
        super().__init__(message)
        self.fields = fields


class Inconsistent(SearchServiceError):
    """Parts that must agree do not; never retried, an operator looks."""


class ConfigurationError(SearchServiceError):
    """A setting is wrong; says which and how to mend it."""
