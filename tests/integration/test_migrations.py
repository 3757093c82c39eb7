"""The schema grows from every earlier version, with what is in it."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text

from indexing.content.database import SCHEMA_REVISION, Database
from indexing.content.jobs import JobStore
from indexing.content.keys import KeyStore
from indexing.content.tables import metadata
from tests.conftest import ROOT


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/content.db"
    return request.getfixturevalue("new_database")().replace("postgresql://", "postgresql+psycopg://")


def _at(url, revision):
    config = Config()
    config.set_main_option("script_location", str(ROOT / "indexing" / "content" / "migrations"))
    engine = create_engine(url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    return engine


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
def test_a_store_of_every_earlier_version_keeps_what_is_in_it(url, revision):
    engine = _at(url, revision)
    document = (
        "INSERT INTO documents (type, id, revision, deleted, payload, stored_at) VALUES ('article', 'a', 7, false"
    )
    with engine.begin() as connection:
        connection.execute(text(f"{document}, :payload, 1)"), {"payload": b"{}"})
    engine.dispose()
    database = Database(url)
    database.migrate()
    with database.read() as connection:
        assert connection.execute(text("SELECT revision, payload FROM documents")).one() == (7, b"{}")
    assert JobStore(database).recent() == []
    database.close()


def test_a_store_of_a_newer_version_is_used_as_it_is(url):
    engine = _at(url, "head")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    database = Database(url)
    database.migrate()
    assert JobStore(database).recent() == []
    database.close()


def test_a_store_of_the_first_version_keeps_its_jobs(url):
    engine = _at(url, "0001")
    rows = [("old", "queued", "encoding every text again"), ("done", "succeeded", "")]
    with engine.begin() as connection:
        for id, state, message in rows:
            insert = (
                "INSERT INTO jobs (id, kind, type, state, message, created_at) VALUES (:id, 'reindex', 'all', :state"
            )
            connection.execute(text(f"{insert}, :message, 1)"), {"id": id, "state": state, "message": message})
    engine.dispose()
    database = Database(url)
    database.migrate()
    jobs = JobStore(database)
    assert [(job.id, job.reembed, job.message) for job in jobs.unfinished_rebuilds()] == [("old", True, "")]
    assert not jobs.get("done").reembed
    database.close()


def test_migrations_and_tables_agree(url):
    engine = _at(url, SCHEMA_REVISION)
    found = inspect(engine)
    for table in metadata.sorted_tables:
        assert {column["name"] for column in found.get_columns(table.name)} == {c.name for c in table.columns}
        assert set(found.get_pk_constraint(table.name)["constrained_columns"]) == {c.name for c in table.primary_key}
    engine.dispose()


def test_sessions_that_were_keys_are_keys_no_more(url):
    engine = _at(url, "0005")
    names = {"editor": None, "session 0123456789ab of editor": None, "session of work": None, "gone": 5}
    names["session 0123456789ab of session 0123456789ab of editor"] = None
    with engine.begin() as connection:
        for number, (name, revoked) in enumerate(names.items()):
            row = {"id": str(number), "name": name, "hash": bytes([number]) * 32, "revoked": revoked}
            insert = "INSERT INTO api_keys (id, name, hash, scopes, created_at, revoked_at)"
            connection.execute(text(f"{insert} VALUES (:id, :name, :hash, 'editor', 1, :revoked)"), row)
    engine.dispose()
    database = Database(url)
    database.migrate()
    keys = KeyStore(database).all()
    assert {key.name for key in keys if key.revoked_at is None} == {"editor", "session of work"}
    database.close()
