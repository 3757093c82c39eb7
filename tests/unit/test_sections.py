import time

from hypothesis import given
from hypothesis import strategies as st

from indexing.chunking.sections import slug, split_sections


def anchors(body, body_format="html", title=""):
    return [section.anchor for section in split_sections(body, body_format, title=title)]


def test_headings_open_sections_with_their_path():
    body = "<p>Intro</p><h2>Safety</h2><p>Careful.</p><h3>Side effects</h3><p>Nausea.</p><h2>Cost</h2><p>$400</p>"
    sections = split_sections(body, "html")
    assert [section.path for section in sections] == [(), ("Safety",), ("Safety", "Side effects"), ("Cost",)]
    assert [section.blocks for section in sections] == [("Intro",), ("Careful.",), ("Nausea.",), ("$400",)]


def test_anchors_are_the_pages_own_ids_where_it_has_them():
    body = '<h2 id="own">A</h2>x<h2><a name="named"></a>B</h2>x<section id="outer"><h2>C</h2>x</section><h2>D e!</h2>x'
    assert anchors(body) == ["own", "named", "outer", "d-e"]


def test_equal_headings_get_different_anchors():
    assert anchors("## Cost\nx\n## Cost\ny\n## Cost\nz", "markdown") == ["cost", "cost-1", "cost-2"]


def test_a_first_heading_that_repeats_the_title_opens_no_section():
    assert anchors("# My Guide\n\nText\n\n## Part\n\nText", "markdown", title="my guide") == ["", "part"]


def test_lists_and_tables_stay_readable():
    body = "- one\n- two\n\n| Route | Cost |\n|---|---|\n| IV | $400 |\n"
    (section,) = split_sections(body, "markdown")
    assert section.blocks == ("- one", "- two", "Route: IV | Cost: $400")


def test_what_no_reader_sees_is_no_text():
    body = "<script>evil()</script><style>p{}</style><p hidden>no</p><!-- no --><p>yes<noscript>no</noscript></p>"
    assert [section.blocks for section in split_sections(body, "html")] == [("yes",)]


def test_inline_markup_does_not_break_words_and_blocks_do():
    (section,) = split_sections("<div>un<b>break</b>able<div>next<br>line</div>tail</div>", "html")
    assert section.blocks == ("unbreakable", "next", "line", "tail")


def test_slugs_are_those_of_common_site_generators():
    assert slug("What's it like? A 2-hour visit") == "whats-it-like-a-2-hour-visit"


def test_hostile_nesting_and_many_headings_take_seconds_not_minutes():
    started = time.monotonic()
    split_sections("<div>" * 20_000 + "deep", "html")
    assert len(split_sections("<h2>a</h2>b" * 10_000, "html")) == 10_000
    assert time.monotonic() - started < 20


@given(st.text(), st.sampled_from(["html", "markdown"]))
def test_any_text_is_a_body(body, body_format):
    for section in split_sections(body, body_format):
        assert all(block.strip() for block in section.blocks)
