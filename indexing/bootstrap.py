"""The one place that names concrete adapters and puts the parts together."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import structlog

from indexing.calibration import Calibrator
from indexing.composition import Composer
from indexing.connectors.base import Source
from indexing.connectors.kinds import Environment, KindSettings, build_source
from indexing.connectors.runner import Runner
from indexing.content.article_pages import ArticlePages
from indexing.content.connectors import ConnectorStore, StoredConnector
from indexing.content.cosines import CosineStore
from indexing.content.curation import CurationStore
from indexing.content.database import Database
from indexing.content.documents import DocumentStore
from indexing.content.drift import DriftStore
from indexing.content.embeddings import EmbeddingCache
from indexing.content.figures import FigureStore
from indexing.content.heartbeats import HeartbeatStore
from indexing.content.jobs import JobStore
from indexing.content.keys import KeyStore
from indexing.content.listings import ListingStore
from indexing.content.outbox import Outbox
from indexing.content.sessions import SessionStore
from indexing.content.upkeep import UpkeepStore
from indexing.documents import Document
from indexing.doubts import doubts_of
from indexing.embedders.base import Embedder
from indexing.embedders.building import build_embedder, find_embedder
from indexing.engines.base import SearchEngine
from indexing.engines.embedded.engine import EmbeddedEngine
from indexing.errors import ConfigurationError, FieldError, Unavailable
from indexing.fingerprints import SCHEMA, IndexSchema, IndexStamp, index_stamp
from indexing.ingest import Ingest
from indexing.listing_care import ListingCare
from indexing.places import Gazetteer
from indexing.reindex import Rebuilder
from indexing.sealing import Sealer
from indexing.settings import Settings
from indexing.sync import Synchroniser
from indexing.taxonomy import DEFAULT_FILE, Taxonomy

log = structlog.get_logger()


class Parts:
    """The parts of the service for one process, each made when it is first asked for."""

    def __init__(self, settings: Settings, *, schema: IndexSchema = SCHEMA) -> None:
        self.settings = settings
        self._schema = schema
        self._earlier: dict[str, Embedder | None] = {}

    @cached_property
    def database(self) -> Database:
        """The content store's database, with its schema up to date."""
        database = Database(self.settings.store_url)
        database.migrate(seal=self.sealer.seal)
        return database

    @cached_property
    def store(self) -> DocumentStore:
        """The stored documents."""
        return DocumentStore(self.database)

    @cached_property
    def article_pages(self) -> ArticlePages:
        """Bodies of articles as safe HTML."""
        return ArticlePages(self.database)

    @cached_property
    def outbox(self) -> Outbox:
        """The waiting work."""
        return Outbox(self.database)

    @cached_property
    def jobs(self) -> JobStore:
        """The jobs."""
        return JobStore(self.database)

    @cached_property
    def drift(self) -> DriftStore:
        """What comparing index and store found."""
        return DriftStore(self.database)

    @cached_property
    def cosines(self) -> CosineStore:
        """What was measured of embedding recipes."""
        return CosineStore(self.database)

    @cached_property
    def upkeep(self) -> UpkeepStore:
        """When each piece of upkeep began."""
        return UpkeepStore(self.database)

    @cached_property
    def heartbeats(self) -> HeartbeatStore:
        """The workers' signs of life."""
        return HeartbeatStore(self.database)

    @cached_property
    def curation(self) -> CurationStore:
        """What editors decided."""
        return CurationStore(self.database)

    @cached_property
    def figures(self) -> FigureStore:
        """The counts of queries."""
        return FigureStore(self.database)

    @cached_property
    def keys(self) -> KeyStore:
        """The API keys."""
        return KeyStore(self.database)

    @cached_property
    def sessions(self) -> SessionStore:
        """The editors who are signed in."""
        return SessionStore(self.database)

    @cached_property
    def cache(self) -> EmbeddingCache:
        """The vectors known so far."""
        return EmbeddingCache(self.database)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The vocabulary of the field."""
        name = self.settings.taxonomy_file
        return Taxonomy(Path(name) if name else DEFAULT_FILE)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """Places."""
        return Gazetteer(self.settings.derived_dir)

    @cached_property
    def engine(self) -> SearchEngine:
        """The search engine."""
        settings = self.settings
        if not settings.meili_url:
            return EmbeddedEngine(settings.engine_dir, synonyms=self.taxonomy.synonyms)
        from indexing.engines.meilisearch.engine import MeilisearchEngine

        return MeilisearchEngine(
            settings.meili_url,
            settings.meili_api_key,
            prefix=settings.meili_prefix,
            search_seconds=settings.deadline_ms / 1e3,
            synonyms=self.taxonomy.synonyms,
        )

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model."""
        return build_embedder(self.settings, is_kept=self.cache.holds)

    def embedder_of(self, recipe: str) -> Embedder | None:
        """The embedder of a recipe: the configured one, or an earlier one whose files are still there."""
        if self.embedder.recipe.id == recipe:
            return self.embedder
        if recipe not in self._earlier:
            self._earlier[recipe] = find_embedder(self.settings, recipe)
        return self._earlier[recipe]

    @property
    def passage_tokens(self) -> int:
        """The longest passage that both the setting and the model allow; two tokens are the model's own."""
        return min(self.settings.passage_tokens, self.embedder.recipe.max_tokens - 2)

    @property
    def stamp(self) -> IndexStamp:
        """The rules under which this process would build an index."""
        recipe = self.embedder.recipe
        return index_stamp(
            recipe=recipe.id,
            dimensions=recipe.dimensions,
            passage_tokens=self.passage_tokens,
            schema=self._schema,
        )

    @cached_property
    def composer(self) -> Composer:
        """What makes indexed documents of stored ones."""
        return Composer(
            self.taxonomy,
            self.gazetteer,
            count_tokens=self.embedder.count_tokens,
            passage_tokens=self.passage_tokens,
        )

    @cached_property
    def synchroniser(self) -> Synchroniser:
        """What brings the index up to date."""
        return Synchroniser(
            store=self.store,
            outbox=self.outbox,
            jobs=self.jobs,
            drift=self.drift,
            engine=self.engine,
            embedder_of=self.embedder_of,
            cache=self.cache,
            composer=self.composer,
            stamp=self.stamp,
        )

    @cached_property
    def rebuilder(self) -> Rebuilder:
        """What runs rebuild jobs."""
        return Rebuilder(
            store=self.store,
            jobs=self.jobs,
            engine=self.engine,
            cache=self.cache,
            synchroniser=self.synchroniser,
        )

    @cached_property
    def calibrator(self) -> Calibrator:
        """What measures embedding recipes."""
        return Calibrator(engine=self.engine, embedder_of=self.embedder_of, cosines=self.cosines)

    @cached_property
    def sealer(self) -> Sealer:
        """What seals the secrets of connectors."""
        return Sealer(_names(self.settings.secret_keys), file=self.settings.secret_key_file)

    @cached_property
    def connectors(self) -> ConnectorStore:
        """The sources that are read again and again."""
        return ConnectorStore(self.database, self.sealer)

    @cached_property
    def ingest(self) -> Ingest:
        """What accepts the documents of connectors."""
        return Ingest(self.store, self.jobs, self.outbox, most_waiting=self.settings.most_waiting)

    @cached_property
    def listings(self) -> ListingStore:
        """Reports of wrong listings, and duplicates."""
        return ListingStore(self.database)

    @cached_property
    def listing_care(self) -> ListingCare:
        """What is done for listings now and then."""
        return ListingCare(self.store, self.listings)

    @cached_property
    def runner(self) -> Runner:
        """What runs connectors."""
        return Runner(self.connectors, self.database, self.ingest, build_source=self.source_of, doubts=self.doubts)

    def doubts(self, document: Document) -> list[FieldError]:
        """What is likely a mistake in a document; see `doubts_of`."""
        return doubts_of(document, self.taxonomy)

    def source_of(self, connector: StoredConnector, settings: KindSettings) -> Source:
        """The source of a connector."""
        return self.source_with(connector.id, settings, self.connectors.opened(connector), missed=connector.columns)

    def source_with(
        self, id: str, settings: KindSettings, secrets: Mapping[str, str], *, missed: Sequence[str] = ()
    ) -> Source:
        """The source that a connector would have with these settings; see `build_source`."""
        return build_source(
            settings,
            secrets,
            environment=_environment(self.settings),
            name=id,
            file=lambda: self.connectors.file(id),
            missed=missed,
        )

    def close(self) -> None:
        """Close what was opened."""
        for name in ("engine", "database"):
            if name in self.__dict__:
                self.__dict__[name].close()


