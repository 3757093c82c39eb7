"""The schema grows from every earlier version, with what is in it."""

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect

from indexing.content.database import SCHEMA_REVISION, Database
from indexing.content.jobs import JobStore
from indexing.content.tables import metadata
from tests.conftest import ROOT


def _at(path, revision):
    config = Config()
    config.set_main_option("script_location", str(ROOT / "indexing" / "content" / "migrations"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    return engine


def test_a_store_of_the_first_version_keeps_its_jobs(tmp_path):
    path = tmp_path / "content.db"
    engine = _at(path, "0001")
    rows = [("old", "queued", "encoding every text again"), ("done", "succeeded", "")]
    with engine.begin() as connection:
        for id, state, message in rows:
            connection.exec_driver_sql(
                "INSERT INTO jobs (id, kind, type, state, message, created_at) VALUES (?, 'reindex', 'all', ?, ?, 1)",
                (id, state, message),
            )
    engine.dispose()
    database = Database(f"sqlite:///{path}")
    database.migrate()
    jobs = JobStore(database)
    assert [(job.id, job.reembed, job.message) for job in jobs.unfinished_rebuilds()] == [("old", True, "")]
    assert not jobs.get("done").reembed
    database.close()


def test_migrations_and_tables_agree(tmp_path):
    engine = _at(tmp_path / "content.db", SCHEMA_REVISION)
    found = inspect(engine)
    for table in metadata.sorted_tables:
        assert {column["name"] for column in found.get_columns(table.name)} == {c.name for c in table.columns}
        assert set(found.get_pk_constraint(table.name)["constrained_columns"]) == {c.name for c in table.primary_key}
    engine.dispose()
