import pytest

from indexing.places import Gazetteer
from indexing.queries import Filters
from indexing.taxonomy import Taxonomy
from search_api.query.filters import clinic_filters
from search_api.query.understanding import Interpreter

interpreter = Interpreter(Taxonomy(), Gazetteer())


def test_the_example_of_the_contract():
    understood = interpreter.interpret("iv ketamine for ptsd near austin under $500")
    assert understood.text == "ketamine ptsd"
    assert understood.labels == {"treatment": ("iv-infusion",), "condition": ("ptsd",)}
    assert understood.near.label == "Austin, TX"
    assert understood.near.radius_miles == 50
    assert understood.price_max == 500


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("ketamine clinic 78701", "Austin, TX 78701"),
        ("clinics in Denver", "Denver, CO"),
        ("spravato provider in portland, maine", "Portland, ME"),
        ("ketamine near st louis", "Saint Louis, MO"),
        ("ketamine clinic within 20 miles of chicago", "Chicago, IL"),
        ("infusion clinics san diego", "San Diego, CA"),
        ("ketamine houston", "Houston, TX"),
        ("columbus iv ketamine", "Columbus, OH"),
        ("bcbs chicago", "Chicago, IL"),
        ("under 400 dollars in miami", "Miami, FL"),
        ("nyc ketamine", "New York, NY"),
        ("crps phoenix", "Phoenix, AZ"),
        ("tacoma spravato", "Tacoma, WA"),
        ("i live in boise and need iv ketamine", "Boise, ID"),
        ("ketamine clinics close to tempe", "Tempe, AZ"),
    ],
)
def test_places_are_understood(text, label):
    assert interpreter.interpret(text).near.label == label


@pytest.mark.parametrize(
    "text",
    [
        "in recovery or in relapse",
        "ok to eat before a session",
        "orange spots after an injection",
        "hope after years of pain",
        "is it normal to cry",
        "what to do in an emergency",
        "how ketamine works in the brain",
        "is 10000 mg too much",
        "can i trust a clinic with hope in its name",
        "will it help me or hurt me",
        "phoenix rising meditation",
        "ketamine in depression",
        "Cleveland Clinic ketamine study",
        "mobile clinic ketamine",
        "ketamine study with 12345 patients",
        "what happens when ketamine takes me to phoenix",
        "clinic in Washington state",
    ],
)
def test_ordinary_words_are_no_places(text):
    assert interpreter.interpret(text).near is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("clinics under $500", None, 500),
        ("iv ketamine between 300 and 450", 300, 450),
        ("$300-$450 clinics", 300, 450),
        ("clinic less than 1,200 dollars", None, 1200),
        ("clinic over $400", 400, None),
        ("clinic max $2k", None, 2000),
        ("clinics not over $500", None, 500),
        ("ketamine clinic tampa 300 to 500 dollars", 300, 500),
        ("clinics tampa 300-500", 300, 500),
        ("ketamine clinic tampa 400$ or less", None, 400),
        ("ketamine clinic less then 400", None, 400),
        ("ketamine clinic 78701-1234", None, None),
        ("is ketamine safe over 65", None, None),
        ("ketamine with blood pressure below 140", None, None),
        ("infusions under 40 minutes", None, None),
        ("between 10 and 20 sessions of ketamine", None, None),
        ("more than 100 mg ketamine", None, None),
    ],
)
def test_prices_are_understood(text, low, high):
    understood = interpreter.interpret(text)
    assert (understood.price_min, understood.price_max) == (low, high)


def test_payers_and_manner_are_understood_when_a_clinic_is_sought():
    understood = interpreter.interpret(
        "telehealth clinic accepting new patients that takes blue cross with payment plans"
    )
    assert understood.labels["insurance"] == ("blue-cross-blue-shield",)
    assert understood.labels["payment"] == ("financing",)
    assert understood.flags == {"telehealth": True, "accepting_patients": True}


def test_a_language_is_understood_where_a_clinic_is_sought():
    understood = interpreter.interpret("ptsd clinic 85013 that speaks Spanish")
    assert understood.labels["language"] == ("spanish",)
    assert "language" not in interpreter.interpret("spanish articles on ketamine").labels


