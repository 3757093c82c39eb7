"""Sessions of their own, and articles as pages made once."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Sessions were API keys before: those are revoked, and their editors sign in again."""
    op.create_table(
        "sessions",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_sessions"),
    )
    op.create_table(
        "article_pages",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("html", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_article_pages"),
    )
    keys = sa.table("api_keys", sa.column("name", sa.String), sa.column("revoked_at", sa.BigInteger))
    was_session = keys.c.name.like(f"session {'_' * 12} of %")  # the parent's id had twelve characters
    op.execute(keys.update().where(was_session, keys.c.revoked_at.is_(None)).values(revoked_at=time.time_ns() // 1_000))
