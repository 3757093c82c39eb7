import pytest

from indexing.knowledge.lexicon import Lexicon
from indexing.knowledge.spanish import Spanish, read_glosses
from indexing.taxonomy import Taxonomy

lexicon = Lexicon()


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("efectos secundarios de la ketamina", "side effects of ketamine"),
        ("¿Cuánto cuesta?", "how much does it cost?"),
        ("clínica cerca de mí", "clinic near me"),
        ("clinicas de ketamina en Los Angeles", "clinics of ketamine in Los Angeles"),
        ("clínicas en el paso", "clinics in el paso"),
        ("mi abuela tiene marcapasos", "my grandmother older adults has pacemaker"),
        ("cada cuánto me ponen el refuerzo", "how often give me el booster"),
        ("cáncer de mama", "breast cancer"),
        ("¿qué hace la ketamina?", "what does ketamine?"),
        ("clínica en Van Nuys", "clinic in Van Nuys"),
        ("me negaron la autorización previa", "i was denied la prior authorization"),
        ("clínica en Richmond VA a buen precio", "clinic in Richmond VA a good price"),
        ("¿qué ropa me pongo?", "what clothes should i wear?"),
        ("no pego el ojo desde la sesión", "cannot sleep insomnia since the session"),
        ("se me olvidó y perdí la cita", "forgot and missed appointment"),
        ("mi suegra se marea cuando camina", "my mother-in-law gets dizzy when walks"),
        ("me arrepiento y quiero salirme", "regret and want get out"),
        ("ando crudo y sin dormir", "am hungover and without sleep"),
        ("mi comadre se enganchó con eso", "my close friend got addicted with that"),
    ],
)
def test_spanish_is_read_in_english(text, english):
    assert lexicon.spanish.in_english(text) == english


@pytest.mark.parametrize(
    "text",
    [
        "ketamine in la",
        "hospital en route",
        "los angeles ketamine",
        "el paso",
        "con artist",
        "the verse i like",
        "llamas",
        "genu valga",
        "total control plan",
        "tequila before a session",
        "trauma and placebo",
        "hora medical group",
        "depre",
        "Confianza clinic Dallas",
        "Unos pizza near me",
        "Dr Cadera",
        "san antonio",
        "",
    ],
)
def test_what_only_looks_like_spanish_stays(text):
    assert lexicon.spanish.in_english(text) is None


@pytest.mark.parametrize("text", ["zoloft", "lexapro and ketamine", "can i take wellbutrin", "methadone spravato"])
def test_a_drug_alone_or_beside_ketamine_is_about_interactions(text):
    assert "drug interactions" in lexicon.topics(text)
    assert lexicon.meant_by(text)


@pytest.mark.parametrize("text", ["gabapentin dose in kidney disease", "lisinopril cough for months", "ketamine"])
def test_another_question_about_a_drug_is_not(text):
    assert lexicon.topics(text) == ()
    assert lexicon.meant_by(text) == {}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("my 15 year old is depressed", "teens"),
        ("is 70 too old", "older adults"),
        ("ketamine for an 81yo", "older adults"),
        ("i'm 35 years old", None),
        ("over 65 mg", None),
        ("40 minutes", None),
        ("my pressure was 165 over 95", None),
        ("it was 160 over 98 today", None),
        ("is 75 dollars too much", None),
        ("is 80/50 too low", None),
        ("over 75 and frail", "older adults"),
    ],
)
def test_ages_name_whom_articles_are_about(text, topic):
    assert (topic in lexicon.topics(text)) if topic else not lexicon.topics(text)


def test_a_brand_means_its_generic_name_and_class():
    assert Taxonomy().spelt_out("xarelto") == "xarelto (rivaroxaban, blood thinner, drug interactions)"


def test_spanish_is_spelt_out_in_english():
    assert Taxonomy().spelt_out("ansiedad").startswith("anxiety")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("iv vs im ketamine", "compared"),
        ("nasal spray or lozenge", "comparing"),
        ("difference between troches and injections", "difference"),
        ("is tms better than ketamine", "compared"),
        ("prozac and ketamine", "interaction"),
        ("my son is 16", "teens"),
    ],
)
def test_the_form_of_a_question_says_what_titles_are_sought(text, word):
    assert (word,) in lexicon.titles_for(text)


