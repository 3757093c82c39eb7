"""Content as it really comes: small sites in the shape of public bug reports, written, indexed and searched.

The cases are data that is not part of the project (`content_cases.jsonl`); where it is absent, nothing is run. What is
right stands there in prose; here it is a check for each name or kind.
"""

import json
import os
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from litestar.testing import TestClient

from indexing.bootstrap import Parts
from indexing.settings import Settings
from search_api.app import create_app
from search_api.services import build_services
from tests.conftest import ROOT, SHARED_DATA, index_all, store

CASES_FILE = Path(os.environ.get("SHARED_DATA", SHARED_DATA)) / "content_cases.jsonl"
MARK = ("<mark>", "</mark>")
OWN_DOCUMENTS: dict[str, list[dict[str, Any]]] = {
    "sg-lig": [{"type": "article", "id": "sg-1", "title": "ﬁngolimod and you", "body": "<p>x</p>"}],
    "sg-apos": [{"type": "article", "id": "sg-2", "title": "Dr. O'Brannigan explains", "body": "<p>x</p>"}],
    "sg-apos2": [{"type": "article", "id": "sg-2", "title": "Dr. O'Brannigan explains", "body": "<p>x</p>"}],
    "sg-nfd": [{"type": "article", "id": "sg-3", "title": "Cafe\u0301ina diaria", "body": "<p>x</p>"}],
    "sg-perma": [
        {"type": "article", "id": "sg-4", "title": "Birds", "body": "<h2 id=q>Quetzal schedule<a href='#q'>¶</a></h2>y"}
    ],
    "sg-ent": [{"type": "article", "id": "sg-5", "title": "Kiwis &amp; you: it&#8217;s fine", "body": "<p>x</p>"}],
    "sg-front": [
        {
            "type": "article",
            "id": "sg-6",
            "title": "Front",
            "body": "---\ntitle: Riluzole notes\nslug: riluzole\n---\n\nRiluzole slows.",
            "body_format": "markdown",
        }
    ],
    "future": [
        {"type": "article", "id": "fu-9", "title": "Margay", "body": "<p>m</p>", "published_at": "2099-01-01T00:00:00Z"}
    ],
    "data-uri": [
        {
            "type": "article",
            "id": "du-1",
            "title": "Data",
            "body": f"<p>Echidna</p><img src='data:image/png;base64,{'QUFB' * 100_000}' alt='spines'>",
        }
    ],
    "huge-table": [
        {
            "type": "article",
            "id": "tb-1",
            "title": "Rows",
            "body": "<table><tr><th>Animal</th><th>No</th></tr>"
            + "".join(f"<tr><td>gilamonster</td><td>row {n}</td></tr>" for n in range(4_000))
            + "</table>",
        }
    ],
}
REQUESTS = {"future": {"q": "margay"}, "data-uri": {"q": "echidna"}, "huge-table": {"q": "gilamonster row 3999"}}


class Answer:
    """What came back for one case, with what checks ask of it."""

    def __init__(self, site: Any, case: dict[str, Any], response: Any) -> None:
        self.site, self.case, self.response, self.json = site, case, response, response.json()

    @property
    def ids(self) -> list[str]:
        return [hit["id"] for hit in self.json["hits"]]

    @property
    def q(self) -> str:
        return str(self.case["request"]["params"]["q"])

    def hit(self, id: str = "") -> dict[str, Any]:
        id = id or self.case["documents"][0]["id"]
        found = [hit for hit in self.json["hits"] if hit["id"] == id]
        assert found, f"{id} not found: {self.ids}"
        return found[0]

    def marks(self, id: str = "") -> str:
        hit = self.hit(id)
        return f"{hit['title_html']} {hit['snippet_html']}"

    def search(self, **params: Any) -> dict[str, Any]:
        return self.site.client.get("/v1/search", params=params).json()

    def others(self) -> dict[str, Any]:
        return {name: value for name, value in self.case["request"]["params"].items() if name != "q"}

    @property
    def near(self) -> str:
        return str(self.json["query"]["interpreted"].get("near", {}).get("label", ""))


