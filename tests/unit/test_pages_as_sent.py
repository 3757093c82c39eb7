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


MERGED = [
    # a value of several rows, in the first, the middle and the last column
    ("<th>Lozenge<th>Way<th>Cost", "<td rowspan=2>Mint<td>mouth<td>$8<tr><td>cheek<td>$9",
     ["Lozenge: Mint | Way: mouth | Cost: $8", "Lozenge: Mint | Way: cheek | Cost: $9"]),
    ("<th>Day<th>Room<th>Hour", "<td>Mon<td rowspan='2'>7B<td>9<tr><td>Tue<td>10",
     ["Day: Mon | Room: 7B | Hour: 9", "Day: Tue | Room: 7B | Hour: 10"]),
    ("<th>Visit<th>Fee", "<td>first<td rowspan=3>$40<tr><td>second<tr><td>third",
     ["Visit: first | Fee: $40", "Visit: second | Fee: $40", "Visit: third | Fee: $40"]),
    # to the end of its part, and no further
    ("<th>Plan<th>Share", "<td rowspan=0>Gold<td>10 %<tr><td>20 %<tbody><tr><td>Tin<td>50 %",
     ["Plan: Gold | Share: 10 %", "Plan: Gold | Share: 20 %", "Plan: Tin | Share: 50 %"]),
    ("<th>Plan<th>Share", "<td rowspan=99>Gold<td>10 %<tbody><tr><td>Tin<td>50 %",
     ["Plan: Gold | Share: 10 %", "Plan: Tin | Share: 50 %"]),
    # two rows of names
    ("<th rowspan=2>Salt<th colspan=2>Weight<tr><th>child<th>adult", "<td>citrate<td>1 g<td>2 g",
     ["Salt: citrate | Weight child: 1 g | Weight adult: 2 g"]),
    ("<th colspan=2>Pulse<th rowspan=2>Note<tr><th>rest<th>run", "<td>60<td>120<td>fine",
     ["Pulse rest: 60 | Pulse run: 120 | Note: fine"]),
    ("<th colspan=2>Our fees<tr><th>Act<th>Fee", "<td>call<td>$5", ["Our fees", "Act: call | Fee: $5"]),
    # a value of several columns
    ("<th>Unit<th>Dawn<th>Dusk", "<td>East<td colspan=2>closed", ["Unit: East | Dawn, Dusk: closed"]),
    ("<th>Unit<th>Dawn<th>Dusk", "<td colspan=3>Ring twice", ["Ring twice"]),
    # spans that mean nothing
    ("<th>A<th>B", "<td rowspan=x colspan=-2>1<td rowspan=''>2<tr><td>3<td>4", ["A: 1 | B: 2", "A: 3 | B: 4"]),
    ("<th>A<th>B", "<td>1<td colspan=999999999>2<tr><td>3<td>4", ["A: 1 | B: 2", "A: 3 | B: 4"]),
]  # fmt: skip


@pytest.mark.parametrize(("names", "rows", "lines"), MERGED)
def test_merged_cells_are_said_where_they_stand(names, rows, lines):
    assert blocks(f"<table><tr>{names}<tbody><tr>{rows}</table>") == lines


def test_merged_cells_make_no_table_endless():
    prose = "word " * 200
    lines = blocks(f"<table><tr><td rowspan=65534>{prose}<td>a" + "<tr><td>b" * 3_000 + "</table>")
    assert lines == [f"{prose.strip()} | a", *["b"] * 3_000]
    wide = blocks("<table><tr>" + "<td rowspan=0>x" * 20_000 + "<tr><td>b" * 2_000 + "</table>")
    assert sum(map(len, wide[1:])) < 2_000 * 600


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
