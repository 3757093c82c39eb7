"""What is wrong with an installation, in plain words, and what to do about it."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from indexing.bootstrap import Parts
from indexing.content.outbox import FailureFilter
from indexing.documents import DOCUMENT_TYPES, public_from
from indexing.errors import SecretUnreadable
from indexing.facts import EXPIRE_DAYS, FACTS_FILE, days_unchecked, expired, facts
from indexing.reindex import generation_before
from workers.enqueue import waiting_messages

_SAFE_SQLITE = (3, 51, 3)
"""The first release without the WAL-reset bug; so are 3.50.7 and later of 3.50, 3.44.6 and later of 3.44."""
_PATCHED_SQLITE = {(3, 50): 7, (3, 44): 6}
_LEAST_FREE_BYTES = 1_000_000_000
_LONG_SECONDS = 60.0
_LARGE_WAL_BYTES = 200_000_000


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    level: Literal["ok", "warning", "problem"]
    text: str
    remedy: str = ""


def examine(parts: Parts) -> Iterator[Finding]:
    """Look at everything; a part that cannot be looked at is a finding itself."""
    for look in (_disk, _store, _model, _engine, _index, _writes, _workers, _queue, _keys, _secrets, _facts, _help):
        yield from _looked(look, parts)


def _looked(look: Callable[[Parts], Iterator[Finding]], parts: Parts) -> Iterator[Finding]:
    try:
        yield from look(parts)
    except Exception as error:  # whatever is broken is what is looked for
        damaged = "malformed" in str(error) or "not a database" in str(error)
        remedy = "restore the last backup: python -m indexing restore" if damaged else ""
        yield Finding("problem", f"{look.__name__.strip('_')}: {type(error).__name__}: {error}", remedy)


def _facts(_: Parts) -> Iterator[Finding]:
    old = expired()
    for fact in old:
        yield Finding(
            "warning",
            f"{fact.id} ({fact.value}), on which people in need rely, was checked {days_unchecked(fact)} days ago",
            f"look at {fact.source}, then change `checked_on` in {FACTS_FILE.name}",
        )
    if not old:
        yield Finding("ok", f"{len(facts())} facts for people in need were checked within {EXPIRE_DAYS} days")


def _help(parts: Parts) -> Iterator[Finding]:
    listed = {id for ids in parts.taxonomy.help_pages.values() for id in ids}
    rows = parts.store.get_many({("article", id) for id in listed})
    documents = {id: row.document for (_, id), row in rows.items() if row.document is not None}
    published = {id for id, document in documents.items() if public_from(document) <= datetime.now(UTC)}
    for id in sorted(listed - published):
        yield Finding(
            "warning",
            f"the help article {id!r} is not published: it cannot lead in a crisis",
            "publish it, or list another one under `help_pages` in the taxonomy or the console",
        )
    if listed <= published:
        yield Finding("ok", f"{len(listed)} help articles are published")


def _secrets(parts: Parts) -> Iterator[Finding]:
    connectors = parts.connectors
    opened = 0
    for connector in connectors.all():
        for name in sorted(connector.secrets):
            try:
                connectors.secret(connector, name)
                opened += 1
            except SecretUnreadable as error:
                yield Finding(
                    "problem",
                    f"the secret {name} of connector {connector.id} cannot be opened",
                    f"{error} (console, Connectors, Change)",
                )
    if opened:
        yield Finding("ok", f"{opened} secrets of connectors can be opened")


def _disk(parts: Parts) -> Iterator[Finding]:
    folder = parts.settings.data_dir
    free = shutil.disk_usage(folder if folder.exists() else ".").free
    level: Literal["ok", "problem"] = "ok" if free >= _LEAST_FREE_BYTES else "problem"
    remedy = "" if level == "ok" else "free some space: writes fail when the disk is full, searches go on"
    yield Finding(level, f"{free / 1e9:.1f} GB are free in {folder.resolve()}", remedy)


def _store(parts: Parts) -> Iterator[Finding]:
    database = parts.database
    if not database.is_sqlite:
        yield Finding("ok", f"the content store is PostgreSQL at {database.url.host}")
        return
    yield from _sqlite_version()
    problems = database.check()
    if problems:
        yield Finding("problem", f"the content store is damaged: {problems[0]}", "restore the last backup")
    else:
        yield Finding("ok", f"the content store is whole ({database.size_bytes() / 1e6:.0f} MB)")
    if (wal := database.wal_bytes()) > _LARGE_WAL_BYTES:
        yield Finding(
            "warning", f"the write-ahead log has {wal / 1e6:.0f} MB", "see that a worker runs: it alone folds it in"
        )


def _sqlite_version() -> Iterator[Finding]:
    version = sqlite3.sqlite_version_info
    is_safe = version >= _SAFE_SQLITE or version[2] >= _PATCHED_SQLITE.get(version[:2], 10**6)
    if is_safe:
        yield Finding("ok", f"SQLite {sqlite3.sqlite_version}")
    else:
        yield Finding(
            "warning",
            f"SQLite {sqlite3.sqlite_version} can lose commits when two connections checkpoint at once",
            "only the worker checkpoints, which avoids it; for production set DATABASE_URL to a PostgreSQL",
        )


def _model(parts: Parts) -> Iterator[Finding]:
    recipe = parts.embedder.recipe
    yield Finding("ok", f"the model is {recipe.model} ({recipe.dimensions} dimensions, revision {recipe.revision})")


def _engine(parts: Parts) -> Iterator[Finding]:
    if parts.settings.meili_url:
        parts.engine.open_for_writing()
        yield Finding("ok", f"Meilisearch at {parts.settings.meili_url} answers")


def _index(parts: Parts) -> Iterator[Finding]:
    rebuilds = parts.jobs.unfinished_rebuilds()
    for job in rebuilds:
        yield Finding("ok", f"{job.kind} of {job.type} is {job.state}: {job.done} of {job.total} (job {job.id})")
    for index in DOCUMENT_TYPES:
        live = parts.engine.live_generation(index)
        if live is None:
            yield Finding("problem", f"there is no index of {index}s", "start a worker: it makes one and fills it")
            continue
        before = generation_before(parts.engine, index)
        kept = f", {before.name} is kept for a rollback" if before else ""
        yield Finding("ok", f"the index of {index}s is {live.name}{kept}")
        if live.stamp != parts.stamp and not rebuilds:
            yield Finding(
                "warning",
                f"the index of {index}s was built with another model or other rules",
                "start a worker: it rebuilds it while the old one answers",
            )
    for drift in parts.drift.all():
        what = "lacked documents" if drift.kind == "lacking" else "held documents that the store does not know"
        yield Finding(
            "warning", f"the index of {drift.type}s {what}: {drift.documents} in all, last at {drift.last_at:%F %T} UTC"
        )


def _writes(parts: Parts) -> Iterator[Finding]:
    for kind in DOCUMENT_TYPES:
        counts = parts.store.counts(kind)
        age = counts.oldest_waiting_seconds or 0.0
        state = f"{counts.stored} {kind}s stored, {counts.indexed} indexed, {counts.waiting} waiting"
        if age > _LONG_SECONDS:
            yield Finding(
                "problem", f"{state}; the oldest waits since {age:.0f} s", "see that a worker runs, and its log"
            )
        else:
            yield Finding("ok", state)
        if counts.failed:
            example = "".join(
                f", such as {failure.id}: {failure.error}"
                for failure in parts.outbox.failed(FailureFilter(type=kind), limit=1)
            )
            yield Finding(
                "problem",
                f"{counts.failed} {kind}s could not be indexed{example}",
                "mend and send them again, or retry them: POST /v1/failures/retry",
            )


def _workers(parts: Parts) -> Iterator[Finding]:
    beats = parts.heartbeats.all()
    for beat in beats:
        if beat.is_alive:
            yield Finding("ok", f"worker {beat.worker} is at work")
        else:
            yield Finding("warning", f"worker {beat.worker} was seen last {beat.silent_seconds:.0f} s ago")
    if not any(beat.is_alive for beat in beats):
        yield Finding("problem", "no worker is at work: nothing new becomes searchable", "start a worker")


def _queue(parts: Parts) -> Iterator[Finding]:
    url = parts.settings.redis_url
    if not url:
        yield Finding("warning", "REDIS_URL is not set here", "the broker was not looked at; set it as for the workers")
        return
    try:
        waiting = waiting_messages(url)
    except Exception as error:  # whatever the transport raises
        yield Finding(
            "problem",
            f"the broker does not answer: {type(error).__name__}",
            "start it; workers find work by themselves meanwhile",
        )
        return
    yield Finding("ok", f"the broker answers; {waiting} messages wait")


def _keys(parts: Parts) -> Iterator[Finding]:
    valid = [key for key in parts.keys.all() if key.revoked_at is None]
    if any(key.allows("editor") for key in valid):
        yield Finding("ok", f"{len(valid)} API keys are valid")
    else:
        yield Finding("warning", "no key has the scope `editor`", "python -m indexing keys create NAME --scope editor")
