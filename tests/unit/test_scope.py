"""Questions of other kinds lean outside, also as a file keeps them."""

import numpy as np
import pytest

from search_api.confidence.model import built_in_weights
from search_api.confidence.scope import Scope, built_in_scope, scope_of


@pytest.fixture
def scope():
    """Two crowds of directions around the first and the second axis."""
    rng = np.random.default_rng(3)
    within, outside = (np.eye(8)[axis] + rng.normal(0, 0.1, (20, 8)) for axis in (0, 1))
    lengths = (np.linalg.norm(each, axis=1, keepdims=True) for each in (within, outside))
    made = [(each / length).astype(np.float32) for each, length in zip((within, outside), lengths, strict=True)]
    return scope_of(["a", "b"], *made)


def test_what_is_near_to_one_side_leans_there(scope):
    axes = np.eye(8, dtype=np.float32)
    assert scope.leaning(axes[0]) < -0.5
    assert scope.leaning(axes[1]) > 0.5
    assert abs(scope.leaning(axes[2])) < 0.3


def test_known_questions_are_judged_as_if_they_were_not(scope):
    within, outside = scope.leanings()
    assert len(within) == len(outside) == 20
    assert max(within) < 0 < min(outside)
    assert within[0] > scope.leaning(scope.within[0])


def test_a_file_keeps_directions(scope, tmp_path):
    path = tmp_path / "scope.npz"
    scope.write(path)
    again = Scope.read(path)
    assert again.recipes == ("a", "b")
    assert np.abs(again.within - scope.within).max() < 1e-6
    assert np.abs(again.outside - scope.outside).max() < 1e-6


def test_what_ships_serves_the_recipes_that_have_weights():
    assert set(built_in_scope().recipes) == set(built_in_weights())
