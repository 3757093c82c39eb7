"""Rebuilds: beside the live index, through edits and interruptions, to one step of promotion."""

import subprocess
import sys
import textwrap

import msgspec
import pytest

from indexing.bootstrap import Parts
from indexing.content.documents import Write
from indexing.content.jobs import JobStore
from indexing.content.owners import process_name
from indexing.embedders.hashing import HashingEmbedder
from indexing.engines.embedded import writer
from indexing.engines.embedded.writer import GenerationWriter
from indexing.errors import Conflict, EngineUnavailable
from indexing.reindex import check_rollback
from tests.conftest import ROOT, article, clinic, index_all, rebuild_next, store
from tests.workers.test_work import failing, found


@pytest.fixture
def site(parts):
    store(parts, "article", *(article(f"a{n:03}", f"Title {n}", f"<p>Text word{n}.</p>") for n in range(250)))
    store(parts, "article", article("draft", "Draft", status="draft"), article("gone", "Gone"))
    store(parts, "clinic", clinic("c", "Clinic"))
    index_all(parts)
    return parts


def live(parts, index="article"):
    return parts.engine.live_generation(index)


def test_a_rebuild_promotes_a_complete_index_and_keeps_the_one_before(site):
    before = live(site)
    job = site.jobs.open_reindex("article", reembed=False)
    assert rebuild_next(site)
    state = site.jobs.get(job)
    assert (state.state, state.done, state.total) == ("succeeded", 252, 252)
    assert live(site) != before
    assert len(site.engine.library("article").titles) == 251
    assert found(site, "word7 ") == ["a007"]
    assert before in site.engine.generations("article")
    site.jobs.open_reindex("article", reembed=False)
    rebuild_next(site)
    assert before not in site.engine.generations("article")
    assert len(site.engine.generations("article")) == 2


def test_unchanged_text_is_not_encoded_again_unless_asked(site, monkeypatch):
    calls = failing(monkeypatch, site.embedder, "embed_documents", None, times=0)
    site.jobs.open_reindex("all", reembed=False)
    rebuild_next(site)
    assert calls == []
    site.jobs.open_reindex("all", reembed=True)
    rebuild_next(site)
    assert sum(len(call[0]) for call in calls) > 250


def test_one_rebuild_a_type_at_a_time(site):
    job = site.jobs.open_reindex("article", reembed=False)
    with pytest.raises(Conflict, match=job):
        site.jobs.open_reindex("article", reembed=False)
    with pytest.raises(Conflict, match=job):
        site.jobs.open_reindex("all", reembed=False)
    site.jobs.open_reindex("clinic", reembed=False)


def test_edits_and_deletes_during_a_rebuild_are_in_both_indexes(site, monkeypatch):
    site.jobs.open_reindex("article", reembed=False)
    progress, edited = JobStore.progress, []

    def edit_in_the_middle(self, id, *, state, done, **rest):
        if done == 100 and not edited:
            edited.append(True)
            store(site, "article", article("a000", "Edited early"), article("new", "Edited new"))
            write = article("gone", "Gone", status="archived")
            store(site, "article", write)
            index_all(site)
            assert found(site, "edited") == ["a000", "new"]
        return progress(self, id, state=state, done=done, **rest)

    monkeypatch.setattr(JobStore, "progress", edit_in_the_middle)
    rebuild_next(site)
    assert edited
    assert found(site, "edited") == ["a000", "new"]
    assert found(site, "gone") == []


def test_a_rebuild_that_was_broken_off_is_taken_up_and_says_so(site, monkeypatch):
    before = live(site)
    job = site.jobs.open_reindex("article", reembed=False)
    write, calls = site.engine.write, []

    def break_off(generation, entries):
        calls.append(len(entries))
        if len(calls) == 2:
            raise EngineUnavailable("injected")
        return write(generation, entries)

    monkeypatch.setattr(site.engine, "write", break_off)
    rebuild_next(site)
    assert site.jobs.get(job).state == "running"
    assert live(site) == before
    calls.append(0)
    rebuild_next(site)
    state = site.jobs.get(job)
    assert (state.state, state.message) == ("succeeded", "taken up again after an interruption")
    assert calls == [100, 100, 0, 100, 52]
    assert len(site.engine.library("article").titles) == 251


