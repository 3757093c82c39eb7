"""What cosines of a recipe mean is measured by the worker and kept."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """A table of its own: nothing that is stored changes."""
    op.create_table(
        "cosines",
        sa.Column("recipe", sa.String(64), primary_key=True),
        sa.Column("match", sa.Float, nullable=False),
        sa.Column("sure", sa.Float, nullable=False),
        sa.Column("measured_at", sa.BigInteger, nullable=False),
    )
