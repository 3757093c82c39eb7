"""Each kind of markup that sites send, in another wording than any report."""

import pytest

from indexing.chunking.passages import split_passages
from indexing.chunking.plain import paragraphs, plain_text
from indexing.chunking.sections import Section, split_sections
from indexing.chunking.slugs import Slugger, slug
from indexing.embedders.hashing import HashingEmbedder


def blocks(body, body_format="html"):
    return [block for section in split_sections(body, body_format) for block in section.blocks]


def headings(body, body_format="html", title=""):
    return [(s.heading, s.anchor) for s in split_sections(body, body_format, title=title) if s.heading]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h2 id=a>Fees<a class=headerlink href='#a'>¶</a></h2>x", ("Fees", "a")),
        ("<h2 id=b><a class=anchor aria-hidden=true href='#b'>#</a>Team</h2>x", ("Team", "b")),
        ("<h3>Rest<br>and water</h3>x", ("Rest and water", "rest-and-water")),
        ("<div role=heading aria-level=3 id=c>Calls</div>x", ("Calls", "c")),
        ("<h2><button aria-expanded=false>May I drive?</button></h2>x", ("May I drive?", "may-i-drive")),
        ("<a name=d></a><h2>Costs</h2>x", ("Costs", "d")),
        ("<h2 id=e><img alt='Our team' src=x></h2>x", ("Our team", "e")),
        ("<h2 id=f>Open<p>glued</h2>x", ("Open", "f")),
        ("<h2 id=g><details><summary>After</summary><p>Rest.</p></details></h2>x", ("After", "g")),
        ("<h2>Visits<sup>2</sup></h2>x", ("Visits", "visits")),
    ],
)
def test_headings_are_what_readers_see(body, expected):
    assert headings(body)[0] == expected


def test_panels_are_read_and_what_only_leads_about_is_not():
    body = (
        "<nav>one</nav><div role=navigation>two</div><div id=cookie-banner>three</div><footer>four</footer>"
        "<p style='display:none'>five</p><i class=material-icons>six</i><span class=sr-only>seven</span>"
        "<button aria-controls=p>Eight?</button><div id=p hidden>nine</div><div hidden=until-found>ten</div>"
        "<button>eleven</button><div role=tabpanel style='display: none'>twelve</div>"
    )
    assert blocks(body) == ["Eight?", "nine", "ten", "twelve"]


def test_slugs_are_those_of_github_with_its_numbering():
    slugger = Slugger()
    assert [slugger.slug(text) for text in ("Foo", "Foo", "Foo 1", "Foo")] == ["foo", "foo-1", "foo-1-1", "foo-2"]
    assert [slug(text) for text in ("🎉 Party", "Is it ½?", "Q&A: yes", "snake_case – dash")] == [
        "-party",
        "is-it-",
        "qa-yes",
        "snake_case--dash",
    ]


def test_ids_in_markdown_are_the_pages_own():
    body = "## One {#first}\nx\n\n## Two {: #second .wide}\ny\n\n## Three\n{: #third}\nz\n\n## Four {/* #fourth */}\nw"
    assert headings(body, "markdown") == [("One", "first"), ("Two", "second"), ("Three", "third"), ("Four", "fourth")]
    assert headings("# Home\n\n## Home\nx", "markdown", title="Home") == [("Home", "home-1")]
    assert headings("<h1>Who’s it for?</h1>x", title="Who's it for?") == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("---\nlayout: post\ntags: [a]\n---\nBody.", ["Body."]),
        ("+++\nweight = 1\n+++\nBody.", ["Body."]),
        ("---\n\nA rule, not data.\n\n---\n\nEnd.", ["A rule, not data.", "End."]),
        ("import X from './x'\n\n<Note kind='a' style={{b: 1}}>Mind it.</Note>\n\n{/* gone */}", ["Mind it."]),
        ("<Accordion title='Is it safe?'>\n\nYes.\n\n</Accordion>", ["Is it safe?", "Yes."]),
        (":::tip[Good to know]\nSip.\n:::", ["Good to know", "Sip."]),
        ("> [!WARNING]\n> Hot.", ["Hot."]),
        ("Take ~~two~~ one[^n].\n\n[^n]: With food.", ["Take one.", "1. With food."]),
        ("- [ ] call\n- [x] pay", ["- call", "- pay"]),
        ("[[Page|Label]] and ==mark== {: .lead}", ["Label and mark"]),
        ("{% include a.html %}\n\n{{< fig >}} Text.", ["Text."]),
    ],
)
def test_dialects_of_markdown_are_read_or_dropped(body, expected):
    assert blocks(body, "markdown") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("&lt;p&gt;From &lt;b&gt;a feed&lt;/b&gt;.&lt;/p&gt;", ["From a feed."]),
        ("<![CDATA[<p>Inner.</p>]]>", ["Inner."]),
        ("<p>[vc_row][caption id='a']Photo[/caption][/vc_row] [sic] [1]</p>", ["Photo [sic] [1]"]),
        ("<p>mania<sup>[4]</sup>, 10<sup>6</sup>, 2<sup>nd</sup></p>", ["mania, 10⁶, 2nd"]),
        ("<p>a&#1;b&#127; c\u200bd &#xD800;</p>", ["a b c d".replace("c d", "cd")]),
        ("<p>5 &lt; 6, <em>not</em> &lt;b&gt;</p>", ["5 < 6, not <b>"]),
    ],
)
def test_traces_of_software_are_no_text(body, expected):
    assert blocks(body) == expected


def test_rows_carry_their_columns_and_items_their_lead():
    table = "<table><tr><th>Route</th><th>Dose</th></tr><tr><td>Nasal</td><td>56 mg</td></tr></table>"
    assert blocks(table) == ["Route: Nasal | Dose: 56 mg"]
    assert blocks("<dl><dt>Peak</dt><dd>one hour</dd></dl>") == ["Peak: one hour"]
    (section,) = split_sections("<p>Bring these:</p><ul><li>a list</li><li>a friend</li></ul>", "html")
    assert section.leads == ("", "Bring these:", "Bring these:")


def test_a_passage_that_begins_in_a_list_begins_with_its_lead():
    items = tuple(f"- item number {n} of the list" for n in range(30))
    section = Section(("Things",), "things", ("Bring these:", *items), ("", *["Bring these:"] * 30))
    passages = split_passages("T", [section], count_tokens=HashingEmbedder().count_tokens, max_tokens=60)
    assert len(passages) > 2
    assert all(passage.text.startswith("Bring these:\n- item") for passage in passages)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Sleep &amp; mood &#8212; a&nbsp;guide", "Sleep & mood — a guide"),
        ("<p>Short <b>bold</b> text&hellip;</p>\n", "Short bold text…"),
        ("Read on [&hellip;]", "Read on…"),
        ("**Strong** [link](https://x.example)", "Strong link"),
        ("a < b and c > d", "a < b and c > d"),
        ("Q&amp;amp;A", "Q&A"),
        ("Soft\u00adhyphen\u200b", "Softhyphen"),
    ],
)
def test_plain_fields_are_plain(sent, shown):
    assert plain_text(sent) == shown


def test_descriptions_keep_their_paragraphs():
    assert paragraphs("<p>Calm.</p><ul><li>Quiet</li></ul>") == ["Calm.", "- Quiet"]
    assert paragraphs("**Calm** rooms\n\n- quiet") == ["Calm rooms", "- quiet"]
