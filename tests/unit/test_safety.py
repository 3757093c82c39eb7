import re

import pytest

from indexing.facts import EXPIRE_DAYS, expired, facts
from search_api.safety.assessment import built_in_safety, decide
from search_api.safety.classifier import NGRAM_WEIGHTS, VectorClassifier
from search_api.safety.help_pages import built_in_help, every_page
from search_api.safety.language import language_of, preferred
from search_api.safety.lists import training_lists
from search_api.safety.notices import built_in_notices, every_text, notices_for, numbers_in
from search_api.safety.patterns import parse
from search_api.safety.rules import KINDS, Heard, built_in_rules
from search_api.safety.tokens import DATA, sentences, words_in_order
from search_api.suggest.asked import questions

safety = built_in_safety()


def told(text):
    found = safety.assess(text)
    return found.kind, found.level


@pytest.mark.parametrize(
    "text",
    [
        "my husband took too much ketamine and is not breathing", "she wont wake up", "mi hija se tragó unas pastillas",
        "no respira ayuda", "chest pain rite now and my arm is numb", "toddler swallowed a lozenge",
        "dog ate my troche", "im having a seizure", "throat is closing up after the spray",
        "mi esposo se desmayo y no despierta", "my son hung himself in the closet, I got him down", "choking",
        "my right side won't move", "mi hijo se colgó en el closet, ya lo bajé", "se tomó la tira entera",
    ],
)  # fmt: skip
def test_an_emergency_is_told_first_and_in_full(text):
    assert told(text) == ("emergency", "full")


@pytest.mark.parametrize(
    "text",
    [
        "i want to die", "i wnat to kill myself", "I don't want to live", "sucidal tonight", "better off dead",
        "quiero morir", "ya no kiero bibir", "me quiero matar", "wanna unalive myself", "k1ll myself",
        "i want to dieeee",
        "killmyself", "everyone would be happier without me", "mi hermano se quiere suicidar", "quiero die",
    ],
)  # fmt: skip
def test_a_crisis_is_told_in_full(text):
    assert told(text) == ("crisis", "full")


@pytest.mark.parametrize(
    "text",
    [
        "can i mix ketamine with xanax", "ketamine while pregnant", "should i stop taking zoloft before my infusion",
        "puedo tomar alcohol despues de la infusion", "estoy embarazada puedo usar spravato",
    ],
)  # fmt: skip
def test_a_question_for_a_clinician_is_told_so(text):
    assert told(text)[0] == "clinician"


@pytest.mark.parametrize(
    "text",
    [
        "", "support my wife", "90837", "nuedexta", "divorce", "killer migraine", "ketamine cost", "me muero de risa",
        "dying to try it", "clinics in austin", "Killeen TX", "suicide squad", "aetna", "$400", "my phone died",
    ],
)  # fmt: skip
def test_ordinary_words_stay_quiet(text):
    assert told(text)[1] != "full"


@pytest.mark.parametrize(
    "text",
    [
        "i used to be suicidal years ago", "no tengo pensamientos suicidas, es para el formulario",
        "what are the symptoms of a stroke", "qué causa un infarto", "cortaron mi cita con ketamina",
        "my nails are blue from polish", "do you treat patients with past suicide attempts", "mi cartera está en coma",
        "se me traba la lengua al decir esketamina", "no quiero estar aquí a las siete", "dormí como muerto",
        "am i knocked out for this", "he almost fell out of his chair", "the morphine isnt cutting it",
        "poison control call volume by year", "por qué le dicen la enfermedad del suicidio",
        "the cake is to die for", "gracias de corazón", "se está muriendo mi celular", "para matar un rato",
        "me recetan demasiadas pastillas", "son demasiadas pastillas para tragar",
    ],
)  # fmt: skip
def test_words_about_long_ago_or_about_others_are_no_sure_sign(text):
    assert not any(heard.is_sure for heard in built_in_rules().read(text).heard)


@pytest.mark.parametrize(
    "text", ["what is the fastest way to die", "took 40 pills, is it ok", "my client overdosed on a video call"]
)
def test_a_question_may_be_a_sure_sign(text):
    assert any(heard.is_sure for heard in built_in_rules().read(text).heard)


def test_words_of_one_meaning_are_one_concept():
    first, second = (built_in_rules().read(f"my {who} took pills").concepts for who in ("niece", "nephew"))
    assert first == second
    assert "#PILLS" in first