Check = Callable[[Answer], None]


def by_keyword(id: str, *marked: str) -> Check:
    def check(answer: Answer) -> None:
        hit = answer.hit(id)
        assert "keyword" in hit["matched"], hit["matched"]
        plain = unicodedata.normalize("NFC", answer.marks(id))
        for word in marked:
            assert f"<mark>{word}</mark>" in plain, plain

    return check


def first(id: str, *marked: str) -> Check:
    def check(answer: Answer) -> None:
        assert answer.ids[:1] == [id], answer.ids
        by_keyword(id, *marked)(answer)

    return check


def before(better: str, worse: str) -> Check:
    def check(answer: Answer) -> None:
        assert better in answer.ids
        assert worse not in answer.ids or answer.ids.index(better) < answer.ids.index(worse), answer.ids

    return check


def section(id: str, heading: str, anchor: str = "") -> Check:
    def check(answer: Answer) -> None:
        hit = answer.hit(id)
        assert hit["section"], hit
        assert hit["section"]["heading"] == heading, hit["section"]
        if anchor:
            assert hit["section"]["anchor"] == anchor, hit["section"]
            assert hit["url"].endswith(f"#{anchor}"), hit["url"]

    return check


def anchor(id: str, anchor: str) -> Check:
    def check(answer: Answer) -> None:
        assert answer.hit(id)["section"]["anchor"] == anchor, answer.hit(id)["section"]

    return check


def shown_without(id: str, *texts: str) -> Check:
    def check(answer: Answer) -> None:
        shown = answer.marks(id).replace("<mark>", "").replace("</mark>", "")
        shown += json.dumps(answer.hit(id).get("section"))
        for text in texts:
            assert text not in shown, shown

    return check


def same_as(q: str, *, filters_only: bool = False) -> Check:
    def check(answer: Answer) -> None:
        other = answer.search(q=q, **answer.others())
        assert answer.json["total"] == other["total"], (answer.json["total"], other["total"])
        assert answer.ids == [hit["id"] for hit in other["hits"]]
        mine, theirs = answer.json["query"]["interpreted"], other["query"]["interpreted"]
        assert {**mine, "text": ""} == {**theirs, "text": ""}

    return check


def first_hits_shared(answer: Answer) -> None:
    q = answer.case["kind"].split("' als ")[0]
    written = answer.case["kind"].split("'")
    other = [hit["id"] for hit in answer.search(q=written[3], **answer.others())["hits"]]
    assert (answer.ids[:1] == other[:1] and len(set(answer.ids[:3]) & set(other[:3])) >= 2) or answer.ids == other, (
        q,
        answer.ids,
        other,
    )


def suggests(text: str, html: str = "") -> Check:
    def check(answer: Answer) -> None:
        found = {each["text"]: each["html"] for each in answer.json["suggestions"]}
        assert text in found, found
        assert not html or html in found[text], found[text]

    return check


def warns(*paths: str) -> Check:
    def check(answer: Answer) -> None:
        if answer.response.status_code == 400:
            return
        found = {warning["path"] for warning in answer.json["warnings"]}
        assert set(paths) <= found, found

    return check


def near(label: str) -> Check:
    def check(answer: Answer) -> None:
        assert answer.near.lower().replace("’", "'").startswith(label.lower()), answer.json["query"]["interpreted"]

    return check


def no_place(answer: Answer) -> None:
    assert not answer.near, answer.near


def either(*checks: Check) -> Check:
    def check(answer: Answer) -> None:
        failed = []
        for each in checks:
            try:
                each(answer)
            except AssertionError as error:
                failed.append(str(error))
            else:
                return
        raise AssertionError(failed)

    return check


