"""What nests too deeply is told before a parser sees it; what real pages have is not refused."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from indexing.nesting import MAX_CHARACTERS, exceeds, faults_of_body
from tests.conftest import ROOT

WORD = "<!--[if gte mso 9]><xml>" + '<w:LsdException Locked="false" Name="Normal"/>' * 371 + "</xml><![endif]-->"


@pytest.mark.parametrize(
    "html",
    [
        "<p>Text<p>More" * 500,
        "<ul>" + "<li>One<li>Two <b>words</b>" * 500 + "</ul>",
        "<table>" + "<tr><td>a<td>b<tr><th>c" * 500 + "</table>",
        "<dl>" + "<dt>a<dd>b" * 500 + "</dl>",
        "<p>" + "<br><img src=x><input>" * 500,
        "<b>bold <p>never closed</p>" * 90 + "<i>x<p>never closed" * 500,
        "<a name='x1'>old anchors " * 500,
        "<table>" + "".join(f"<tr><td><font color={n}>never closed" for n in range(500)) + "</table>",
        "<div><h2>H</h2><p>a <em>b</em></p></div>" * 2_000,
        WORD,
        "<script>" + "document.write('<div>');" * 500 + "</script>",
        "<style>a > b { content: '<div><div>' }</style>" * 300,
        "".join(f'<p title="a > b <div>{n}">x</p>' for n in range(500)),
        "1 < 2 and 3 <4 " * 500,
        "<div>" * 150 + "x" + "</div>" * 150,
    ],
)
def test_what_real_pages_have_is_taken(html):
    assert faults_of_body(html, "html") == []


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 201,
        "<div class='a'>" * 20_000 + "x",
        "<span>" * 300 + "x" + "</span>" * 300,
        "<ul><li>" * 120,
        "<table><tr><td>" * 80,
        "<blockquote><p>" * 250,
        "".join(f"<b id={n}><p>x" for n in range(300)),
        "".join(f"<div><b id={n}></div>" for n in range(300)),
        "".join(f"<font color={n}>x" for n in range(300)),
        "<DIV\n>" * 300,
        "<custom-element/>" * 300,
        "<div><!--</div>-->" * 300,
        "<div title='</div>'>" * 300,
        "<div a='\">\"'>" * 300,
        "<!-->" + "<div>" * 300 + "-->",
        "<p '>" + "<div>" * 300,
        "<p title=it's>" + "<div>" * 300,
        "<script></script >" + "<div>" * 300 + "</script>",
    ],
)
def test_what_nests_too_deeply_is_told(html):
    (fault,) = faults_of_body(html, "html")
    assert (fault.field, "nests" in fault.message) == ("body", True)


def depth(html):
    deepest, node = 0, LexborHTMLParser(html).body
    waiting = [(node, 0)] if node is not None else []
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        child = node.child
        while child is not None:
            if child.tag and child.tag[0] not in "-_!":
                waiting.append((child, level + 1))
            child = child.next
    return deepest


PIECES = """
    <div> </div> <p> </p> <b> <b/id=1> </b> <li> <ul> </ul> <td> <table> <tr> </table> <!-- --> text <br> <a> </a>
    <i/x=' '> " <h1> <script> </script> <em> </em> < > <section/a=b> <font/c=1> <font/c=2> <font/c=3> <font/c=4>
""".split()


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=60), st.integers(1, 12))
def test_a_parser_never_finds_much_more_than_was_told(pieces, times):
    html = "".join(pieces) * times
    told = next(most for most in range(html.count("<") + 1) if not exceeds(html, most))
    assert depth(html) <= 3 * told + 12


@pytest.mark.parametrize(
    "html",
    [
        "<!--" * 250_000, "<a '" * 250_000, '<a b="' * 160_000, "<script>" * 120_000, "<" * 1_000_000, "</" * 500_000,
        "<a =" * 250_000, "<div>" * 200_000, "<p>" * 300_000, "<b>" * 300_000, "</b>" * 250_000, "<td>" * 250_000,
        "<li>" * 250_000, "<a b" * 250_000, "<title" * 160_000, "<font c=1><font c=2></font>" * 30_000,
    ],
)  # fmt: skip
def test_time_grows_with_the_length_alone(html):
    started = time.process_time()
    exceeds(html, 200)
    assert time.process_time() - started < 3.0


def test_size_and_marks_of_markdown_are_told():
    assert faults_of_body("x" * MAX_CHARACTERS, "html") == []
    (fault,) = faults_of_body("x" * (MAX_CHARACTERS + 1), "html")
    assert (fault.field, "2000000" in fault.message) == ("body", True)
    assert faults_of_body("*" * 20_000 + "x" + "*" * 20_000, "markdown")[0].field == "body"
    assert faults_of_body("Name: " + "_" * 100 + "\n\n" + "-" * 500, "markdown") == []


def test_the_articles_of_the_sample_are_taken():
    for path in (ROOT / "deploy" / "sample" / "articles").glob("*.md"):
        assert faults_of_body(path.read_text("utf-8"), "markdown") == []
