"""The tables of the content store. Times are whole microseconds since 1970, UTC."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"},
)

documents = Table(
    "documents",
    metadata,
    Column("type", String(16), primary_key=True),
    Column("id", String(128), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("source_updated_at", BigInteger),
    Column("source_revision", BigInteger),
    Column("stored_at", BigInteger, nullable=False),
    Column("indexed_revision", BigInteger, nullable=False, server_default="0"),
    Column("indexed_at", BigInteger),
)
"""One row a document; a deleted one stays as a tombstone, so that a late write cannot resurrect it."""

outbox = Table(
    "outbox",
    metadata,
    Column("type", String(16), primary_key=True),
    Column("id", String(128), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("job", String(32)),
    Column("enqueued_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claimed_by", String(64)),
    Column("claimed_until", BigInteger, nullable=False, server_default="0"),
    Column("set_aside", Boolean, nullable=False, server_default=false()),
    Column("error", Text),
    Index(None, "set_aside", "lane", "enqueued_at"),
)
"""The work: documents whose newest revision is not in the index yet."""

embeddings = Table(
    "embeddings",
    metadata,
    Column("recipe", String(16), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""Little-endian float32 vectors by what decides them: the recipe and the text."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("type", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("done", BigInteger, nullable=False, server_default="0"),
    Column("total", BigInteger, nullable=False, server_default="0"),
    Column("message", Text, nullable=False, server_default=""),
    Column("reembed", Boolean, nullable=False, server_default=false()),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("claimed_by", String(64)),
    Column("claimed_until", BigInteger, nullable=False, server_default="0"),
    Column("lines", BigInteger, nullable=False, server_default="0"),
    Index(None, "created_at"),
    Index(None, "kind", "state"),
)

job_failures = Table(
    "job_failures",
    metadata,
    Column("job", String(32), primary_key=True),
    Column("type", String(16), primary_key=True),
    Column("id", String(128), primary_key=True),
    Column("error", Text, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""Editors who signed in; `key_id` is the API key that they did it with."""

article_pages = Table(
    "article_pages",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("html", LargeBinary, nullable=False),
)
"""Bodies of articles as safe HTML; `digest` tells of which text, and by which rules, it was made."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("worker", String(128), primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

upkeep = Table(
    "upkeep",
    metadata,
    Column("task", String(32), primary_key=True),
    Column("begun_at", BigInteger, nullable=False),
)

cosines = Table(
    "cosines",
    metadata,
    Column("recipe", String(64), primary_key=True),
    Column("match", Float, nullable=False),
    Column("sure", Float, nullable=False),
    Column("measured_at", BigInteger, nullable=False),
)
"""From which cosine on a document matches under a recipe, and from which on the best hit is trusted."""

drift = Table(
    "drift",
    metadata,
    Column("type", String(16), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("documents", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
"""Findings of the reconciliation, summed up."""

curation = Table(
    "curation",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("id", String(128), primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("updated_by", String(200), nullable=False),
)

query_counts = Table(
    "query_counts",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("query", String(512), primary_key=True),
    Column("searches", BigInteger, nullable=False),
    Column("without_results", BigInteger, nullable=False),
    Column("clicks", BigInteger, nullable=False),
)
"""What many looked for on a day (UTC, as a date); see `search_api.analytics.counting`."""

connectors = Table(
    "connectors",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("settings", Text, nullable=False),
    Column("secrets", Text, nullable=False, server_default="{}"),
    Column("is_enabled", Boolean, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("updated_by", String(200), nullable=False),
    Column("cursor", Text),
    Column("progress", Text),
    Column("runs", BigInteger, nullable=False, server_default="0"),
    Column("due_at", BigInteger, nullable=False),
    Column("full_due_at", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("message", Text, nullable=False, server_default=""),
    Column("claimed_by", String(64)),
    Column("claimed_until", BigInteger, nullable=False, server_default="0"),
)
"""Sources that are read again and again; `secrets` never leaves the service."""

connector_items = Table(
    "connector_items",
    metadata,
    Column("connector", String(64), primary_key=True),
    Column("key", String(1500), primary_key=True),
    Column("type", String(16), nullable=False, server_default=""),
    Column("document", String(128), nullable=False, server_default=""),
    Column("version", String(200), nullable=False, server_default=""),
    Column("listed", String(200), nullable=False, server_default=""),
    Column("url", String(2000), nullable=False, server_default=""),
    Column("etag", String(500), nullable=False, server_default=""),
    Column("modified", String(100), nullable=False, server_default=""),
    Column("digest", String(64), nullable=False, server_default=""),
    Column("seen", BigInteger, nullable=False, server_default="0"),
    Column("state", String(16), nullable=False),
    Column("is_pending", Boolean, nullable=False, server_default=false()),
    Column("is_held", Boolean, nullable=False, server_default=false()),
    Column("is_released", Boolean, nullable=False, server_default=false()),
    Column("is_withdrawn", Boolean, nullable=False, server_default=false()),
    Column("problem", Text, nullable=False, server_default=""),
    Index(None, "connector", "is_pending"),
    Index(None, "type", "document"),
)
"""What is known of every document of a source: by which id it is stored, and what it was when it was read last."""

connector_runs = Table(
    "connector_runs",
    metadata,
    Column("connector", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("is_full", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("counts", Text, nullable=False, server_default="{}"),
    Column("problems", Text, nullable=False, server_default="[]"),
    Column("message", Text, nullable=False, server_default=""),
)

connector_hooks = Table(
    "connector_hooks",
    metadata,
    Column("connector", String(64), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("received_at", BigInteger, nullable=False),
)
"""Signatures of notices that were taken, so that none is taken twice."""

connector_files = Table(
    "connector_files",
    metadata,
    Column("connector", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("stored_by", String(200), nullable=False),
)

listing_reports = Table(
    "listing_reports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("type", String(16), nullable=False),
    Column("document", String(128), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("text", String(400), nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("settled_by", String(200)),
    Index(None, "created_at"),
)
"""What visitors find wrong in listings, without anything that says who they are."""

listing_duplicates = Table(
    "listing_duplicates",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("shown", String(128), nullable=False),
    Column("reasons", String(200), nullable=False),
    Column("found_at", BigInteger, nullable=False),
)
"""Listings that say the same as another one, which is shown in their place."""

listing_distinctions = Table(
    "listing_distinctions",
    metadata,
    Column("one", String(128), primary_key=True),
    Column("other", String(128), primary_key=True),
    Column("decided_at", BigInteger, nullable=False),
    Column("decided_by", String(200), nullable=False),
)
"""Pairs of listings that an editor holds for two places; `one` is the lower id."""