def price(low: float | None, high: float | None) -> Check:
    def check(answer: Answer) -> None:
        understood = answer.json["query"]["interpreted"]
        assert (understood.get("price_min"), understood.get("price_max")) == (low, high), understood

    return check


def understood(name: str, value: str) -> Check:
    def check(answer: Answer) -> None:
        assert value in answer.json["query"]["interpreted"].get(name, []), answer.json["query"]["interpreted"]

    return check


def found(*ids: str) -> Check:
    def check(answer: Answer) -> None:
        assert set(ids) <= set(answer.ids), answer.ids

    return check


def only(*ids: str) -> Check:
    def check(answer: Answer) -> None:
        assert [id for id in answer.ids if id[:3] in {i[:3] for i in ids}] == list(ids), answer.ids

    return check


def recognised(answer: Answer) -> None:
    hit = answer.hit()
    assert [*hit["conditions"], *hit["treatments"]]


def is_ok(answer: Answer) -> None:
    assert answer.response.status_code == 200, answer.response.text


def all_of(*checks: Check) -> Check:
    def check(answer: Answer) -> None:
        for each in checks:
            each(answer)

    return check


def located(answer: Answer) -> None:
    assert answer.hit()["location"] or answer.site.warned


def hit_title(id: str, title: str) -> Check:
    def check(answer: Answer) -> None:
        assert answer.hit(id)["title"] == title

    return check


def recommends_plainly(answer: Answer) -> None:
    rec = next(each for each in answer.json["recommendations"] if each["id"] == "ent-1")
    assert rec["title"] == "Alcohol & gabapentoids – what’s safe"
    _plain(rec["summary"])


def no_hits(answer: Answer) -> None:
    assert answer.json["total"] == 0, answer.ids


def not_corrected(answer: Answer) -> None:
    corrected = answer.json["query"]["corrected"]
    assert corrected is None or not any(c.isdigit() for c in corrected), corrected


def places_are_known(answer: Answer) -> None:
    if "q" in answer.case["request"]["params"]:
        expected = answer.case["expected"]
        if expected.startswith("no place"):
            return no_place(answer)
        if expected == "not corrected to another word":
            corrected = answer.json["query"]["corrected"]
            assert corrected is None or "ketamin" in corrected, corrected
            return None
        if expected.startswith("near 78735"):
            assert answer.near.startswith("Austin"), answer.near
            assert "zip" not in answer.json["query"]["interpreted"]["text"]
            return None
        label = expected.removesuffix(" or no place")
        plain = unicodedata.normalize("NFD", label).encode("ascii", "ignore").decode()
        if not answer.near and expected.endswith("or no place"):
            return None
        assert answer.near.lower() == plain.lower(), answer.json["query"]["interpreted"]
        return None
    return is_ok(answer)


