"""Which upkeep began when, so that of several workers one does it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """A table of its own: nothing that is stored changes."""
    op.create_table(
        "upkeep",
        sa.Column("task", sa.String(32), primary_key=True),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
    )