@pytest.mark.parametrize("text", ["ketamine", "spray or what", "anxious or depressed", "cost of an infusion", ""])
def test_most_questions_seek_no_title(text):
    assert lexicon.titles_for(text) == ()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("is it safe", "is ketamine safe"),
        ("How does It work?", "How does ketamine work?"),
        ("is it safe with zoloft", "is it safe with zoloft"),
        ("does ketamine hurt when it works", "does ketamine hurt when it works"),
        ("my back hurts so much more when it rains", "my back hurts so much more when it rains"),
        ("cost", "cost"),
    ],
)
def test_it_is_the_treatment_where_nothing_else_is_named(text, meant):
    assert lexicon.with_subject(text) == meant


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("cant get out of bed", "depression"),
        ("it did not work", "not working"),
        ("i cannot sleep", "insomnia"),
        ("no sleep? i can't sleep", "insomnia"),
        ("im broke", "financial help"),
        ("who watches me", "monitoring"),
        ("what about grapefruit and ketamine", "drug interactions"),
    ],
)
def test_everyday_words_are_followed_by_what_articles_call_it(question, meant):
    assert meant in Taxonomy().spelt_out(question)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("who cannot have an infusion", "avoid"),
        ("quien no puede recibir ketamina", "avoid"),
        ("is it dangerous", "side"),
        ("es peligrosa la ketamina", "side"),
        ("what is ketamine therapy", "guide"),
        ("how do i prepare for an infusion", "ready"),
        ("does my insurance pay", "coverage"),
    ],
)
def test_the_form_of_a_question_says_what_the_title_must(text, title):
    assert any(title in words for words in lexicon.titles_of_form(text))


@pytest.mark.parametrize(
    "text",
    [
        "is it dangerous with lithium",
        "what is crps",
        "what is spravato",
        "risks for teenagers",
        "whats the price",
        "is driving safe",
    ],
)
def test_a_form_that_stands_alone_asks_for_nothing_where_something_else_is_named(text):
    assert not lexicon.titles_of_form(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("im worried about my kidneys", "my kidneys"),
        ("should i worry about hallucinations", "hallucinations"),
        ("worried about it", "worried about it"),
        ("my sister is worried about me", "my sister is worried about me"),
    ],
)
def test_a_worry_is_about_what_follows(text, left):
    assert lexicon.without_opener(text) == left


@pytest.mark.parametrize("text", ["mi nieta de 14", "tengo 17 años", "un muchacho de 16 añitos"])
def test_ages_in_spanish(text):
    assert "teens" in lexicon.topics(text)


@pytest.mark.parametrize("text", ["para que es esto", "como es la sesion", "me duelen los brazos y no se por que"])
def test_small_words_tell_spanish(text):
    assert lexicon.spanish.is_said_in(text)


@pytest.mark.parametrize(
    "text", ["si joint pain", "ketamine por favor", "hay fever", "los alamos clinic", "me and my son"]
)
def test_one_small_word_does_not(text):
    assert not lexicon.spanish.is_said_in(text)


def test_forms_that_the_file_does_not_have_are_known_by_their_stems():
    assert "prepare" in lexicon.spanish.in_english("nos preparamos para la sesion")


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("clinica en mission viejo", "clinic in mission viejo"),
        ("clinicas en colorado springs", "clinics in colorado springs"),
        ("clinica en costa mesa", "clinic in costa mesa"),
    ],
)
def test_names_of_places_are_no_forms_of_spanish_words(text, english):
    assert lexicon.spanish.in_english(text, has_forms=False) == english


@pytest.mark.parametrize(
    "text",
    [
        "como texas ketamine for trauma",
        "ketamine clinic no insurance in como NC",
        "soy allergy and nausea",
        "hay fever no ketamine",
    ],
)
def test_english_with_words_that_spanish_has_stays_english(text):
    assert not lexicon.spanish.is_said_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "who cant afford ketamine",
        "who cannot drive after ketamine",
        "do i qualify for disability",
        "how to prepare lozenges",
        "prepare for pregnancy",
        "am i eligible for a clinical trial",
    ],
)
def test_a_form_beside_another_topic_means_that_topic(text):
    assert not lexicon.titles_of_form(text)


def test_everyday_words_are_left_alone_where_places_are_read():
    assert lexicon.spanish.in_english("ando crudo en Las Cruces", has_forms=False) == "ando crudo in Las Cruces"


def test_what_english_says_too_is_no_sign_of_spanish():
    told = list(read_glosses(["# a remark", "sale\tgoes out\tsmall", "salirme\tget out"]))
    assert [(gloss.said, gloss.meant, gloss.tells) for gloss in told] == [
        ("sale", "goes out", False),
        ("salirme", "get out", True),
    ]
    spanish = Spanish([], [("en", "in")], [], english=(), everyday=told)
    assert spanish.in_english("garage sale en tampa") is None
    assert spanish.in_english("salirme sale") == "get out goes out"


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("mi tio no se despierta", "not waking up"),
        ("murio de una sobredosis", "overdose"),
        ("me pase de dosis", "overdosed"),
        ("se colgo mi vecino", "hanged"),
        ("mi abuelo esta en coma", "coma"),
    ],
)
def test_everyday_phrases_leave_a_danger_what_it_is(text, danger):
    assert danger in (lexicon.spanish.in_english(text) or "")
