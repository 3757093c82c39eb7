import pytest

from indexing.places import Gazetteer
from indexing.taxonomy import Taxonomy
from search_api.query.contact import contact_in
from search_api.query.understanding import Interpreter

interpreter = Interpreter(Taxonomy(), Gazetteer())


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("ketamine clinic la mesa", "La Mesa, CA"),
        ("la crosse ketamine clinic", "La Crosse, WI"),
        ("ketamine va beach", "Virginia Beach, VA"),
        ("clinic near fort bragg", "Fort Bragg (Fayetteville), NC"),
        ("ketamine near SFO", "San Francisco airport (SFO), CA"),
        ("capitol hill seattle ketamine", "Capitol Hill (Seattle), WA"),
        ("ketamine for my mom who lives in tulsa", "Tulsa, OK"),
        ("quiet spravato clinic fresno with parking", "Fresno, CA"),
        ("ketamine doctor los angeles", "Los Angeles, CA"),
        ("london ky ketamine clinic", "London, KY"),
        ("clinicas de ketamina en miami", "Miami, FL"),
        ("hennepin county ketamine aetna", "Hennepin County (Minneapolis), MN"),
        ("lake county il ketamine", "Lake County (Waukegan), IL"),
        ("denver county ketamine", "Denver, CO"),
        ("silicon valley ca spravato", "South Bay (San Jose), CA"),
        ("gentle ketamine pittsburgh pa aetna", "Pittsburgh, PA"),
        ("spravato dayton oh tricare mood", "Dayton, OH"),
        ("ketamine quiet rooms portland or", "Portland, OR"),
        ("ketamine fairfax va anxiety tricare", "Fairfax, VA"),
    ],
)
def test_places_as_visitors_name_them(text, label):
    assert interpreter.interpret(text).near.label == label


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("n. carolina ketamine clinics", "NC"),
        ("ketamine clinic puerto rico", "PR"),
        ("spravato en puerto rico", "PR"),
        ("ketamine clinic guam", "GU"),
        ("OH ketamine clinic", "OH"),
        ("kap clinic wyoming", "WY"),
        ("new mexico ketamine clinic", "NM"),
    ],
)
def test_states_and_territories_by_all_their_names(text, state):
    understood = interpreter.interpret(text)
    assert (understood.labels.get("state"), understood.abroad) == ((state,), None)


@pytest.mark.parametrize(
    "text", ["ketamine clinic toronto", "ketamine vancouver canada", "clinica de ketamina en mexico"]
)
def test_what_lies_abroad_is_no_place_here(text):
    understood = interpreter.interpret(text)
    assert understood.abroad
    assert understood.near is None


@pytest.mark.parametrize(
    "text", ["la ketamina y la depresion", "ketamine in england study", "miss my old self after ketamine"]
)
def test_no_place_is_read_into_other_words(text):
    understood = interpreter.interpret(text)
    assert (understood.near, understood.labels) == (None, {})


@pytest.mark.parametrize("text", ["ketamine jackson county mood", "ketamine clinic montgomery county quiet"])
def test_a_county_is_not_the_city_of_its_name(text):
    understood = interpreter.interpret(text)
    assert understood.near is None
    assert understood.preferred is None


def test_letters_of_a_state_behind_a_city_are_no_payer():
    understood = interpreter.interpret("loud ketamine fairfax va anxiety tricare")
    assert understood.labels["insurance"] == ("tricare",)


def test_a_city_that_may_be_meant_is_preferred_and_filters_nothing():
    understood = interpreter.interpret("mandala ketamine sitters pittsburgh")
    assert (understood.preferred.label, understood.near, understood.has_filters) == ("Pittsburgh, PA", None, False)
    assert understood.without(["near"]).preferred is None


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("cheapest ketamine clinic in phoenix", "price"),
        ("closest spravato to 60614", "distance"),
        ("newest clinics in ohio", "newest"),
        ("ketamine clinic in phoenix", None),
    ],
)
def test_an_order_is_understood(text, sort):
    assert interpreter.interpret(text).sort == sort


def test_a_price_without_under_is_the_highest():
    assert interpreter.interpret("iv ketamine omaha $400").price_max == 400
    assert interpreter.interpret("my $400 infusion made me sick").price_max is None


def test_shots_and_drips_are_both_wanted():
    assert interpreter.interpret("im or iv ketamine memphis").labels["treatment"] == ("im-injection", "iv-infusion")
    assert "treatment" not in interpreter.interpret("im in memphis need a ketamine clinic").labels


