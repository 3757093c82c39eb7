"""Completions of what is fixed: no index is asked, only the words of the field, prepared questions and places."""

from datetime import UTC, datetime

import pytest

from indexing.errors import Unavailable
from indexing.places import Gazetteer
from indexing.queries import words_of
from indexing.taxonomy import Taxonomy
from search_api.curation.curation import InForce
from search_api.search.suggest import Suggester
from search_api.suggest.asked import asked, help_sought, questions, searches
from search_api.suggest.entries import Entry
from search_api.suggest.held import EntryIndex
from search_api.suggest.order import mixed
from search_api.suggest.places import bare_places, split_place
from search_api.suggest.sounds import by_ear

TAXONOMY = Taxonomy()


class Empty:
    """An engine that holds nothing yet."""

    def live_generation(self, kind):
        return None

    def library(self, kind):
        raise Unavailable(f"no {kind}")


class Uncurated:
    def in_force(self):
        return InForce({}, datetime.now(UTC))


@pytest.fixture(scope="module")
def suggester():
    return Suggester(engine=Empty(), taxonomy=TAXONOMY, gazetteer=Gazetteer(), curation=Uncurated())


def offered(suggester, typed, spoken="en"):
    return [each.text for each in suggester.suggest(typed, limit=8, spoken=spoken)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("esketamine albuq", "esketamine in Albuquerque, NM"),
        ("infusion center memph", "infusion center in Memphis, TN"),
        ("spravatto in tucs", "spravatto in Tucson, AZ"),
        ("ketamine doctor clevland", "ketamine doctor in Cleveland, OH"),
        ("tratamiento con ketamina san anto", "tratamiento con ketamina en San Antonio, TX"),
        ("portland infus", "ketamine infusions in Portland, OR"),
        ("ketamine therapy 8020", "ketamine therapy in Denver, CO 80202"),
    ],
)
def test_a_place_beside_what_is_sought_needs_no_word_that_says_so(suggester, typed, first):
    assert offered(suggester, typed)[0] == first


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("how soon will i fe", "work"),
        ("am i too o", "older"),
        ("will i remem", "remember"),
        ("my nephew is sad what can fam", "family"),
        ("does tricare p", "Tricare"),
        ("is it okay to take zol", "Zoloft"),
        ("what do i wea", "wear"),
        ("puedo tomar una cerv", "alcohol"),
        ("que ropa", "ropa"),
        ("mi abuela tie", "mayores"),
        ("quiero pagar poco a po", "plazos"),
        ("alguien que hable esp", "español"),
    ],
)
def test_half_a_question_in_everyday_words_finds_a_prepared_one(suggester, typed, word):
    assert any(word.lower() in text.lower() for text in offered(suggester, typed)[:3])


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("troshe", "sublingual"),
        ("sprovato sid", "Spravato side effects"),
        ("medisinas y ketam", "medicinas"),
        ("beber serve", "alcohol"),
        ("kiero dejar el alco", "alcohol"),
        ("pastiyas de ke", "Pastillas de ketamina"),
    ],
)
def test_misspelt_words_are_known_while_others_are_unfinished(suggester, typed, word):
    assert any(word in text for text in offered(suggester, typed)[:3])


@pytest.mark.parametrize("typed", ["i dont want to liv", "wish i was de", "suicid", "thinking of killing mys"])
def test_help_leads_before_the_last_word_of_danger_is_finished(suggester, typed):
    assert offered(suggester, typed)[0].startswith("Suicidal thoughts")


@pytest.mark.parametrize("typed", ["no quiero seguir viv", "me quiero mat", "ya no aguanto m"])
def test_help_leads_in_spanish(suggester, typed):
    assert offered(suggester, typed)[0] == "Pensamientos suicidas: ayuda ahora"


@pytest.mark.parametrize(
    "typed", ["i want to", "i want to stop treat", "my son", "quiero", "ya no", "better", "no reason"]
)
def test_nobody_is_offered_help_who_has_not_typed_of_danger(suggester, typed):
    assert not {each.text for each in (*help_sought("en"), *help_sought("es"))} & set(offered(suggester, typed))


