"""What is done for listings now and then: duplicates are found, old reports are forgotten."""

import structlog

from indexing.content.documents import DocumentStore
from indexing.content.listings import ListingStore
from indexing.documents import Clinic
from indexing.duplicates import find_duplicates

log = structlog.get_logger()


class ListingCare:
    """The periodic care of listings; idempotent, so that several processes may do it."""

    def __init__(self, store: DocumentStore, listings: ListingStore) -> None:
        self._store = store
        self._listings = listings

    def run(self) -> None:
        """Look at every listing."""
        if forgotten := self._listings.prune():
            log.info("reports.forgotten", reports=forgotten)
        rows = (row.document for page in self._store.pages("clinic") for row in page)
        clinics = (clinic for clinic in rows if isinstance(clinic, Clinic))
        self._listings.keep_duplicates(find_duplicates(clinics, distinct=self._listings.distinct()))
