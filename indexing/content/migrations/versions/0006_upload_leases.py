"""How far an upload has come, for the case that it breaks off."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Lines of an upload that are committed."""
    op.add_column("jobs", sa.Column("lines", sa.BigInteger, nullable=False, server_default="0"))