@pytest.mark.parametrize("typed", ["zzqx", "qwrtp lkjhg", "xv bnmq", "98765432"])
def test_nonsense_completes_to_nothing(suggester, typed):
    assert offered(suggester, typed) == []


def test_an_age_leads_to_what_is_for_people_of_it(suggester):
    assert any("teen" in text.lower() for text in offered(suggester, "he is 15 yo"))


def test_a_medicine_is_named_as_it_is_written(suggester):
    assert offered(suggester, "celexa")[0] == "Ketamine and Celexa"
    assert offered(suggester, "mdma")[0].endswith("MDMA")
    assert offered(suggester, "fluoxetine", spoken="es")[0] == "Ketamina y fluoxetine"


@pytest.mark.parametrize(
    ("one", "other"),
    [("pastillas", "pastiyas"), ("vejiga", "bejiga"), ("quiero", "kiero"), ("cerveza", "serbesa"), ("hijo", "ijo")],
)
def test_words_that_sound_alike_are_alike(one, other):
    assert by_ear(one) == by_ear(other)


@pytest.mark.parametrize(("one", "other"), [("dosis", "dos"), ("noche", "noque"), ("dia", "tia")])
def test_words_that_sound_otherwise_are_not(one, other):
    assert by_ear(one) != by_ear(other)


def test_a_part_of_what_was_typed_is_enough_if_it_tells():
    index = EntryIndex(
        [Entry("query", text, tuple(words_of(text)), 0.0) for text in ("Pain and sleep", "Pain", "Work")]
    )
    found = index.matches_in_part(["my", "uncle", "has", "sleep", "pai"], {"my", "has"})
    assert min(found, key=lambda number: found[number]) == 0
    assert 2 not in found
    assert index.matches_in_part(["uncle", "zebra"], set()) == {}


def test_clinics_and_places_are_never_meant_by_a_part():
    index = EntryIndex([Entry("clinic", "Sunrise Clinic", ("sunrise", "clinic"), 0.0)])
    assert index.matches_in_part(["lovely", "sunrise"], set()) == {}


def test_what_is_of_one_name_is_offered_once():
    entries = [Entry("query", "Ketamine and Zoloft", ("zoloft",), 0.0, topic="Zoloft")]
    entries += [Entry("query", "Ketamina y Zoloft", ("zoloft",), 0.0, topic="Zoloft")]
    assert len(mixed(entries, 8)) == 1


def test_only_what_clinics_have_is_sought_at_a_place():
    assert split_place("troches in fres", TAXONOMY) == ("troches in", "fres")
    assert split_place("pain in the neck", TAXONOMY) is None
    assert list(bare_places("my bladder bos", TAXONOMY)) == []
    assert list(bare_places("ketamine 50", TAXONOMY)) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_other_words_lead_to_one_question_each(language):
    said = [words for each in asked(language) for words in map(tuple, map(words_of, each.says))]
    assert len(said) > 500
    assert len(said) == len(set(said))
    assert all(searches(language))


def test_each_question_is_prepared_once():
    texts = [text for text, _ in questions()]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("typed", ["is it ok", "is it all ri", "ketamine for my da"])
def test_small_words_seek_no_place(suggester, typed):
    assert not [each for each in suggester.suggest(typed, limit=8) if each.kind == "place" or " in " in each.text[:20]]


@pytest.mark.parametrize(
    ("typed", "word"), [("acompa", "acompañ"), ("alguien me aco", "acompañ"), ("hay riesg", "efectos")]
)
def test_one_language_holds_what_the_other_only_spells_nearly_so(suggester, typed, word):
    assert any(word in text for text in offered(suggester, typed)[:2])


@pytest.mark.parametrize("typed", ["mi hijo de 15", "mi nieta de 13", "hija de 14 años"])
def test_an_age_is_completed_to_no_town(suggester, typed):
    found = suggester.suggest(typed, limit=8, spoken="en")
    assert found
    assert not any(each.kind == "place" for each in found)
