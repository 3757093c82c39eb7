"""Words are weighed by our own postings as Tantivy weighs them: both engines give the same scores."""

import random
from collections import Counter

import numpy as np
import pytest

from indexing.engines import postings as postings_module
from indexing.engines.embedded.keywords import KeywordSearcher, Projection, Watermark
from indexing.engines.matching import score_words
from indexing.engines.postings import Postings
from indexing.engines.terms import CompiledQuery, Standing, Term

FIELDS = {"title": 3.0, "body": 1.0}
WORDS = [f"w{number}" for number in range(30)]
GONE = {3, 17, 40}


def text(rng, most):
    return rng.choices(WORDS, weights=range(1, 31), k=rng.randint(0, most))


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Eighty short documents (Tantivy rounds the lengths of long ones), three of them replaced by nothing."""
    rng = random.Random(11)
    projection = Projection(tmp_path_factory.mktemp("words"), FIELDS)
    postings = Postings(list(FIELDS.values()))
    live = np.ones(80, dtype=np.bool_)
    live[list(GONE)] = False
    for slot in range(80):
        fields = {"title": text(rng, 6), "body": text(rng, 30)}
        postings.add(list(fields.values()))
        if slot not in GONE:
            projection.add(f"d{slot}", slot, {name: [" ".join(words)] for name, words in fields.items()})
    projection.commit(Watermark())
    return KeywordSearcher(projection, projection.reload()), postings.view(live)


def tantivy(searcher, query):
    hits = searcher.matching(query)
    scores = np.zeros(80, dtype=np.float32)
    scores[hits.numbers] = hits.scores
    return scores


@pytest.mark.parametrize("seed", range(12))
def test_spellings_synonyms_and_several_words_score_alike(both, seed):
    searcher, view = both
    rng = random.Random(seed)
    terms = tuple(Term({rng.choice(WORDS): 1.0, rng.choice(WORDS): 0.6}) for _ in range(rng.randint(1, 4)))
    standing = (Standing((0,), ((rng.choice(WORDS),), (rng.choice(WORDS),))),)
    query = CompiledQuery(terms=terms, synonyms=standing, broader=standing, phrases=(), excluded=())
    ours = np.where(view.live, score_words(query, view.scores), 0.0)
    # One document more holds where a searcher has come to; it counts for Tantivy, without a word.
    assert ours == pytest.approx(tantivy(searcher, query), rel=0.02, abs=1e-4)


def test_a_view_stays_what_it_was_while_documents_come(both):
    _, view = both
    postings = Postings([1.0])
    postings.add([["a", "b", "a"]])
    before = postings.view(np.array([True]))
    score = before.scores(("a",)).tolist()
    postings.add([["a"]])
    assert before.scores(("a",)).tolist() == score
    assert before.frequency("a") == 1
    assert postings.view(np.array([True, True])).frequency("a") == 2
    assert postings.view(np.array([False, True])).frequency("b") == 0
    assert view.frequency("unknown") == 0


def test_words_together_need_all_of_them():
    postings = Postings([1.0])
    for text in ("out pocket pocket pocket", "out " * 9, "pocket of pocket out out"):
        postings.add([text.split()])
    view = postings.view(np.ones(3, dtype=np.bool_))
    assert view.holding(("out", "pocket")).tolist() == [True, False, True]
    scores = view.scores(("out", "pocket"))
    assert scores[1] == 0
    assert scores[2] > scores[0] > 0


def test_words_that_came_in_many_parts_are_those_that_came_at_once(monkeypatch):
    rng = random.Random(4)
    slots = [[text(rng, 6), text(rng, 30)] for _ in range(300)]
    live = np.array([rng.random() < 0.9 for _ in slots])
    whole, parts, small = (Postings(list(FIELDS.values())) for _ in range(3))
    for place, words in enumerate(slots):
        whole.add(words)
        parts.add(words)
        if rng.random() < 0.4:
            parts.view(live[: place + 1])
    monkeypatch.setattr(postings_module, "_SORTED_AT_ONCE", 50)
    for words in slots:
        small.add(words)
    expected = whole.view(live)
    for view in (parts.view(live), small.view(live)):
        assert len(view.segments) < 12
        for word in (*WORDS, "unknown"):
            assert view.frequency(word) == expected.frequency(word)
            assert view.holding((word, WORDS[3])).tolist() == expected.holding((word, WORDS[3])).tolist()
            assert view.scores((word,)).tolist() == expected.scores((word,)).tolist()


def test_without_documents_nothing_is_held():
    view = Postings([1.0, 2.0]).view(np.zeros(0, dtype=np.bool_))
    assert view.frequency("a") == 0
    assert view.scores(("a", "b")).tolist() == []


def test_words_are_counted_in_the_documents_that_are_there():
    rng = random.Random(6)
    slots = [set(text(rng, 12)) for _ in range(200)]
    live = np.array([rng.random() < 0.9 for _ in slots])
    postings = Postings([1.0])
    for place, words in enumerate(slots):
        postings.add([sorted(words)])
        if place % 60 == 0:
            postings.view(live[: place + 1])
    counted = Counter(word for words, is_live in zip(slots, live, strict=True) if is_live for word in words)
    assert dict(postings.view(live).frequencies()) == counted
    assert Postings([1.0]).view(np.zeros(0, dtype=np.bool_)).frequencies() == []