@pytest.mark.parametrize("text", ["kap denver not at home", "ketamine clinic dallas not spravato"])
def test_what_is_not_wanted_is_no_filter(text):
    assert not {"oral", "spravato"} & set(interpreter.interpret(text).labels.get("treatment", ()))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(512) 555-0142", ("5125550142",)),
        ("+1 512.555.0142", ("5125550142",)),
        ("5125550142", ("5125550142",)),
        ("555-0142", ("5550142",)),
        ("call 512-555-0142 ketamine", ("5125550142",)),
        ("info@wren-canyon.com", ("info", "wren", "canyon", "com")),
        ("4512 Maple Drive denver", ("4512", "maple")),
    ],
)
def test_contacts_are_recognised(text, words):
    assert contact_in(text) == words


@pytest.mark.parametrize(
    "text", ["78701-1234", "under $1200", "10 sessions in a way", "0.5 mg/kg over 40 minutes", "2019-2023"]
)
def test_other_numbers_are_no_contacts(text):
    assert contact_in(text) is None


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("clinicas en la georgia", "GA"),
        ("ketamina en luisiana", "LA"),
        ("clinicas de spravato en dakota del sur", "SD"),
        ("infusiones en pensilvania que acepten medicaid", "PA"),
        ("clinicas en nuevo mexico", "NM"),
    ],
)
def test_states_as_spanish_names_them(text, state):
    assert interpreter.interpret(text).labels["state"] == (state,)


@pytest.mark.parametrize(
    "text",
    [
        "cuanto dura la sesion", "clinicas para la ansiedad", "clinicas en la zona", "que tan segura es la inyeccion",
        "donde esta la oficina", "como es la consulta en la clinica",
    ],
)  # fmt: skip
def test_the_spanish_article_is_neither_louisiana_nor_los_angeles(text):
    understood = interpreter.interpret(text)
    assert (understood.near, understood.preferred, understood.labels.get("state")) == (None, None, None)


@pytest.mark.parametrize("text", ["clinica en la", "clinicas en LA con medicaid", "ketamine clinic in la"])
def test_la_by_itself_is_los_angeles(text):
    assert interpreter.interpret(text).near.label == "Los Angeles, CA"


@pytest.mark.parametrize(
    ("text", "label", "language"),
    [
        ("anyone in tucson who speaks korean", "Tucson, AZ", "korean"),
        ("vietnamese speaking therapist near fresno", "Fresno, CA", "vietnamese"),
        ("dra en orlando que hable español", "Orlando, FL", "spanish"),
        ("speaks russian brooklyn", "Brooklyn, NY", "russian"),
    ],
)
def test_who_asks_for_a_language_seeks_a_clinic(text, label, language):
    understood = interpreter.interpret(text)
    assert (understood.near.label, understood.labels["language"]) == (label, (language,))


@pytest.mark.parametrize(
    "text", ["ketamine clinic near yankee stadium", "spravato near the big mall", "clinics close to graceland"]
)
def test_a_place_that_is_not_known_is_asked_for(text):
    assert interpreter.interpret(text).place_wanted


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("ketamina en mexicali", "Mexicali, Mexico"),
        ("ketamine clinic oslo", "Norway"),
        ("ketamine prague", "Czech Republic"),
    ],
)
def test_places_abroad_are_called_by_their_own_names(text, label):
    assert interpreter.interpret(text).abroad == label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("clinica en colorado springs", "Colorado Springs, CO"),
        ("clinicas en costa mesa que acepten medicaid", "Costa Mesa, CA"),
        ("clinica en plano texas", "Plano, TX"),
        ("clinica en chico california", "Chico, CA"),
        ("psiquiatra en la que hable espanol", "Los Angeles, CA"),
        ("clinicas en la con medicaid", "Los Angeles, CA"),
    ],
)
def test_cities_whose_names_are_near_to_spanish_words(text, label):
    assert interpreter.interpret(text).near.label == label


@pytest.mark.parametrize(
    "text",
    [
        "headache near the end of the infusion", "redness near the iv", "take lozenge near meals",
        "close to dying what can my doctor do", "ketamine and difficulty speaking spanish",
        "my mother only speaks spanish can ketamine help her", "my dr with blue cross denied it",
        "my dr who takes aetna said no",
        "my chihuahua ate ketamine",
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_search_for_clinics_filters_nothing(text):
    understood = interpreter.interpret(text)
    assert (understood.labels, understood.near, understood.abroad, understood.place_wanted) == ({}, None, None, False)