@pytest.mark.parametrize(("state", "done"), [("running", 0), ("running", 100), ("running", 252), ("verifying", 252)])
def test_a_cancelled_rebuild_leaves_no_trace_but_its_record(site, monkeypatch, state, done):
    before = list(site.engine.generations("article"))
    job = site.jobs.open_reindex("article", reembed=False)
    progress = JobStore.progress

    def cancel_in_the_middle(self, id, **now):
        if (now["state"], now["done"]) == (state, done):
            site.jobs.cancel(id)
        return progress(self, id, **now)

    monkeypatch.setattr(JobStore, "progress", cancel_in_the_middle)
    rebuild_next(site)
    assert site.jobs.get(job).state == "cancelled"
    assert list(site.engine.generations("article")) == before
    assert len(found(site, "text")) == 250
    with pytest.raises(Conflict):
        site.jobs.cancel(job)


def test_a_document_that_cannot_be_composed_is_reported_and_stops_nothing(site, monkeypatch):
    composer = site.synchroniser._composer
    real = composer.compose

    def compose(document, revision):
        if document.id == "a005":
            raise ValueError("injected")
        return real(document, revision)

    monkeypatch.setattr(composer, "compose", compose)
    job = site.jobs.open_reindex("article", reembed=False)
    rebuild_next(site)
    state = site.jobs.get(job)
    assert state.state == "succeeded"
    assert [failure.id for failure in state.failed_documents] == ["a005"]


def test_another_model_is_seen_and_rebuilt_while_the_old_index_answers(site):
    before = live(site)
    other = Parts(site.settings)
    site.engine.close()
    other.__dict__["embedder"] = HashingEmbedder(dimensions=32)
    assert other.rebuilder.request_if_outdated()
    assert found(other, "word7 ") == ["a007"]
    store(other, "article", article("a001", "Edited under the new rules"))
    index_all(other)
    assert rebuild_next(other)
    assert live(other) != before
    assert live(other).stamp.dimensions == 32
    assert found(other, "edited") == ["a001"]
    assert other.rebuilder.request_if_outdated() is None
    other.close()


def test_a_rollback_returns_to_the_index_before_brought_up_to_date(site):
    before = live(site)
    site.jobs.open_reindex("article", reembed=False)
    rebuild_next(site)
    replaced = live(site)
    store(site, "article", article("a000", "Edited after the rebuild"), article("new", "Edited new"))
    store(site, "article", article("gone", "Gone", status="archived"))
    index_all(site)
    job = site.jobs.open_rollback("article")
    rebuild_next(site)
    assert site.jobs.get(job).state == "succeeded"
    assert live(site) == before
    assert found(site, "edited") == ["a000", "new"]
    assert found(site, "gone") == []
    assert replaced not in site.engine.generations("article")
    with pytest.raises(Conflict, match="no earlier index"):
        check_rollback(site.engine, ["article"], site.stamp)


def test_edits_during_a_rollback_are_in_both_indexes(site, monkeypatch):
    site.jobs.open_reindex("article", reembed=False)
    rebuild_next(site)
    site.jobs.open_rollback("article")
    progress, edited = JobStore.progress, []

    def edit_in_the_middle(self, id, *, state, done, **rest):
        if state == "verifying" and not edited:
            edited.append(True)
            store(site, "article", article("a000", "Edited late"))
            index_all(site)
        return progress(self, id, state=state, done=done, **rest)

    monkeypatch.setattr(JobStore, "progress", edit_in_the_middle)
    rebuild_next(site)
    assert found(site, "edited") == ["a000"]
    assert site.synchroniser.foreign(live(site)) == []
    assert set(site.engine.revisions(live(site)).values()) == {1, 2}


def test_going_back_to_the_model_before_is_a_rollback_and_encodes_nothing(site, monkeypatch):
    other = Parts(site.settings)
    before = live(site)
    site.engine.close()
    other.__dict__["embedder"] = HashingEmbedder(dimensions=32)
    other.rebuilder.request_if_outdated()
    rebuild_next(other)
    assert live(other).stamp.dimensions == 32
    other.close()
    back = Parts(site.settings)
    calls = failing(monkeypatch, back.embedder, "embed_documents", None, times=0)
    job = back.rebuilder.request_if_outdated()
    assert back.jobs.get(job).kind == "rollback"
    rebuild_next(back)
    assert live(back) == before
    assert calls == []
    back.close()