CHECKS: dict[str, Check] = {
    "shy": by_keyword("shy-1", "tachyphylaxis"),
    "zwsp": by_keyword("zw-1"),
    "wj": by_keyword("zw-1"),
    "nfd-doc": by_keyword("nfd-1", unicodedata.normalize("NFC", "Peña")),
    "nfd-q2": near("Canon City, CO"),
    "apos-q-FF07": first("apos-1", "O&#x27;Shaughnessy"),
    "apos-q-2019": first("apos-1", "O&#x27;Shaughnessy"),
    "apos-doc": by_keyword("apos-2", "OʼKeeffe", "O‘Mahony", "O´Gorman"),
    "apos-space": first("apos-1"),
    "tm-sprav": same_as("Spravato cost"),
    "sup": by_keyword("sup-1", "alexithymia"),
    "sup-u": by_keyword("sup-2", "trichotillomania"),
    "trans": by_keyword("tr-1", "Søren", "Møller", "Łukasz"),
    "rtl": by_keyword("rtl-1"),
    "hi": only("hi-1"),
    "emoji-q": no_hits,
    "slug-tm": anchor("slg-1", "what-is-spravato"),
    "ent-title": hit_title("ent-1", "Alcohol & gabapentoids – what’s safe"),
    "ent-sum": lambda a: _plain(a.hit("ent-1")["summary"]),
    "esc": shown_without("esc-1", "&lt;", "&amp;lt;", "<p>", "<b>"),
    "cdata": shown_without("cd-1", "]]", "CDATA"),
    "btn": section("btn-1", "Is propofol the same thing?"),
    "br-h": section("brh-1", "Ketamine versus bupropion"),
    "blk-h": all_of(section("not-1", "Aftercare"), shown_without("not-1", "AftercareDrink")),
    "perma": section("pl-1", "Cost"),
    "perma2": section("pl-1", "Who"),
    "dup-id": anchor("di-1", "cost"),
    "dup-slug": anchor("ds-1", "cost-1-1"),
    "kram": section("kr-1", "What it costs", "pricing"),
    "front": shown_without("fm-1", "slug", "title:", "draft"),
    "toml": shown_without("fm-2", "draft", "+++"),
    "mdx": shown_without("mdx-1", "import", "export", "editor note", ":::", "{/*"),
    "short": shown_without("sc-1", "[vc_row", "[caption", "contact-form", "[/"),
    "until": found("uf-1"),
    "dnone": shown_without("dn-1", "check_circle", "trackingpixel"),
    "nav": no_hits,
    "unclosed": lambda a: _unglued(a),
    "role-h": section("rh-1", "Who it helps", "who"),
    "name-before": anchor("nb-1", "pricing"),
    "md-dl": all_of(found("md-1"), shown_without("md-1", "~~", "[x]", "[^1]")),
    "tm-mid": found("tm-3"),
    "tm-phrase": found("tm-3"),
    "tm-interp": same_as("Spravato"),
    "sup-mid": found("sup-3"),
    "sup-mid2": by_keyword("sup-3", "dystonia"),
    "supu-mid": found("sup-4"),
    "dup-title2": anchor("vt-1", "valproate-1"),
    "dup-title": anchor("Topiramate", "topiramate-1"),
    "hyph-none": by_keyword("fu-1", "follow-up"),
    "hyph-spaced": found("pk-1"),
    "iv-dots": same_as("IV ketamine clinic"),
    "dots-doc": first("fda-1", "F.D.A."),
    "dose-glue": before("dg-1", "dg-2"),
    "thousand": first("th-1", "1,200"),
    "price-5": price(None, 500),
    "price-11": price(None, 500),
    "price-15": price(None, 500),
    "stem-hosp2": before("hs-2", "hs-1"),
    "stem-org": before("or-2", "or-1"),
    "stem-import": before("im-2", "im-1"),
    "stem-medic": before("me-2", "me-1"),
    "stem-univ": before("un-2", "un-1"),
    "stem-er": by_keyword("er-1", "higher"),
    "stem-irreg": by_keyword("ir-1", "child", "woman", "foot"),
    "q-0x201e": only("ph-1"),
    "q-0xab": only("ph-1"),
    "q-0xff02": only("ph-1"),
    "q-0x201c": only("ph-1"),
    "sg-lig": suggests("ﬁngolimod and you", "<mark>ﬁng</mark>olimod"),
    "sg-apos": suggests("Dr. O'Brannigan explains", "<mark>O&#x27;Brannigan</mark>"),
    "sg-apos2": suggests("Dr. O'Brannigan explains", "<mark>O&#x27;Bra</mark>nnigan"),
    "sg-nfd": suggests("Cafe\u0301ina diaria", "<mark>Cafe\u0301i</mark>na"),
    "sg-perma": suggests("Quetzal schedule"),
    "sg-ent": suggests("Kiwis & you: it’s fine"),
    "sg-front": lambda a: _no_suggestion(a, "title:"),
    **{f"ph-{n}": lambda a: _first_id(a, "pc-1") for n in range(6)},
    "street": lambda a: _first_id(a, "pc-1"),
    "street2": lambda a: _first_id(a, "pc-1"),
    "prov-Dr. O Neil": lambda a: _among(a, "pc-1", 3),
    "pl-ketamine clinic o'fallon mo": near("O Fallon, MO"),
    "pl-ketamine clinic n.y.c.": near("New York"),
    "pl-ketamine clinic la jolla": near("La Jolla"),
    "ld": warns("@context", "@type", "telephone", "priceRange", "address.streetAddress", "address.postalCode", "geo"),
    "addr-typo": warns("address.zipcode"),
    "prov-typo": warns("providers[0].title"),
    "null-island": warns("location"),
    "sign": warns("location"),
    "desc-html": shown_without("dh-1", "<p>", "&lt;", "&amp;amp;", "<ul>"),
    "h-img": section("hi-9", "Olanzapine", "lg"),
    "btn-p": found("bp-1"),
    "ctrl": lambda a: _no_controls(a, "ct-1"),
    "hash-url": lambda a: _keeps_route(a),
    "q-shy": same_as("treatment-resistant depression"),
    "future": lambda a: _absent(a, "fu-9"),
    "correction into a footnote number": not_corrected,
    "soren": lambda a: _not_corrected_found(a),
    "suggest over ™": suggests("Zurampic™ basics for readers"),
    "first heading against title with other apostrophe": lambda a: _no_section(a),
    "Webflow ZWJ": all_of(section("wf-1", "Wombat prices"), shown_without("wf-1", "\u200d")),
    "Markdown in a clinic description": shown_without("", "**", "](", "[map"),
    "recommendation summary": recommends_plainly,
    "abbr: Spravato(R) clinic austin": same_as("spravato clinic austin"),
    "abbr: k.a.p. clinic austin": same_as("kap clinic austin"),
    "abbr: o.c.d. ketamine clinic austin": same_as("ocd ketamine clinic austin"),
    "abbr: v.a. ketamine clinic austin": same_as("va ketamine clinic austin"),
    "abbr: b.c.b.s. ketamine clinic austin": same_as("bcbs ketamine clinic austin"),
    "data-uri": found("du-1"),
    "huge-table": all_of(found("tb-1"), lambda a: _holds(a.marks("tb-1"), "row", "3999")),
    "es": lambda a: _first_id(a, "es-1"),
    "nbhyph": lambda a: _first_id(a, "nbh-1"),
    "poss": first("poss-1", "Raynaud’s", "Sjögren&#x27;s"),
    "ocr": found("ocr-1"),
    "tm-q": by_keyword("tm-2"),
    "gdocs": section("gd-1", "Follow-up"),
    "hl-half": by_keyword("hlh-1", "selegiline"),
    "num-typo": all_of(lambda a: _first_id(a, "yr-2"), lambda a: _lacks(a.site, a, "<mark>2000")),
    "summary": found("sum-1"),
    "lig": by_keyword("lig-1", "ﬁbrinogen"),
    "tm": by_keyword("tm-1"),
    "dose": before("dz-1", "dz-2"),
    "no-loc": found("nl-1"),
    "hl-I": by_keyword("hli-1", "phenelzine", "İstanbul"),
    "reg": by_keyword("reg-1"),
    "h-table": section("ht-1", "Figure head", "fi"),
    "hl-typo": by_keyword("ty-1", "Brexanolone"),
    "hl-mark": lambda a: _escaped(a.marks("xss-1")),
    "date-line": found("gl-1", "gl-2"),
    "comment-in": found("ci-1"),
    "hid-attr": no_hits,
    "chem": lambda a: _first_id(a, "ch-1"),
    "dl": lambda a: _holds(a.marks("dl-1"), "Peak", "Agomelatine"),
    "stop-phrase": found("st-1"),
    "alt": by_keyword("al-1", "Felbamate", "Vigabatrin"),
    "case-id": found("CaseId", "caseid"),
    "emoji-h": anchor("emo-1", "-dosage-table"),
    "word": anchor("wd-1", "_Toc55"),
    "cjk": found("zh-1"),
    "gut": section("gu-1", "Risks", "h-risks"),
    "wbr": by_keyword("wbr-1"),
    "inline": by_keyword("in-1", "Desvenlafaxine", "nortriptyline"),
    "bom": by_keyword("bom-1"),
    "pole": found("gp-1", "gp-2"),
    "tag-facet": lambda a: _tags(a),
    "td": by_keyword("td-1", "Trazodone", "Dose"),
    "ruby": found("rb-1"),
}
KINDS: dict[str, Check] = {
    "place:": places_are_known,
    "near:": places_are_known,
    "city without ZIP:": located,
    "join-": first_hits_shared,
    "tax-": recognised,
}