@pytest.mark.parametrize(
    ("text", "rest"),
    [("crps phoenix", ""), ("ketamine therapy in denver under $500", ""), ("quiet ketamine clinic in denver", "quiet")],
)
def test_what_filters_do_not_say_is_left(text, rest):
    assert interpreter.interpret(text).rest == rest


@pytest.mark.parametrize(
    "text",
    [
        "is ketamine legal in texas",
        "does insurance cover ketamine in texas",
        "do i need a driver after ketamine in california",
        "will medicaid pay for ketamine clinic",
        "how do payment plans work at clinics",
        "what is a sliding scale clinic",
        "spravato side effects in my area",
        "ketamine side effects near me",
        "is ketamine under $300 a scam",
        "more than 100 infusions",
        "what to expect new patients ketamine clinic",
        "ketamine for ms",
        "ketamine md",
        "sc ketamine",
        "PTSD OR anxiety ketamine",
        "ketamine 2019-2023",
    ],
)
def test_questions_that_an_article_answers_filter_nothing(text):
    assert not interpreter.interpret(text).has_filters


@pytest.mark.parametrize(
    "text",
    [
        "does anyone in Denver take aetna",
        "what clinics in denver take aetna",
        "is there a clinic near Denver that takes aetna",
    ],
)
def test_questions_that_a_clinic_answers_filter(text):
    understood = interpreter.interpret(text)
    assert understood.near.label == "Denver, CO"
    assert understood.labels == {"insurance": ("aetna",)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("clinic in tampa no telehealth", "telehealth"),
        ("not online ketamine clinic tampa", "telehealth"),
        ("clinics in florida not accepting new patients", "accepting_patients"),
    ],
)
def test_a_manner_that_is_denied_is_no_wish(text, name):
    assert name not in interpreter.interpret(text).flags


@pytest.mark.parametrize(
    "text",
    [
        "clinics in florida that won't take medicaid",
        "clinic in tampa anything but iv",
        "clinics in ohio other than iv",
        "clinic in tampa instead of spravato",
        "spravato didn't work ketamine clinic tampa",
        "clinic tampa no spravato",
    ],
)
def test_what_is_denied_is_neither_filtered_nor_searched_for(text):
    understood = interpreter.interpret(text)
    assert not {"insurance", "treatment"} & understood.labels.keys()
    assert not {"spravato", "iv", "medicaid"} & set(understood.rest.split())


@pytest.mark.parametrize(
    "text",
    ["zoloft didn't help my depression clinic in tampa", "depression doesn't go away clinic in tampa"],
)
def test_an_illness_against_which_something_failed_is_still_there(text):
    assert "depression" in interpreter.interpret(text).labels["condition"]


def test_operators_stay_operators():
    assert interpreter.interpret('"iv infusion" -spravato').rest == '"iv infusion" -spravato'
    assert interpreter.interpret("clinics in austin -spravato").rest == "-spravato"


@pytest.mark.parametrize("text", ["clinic not in Dallas", "clinics outside of dallas"])
def test_a_place_that_is_denied_is_not_searched_near(text):
    assert interpreter.interpret(text).near is None


@pytest.mark.parametrize(
    ("text", "label", "miles"),
    [
        ("ketamine 33602 10 miles", "Tampa, FL 33602", 10),
        ("ketamine clinic within ten miles of tampa", "Tampa, FL", 10),
        ("ketamine clinic 25 mile radius tampa", "Tampa, FL", 25),
        ("ketamine within 1000 miles of tampa", "Tampa, FL", 1000),
        ("ketamine near 78701-1234", "Austin, TX 78701", 50),
        ("mental health Denver under $400", "Denver, CO", 50),
        ("ketamine clinic in tuscon", "Tucson, AZ", 50),
        ("ketamine clinics in sandiego", "San Diego, CA", 50),
        ("ketamine clinic in pittsburg pa", "Pittsburgh, PA", 50),
        ("ketamine clinics in la", "Los Angeles, CA", 50),
        ("ketamine clinic new orleans la", "New Orleans, LA", 50),
    ],
)
def test_places_and_distances_as_people_write_them(text, label, miles):
    near = interpreter.interpret(text).near
    assert (near.label, near.radius_miles) == (label, miles)


@pytest.mark.parametrize(
    ("text", "state"), [("clinics in VA", "VA"), ("ketamine clinic in va", "VA"), ("ketamine in massachusets", "MA")]
)
def test_states_as_people_write_them(text, state):
    assert interpreter.interpret(text).labels == {"state": (state,)}