def test_while_another_model_is_built_in_edits_are_found_at_once(site):
    other = Parts(site.settings)
    site.engine.close()
    other.__dict__["embedder"] = HashingEmbedder(dimensions=32)
    other.rebuilder.request_if_outdated()
    store(other, "article", article("a001", "Edited before the promotion"))
    index_all(other)
    assert found(other, "edited") == ["a001"]
    assert live(other).stamp.dimensions == 64
    other.close()


def test_an_index_that_knows_more_than_the_store_is_built_anew(site):
    with site.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM documents WHERE id = 'a003'")
        connection.exec_driver_sql("UPDATE documents SET revision = 0, indexed_revision = 0 WHERE id = 'gone'")
    site.synchroniser.sweep()
    (job,) = site.jobs.unfinished_rebuilds()
    site.synchroniser.sweep()
    assert len(site.jobs.unfinished_rebuilds()) == 1
    assert [(drift.kind, drift.documents) for drift in site.drift.all()] == [("foreign", 2)]
    rebuild_next(site)
    assert site.jobs.get(job.id).state == "succeeded"
    assert found(site, "word3 ") == []


def test_deleted_documents_are_known_to_the_new_index(site):
    store_delete(site, "a007")
    index_all(site)
    site.jobs.open_reindex("article", reembed=False)
    rebuild_next(site)
    site.synchroniser.sweep()
    assert site.drift.all() == []
    assert site.engine.revisions(live(site), ["a007"]) == {"a007": 2}


def store_delete(parts, id):
    job = parts.jobs.open("write", "article")
    parts.store.accept([Write("article", id, None)], lane="live", job=job)
    parts.jobs.close_input(job)


@pytest.mark.parametrize("damage", ["document", "passages", "not found"])
def test_an_index_that_does_not_show_what_is_stored_is_never_promoted(site, monkeypatch, damage):
    before = live(site)
    target = {"document": (GenerationWriter, "write"), "passages": (writer, "add_passages")}
    if damage == "not found":
        monkeypatch.setattr(type(site.engine), "retrieve_from", lambda self, generation, asked: [Blind()] * len(asked))
    else:
        owner, name = target[damage]
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args: None if _concerns(args, "a009") else real(*args))
    job = site.jobs.open_reindex("article", reembed=False)
    rebuild_next(site)
    state = site.jobs.get(job)
    assert state.state == "failed"
    assert "index of articles" in state.message or "keyword index" in state.message
    assert live(site) == before
    assert len(site.engine.generations("article")) == 1


class Blind:
    ids: tuple[str, ...] = ()
    title_cosine: tuple[float, ...] = ()


def _concerns(args, id):
    return any(arg == id or (isinstance(arg, list) and any(entry.id == id for entry in arg)) for arg in args[1:])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_that_dies_in_the_promotion_leaves_a_whole_index(site, moment, tmp_path, database_url):
    job = site.jobs.open_reindex("article", reembed=False)
    site.close()
    script = f"""
        import os
        from pathlib import Path
        from indexing.bootstrap import Parts
        from indexing.engines.embedded.files import EngineFiles
        from indexing.settings import Settings
        from tests.conftest import rebuild_next

        promote = EngineFiles.promote

        def dying(self, generation):
            if {moment!r} == "after":
                promote(self, generation)
            os._exit(9)

        EngineFiles.promote = dying
        settings = Settings(data_dir=Path({str(tmp_path)!r}), embedder="hashing", database_url={database_url!r})
        rebuild_next(Parts(settings))
    """
    died = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, check=False)
    assert died.returncode == 9
    again = Parts(site.settings)
    assert len(again.engine.library("article").titles) == 251
    assert rebuild_next(again)
    assert again.jobs.get(job).state == "succeeded"
    assert len(again.engine.library("article").titles) == 251
    assert len(again.engine.generations("article")) == 2
    again.close()