def _plain(text: str) -> None:
    assert text, "empty"
    assert "<" not in text, text
    assert "&" not in text, text


def _unglued(answer: Answer) -> None:
    hits = [hit for hit in answer.json["hits"] if hit["id"] == "uc-1"] or answer.search(
        q="amitriptyline", type="article", per_page=50
    )["hits"]
    hit = next(hit for hit in hits if hit["id"] == "uc-1")
    assert hit["section"]["heading"] == "Doses"


def _no_suggestion(answer: Answer, text: str) -> None:
    assert not any(text in each["text"] for each in answer.json["suggestions"])


def _absent(answer: Answer, id: str) -> None:
    assert id not in answer.ids, answer.ids


def _first_id(answer: Answer, id: str) -> None:
    assert answer.ids[:1] == [id], answer.ids


def _among(answer: Answer, id: str, count: int) -> None:
    assert id in answer.ids[:count], answer.ids


def _no_controls(answer: Answer, id: str) -> None:
    text = answer.marks(id)
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} and c != "\n" for c in text), repr(text)


def _keeps_route(answer: Answer) -> None:
    assert "#/read/x" in answer.hit("hu-1")["url"], answer.hit("hu-1")["url"]


def _not_corrected_found(answer: Answer) -> None:
    assert answer.json["query"]["corrected"] is None
    assert answer.ids[0] == "own-clinic", answer.ids


