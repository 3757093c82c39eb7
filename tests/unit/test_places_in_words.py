"""Places as visitors name them: apart, as their own, by other names, alone; and what is none."""

import pytest

from indexing.places import Gazetteer
from indexing.taxonomy import Taxonomy
from search_api.query.understanding import Interpreter

interpreter = Interpreter(Taxonomy(), Gazetteer())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("spravato, cedar rapids", "Cedar Rapids, IA"),
        ("ketamine for ptsd, sioux city", "Sioux City, IA"),
        ("aetna, spokane, iv infusion", "Spokane, WA"),
        ("kap, missoula, montana", "Missoula, MT"),
        ("i dont want an iv, shot instead, ketamine seattle", "Seattle, WA"),
        ("need it soon. spravato clinic toledo", "Toledo, OH"),
        ("tengo dolor y ansiedad, ketamina, laredo", "Laredo, TX"),
    ],
)
def test_a_city_between_commas_is_meant_beside_a_wish(text, place):
    assert interpreter.interpret(text).near.label == place


@pytest.mark.parametrize(
    "text",
    [
        "depression, anxiety, hope",
        "is ketamine safe, legal, effective",
        "n. carolina ketamine clinics",
        "sad, tired, reno",
        "boston, my dog",
    ],
)
def test_a_word_between_commas_is_no_city_without_a_wish_or_when_it_is_a_word(text):
    assert interpreter.interpret(text).near is None


@pytest.mark.parametrize("text", ["tired, mobile, sad ketamine", "ketamine, orange", "ketamine jackson"])
def test_a_city_whose_name_is_a_word_is_preferred_at_most(text):
    understood = interpreter.interpret(text)
    assert understood.near is None
    assert understood.preferred is not None


def test_what_is_to_be_read_prefers_the_city_behind_its_comma():
    understood = interpreter.interpret("can my wife wait with me during ketamine, Fargo")
    assert (understood.near, understood.preferred.label) == (None, "Fargo, ND")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lost my job in detroit, now i'm in Lubbock and need a ketamine clinic", "Lubbock, TX"),
        ("my sister went to a clinic in denver but i live in boise", "Boise, ID"),
        ("we live outside tulsa, ketamine clinic", "Tulsa, OK"),
        ("went to boston for college, need a ketamine clinic in tulsa", "Tulsa, OK"),
        ("i was at disney world when i got sad, clinic in miami", "Miami, FL"),
        ("mi hermano fue a una clinica en dallas pero estoy aqui en fresno", "Fresno, CA"),
        ("i'm in pain, ketamine clinic reno", "Reno, NV"),
        ("my brother did spravato in dallas, i want iv in plano", "Plano, TX"),
        ("used to go to a clinic in mesa, now in tucson", "Tucson, AZ"),
    ],
)
def test_where_one_is_counts_before_where_others_were(text, place):
    assert interpreter.interpret(text).near.label == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("anything in the texas panhandle", "Texas Panhandle (Amarillo, Lubbock)"),
        ("something in the adirondacks", "Adirondacks (Lake Placid, Saranac Lake), NY"),
        ("clinics near the mall of america", "Mall of America (Bloomington, Minneapolis), MN"),
        ("ketamine near disney world", "Walt Disney World (Orlando), FL"),
        ("clinic in lake havasu", "Lake Havasu City, AZ"),
        ("steamboat ketamine clinic", "Steamboat Springs, CO"),
        ("ketamine twin falls", "Twin Falls, ID"),
        ("clinica mas cercana a laredo", "Laredo, TX"),
        ("closest to modesto", "Modesto, CA"),
    ],
)
def test_regions_landmarks_and_short_names_of_cities(text, place):
    assert interpreter.interpret(text).near.label == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ketamine lane county oregon", "Lane County, OR"),
        ("ketamine clinic in yavapai county", "Yavapai County, AZ"),
        ("ketamine buncombe county", "Buncombe County, NC"),
        ("ketamine lafourche parish", "Lafourche Parish, LA"),
        ("ketamine clinic in Gallup", "Gallup, NM"),
        ("ketamine burlington", "Burlington, NC"),
        ("clinic in burlington", "Burlington, NC"),
    ],
)
def test_counties_and_small_towns_are_preferred(text, place):
    understood = interpreter.interpret(text)
    assert (understood.near, understood.preferred.label) == (None, place)


@pytest.mark.parametrize(
    "text", ["county jail ketamine", "clinic in Recovery", "ketamine relief falls", "stuck in the middle clinic"]
)
def test_no_county_town_or_region(text):
    understood = interpreter.interpret(text)
    assert (understood.near, understood.preferred) == (None, None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("tulsa", "Tulsa, OK"),
        ("sedona", "Sedona, AZ"),
        ("las vegas", "Las Vegas, NV"),
        ("boise idaho", "Boise, ID"),
        ("poconos", "Poconos (Stroudsburg), PA"),
    ],
)
def test_a_place_alone_is_looked_in(text, place):
    assert interpreter.interpret(text).near.label == place


@pytest.mark.parametrize(
    ("text", "state"), [("wyoming", "WY"), ("wyomming", "WY"), ("tenesse", "TN"), ("pennsilvania ketamine", "PA")]
)
def test_a_state_alone_or_misspelt_is_looked_in(text, state):
    assert interpreter.interpret(text).labels["state"] == (state,)


@pytest.mark.parametrize(
    "text",
    ["hope", "hope in", "pain me", "reading", "mobile", "relief", "burnout", "trauma", "phoenix rising", "me", "or"],
)
def test_a_word_alone_is_no_place(text):
    understood = interpreter.interpret(text)
    assert (understood.near, understood.preferred, understood.labels) == (None, None, {})


def test_the_state_whose_name_begins_with_a_town_is_the_state():
    understood = interpreter.interpret("clinics in North Dakota")
    assert (understood.preferred, understood.labels["state"]) == (None, ("ND",))


def test_words_of_a_payer_are_no_place():
    understood = interpreter.interpret("anybody who takes oregon health plan for spravato")
    assert understood.labels == {"insurance": ("medicaid",), "treatment": ("spravato",)}
    assert interpreter.interpret("washington apple health ketamine clinic tacoma").near.label == "Tacoma, WA"


def test_a_county_without_its_state_is_known_where_one_state_has_it():
    gazetteer = Gazetteer()
    assert gazetteer.county("sarpy").label == "Sarpy County, NE"
    assert gazetteer.county("saint johns", "FL").state == "FL"
    assert gazetteer.county("orange") is None
    assert gazetteer.county("nowhere", "FL") is None
