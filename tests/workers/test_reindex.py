"""Rebuilds: beside the live index, through edits and interruptions, to one step of promotion."""

import pytest

from indexing.bootstrap import Parts
from indexing.content.jobs import JobStore
from indexing.embedders.hashing import HashingEmbedder
from indexing.errors import Conflict, EngineUnavailable
from tests.conftest import article, clinic, index_all, store
from tests.workers.test_drain import failing, found


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
    assert site.rebuilder.run_next()
    state = site.jobs.get(job)
    assert (state.state, state.done, state.total) == ("succeeded", 252, 252)
    assert live(site) != before
    assert site.engine.count(live(site)) == 251
    assert found(site, "word7 ") == ["a007"]
    assert before in site.engine.generations("article")
    site.jobs.open_reindex("article", reembed=False)
    site.rebuilder.run_next()
    assert before not in site.engine.generations("article")
    assert len(site.engine.generations("article")) == 2


def test_unchanged_text_is_not_encoded_again_unless_asked(site, monkeypatch):
    calls = failing(monkeypatch, site.embedder, "embed_documents", None, times=0)
    site.jobs.open_reindex("all", reembed=False)
    site.rebuilder.run_next()
    assert calls == []
    site.jobs.open_reindex("all", reembed=True)
    site.rebuilder.run_next()
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
    site.rebuilder.run_next()
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
    site.rebuilder.run_next()
    assert site.jobs.get(job).state == "running"
    assert live(site) == before
    calls.append(0)
    site.rebuilder.run_next()
    state = site.jobs.get(job)
    assert (state.state, state.message) == ("succeeded", "taken up again after an interruption")
    assert calls == [100, 100, 0, 100, 52]
    assert site.engine.count(live(site)) == 251


def test_a_cancelled_rebuild_leaves_no_trace_but_its_record(site, monkeypatch):
    before = list(site.engine.generations("article"))
    job = site.jobs.open_reindex("article", reembed=False)
    progress = JobStore.progress

    def cancel_in_the_middle(self, id, *, state, done, **rest):
        if done == 100:
            site.jobs.cancel(id)
        return progress(self, id, state=state, done=done, **rest)

    monkeypatch.setattr(JobStore, "progress", cancel_in_the_middle)
    site.rebuilder.run_next()
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
    site.rebuilder.run_next()
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
    assert other.rebuilder.run_next()
    assert live(other) != before
    assert live(other).stamp.dimensions == 32
    assert found(other, "edited") == ["a001"]
    assert other.rebuilder.request_if_outdated() is None
    other.close()
