import pytest

from indexing.places import Gazetteer
from indexing.queries import Filters
from indexing.taxonomy import Taxonomy
from search_api.search.interpret import Interpreter, clinic_filters

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
    assert understood.telehealth is True
    assert understood.accepting_patients is True


def test_a_language_is_understood_where_a_clinic_is_sought():
    understood = interpreter.interpret("ptsd clinic 85013 that speaks Spanish")
    assert understood.labels["language"] == ("spanish",)
    assert "language" not in interpreter.interpret("spanish articles on ketamine").labels


@pytest.mark.parametrize(
    ("text", "leaves_words"),
    [("crps phoenix", False), ("ketamine therapy in denver under $500", False), ("quiet clinic in denver", True)],
)
def test_it_is_known_whether_filters_say_all_that_was_asked(text, leaves_words):
    assert interpreter.interpret(text).leaves_words is leaves_words


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
    filters = clinic_filters(Filters(price_max=300, labels={"state": ("CO",)}), understood)
    assert filters.price_max == 300
    assert filters.near is None


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
