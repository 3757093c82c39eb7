"""Counts of queries by day."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """One row a query and day, of enough visitors only."""
    op.create_table(
        "query_counts",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("query", sa.String(512), nullable=False),
        sa.Column("searches", sa.BigInteger, nullable=False),
        sa.Column("without_results", sa.BigInteger, nullable=False),
        sa.Column("clicks", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("day", "query", name="pk_query_counts"),
    )
