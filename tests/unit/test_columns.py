from datetime import UTC, datetime

import numpy as np
import pytest

from indexing.cards import ArticleCard
from search_api.recommend.columns import ProfileColumns
from search_api.recommend.profiles import Profile
from search_api.recommend.terms import TermCentre


def terms(**weights):
    numbers = np.array([ord(name) for name in weights], dtype=np.int32)
    return numbers, np.array(list(weights.values()), dtype=np.float32)


def profile(id, *, labels=(), tags=(), words=None, **card):
    return Profile(
        id=id,
        revision=1,
        known_words=1,
        title=id,
        title_words=(id,),
        card=ArticleCard(url=f"/{id}", **card),
        terms=terms(**(words or {})),
        labels=frozenset(("condition", label) for label in labels),
        tags=frozenset(tags),
        shingles=np.zeros(0, dtype=np.uint32),
    )


@pytest.fixture
def columns():
    found = ProfileColumns()
    found.append(profile("a", labels=["ptsd"], tags=["x", "y"], words={"p": 0.6, "q": 0.8}), np.array([1.0, 0.0, 0.0]))
    found.append(profile("b", popularity=9.0, published_at=datetime(2026, 1, 1, tzinfo=UTC)), np.array([0.0, 1.0, 0.0]))
    found.append(profile("c", labels=["ptsd", "crps", "ocd"], tags=["y"], words={"q": 1.0}), np.array([0.0, 0.0, 1.0]))
    return found


ALL = np.arange(3)


def test_rows_keep_what_they_were_given_while_columns_grow(columns):
    for number in range(500):
        columns.append(profile(f"n{number}", labels=[f"l{label}" for label in range(number % 9)]), np.ones(3))
    assert columns.vectors(ALL).tolist() == np.eye(3).tolist()
    assert columns.labels.sums(ALL, {("condition", "ptsd"): 2.0, ("condition", "ocd"): 0.5}).tolist() == [2.0, 0, 2.5]
    assert columns.popularity(ALL) == pytest.approx([0, np.log(10), 0])
    assert np.isnan(columns.published(ALL)).tolist() == [True, False, True]


def test_values_that_nothing_has_add_nothing(columns):
    assert columns.labels.sums(ALL, {("condition", "unheard of"): 1.0}).tolist() == [0, 0, 0]
    assert columns.tags.overlaps(ALL, ["y", "z"]) == pytest.approx([1 / 3, 0, 1 / 2])
    assert columns.tags.overlaps(ALL, []).tolist() == [0, 0, 0]


def test_terms_are_compared_without_what_all_have_in_common(columns):
    nothing_known = TermCentre([terms(z=1.0)])
    assert columns.products(ALL, nothing_known.away(terms(q=1.0))) == pytest.approx([0.8, 0, 1.0])
    all_say_q = TermCentre([terms(q=1.0)])
    assert columns.products(ALL, all_say_q.away(terms(q=1.0))) == pytest.approx([0, 0, 0])


def test_a_copy_has_the_chosen_rows_and_is_apart(columns):
    copy = columns.copied([0, 2])
    columns.append(profile("d"), np.ones(3))
    assert len(copy) == 2
    assert (copy.latest("b"), copy.latest("c")) == (None, 1)
    assert copy.vectors(np.array([1])).tolist() == [[0.0, 0.0, 1.0]]
    assert copy.labels.sums(np.arange(2), {("condition", "crps"): 1.0}).tolist() == [0, 1]
