import math
import re

import pytest

from indexing.knowledge.lexicon import Lexicon
from indexing.knowledge.localities import place_names
from indexing.places import STATES, Gazetteer

gazetteer = Gazetteer()
names = place_names()
EVERYWHERE = (*names.localities, *names.airports)
NEAREST_MILES = 30


def miles(lat, lng, place):
    east = math.radians(place.lng - lng) * math.cos(math.radians((lat + place.lat) / 2))
    return 3959 * math.hypot(east, math.radians(place.lat - lat))


def states_of(label):
    return [code for code in re.findall(r"\b[A-Z]{2}\b", label) if code in STATES]


@pytest.fixture(scope="module")
def standard():
    return [place for digit in "0123456789" for place in gazetteer.zips_beginning(digit)]


def test_every_point_lies_beside_a_place_of_its_state(standard):
    for each in EVERYWHERE:
        inside = states_of(each.label)
        near = [place for place in standard if not inside or place.state in inside]
        assert min(miles(each.lat, each.lng, place) for place in near) < NEAREST_MILES, each.label


def test_cities_that_a_label_names_lie_within_its_radius():
    checked = 0
    for each in names.localities:
        inside = re.search(r"\((.*?)\)", each.label)
        for city in re.split(r", | and ", inside[1]) if inside else ():
            for state in states_of(each.label):
                place = gazetteer.city(city, state)
                if place is not None and "Nassau" not in each.label:
                    checked += 1
                    assert miles(each.lat, each.lng, place) <= each.radius_miles + 5, (each.label, city)
    assert checked > 100


def test_further_names_are_those_of_cities_that_exist():
    for name, (city, state) in names.cities.items():
        assert gazetteer.city(city, state) is not None, name
    assert set(names.states.values()) <= STATES.keys()


def test_names_are_as_they_are_compared():
    for name in [*(n for each in EVERYWHERE for n in each.names), *names.cities, *names.states, *names.abroad]:
        assert re.fullmatch(r"[a-z0-9]+(?: [a-z0-9]+)*", name), name


def test_a_name_of_several_places_needs_one_of_their_cities():
    assert names.locality("capitol hill") is None
    assert "Denver" in names.locality("capitol hill", ["denver", "ketamine"]).label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("bay area", "Bay Area (San Francisco, Oakland), CA"),
        ("Bay Area (San Francisco, Oakland), CA", "Bay Area (San Francisco, Oakland), CA"),
        ("st. pete, fl", "Saint Petersburg, FL"),
        ("Lee's Summit, MO", "Lees Summit, MO"),
        ("San Juan, PR", "San Juan, PR"),
    ],
)
def test_regions_and_nicknames_can_be_sent_as_places(text, label):
    assert gazetteer.find(text).label == label


def test_zip_codes_are_completed_with_larger_cities_first():
    assert gazetteer.zips_beginning("606")[0].city == "Chicago"
    assert [place.label for place in gazetteer.zips_beginning("90210")] == ["Beverly Hills, CA 90210"]


def test_hardly_a_city_makes_an_english_question_a_spanish_one():
    lexicon = Lexicon()
    taken = {city.city for city in gazetteer.cities() if lexicon.spanish.in_english(f"ketamine clinic in {city.city}")}
    assert taken <= {"Antes Fort", "Ayer", "Caballo", "Comer", "Dolores", "Gratis", "La Coste", "Sierra Madre"}