def test_what_is_near_home_or_nearest_is_wanted_near():
    for text in ("ketamine clinic near home", "nearest ketamine clinic", "closest ketamine clinic to me"):
        understood = interpreter.interpret(text)
        assert (understood.near, understood.place_wanted, understood.rest) == (None, True, "")
    assert not interpreter.interpret("yoga studio near me").seeks_clinics


def test_a_wide_word_takes_in_the_narrower_ones():
    labels = interpreter.interpret("depression clinics in san antonio").labels
    assert labels["condition"] == ("depression", "treatment-resistant-depression", "bipolar-depression")


def test_languages_have_several_names():
    assert interpreter.interpret("clínica que habla español clinic").labels == {"language": ("spanish",)}
    assert interpreter.interpret("chinese speaking ketamine clinic").labels["language"][:2] == ("chinese", "mandarin")


def test_the_country_is_no_insurer():
    assert "insurance" not in interpreter.interpret("ketamine clinics in the united states").labels


def test_what_is_taken_back_is_searched_for_in_words():
    understood = interpreter.interpret("ptsd clinic in Austin")
    less = understood.without(["condition:ptsd"])
    assert (less.near, less.labels, "ptsd" in less.rest) == (understood.near, {}, True)
    plain = understood.without(["near", "condition"])
    assert (plain.found_anything, plain.text) == (False, "ptsd clinic in Austin")
    assert understood.without(["price_max"]) == understood


def test_a_radius_that_was_chosen_counts_for_a_place_that_was_read():
    assert interpreter.interpret("clinics in Dallas").within(200).near.radius_miles == 200


def test_a_state_alone_is_understood():
    assert interpreter.interpret("clinics in texas").labels["state"] == ("TX",)
    assert interpreter.interpret("ketamine clinics in TX").labels["state"] == ("TX",)
    assert "state" not in interpreter.interpret("or is it me").labels


def test_what_is_excluded_quoted_or_denied_is_not_taken_for_a_wish():
    understood = interpreter.interpret('"iv infusion" clinics near austin, tx -spravato')
    assert "treatment" not in understood.labels
    assert '"iv infusion"' in understood.text
    assert "-spravato" in understood.text
    assert "-spravato" in understood.article_text
    assert "insurance" not in interpreter.interpret("clinics not accepting medicaid in Austin, TX").labels


def test_a_question_about_a_treatment_filters_nothing():
    assert not interpreter.interpret("spravato side effects").found_anything
    assert not interpreter.interpret("does medicare cover spravato").found_anything


def test_a_clinics_own_name_keeps_its_words():
    assert interpreter.interpret("Aspen Ridge Wellness", is_name=True).text == "Aspen Ridge Wellness"


def test_a_parameter_that_was_sent_wins_over_what_was_understood():
    understood = interpreter.interpret("clinic near austin under $500")
    chosen = Filters(price_max=300, labels={"state": ("CO",)})
    filters = clinic_filters(chosen, understood.less_chosen(chosen))
    assert filters.price_max == 300
    assert filters.near is None
    elsewhere = Filters(labels={"city": ("tampa",)})
    assert not interpreter.interpret("clinics in texas").less_chosen(elsewhere).found_anything


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("ketamine clinic springfield", ("Springfield, VA",)),
        ("clinics in portland", ("Portland, ME",)),
        ("spravato provider in portland, maine", ()),
        ("clinics in portland oregon", ()),
        ("clinics near chicago", ()),
    ],
)
def test_a_name_of_several_cities_names_the_others(text, others):
    understood = interpreter.interpret(text)
    assert set(others) <= set(understood.namesakes)
    assert bool(others) == bool(understood.namesakes)


@pytest.mark.parametrize(
    "text", ["ketamine near me", "clinics nearby", "spravato provider close to me", "iv in my area"]
)
def test_near_me_wants_a_place(text):
    understood = interpreter.interpret(text)
    assert understood.place_wanted
    assert understood.near is None
    assert "near" not in understood.text.split()


@pytest.mark.parametrize("text", ["clinics near me in austin", "near death experience", "nearby friends in recovery?"])
def test_no_place_is_wanted_where_one_is_given_or_none_is_meant(text):
    understood = interpreter.interpret(text)
    assert not understood.place_wanted or understood.near is None
