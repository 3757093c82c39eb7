"""Connectors with what they remember, reports of wrong listings, and duplicates among listings."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    """Tables for sources that are read again and again, and for the care of listings."""
    op.create_table(
        "connectors",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("secrets", sa.Text, nullable=False, server_default="{}"),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("progress", sa.Text),
        sa.Column("runs", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("full_due_at", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.Column("claimed_by", sa.String(64)),
        sa.Column("claimed_until", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_connectors"),
    )
    op.create_table(
        "connector_items",
        sa.Column("connector", sa.String(64), nullable=False),
        sa.Column("key", sa.String(1500), nullable=False),
        sa.Column("type", sa.String(16), nullable=False, server_default=""),
        sa.Column("document", sa.String(128), nullable=False, server_default=""),
        sa.Column("version", sa.String(200), nullable=False, server_default=""),
        sa.Column("listed", sa.String(200), nullable=False, server_default=""),
        sa.Column("url", sa.String(2000), nullable=False, server_default=""),
        sa.Column("etag", sa.String(500), nullable=False, server_default=""),
        sa.Column("modified", sa.String(100), nullable=False, server_default=""),
        sa.Column("digest", sa.String(64), nullable=False, server_default=""),
        sa.Column("seen", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("is_pending", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("is_held", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("is_released", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("problem", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("connector", "key", name="pk_connector_items"),
    )
    op.create_index("ix_connector_items_connector_is_pending", "connector_items", ["connector", "is_pending"])
    op.create_index("ix_connector_items_type_document", "connector_items", ["type", "document"])
    op.create_table(
        "connector_runs",
        sa.Column("connector", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("is_full", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("counts", sa.Text, nullable=False, server_default="{}"),
        sa.Column("problems", sa.Text, nullable=False, server_default="[]"),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("connector", "number", name="pk_connector_runs"),
    )
    op.create_table(
        "connector_hooks",
        sa.Column("connector", sa.String(64), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("connector", "digest", name="pk_connector_hooks"),
    )
    op.create_table(
        "connector_files",
        sa.Column("connector", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("stored_at", sa.BigInteger, nullable=False),
        sa.Column("stored_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("connector", name="pk_connector_files"),
    )
    op.create_table(
        "listing_reports",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("document", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("text", sa.String(400), nullable=False, server_default=""),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("settled_by", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_listing_reports"),
    )
    op.create_index("ix_listing_reports_created_at", "listing_reports", ["created_at"])
    op.create_table(
        "listing_duplicates",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("shown", sa.String(128), nullable=False),
        sa.Column("reasons", sa.String(200), nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listing_duplicates"),
    )
    op.create_table(
        "listing_distinctions",
        sa.Column("one", sa.String(128), nullable=False),
        sa.Column("other", sa.String(128), nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("one", "other", name="pk_listing_distinctions"),
    )
