"""Which worker runs a rebuild."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """A lease on each job."""
    op.add_column("jobs", sa.Column("claimed_by", sa.String(64)))
    op.add_column("jobs", sa.Column("claimed_until", sa.BigInteger, nullable=False, server_default="0"))
