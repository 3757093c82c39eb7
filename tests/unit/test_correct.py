import pytest

from indexing.knowledge.lexicon import Lexicon
from indexing.words import Vocabulary
from search_api.query.spelling import Corrector

VOCABULARY = Vocabulary(
    [("ketamine", 9), ("spravato", 5), ("clinic", 7), ("noise", 2), ("depression", 8), ("resistant", 3), ("afford", 2)]
)

corrector = Corrector(lexicon=Lexicon(), field_words={"pregnant", "dizziness"}, other_words={"provo"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ketamne for depresson ", "ketamine for depression "),
        ("ketamne for depresion ", "ketamine for depresion "),
        ("Spravatto, please", "spravato, please"),
        ("resistent ", "resistant "),
        ("5 months pregnent now", "5 months pregnant now"),
        ("cant aford this", "cant afford this"),
        ("noisse ", "noise "),
    ],
)
def test_unknown_words_are_mended_and_everything_else_stays(typed, meant):
    assert corrector.correct(typed, [VOCABULARY]).text == meant


@pytest.mark.parametrize(
    "typed",
    [
        "ketamine clinics ",
        "ketam",
        '"ketamne"',
        "-ketamne",
        "provo ",
        "stuff ",
        "taxes ",
        "dosing ",
        "deduction ",
        "i wasnt ",
        "iv ",
        "asdfgh ",
    ],
)
def test_known_unfinished_quoted_and_hopeless_words_stay_as_typed(typed):
    assert not corrector.correct(typed, [VOCABULARY]).changed


@pytest.mark.parametrize(
    "typed",
    [
        "el clima en denver ",
        "como me preparo para esto ",
        "tengo miedo de que me reporten ",
        "ya compre la soga ",
        "noise de la clinica ",
    ],
)
def test_spanish_is_never_mended_into_english(typed):
    assert not corrector.correct(typed, [VOCABULARY]).changed


def test_spanish_is_mended_into_spanish_and_names_of_medicines():
    assert corrector.correct("la depresoin me tiene mal", [VOCABULARY]).text == "la depresion me tiene mal"
    assert corrector.correct("puedo tomar sertralina con zolofft hoy", [VOCABULARY]).text.split()[4] == "zoloft"
