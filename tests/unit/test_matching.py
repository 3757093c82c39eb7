"""Who holds the words of a question, from made-up holders."""

import numpy as np
import pytest

from indexing.engines.matching import match_words
from indexing.engines.measurements import Measurements
from indexing.engines.terms import CompiledQuery, Standing, Term

HOLDERS = {
    ("ketamin",): {0, 1, 2},
    ("cost",): {1, 2},
    ("price",): {3},
    ("spravato",): {4},
    ("out", "of", "pocket"): {5},
}


def matched(query, weights, share):
    scores = Measurements(6)

    def holding(run):
        mask = np.zeros(6, dtype=np.bool_)
        mask[list(HOLDERS.get(run, ()))] = True
        return mask

    match_words(query, holding, weights, share, scores)
    return set(np.flatnonzero(scores.by_words).tolist()), set(np.flatnonzero(scores.has_all_words).tolist())


def question(*terms, synonyms=(), broader=(), phrases=()):
    return CompiledQuery(
        terms=tuple(Term(dict.fromkeys(variants, 1.0)) for variants in terms),
        synonyms=synonyms,
        broader=broader,
        phrases=phrases,
        excluded=(),
    )


@pytest.mark.parametrize(
    ("share", "by_words"), [(0.0, {0, 1, 2}), (0.24, {0, 1, 2}), (0.26, {1, 2}), (0.75, {1, 2}), (1.0, {1, 2})]
)
def test_a_document_matches_by_the_share_of_the_information_that_it_holds(share, by_words):
    found, complete = matched(question(["ketamin"], ["cost"]), [1.0, 3.0], share)
    assert found == by_words
    assert complete == {1, 2}


def test_a_spelling_and_a_synonym_hold_a_word_and_what_it_leads_to_only_carries_it():
    terms = ["ketamin"], ["cost", "price"]
    same = (Standing((1,), (("out", "of", "pocket"),)),)
    leads = (Standing((0,), (("spravato",),)),)
    found, complete = matched(question(*terms, synonyms=same, broader=leads), [1.0, 1.0], 0.5)
    assert found == {0, 1, 2, 3, 4, 5}
    assert complete == {1, 2}
    assert matched(question(["ketamin"], broader=leads), [1.0], 1.0) == ({0, 1, 2, 4}, {0, 1, 2})


def test_phrases_alone_leave_the_choice_to_what_is_eligible_and_nothing_matches_nothing():
    assert matched(question(phrases=(("ketamin", "cost"),)), [], 0.6) == (set(range(6)), set(range(6)))
    assert matched(question(), [], 0.6) == (set(), set())
    assert matched(question(["unknown"]), [2.0], 0.0) == (set(), set())