@pytest.mark.parametrize(
    ("begun", "kind"),
    [("kill my", "crisis"), ("quiero mor", "crisis"), ("ketamine cos", None), ("i want to die", "crisis")],
)
def test_what_is_being_typed_is_understood_before_its_last_word_is_finished(begun, kind):
    assert safety.assess_typing(begun).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "se murió mi perro y me quiero morir", "demasiadas pastillas con agua", "no respira, qué puedo hacer",
        "tomó pastillas de más en la fiesta", "poner fin a mi vida", "took too many pills at the party",
        "i no longer want to be alive, insurance denied me", "ya no quiero vivir, fin de semana solo",
        "chest pain at the gym and my arm is numb", "toddler chewed a ketamine pill from the toy box",
        "knocked out on the floor and we cant wake him", "fell out of the chair and wont wake up",
        "ketamine isnt cutting it, i am cutting myself", "tengo la enfermedad del suicidio y me quiero morir",
        "no pienso en otra cosa que morirme", "demasiadas pastillas", "no pienso en nada, me quiero matar",
        "not cutting it deep enough", "i failed the nclex and took a whole bottle of pills",
        "fell out of bed about an hour ago not responding", "me tomé demasiadas pastillas al día de hoy",
        "le dio un ataque al corazón", "la niña no respira", "el chico se desmayó y no despierta",
        "mi niña quiere morir",
        "i want to die for real", "he called and said goodbye forever", "goodbye i took the pills",
        "mi bebé se tragó una pila y se está muriendo", "me quiero matar un rato nomás",
        "mi esposo se está muriendo y mi celular no tiene señal",
        "enfermedad suicida me llama la muerte, me voy a suicidar", "item 10 madrs i am suicidal",
    ],
)  # fmt: skip
def test_harmless_words_beside_a_danger_take_nothing_away(text):
    assert told(text)[1] == "full"


def test_a_rule_of_one_language_is_not_heard_in_another():
    heard = built_in_rules().read("mi hijo no contesta").heard
    assert {each.language for each in heard} >= {"en", "es"}
    assert not any("somebodys" in reason for reason in safety.assess("mi hijo no contesta el teléfono").reasons)


def test_what_is_short_is_heard_as_a_whole_too():
    text = "I wrote the letters. They are on the desk. Tell the kids I love them."
    alone, long = safety.assess(text), safety.assess_long(text, lambda _: None)
    assert alone.kind == long.kind == "crisis"
    assert (long.level == "full") >= (alone.level == "full")


def test_what_is_short_is_compared_by_meaning_whatever_its_letters_say():
    asked = []
    safety.assess_long("Where do I park? The garage was full.", lambda text: asked.append(text))
    assert "Where do I park? The garage was full." in asked


def test_a_sentence_of_a_long_text_is_enough():
    text = "The weather was fine. " * 400 + "I want to kill myself. " + "We had lunch. " * 200
    assert safety.assess_long(text, lambda _: None).kind == "crisis"


def test_the_same_text_has_the_same_answer():
    texts = [each.text for each in training_lists()][:50]
    assert [safety.assess(text) for text in texts] == [safety.assess(text) for text in texts]


def test_the_reasons_are_told():
    assert any(reason.startswith("rule:") for reason in safety.assess("i want to die").reasons)


@pytest.mark.parametrize(
    ("text", "language"), [("quiero morir", "es"), ("i want to die", "en"), ("kms", None), ("¿qué hago?", "es")]
)
def test_the_language_of_a_text(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [("es-MX,es;q=0.9,en;q=0.8", "es"), ("", "en"), ("fr", "en"), ("en;q=0.2,es;q=0.1", "en"), ("es;q=x", "en")],
)
def test_the_language_that_a_browser_prefers(header, language):
    assert preferred(header) == language


def test_notices_follow_the_text_else_the_browser():
    assert notices_for(safety.assess("quiero morir"), "en")[0].language == "es"
    assert notices_for(safety.assess("kms"), "es")[0].language == "es"


def test_every_number_that_is_told_is_a_fact():
    known = {number for fact in facts().values() for number in numbers_in(fact.value)}
    texts = [*every_text()]
    for page in every_page():
        texts += [page.title, page.summary, *(line for _, lines in page.sections for line in lines)]
    assert {number for text in texts for number in numbers_in(text)} <= known


def test_every_notice_has_numbers_to_call_and_every_kind_both_languages():
    assert {(each.kind, each.language) for each in built_in_notices().values()} == {
        (kind, language) for kind in KINDS for language in ("en", "es")
    }
    for each in built_in_notices().values():
        assert any(link.url.startswith("tel:") for link in each.links)
        assert numbers_in(each.numbers) <= numbers_in(each.body + each.title)


def test_the_option_that_ended_is_named_nowhere():
    texts = [path.read_text("utf-8") for path in DATA.glob("*.toml")]
    assert not any(re.search(r"press(ing)? 3|oprima (el )?3|LGBT", text, re.IGNORECASE) for text in texts)


def test_facts_expire():
    newest = max(fact.checked_on for fact in facts().values())
    assert expired(newest) == [] or min(fact.checked_on for fact in facts().values()) < newest
    assert len(expired(newest.replace(year=newest.year + 1))) == len(facts())
    assert EXPIRE_DAYS == 90