@pytest.mark.parametrize(("bad", "state"), [(3, "succeeded"), (30, "failed"), (251, "failed")])
def test_a_rebuild_that_would_lose_many_documents_is_not_promoted(site, monkeypatch, bad, state):
    before = live(site)
    composer = site.synchroniser._composer
    real, failing_ids = composer.compose, {f"a{n:03}" for n in range(bad)} | ({"gone"} if bad > 250 else set())

    def compose(document, revision):
        if document.id in failing_ids:
            raise ValueError("injected")
        return real(document, revision)

    monkeypatch.setattr(composer, "compose", compose)
    job = site.jobs.open_reindex("article", reembed=False)
    rebuild_next(site)
    assert site.jobs.get(job).state == state
    assert (live(site) == before) == (state == "failed")


def test_a_rebuild_cannot_be_cancelled_in_its_promotion(site, monkeypatch):
    job = site.jobs.open_reindex("all", reembed=False)
    promote, refused = site.engine.promote, []

    def cancel_meanwhile(generation):
        with pytest.raises(Conflict):
            site.jobs.cancel(job)
        refused.append(generation.index)
        promote(generation)

    monkeypatch.setattr(site.engine, "promote", cancel_meanwhile)
    rebuild_next(site)
    assert refused == ["article", "clinic"]
    assert site.jobs.get(job).state == "succeeded"


def test_a_rebuild_is_run_by_one_worker_and_taken_over_from_a_dead_one(site):
    job = site.jobs.open_reindex("article", reembed=False)
    assert site.jobs.claim_rebuild(job, "elsewhere-1-1").id == job
    assert site.jobs.claim_rebuild(job, "elsewhere-2-1") is None
    assert not rebuild_next(site)
    site.jobs.release(job, "elsewhere-1-1")
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    gone = f"{process_name().rpartition('-')[0]}-{dead.stdout.strip()}-1"
    assert site.jobs.claim_rebuild(job, gone).id == job
    assert rebuild_next(site)
    assert site.jobs.get(job).state == "succeeded"


def test_another_engine_is_filled_while_the_first_goes_on(site, tmp_path):
    other = Parts(msgspec.structs.replace(site.settings, database_url=site.settings.store_url, data_dir=tmp_path / "b"))
    job = other.jobs.open("fill", "all")
    other.rebuilder.fill(job)
    state = other.jobs.get(job)
    assert (state.state, state.done, state.total) == ("succeeded", 253, 253)
    assert found(other, "word7 ") == ["a007"]
    assert site.outbox.waiting() == 0
    assert found(site, "word7 ") == ["a007"]
    other.close()


def test_what_did_not_change_is_not_encoded_again(site, monkeypatch):
    encoded, real = [], site.embedder.embed_documents
    monkeypatch.setattr(site.embedder, "embed_documents", lambda texts: encoded.extend(texts) or real(texts))
    job = site.jobs.open_reindex("article", reembed=False)
    assert rebuild_next(site)
    assert site.jobs.get(job).state == "succeeded"
    assert not encoded
    long = [f"<h2>Part {n}</h2><p>{' '.join(f'word{n}x{m}' for m in range(60))}.</p>" for n in range(6)]
    store(site, "article", article("long", "Long", "".join(long)))
    index_all(site)
    whole = len(encoded)
    encoded.clear()
    store(site, "article", article("long", "Long", "".join([*long[:5], "<h2>Part 5</h2><p>Said otherwise.</p>"])))
    index_all(site)
    assert 0 < len(encoded) < whole / 2


def test_a_rebuild_goes_on_where_its_slices_ended_and_reads_nothing_twice(site, monkeypatch):
    job = site.jobs.open_reindex("article", reembed=False)
    pages, real = [], site.store.pages

    def counted(kind, **options):
        for page in real(kind, **options):
            pages.append(page[0].id)
            yield page

    monkeypatch.setattr(site.store, "pages", counted)
    asked = []

    def is_over():
        asked.append(None)
        return len(asked) % 2 == 0

    slices = 1
    while site.rebuilder.run(job, is_over=is_over):
        assert site.jobs.get(job).state == "running"
        slices += 1
    state = site.jobs.get(job)
    assert (state.state, state.done, state.total, state.message) == ("succeeded", 252, 252, "")
    assert slices == 3
    assert pages == ["a000", "a100", "a100", "a200", "a200", "a000", "a100", "a200"], "the last three verify"
