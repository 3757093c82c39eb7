"""What watches over the index: heartbeats of workers, counts of drift, and a rebuild's own options."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Heartbeats, drift, and `jobs.reembed`, which stood in the message before."""
    op.create_table(
        "heartbeats",
        sa.Column("worker", sa.String(128), nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("worker", name="pk_heartbeats"),
    )
    op.create_table(
        "drift",
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("documents", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("type", "kind", name="pk_drift"),
    )
    op.add_column("jobs", sa.Column("reembed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE jobs SET reembed = true, message = '' WHERE state = 'queued' AND message = 'encoding every text again'"
    )
