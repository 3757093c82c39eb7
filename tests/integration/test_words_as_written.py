"""Each kind in which people and programs write one word in many ways."""

import pytest

from indexing.analysis import analysed, words_in
from indexing.analysis.stemmer import base_form, stem
from indexing.analysis.tokenizer import compounds_of, words_of
from indexing.queries import parse_keywords, typed_text
from indexing.words import Vocabulary


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Caplyta™ and Rexulti(R), Auvelity ℠", ["caplyta", "and", "rexulti", "auvelity"]),
        ("insomnia² or mania¹,³", ["insomnia", "or", "mania"]),
        ("10⁹ cells per m², the 3ʳᵈ", ["10", "9", "cells", "per", "m2", "the", "3rd"]),
        ("hyper\u00adten\u200bsion\u2060 \u202aword\u202c", ["hypertension", "word"]),
        ("D’Angelo D'Angelo DʼAngelo D＇Angelo D`Angelo", ["dangelo"] * 5),
        ("Crohn’s and Ménière's", ["crohn", "and", "meniere"]),
        ("the E.M.A. and Ph.D. staff, p.t.s.d.", ["the", "ema", "and", "phd", "staff", "ptsd"]),
        ("$2,450.00 for 0.75 mg, .5 ml", ["2450", "for", "0.75", "mg", "0.5", "ml"]),
        ("75mcg, 10µg and 5-HT2A", ["75", "mcg", "10", "mcg", "and", "5", "ht2a"]),
        ("Bjørn Strauß, Æsa, Łódź", ["bjorn", "strauss", "aesa", "lodz"]),
        ("Zoe\u0308 nin\u0303o", ["zoe", "nino"]),
        ("अवसाद और चिंता", ["अवसाद", "और", "चिंता"]),
        ("ｋｅｔａｍｉｎｅ", ["ketamine"]),
        ("6'2", ["6", "2"]),
    ],
)
def test_one_word_for_all_ways_of_writing_it(written, words):
    assert words_of(written) == words


def test_places_hold_where_folding_changes_lengths():
    text = "Straße, ﬁne: tachy\u00adcardia! Nin\u0303o’s"
    assert [text[word.start : word.end] for word in words_in(text)] == [
        "Straße",
        "ﬁne",
        "tachy\u00adcardia",
        "Nin\u0303o’s",
    ]
    (first, *_) = words_in(text)
    assert text[first.start : first.end_of(5)] == "Straß"


def test_compounds_are_known_as_one_word_beside_their_parts():
    assert compounds_of("An off-label re-\ncord of one-to-one, 2019-2020, depression12") == [
        "offlabel",
        "onetoone",
        "depression",
        "record",
    ]
    assert analysed(["a check-in"]) == "a check in checkin"
    assert parse_keywords("off-label use").compounds == ((0, 2),)


@pytest.mark.parametrize(("form", "other"), [("children", "child"), ("teeth", "tooth"), ("stronger", "strong")])
def test_irregular_forms_have_the_stem_of_the_regular_one(form, other):
    assert stem(form) == stem(other)


def test_forms_of_a_word_are_told_from_words_of_its_stem():
    assert base_form("generals") == base_form("general")
    assert stem("general") == stem("generally")
    assert base_form("communities") != base_form("communication")


def test_a_word_is_never_mended_into_one_with_digits():
    vocabulary = Vocabulary([("insomnia3", 9), ("insomnias", 1)])
    assert [word for word, _ in vocabulary.corrections("insomnia", limit=5)] == ["insomnias"]


def test_compounds_are_divided_only_into_known_words():
    vocabulary = Vocabulary([("panic", 3), ("attack", 4), ("lum", 1), ("ateperone", 1)])
    assert vocabulary.divided("panicattack") == ("panic", "attack")
    assert vocabulary.divided("panicattac") is None


def test_questions_are_read_as_typed_on_a_keyboard():
    assert typed_text("＂low dose＂ K.A.P. Spravato® n\u0303 ≤ ＄300") == '"low dose" KAP Spravato ñ ≤ $300'
    assert parse_keywords("«low dose» „slow drip“").phrases == (("low", "dose"), ("slow", "drip"))