def _environment(settings: Settings) -> Environment:
    """What the operator allows to all connectors."""
    return Environment(
        private_hosts=_names(settings.connector_private_hosts),
        contact=settings.connector_contact,
        folders=tuple(Path(name) for name in _names(settings.connector_folders)),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def refuse_bad_engine(parts: Parts, *, writes: bool) -> None:
    """Raise ConfigurationError, saying what to do, where the engine can never be used as it is set up.

    One that is only away for the moment is no reason not to start.
    """
    try:
        if writes:
            parts.engine.open_for_writing()
        else:
            parts.engine.check()
    except Unavailable as error:
        log.warning("engine.unavailable_at_start", error=str(error))


def require_store(settings: Settings) -> None:
    """Raise ConfigurationError where the settings lead to no content store: nothing is to be made by a look at it."""
    path = settings.data_dir / "content.db"
    if not settings.database_url and not path.exists():
        raise ConfigurationError(
            f"there is no content store at {path.resolve()}; set SEARCH_DATA_DIR as for the service"
        )


def check_settings(settings: Settings) -> None:
    """Relations between settings that no single value shows. Raises ConfigurationError."""
    if settings.model and settings.embedder == "hashing":
        raise ConfigurationError("SEARCH_MODEL has no effect with SEARCH_EMBEDDER=hashing; unset one of them")
    Sealer(_names(settings.secret_keys)).check()
