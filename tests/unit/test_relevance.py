"""The numbers of the ranking as a file: what is wrong in it is named, and differences come with their interval."""

import pytest

from indexing.errors import ConfigurationError
from search_api.evaluation import paired_interval
from search_api.search.relevance import FILE, load


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("idf_share = 0.6", "", "idf_share"),
        ("popularity = 0.02", 'popularity = "much"', "popularity"),
        ("[answers]", "[answer]", "answer"),
        ("probability = 0.8", "probability = 0.8\nprobabilty = 0.8", "probabilty"),
        ("[keywords]", "[keywords", "line"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_by_name(tmp_path, good, bad, said):
    file = tmp_path / "relevance.toml"
    file.write_text(FILE.read_text("utf-8").replace(good, bad, 1), "utf-8")
    with pytest.raises(ConfigurationError, match=said):
        load(file)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"none\.toml"):
        load(tmp_path / "none.toml")


def test_every_shipped_recipe_has_a_match_below_its_sure_cosine():
    recipes = load().recipes
    assert len(recipes) >= 2
    assert all(0 < lines.match < lines.sure < 1 for lines in recipes.values())


def test_an_interval_narrows_with_more_queries():
    mean, half = paired_interval([0.1, 0.3] * 10)
    assert mean == pytest.approx(0.2)
    assert half < paired_interval([0.1, 0.3])[1]
    assert paired_interval([0.5]) == (0.5, 0.0)
