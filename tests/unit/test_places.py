import pytest

from indexing.places import Gazetteer, state_code

gazetteer = Gazetteer()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("78701", "Austin, TX 78701"),
        ("78701-1234", "Austin, TX 78701"),
        ("Austin, TX", "Austin, TX"),
        ("austin texas", "Austin, TX"),
        ("St. Louis, MO", "Saint Louis, MO"),
        ("new york, new york", "New York, NY"),
        ("Chicago", "Chicago, IL"),
        ("Portland, ME", "Portland, ME"),
    ],
)
def test_places_are_found_by_their_names(text, label):
    assert gazetteer.find(text).label == label


@pytest.mark.parametrize("text", ["", "00000", "Nowhereville, TX", "hope", "normal", "relapse"])
def test_what_is_no_well_known_place_is_none(text):
    assert gazetteer.find(text) is None


def test_a_point_is_known_by_a_city():
    assert gazetteer.nearest(32.99, -96.70).label == "Richardson, TX"
    assert gazetteer.nearest(32.99, -96.70, within_miles=30).label == "Dallas, TX"
    assert gazetteer.nearest(27.0, -92.0) is None


def test_states_are_known_by_code_and_name():
    assert state_code("tx") == state_code("Texas") == "TX"
    assert state_code("new mexico") == "NM"
    assert state_code("xx") is None
