"""What a form of the results page means, which numbers of pages are shown, and that every sentence is there twice."""

import re
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.cards import Coordinates
from indexing.settings import Settings
from search_api.pages.folder import FOLDER
from search_api.pages.icons import ICONS, icon
from search_api.pages.map import area_of, map_of
from search_api.pages.numbering import numbered
from search_api.pages.projection import cone_at, projected
from search_api.pages.seen import seen_of, settled
from search_api.pages.site import site_of
from search_api.pages.state import read_state
from search_api.pages.texts import Texts, about_names, every_sentence
from search_api.suggest.asked import questions

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
    answered = {text for text, _ in questions()}
    assert {*Texts("en").questions(), *Texts("es").questions()} <= answered


def test_icons_are_of_a_package_with_its_licence_and_none_is_unused():
    assert (ICONS / "LICENSE").read_text("utf-8").startswith("ISC License")
    about = (ICONS.parent / "vendor.toml").read_text("utf-8")
    made = {path.name for path in ICONS.parent.iterdir() if path.is_dir()}
    assert len(re.findall(r'^version = "\d+\.\d+\.\d+"$', about, re.MULTILINE)) == len(made)
    assert len(re.findall(r'^digest = "sha512-[\w+/=]{88}"$', about, re.MULTILINE)) == len(made)
    assert all((ICONS.parent / name / "LICENSE").is_file() for name in made)
    drawn = {path.stem for path in ICONS.glob("*.svg")}
    templates = "".join(path.read_text("utf-8") for path in FOLDER.glob("templates/*.html"))
    used = set(re.findall(r'(?:icon\(|tool\("\w+", )"([\w-]+)"\)', templates)) | {
        topic.icon for topic in Texts("en").topics()
    }
    assert used == drawn
    assert "<script" not in "".join(icon(name) for name in drawn)


BORDER = {  # corners of states, and where they lie among the points of us-atlas's `states-albers-10m`
    "Arizona, Colorado, New Mexico, Utah": ((36.999, -109.045), (264.64, 327.96)),
    "Colorado, Kansas, Nebraska": ((40.003, -102.052), (393.86, 271.87)),
    "the south of Texas": ((25.837, -97.39), (469.72, 597.64)),
    "the east of Maine": ((44.815, -66.95), (957.06, 94.79)),
    "the south of Hawaii": ((18.911, -155.681), (313.78, 603.14)),
    "the north of Alaska": ((71.388, -156.48), (90.08, 465.03)),
}


@pytest.mark.parametrize("name", BORDER)
def test_points_lie_where_the_borders_lie(name):
    (lat, lng), (x, y) = BORDER[name]
    assert projected(lat, lng) == (pytest.approx(x, abs=1), pytest.approx(y, abs=1))


@pytest.mark.parametrize("name", BORDER)
def test_a_place_of_the_map_is_the_point_that_lies_there(name):
    (lat, lng), _ = BORDER[name]
    x, y = projected(lat, lng)
    assert cone_at(x, y).point(x, y) == (pytest.approx(lat, abs=1e-6), pytest.approx(lng, abs=1e-6))


@given(st.floats(1, 974), st.floats(1, 609), st.floats(0.1, 975))
def test_what_is_seen_of_the_map_is_searched_and_shown_again(x, y, width):
    area = area_of(f"{x:.1f},{y:.1f},{width:.1f}")
    state = read_state({"q": ["spravato"], "area": [f"{x:.1f},{y:.1f},{width:.1f}"], "near": ["Austin, TX"]})
    assert (state.near, state.radius_miles) == (area.near, area.radius_miles)
    again = read_state(parse_qs(state.address().partition("?")[2]))
    assert again == state
    if projected(area.lat, area.lng) == pytest.approx((x, y), abs=1):  # not out at sea, where nothing is drawn
        shown = map_of([], 1, again.map_area)
        assert shown.left <= x - width / 2 + 1
        assert shown.left + shown.width >= x + width / 2 - 1
        assert shown.top <= y - width / 2.5 + 1


@pytest.mark.parametrize(
    "text", ["", "map", "1,2", "1,2,0", "-5,2,30", "900,900,30", "nan,1,1", "1e3,1,1", "1,2,3,4", "1,2,99999"]
)
def test_what_is_no_part_of_the_map_is_no_area(text):
    assert area_of(text) is None
    assert read_state({"area": [text], "near": ["Austin, TX"], "radius_miles": ["20"]}).map_area is None


def pinned(*places):
    hits = [{"type": "clinic", "title": f"C{n}", "location": at} for n, at in enumerate(places)]
    return map_of(hits, 11)


def test_a_map_shows_its_pins_and_joins_those_that_would_hide_one_another():
    austin, near, dallas = Coordinates(30.27, -97.74), Coordinates(30.28, -97.74), Coordinates(32.78, -96.8)
    shown = pinned(austin, None, near, dallas)
    assert [(pin.number, pin.names) for pin in shown.pins] == [(11, ("C0", "C2")), (14, ("C3",))]
    for pin in shown.pins:
        assert shown.left + shown.radius < pin.x < shown.left + shown.width - shown.radius
        assert shown.top + shown.radius < pin.y < shown.top + shown.height - shown.radius
    assert pinned(None) is None
    assert pinned(Coordinates(48.86, 2.35)) is None
    assert pinned(austin, Coordinates(61.2, -149.9), Coordinates(42.36, -71.06)).width <= 975


@given(st.lists(st.tuples(st.floats(31, 47), st.floats(-120, -78)), min_size=1, max_size=10))
def test_names_on_the_map_hide_neither_one_another_nor_a_pin(points):
    shown = pinned(*(Coordinates(*point) for point in points))
    taken = [(pin.x, pin.y, shown.radius, shown.radius) for pin in shown.pins]
    size = shown.type_size
    for name in shown.names:
        box = (name.x, name.y, len(name.text) * size * 0.64 / 2, size * 1.3 / 2)
        assert shown.left <= box[0] - box[2] + 0.01
        assert box[0] + box[2] <= shown.left + shown.width + 0.01
        for other in taken:
            apart = (
                abs(box[0] - other[0]) >= box[2] + other[2] - 0.01 or abs(box[1] - other[1]) >= box[3] + other[3] - 0.01
            )
            assert apart
        taken.append(box)


def test_the_largest_cities_in_view_are_named():
    texas = [name.text for name in pinned(Coordinates(30.27, -97.74), Coordinates(32.78, -96.8)).names]
    assert {"Dallas", "Austin", "Fort Worth"} <= {*texas}
    whole = [name.text for name in pinned(Coordinates(47.6, -122.3), Coordinates(25.8, -80.2)).names]
    assert {"New York", "Chicago", "Los Angeles"} <= {*whole}


def test_a_logo_that_cannot_be_shown_is_named(tmp_path):
    from indexing.errors import ConfigurationError

    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert site_of(Settings(site_logo=str(tmp_path / "logo.svg"))).logo.media_type == "image/svg+xml"
    for path in ("missing.png", "logo.txt"):
        with pytest.raises(ConfigurationError, match="SEARCH_SITE_LOGO"):
            site_of(Settings(site_logo=str(tmp_path / path)))
