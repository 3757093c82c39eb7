"""What a form of the results page means, which numbers of pages are shown, and that every sentence is there twice."""

import re

import pytest

from indexing.settings import Settings
from search_api.pages.folder import FOLDER
from search_api.pages.icons import ICONS, icon
from search_api.pages.numbering import numbered
from search_api.pages.seen import seen_of, settled
from search_api.pages.site import site_of
from search_api.pages.state import read_state
from search_api.pages.texts import Texts, about_names, every_sentence
from search_api.suggest.entries import questions

UNDERSTOOD = {
    "text": "ketamine",
    "insurance": ["aetna"],
    "near": {"label": "Austin, TX", "radius_miles": 50.0},
    "price_max": 500.0,
    "telehealth": True,
    "sort": "price",
}


def sent(words, seen, **fields):
    """The address that a form means which showed `seen`."""
    given = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    return settled(read_state({"q": [words], **given}), list(seen)).address()


SAME = {"insurance": "aetna", "near": "Austin, TX", "radius_miles": "50", "price_max": "500", "telehealth": "true"}


@pytest.mark.parametrize(
    ("change", "address"),
    [
        ({}, "/?q=w"),
        ({"insurance": []}, "/?q=w&ignore=insurance%3Aaetna"),
        ({"insurance": ["aetna", "cigna"]}, "/?q=w&insurance=cigna"),
        ({"near": []}, "/?q=w&ignore=near"),
        ({"near": "Dallas, TX"}, "/?q=w&near=Dallas%2C+TX"),
        ({"radius_miles": "100"}, "/?q=w&radius_miles=100"),
        ({"price_max": "300"}, "/?q=w&price_max=300"),
        ({"price_max": []}, "/?q=w&ignore=price_max"),
        ({"telehealth": []}, "/?q=w&ignore=telehealth"),
        ({"sort": "distance"}, "/?q=w&sort=distance"),
        ({"sort": "relevance"}, "/?q=w&ignore=sort"),
    ],
)
def test_a_form_that_shows_what_was_understood_changes_only_what_was_changed(change, address):
    assert sent("w", seen_of("w", UNDERSTOOD), **{**SAME, "sort": "price", **change}) == address


def test_new_words_speak_for_themselves_and_open_their_own_tab():
    seen = list(seen_of("old", UNDERSTOOD))
    assert sent("new", seen, **SAME, sort="price", type="clinic", page="3") == "/?q=new"
    assert sent("new", seen, type="clinic") == "/?q=new"


def test_a_place_that_only_orders_articles_is_not_taken_for_a_choice():
    assert list(seen_of("w", {"near": {"label": "Ohio", "radius_miles": 50.0, "preferred": True}})) == ["q:w"]


@pytest.mark.parametrize(
    ("page", "pages", "shown"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 9, [1, 2, None, 9]),
        (5, 9, [1, None, 4, 5, 6, None, 9]),
        (3, 9, [1, 2, 3, 4, None, 9]),
        (9, 9, [1, None, 8, 9]),
    ],
)
def test_pages_are_numbered(page, pages, shown):
    assert list(numbered(page, pages)) == shown


def test_every_sentence_is_there_in_both_languages_with_the_same_names():
    wrong = {}
    for key, sentences in every_sentence().items():
        names = [sorted(re.findall(r"\{(\w+)\}", sentence)) for sentence in sentences]
        if len(sentences) != 2 or not all(sentences) or names[0] != names[1]:
            wrong[key] = sentences
    assert wrong == {}
    for name in about_names():
        english, spanish = (Texts(language).about(name) for language in ("en", "es"))
        assert english is not None
        assert spanish is not None
        assert [len(lines) for _, lines in english.sections] == [len(lines) for _, lines in spanish.sections]


def test_every_key_that_pages_name_is_known():
    keys = every_sentence().keys()
    sources = "".join(path.read_text("utf-8") for path in (*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.html")))
    named = set(re.findall(r"\b(?:t|texts)\(\"([a-z0-9_-]+)\"[,)]", sources))
    assert named - keys == set()
    assert len(named) > 100


def test_the_common_questions_of_the_start_page_are_ones_that_are_answered():
    assert set(Texts("en").questions()) <= {text for text, _ in questions()}


def test_icons_are_of_a_package_with_its_licence_and_none_is_unused():
    assert (ICONS / "LICENSE").read_text("utf-8").startswith("ISC License")
    about = (ICONS.parent / "vendor.toml").read_text("utf-8")
    assert re.search(r'^version = "\d+\.\d+\.\d+"$', about, re.MULTILINE)
    assert re.search(r'^digest = "sha512-[\w+/=]{88}"$', about, re.MULTILINE)
    drawn = {path.stem for path in ICONS.glob("*.svg")}
    templates = "".join(path.read_text("utf-8") for path in FOLDER.glob("templates/*.html"))
    used = set(re.findall(r'icon\("([\w-]+)"\)', templates)) | {topic.icon for topic in Texts("en").topics()}
    assert used == drawn
    assert "<script" not in "".join(icon(name) for name in drawn)


def test_a_logo_that_cannot_be_shown_is_named(tmp_path):
    from indexing.errors import ConfigurationError

    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert site_of(Settings(site_logo=str(tmp_path / "logo.svg"))).logo.media_type == "image/svg+xml"
    for path in ("missing.png", "logo.txt"):
        with pytest.raises(ConfigurationError, match="SEARCH_SITE_LOGO"):
            site_of(Settings(site_logo=str(tmp_path / path)))