def test_help_pages_exist_for_every_kind_in_both_languages():
    for kind in KINDS:
        for language in ("en", "es"):
            assert built_in_help(kind, language)


def test_the_weights_are_small_files():
    recipes = list(DATA.glob("recipe-*.npz"))
    assert all(path.stat().st_size < 200_000 for path in (NGRAM_WEIGHTS, *recipes))
    assert {VectorClassifier.read(path).output.offsets.shape for path in recipes} == {(4,)}


@pytest.mark.parametrize("text", ["to die for", "de corazon", "i 2 so tired"])
def test_a_pattern_cannot_ask_for_a_word_that_is_taken_out(text):
    with pytest.raises(ValueError, match="taken out of every text"):
        parse(text)


def test_patterns_are_bounded():
    nasty = "i want to " * 200 + "die " * 200 + "not " * 300
    assert safety.assess(nasty).kind == "crisis"
    assert built_in_rules().read("want " * 3_000).heard is not None


def test_text_without_punctuation_comes_in_windows():
    words = [f"word{n}" for n in range(300)]
    found = list(sentences(" ".join(words)))
    assert len(found) > 1
    assert {word for part in found for word in part.split()} == set(words)


def test_disguised_words_are_read():
    assert words_in_order("k1ll mys3lf") == ["kill", "myself"]
    assert words_in_order("s u i c i d e") == ["suicide"]


def test_a_harmless_question_is_not_led_by_help_while_it_is_typed():
    texts = [text for text, _ in questions() if not safety.assess_typing(text).leads_to_help]
    begun = [text[:end] for text in texts for end in range(1, len(text))]
    led = [each for each in begun if safety.assess_typing(each).leads_to_help]
    assert len(begun) > 4_000
    assert len(led) <= len(begun) / 1_000, led


@pytest.mark.parametrize(
    "text", ["bladder he", "cost he", "ketamine st", "infusion se", "will insurance pa", "chest pa"]
)
def test_an_unfinished_word_is_one_word_and_not_two(text):
    assert not safety.assess_typing(text).leads_to_help


@pytest.mark.parametrize("text", ["adi", "¿qué pasa des", "is ketamine a hor", "breastfeeding, lac", "kni"])
def test_three_letters_that_nothing_goes_before_are_no_danger(text):
    assert not safety.assess_typing(text).leads_to_help


@pytest.mark.parametrize(
    "text", ["kill my", "i want to kill my", "quiero mor", "chest pai", "she is not breath", "suic"]
)
def test_most_of_a_word_is_heard(text):
    assert safety.assess_typing(text).leads_to_help


@pytest.mark.parametrize(
    "text",
    [
        "necesito una ambulancia estoy en la farmacia",
        "a mi papá le está dando un infarto aquí en la sala de espera",
        "mi hijo no respira normal",
        "necesito un intérprete mi hijo no respira",
        "mi hija ha dicho que se va a matar",
        "se tomó todas las pastillas del botiquín",
        "out of treatment options standing on a bridge",
        "translate my husband is having a stroke",
        "how do i make sure my kids aren't the ones to find me",
        "my son doesnt deserve this he is not breathing",
        "he was talking out of his mind and passed out",
        "en el carro se desmayó mi mamá y no reacciona",
        "en la camioneta convulsionó mi hija",
    ],
)
def test_what_stands_beside_a_danger_does_not_hide_it(text):
    assert built_in_safety().assess_typing(text).leads_to_help
    assert built_in_safety().assess(text).leads_to_help


@pytest.mark.parametrize(
    "text",
    [
        "my wife found me this clinic not sure if i want it",
        "i want to find out who can find me a provider after hours",
        "can someone talk me out of buying a plan",
        "nerve block do it",
        "the effect wont last another week",
        "hasta que la muerte nos separe",
        "mi laptop convulsionó y se apagó",
    ],
)
def test_words_of_danger_about_something_else_lead_to_no_help(text):
    assert not built_in_safety().assess_typing(text).leads_to_help


def probabilities(none):
    return {"none": none, "emergency": (1 - none) / 2, "crisis": (1 - none) / 2, "clinician": 0.0}


@pytest.mark.parametrize(
    ("kind", "by_both", "by_letters", "level"),
    [
        ("emergency", 0.97, 0.3, "full"),
        ("emergency", 0.97, 0.97, None),
        ("crisis", 0.97, 0.3, "line"),
        ("crisis", 0.97, 0.97, None),
        ("crisis", 0.5, 0.97, "full"),
    ],
)
def test_a_vector_by_itself_silences_no_sure_sign(kind, by_both, by_letters, level):
    found = decide([Heard(kind, "a rule", is_sure=True)], probabilities(by_both), probabilities(by_letters))
    assert [each.level for each in found] == ([level] if level else [])