def _no_section(answer: Answer) -> None:
    assert answer.hit("ti-1")["section"] is None, answer.hit("ti-1")["section"]


def _holds(text: str, *words: str) -> None:
    plain = text.replace("<mark>", "").replace("</mark>", "")
    for word in words:
        assert word in plain, plain


def _lacks(site: Any, answer: Answer, text: str) -> None:
    assert text not in json.dumps(answer.json)


def _escaped(html: str) -> None:
    bare = html.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare, bare


def _tags(answer: Answer) -> None:
    counts = {each["value"]: each["count"] for each in answer.json["facets"]["tag"]}
    assert counts["sleep"] == 3, counts
    assert len(counts) >= 8, counts


def check_of(case: dict[str, Any]) -> Check | None:
    """The check of a case; None where it only informs."""
    name = case["name"]
    for prefix, check in KINDS.items():
        if name.startswith(prefix):
            return check
    return CHECKS.get(name)


@cache
def cases() -> list[dict[str, Any]]:
    if not CASES_FILE.exists():
        return []
    return [json.loads(line) for line in CASES_FILE.read_text("utf-8").splitlines()]


class _NoDoorbell:
    def ring(self, lane: str) -> None: ...

    def trouble(self) -> None:
        return None


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The sample site with the real application; on Meilisearch where `MEILI_URL` names one."""
    import sys

    sys.path.insert(0, str(ROOT))
    from deploy.demo import sample_articles
    from deploy.sample.clinics import clinics

    embedder = os.environ.get("CONTENT_EMBEDDER", "openvino")
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("site"),
        embedder=embedder,
        anonymous_per_minute=1_000_000,
        meili_url=os.environ.get("MEILI_URL", ""),
        meili_api_key=os.environ.get("MEILI_API_KEY", ""),
        meili_prefix=f"content{os.getpid()}",
    )
    parts = Parts(settings)
    parts.synchroniser.sweep()
    store(parts, "article", *(_untyped(each) for each in sample_articles()), lane="bulk")
    store(parts, "clinic", *(_untyped(each) for each in clinics(100)), lane="bulk")
    index_all(parts)
    services = build_services(parts, _NoDoorbell())
    key = {"Authorization": f"Bearer {parts.keys.create('write', ['write'])}"}
    with TestClient(create_app(services), raise_server_exceptions=False) as client:
        yield SimpleNamespace(client=client, parts=parts, services=services, key=key, warned=False)


def _untyped(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "type"}


def _completed(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The documents of a case; where only what matters of one is given, the rest is added."""
    given = OWN_DOCUMENTS.get(case["name"]) or [each for each in case["documents"] if isinstance(each, dict)]
    if case["name"] == "recommendation summary":
        given = next(each["documents"] for each in cases() if each["name"] == "ent-title")
    documents = []
    for each in given:
        document = {"type": "article" if "body" in each else "clinic", **each}
        if document["type"] == "article":
            document = {
                "id": "own-article",
                "title": "A page",
                "body": "<p>x</p>",
                "url": "https://site.example/own",
                **document,
            }
        else:
            base = {"id": "own-clinic", "name": "Markdown Clinic Numbat", "url": "/c/own"}
            address = {"street": "1 Elm St", "city": "Austin", "state": "TX", "zip": "78701"}
            document = {**base, "address": address, **document}
        documents.append(document)
    return documents


