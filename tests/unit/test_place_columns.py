"""Columns of places answer what the places themselves would."""

import msgspec
import pytest

from indexing.place_columns import Cities, Place, ZipCodes


def place(city, state, lat, lng, size=1):
    return Place(f"{city}, {state}", lat, lng, state, city, size)


AUSTIN, AUSTIN_MN = place("Austin", "TX", 30.26, -97.74, 40), place("Austin", "MN", 43.67, -92.97)
LOUIS, ADAK = place("St. Louis", "MO", 38.63, -90.2, 30), place("Adak", "AK", 51.87, 179.9)
NAMED = [("austin", AUSTIN), ("austin", AUSTIN_MN), ("saint louis", LOUIS), ("adak", ADAK)]


@pytest.fixture(params=["made", "read"])
def cities(request):
    made = Cities.of(NAMED)
    return made if request.param == "made" else msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Cities)


def test_a_city_is_found_by_its_name_and_state(cities):
    assert cities.get("austin", "TX") == AUSTIN
    assert cities.get("saint louis", "MO") == LOUIS
    assert cities.get("austin", "") is cities.get("aust", "TX") is cities.get("zzz", "TX") is None


def test_all_cities_of_a_name(cities):
    assert cities.named("austin") == [AUSTIN_MN, AUSTIN]
    assert cities.named("aus") == cities.named("") == []
    assert list(cities.names()) == ["adak", "austin", "saint louis"]
    assert sorted(cities, key=lambda each: each.label) == [ADAK, AUSTIN_MN, AUSTIN, LOUIS]


def test_those_around_a_point_are_among_those_in_its_square(cities):
    assert list(cities.within(30.0, -97.7, 50)) == [AUSTIN]
    assert list(cities.within(51.9, -179.9, 50)) == [ADAK]
    assert len(list(cities.within(89.99, 0.0, 20_000))) == len(NAMED)
    assert cities.centre("TX") == (AUSTIN.lat, AUSTIN.lng)
    assert cities.centre("XX") is None


@pytest.fixture
def codes():
    return ZipCodes.of([("78701", AUSTIN), ("00501", LOUIS), ("78702", AUSTIN), ("55912", AUSTIN_MN)])


def test_a_code_is_found_as_it_is_written(codes):
    assert codes.get("78701").label == "Austin, TX 78701"
    assert codes.get("00501").label == "St. Louis, MO 00501"
    assert [codes.get(text) for text in ("501", "", "7870", "787011", "7870a", "²²²²²", "99999", "-8701")] == [None] * 8


def test_codes_are_completed_and_belong_to_cities(codes):
    assert [each.label for each in codes.beginning("7870")] == ["Austin, TX 78701", "Austin, TX 78702"]
    assert [each.label for each in codes.beginning("005")] == ["St. Louis, MO 00501"]
    assert codes.beginning("787011") == codes.beginning("x") == codes.beginning("") == []
    assert [each.label for each in codes.of_city("Austin", "MN")] == ["Austin, MN 55912"]
    assert codes.of_city("Austin", "OH") == []
