"""Words are weighed by our own postings as Tantivy weighs them: both engines give the same scores."""

import random

import numpy as np
import pytest

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
        postings.add(slot, [{word: words.count(word) for word in words} for words in fields.values()])
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
    postings.add(0, [{"a": 2, "b": 1}])
    before = postings.view(np.array([True]))
    score = before.scores(("a",)).tolist()
    postings.add(1, [{"a": 1}])
    assert before.scores(("a",)).tolist() == score
    assert before.frequency("a") == 1
    assert postings.view(np.array([True, True])).frequency("a") == 2
    assert postings.view(np.array([False, True])).frequency("b") == 0
    assert view.frequency("unknown") == 0


def test_words_together_need_all_of_them():
    postings = Postings([1.0])
    for slot, words in enumerate([{"out": 1, "pocket": 3}, {"out": 9}, {"pocket": 2, "of": 1, "out": 2}]):
        postings.add(slot, [words])
    view = postings.view(np.ones(3, dtype=np.bool_))
    assert view.holding(("out", "pocket")).tolist() == [True, False, True]
    scores = view.scores(("out", "pocket"))
    assert scores[1] == 0
    assert scores[2] > scores[0] > 0