KNOWN = {
    "hyph-spaced": "the clinics' index does not know the word, so that `pain` alone covers their names",
    "stem-medic": "of two documents the one whose title holds the other word leads",
    "street2": "an address is read as a question, and meaning outweighs a listing that holds every word",
    "hl-half": "nearness in meaning outweighs the only mention of a medicine's name",
}
"""What is not treated right yet by the embedded engine, and why; each must fail, so that a mend is noticed."""


def _parameter(case: dict[str, Any]) -> Any:
    reason = KNOWN.get(case["name"])
    is_embedded = not os.environ.get("MEILI_URL")
    marks = [pytest.mark.xfail(reason=reason, strict=is_embedded)] if reason else []
    return pytest.param(case, id=case["name"], marks=marks)


@pytest.mark.skipif(not cases(), reason="the cases are not at hand")
@pytest.mark.parametrize("case", [_parameter(case) for case in cases()])
def test_content_is_treated_right(site: Any, case: dict[str, Any]) -> None:
    check = check_of(case)
    documents = _completed(case)
    receipts = [site.client.put(f"/v1/{each['type']}s/{each['id']}", json=each, headers=site.key) for each in documents]
    assert all(receipt.status_code == 202 for receipt in receipts), [receipt.text for receipt in receipts]
    site.warned = any(receipt.json()["warnings"] for receipt in receipts)
    index_all(site.parts)
    site.services.suggester.refresh()
    written = list(documents)
    try:
        request = case["request"] if isinstance(case["request"], dict) else {"path": "/v1/search"}
        request = {"params": REQUESTS.get(case["name"], {}), **request}
        case = {**case, "request": request, "documents": documents}
        method = request.get("method", "GET")
        headers = site.key if method == "PUT" else {}
        response = site.client.request(
            method, request["path"], params=request["params"], json=request.get("body"), headers=headers
        )
        if method == "PUT":
            written.append({"type": request["path"].split("/")[2][:-1], "id": request["path"].split("/")[3]})
        assert response.status_code < 500, response.text
        if check is not None:
            check(Answer(site, case, response))
    finally:
        for each in written:
            site.client.delete(f"/v1/{each['type']}s/{each['id']}", headers=site.key)
        index_all(site.parts)
