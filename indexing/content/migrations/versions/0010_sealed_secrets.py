"""Secrets of connectors are sealed; those that stand in clear are sealed now."""

import json

import sqlalchemy as sa
from alembic import context, op

from indexing.errors import ConfigurationError

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Seal every secret, each by itself so that its name stays legible."""
    connectors = sa.table("connectors", sa.column("id", sa.String), sa.column("secrets", sa.Text))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")  # the bytes of what is replaced are overwritten
    seal = context.config.attributes.get("seal")
    for row in op.get_bind().execute(sa.select(connectors)).all():
        clear = {name: value for name, value in json.loads(row.secrets).items() if value}
        if clear and seal is None:
            raise ConfigurationError("secrets of connectors are to be sealed, and there is no key: start the service")
        sealed = json.dumps({name: seal(value) for name, value in clear.items()})
        op.execute(connectors.update().where(connectors.c.id == row.id).values(secrets=sealed))
