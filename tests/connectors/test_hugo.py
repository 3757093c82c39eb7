"""A site built by a real Hugo, followed by its sitemap, by its feed, and by its folder of Markdown."""

import gzip
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.conftest import Connected
from tests.connectors.hugo import Hugo, is_installed
from tests.connectors.servers import Asked, Reply, Site

pytestmark = [
    pytest.mark.skipif(not is_installed(), reason="Hugo is not installed: apt-get install hugo"),
    pytest.mark.timeout(120),
]

_YESTERDAY, _FAR = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


@pytest.fixture
def hugo(tmp_path: Path) -> Iterator[tuple[Hugo, Site]]:
    made = Hugo(tmp_path / "site")
    site = Site(made)
    made.url = site.url
    yield made, site
    site.close()


class Guide:
    """The site and the service that follows it in one of three ways."""

    def __init__(self, hugo: Hugo, site: Site, connected: Connected, kind: str) -> None:
        self.hugo, self.site, self.connected, self.kind = hugo, site, connected, kind
        settings = {
            "sitemap": {"url": site.url, "include": ["/guide/"], "exclude": ["/guide/$"], "trusts_lastmod": False},
            "feed": {"url": f"{site.url}/guide/index.xml"},
            "markdown": {"url": site.url, "folder": str(hugo.content)},
            "webhook": {"url": site.url},
        }
        connected.put(kind, **settings[kind])

    def run(self, **options: bool) -> set[str]:
        """Build the site, follow it, and tell what is stored."""
        self.hugo.build()
        self.connected.run(**options)
        return self.connected.titles()

    def told(self, name: str) -> str:
        """What a hook would name of a page."""
        return f"guide/{name}.md" if self.kind == "markdown" else f"/guide/{name}/"


@pytest.fixture(params=["sitemap", "markdown"])
def guide(request: pytest.FixtureRequest, hugo: tuple[Hugo, Site], connected: Connected) -> Guide:
    made = Guide(hugo[0], hugo[1], connected, request.param)
    for number in range(5):
        made.hugo.write(f"guide/page-{number}", f"Page {number}", date=_YESTERDAY)
    return made


def test_every_event_of_a_page_reaches_the_store(guide: Guide) -> None:
    hugo, pages = guide.hugo, {f"Page {number}" for number in range(5)}
    hugo.write("guide/draft", "A draft", draft="true")
    hugo.write("guide/ahead", "Ahead", publishDate=_FAR)
    assert guide.run() == pages, "published, and neither the draft nor what lies ahead"
    body = next(iter(guide.connected.documents().values())).body
    assert "What happens" in body
    assert "cookies" not in body
    assert "About us" not in body

    hugo.write("guide/page-0", "Page zero", date=_YESTERDAY)
    assert guide.run() == pages - {"Page 0"} | {"Page zero"}, "an update"
    hugo.write("guide/draft", "A draft", draft="false")
    hugo.write("guide/ahead", "Ahead", publishDate=_YESTERDAY)
    assert {"A draft", "Ahead"} <= guide.run(), "a draft is published, a date has come"
    hugo.write("guide/page-1", "Page 1", draft="true")
    assert "Page 1" not in guide.run(), "unpublished"
    hugo.write("guide/page-1", "Page 1", date=_YESTERDAY)
    assert "Page 1" in guide.run(), "restored"
    before = len(guide.connected.documents())
    hugo.write("guide/page-2", "Page 2", slug="another-address")
    guide.run()
    assert len(guide.connected.documents()) == before, "a new address makes no second document"
    assert any("another-address" in each.url for each in guide.connected.documents().values())
    hugo.write("guide/copy", "Page 3", date=_YESTERDAY)
    guide.run()
    assert len(guide.connected.documents()) == before + 1, "a copy is a page of its own"


def test_a_bulk_deletion_is_asked_about_and_what_comes_back_is_not_removed(guide: Guide) -> None:
    for number in range(5, 12):
        guide.hugo.write(f"guide/page-{number}", f"Page {number}")
    assert len(guide.run()) == 12
    for number in range(8):
        guide.hugo.remove(f"guide/page-{number}")
    assert len(guide.run()) == 12
    assert guide.connected.last.state == "held"
    guide.hugo.write("guide/page-0", "Page 0")
    guide.run()
    assert guide.connected.items.release() == 7
    assert guide.run() == {"Page 0", "Page 8", "Page 9", "Page 10", "Page 11"}


def test_a_folder_or_site_that_is_away_or_empty_loses_nothing(guide: Guide) -> None:
    assert len(guide.run()) == 5
    away = guide.hugo.content.rename(guide.hugo.folder / "away")
    guide.hugo.content.mkdir()
    assert len(guide.run()) == 5
    guide.hugo.content.rmdir()
    guide.connected.run()
    assert len(guide.connected.titles()) == 5
    away.rename(guide.hugo.content)
    assert len(guide.run()) == 5
    assert guide.connected.last.state == "succeeded"


def test_lost_doubled_and_late_notices_are_made_good(guide: Guide) -> None:
    chance = random.Random(5)
    for number in range(5, 12):
        guide.hugo.write(f"guide/page-{number}", f"Page {number}")
    guide.run()
    titles = {number: f"Page {number}" for number in range(12)}
    late: list[int] = []
    for step in range(20):
        number = chance.randrange(12)
        titles[number] = f"Edited {step}"
        guide.hugo.write(f"guide/page-{number}", titles[number])
        if (fate := chance.random()) < 0.1:
            continue
        if fate < 0.2:
            late.append(number)
            continue
        guide.connected.notice(*[guide.told(f"page-{number}")] * (2 if fate < 0.3 else 1))
        if step % 5 == 0:
            guide.run(full=False)
    guide.connected.notice(*(guide.told(f"page-{number}") for number in late))
    assert guide.run() == set(titles.values())


def test_pages_that_did_not_change_are_not_sent_again(hugo: tuple[Hugo, Site], connected: Connected) -> None:
    guide = Guide(*hugo, connected, "sitemap")
    connected.put("sitemap", url=guide.site.url, include=["/guide/"])
    guide.hugo.write("guide/dated", "Dated", date=_YESTERDAY, lastmod=_YESTERDAY)
    guide.hugo.write("guide/undated", "Undated")
    guide.run()
    guide.site.asked.clear()
    connected.run()
    read = {asked.path: asked for asked in guide.site.asked}
    assert "/guide/dated/" not in read, "its lastmod is the same"
    assert "if-none-match" in read["/guide/undated/"].headers


def test_robots_noindex_and_canonical_are_obeyed(hugo: tuple[Hugo, Site], connected: Connected) -> None:
    guide = Guide(*hugo, connected, "sitemap")
    guide.hugo.write("guide/open", "Open")
    guide.hugo.write("guide/secret", "Secret")
    guide.hugo.write("guide/hidden", "Hidden", noindex="true")
    guide.hugo.build()
    plain = guide.site.answer

    def answer(asked: Asked) -> Reply:
        if asked.path == "/robots.txt":
            sitemap = f"Sitemap: {guide.site.url}/all.xml.gz\n"
            return Reply(200, f"User-agent: *\nDisallow: /guide/secret\n{sitemap}".encode())
        if asked.path == "/all.xml.gz":
            index = f"<sitemapindex><sitemap><loc>{guide.site.url}/sitemap.xml</loc></sitemap></sitemapindex>"
            return Reply(200, gzip.compress(index.encode()), (("Content-Type", "application/gzip"),))
        reply = plain(asked)
        if asked.path == "/guide/copy/":
            return plain(asked._replace(path="/guide/open/"))
        if asked.path == "/sitemap.xml":
            extra = f"<url><loc>{guide.site.url}/guide/copy/</loc></url></urlset>"
            return reply._replace(body=reply.body.replace(b"</urlset>", extra.encode()))
        return reply

    guide.site.answer = answer
    connected.run()
    assert connected.titles() == {"Open"}


@pytest.mark.parametrize("cut", [0.3, 0.7])
def test_half_a_sitemap_is_none(hugo: tuple[Hugo, Site], connected: Connected, cut: float) -> None:
    guide = Guide(*hugo, connected, "sitemap")
    for number in range(5):
        guide.hugo.write(f"guide/page-{number}", f"Page {number}")
    assert len(guide.run()) == 5
    plain = guide.site.answer

    def half(asked: Asked) -> Reply:
        reply = plain(asked)
        return reply._replace(body=reply.body[: int(len(reply.body) * cut)]) if asked.path == "/sitemap.xml" else reply

    guide.site.answer = half
    connected.run()
    assert "broken off" in connected.row.message
    assert len(connected.titles()) == 5


def test_one_page_that_fails_keeps_no_other_from_being_read(hugo: tuple[Hugo, Site], connected: Connected) -> None:
    guide = Guide(*hugo, connected, "sitemap")
    for number in range(5):
        guide.hugo.write(f"guide/page-{number}", f"Page {number}")
    plain = guide.site.answer
    guide.site.answer = lambda asked: Reply(500, b"") if "page-1" in asked.path else plain(asked)
    assert len(guide.run()) == 4
    assert connected.last.problems[0].where.endswith("/guide/page-1/")
    guide.site.answer = plain
    assert len(guide.run()) == 5


def test_many_pages_that_always_fail_keep_no_run_from_its_end(
    hugo: tuple[Hugo, Site], connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexing.connectors.fetcher._FIRST_PAUSE_SECONDS", 0.01)
    guide = Guide(*hugo, connected, "sitemap")
    for number in range(12):
        guide.hugo.write(f"guide/page-{number:02}", f"Page {number}")
    plain = guide.site.answer
    guide.site.answer = lambda asked: Reply(500, b"") if "page-0" in asked.path else plain(asked)
    assert guide.run() == {"Page 10", "Page 11"}
    assert (connected.last.state, connected.last.counts["failed"]) == ("succeeded", 10)
    guide.site.answer = plain
    assert len(guide.run(full=False)) == 12, "what did not answer is asked for again by the next run"


def test_a_feed_brings_what_is_new_and_never_removes(hugo: tuple[Hugo, Site], connected: Connected) -> None:
    guide = Guide(*hugo, connected, "feed")
    for number in range(3):
        guide.hugo.write(f"guide/page-{number}", f"Page {number}", date=_YESTERDAY)
    assert guide.run() == {"Page 0", "Page 1", "Page 2"}
    assert "What happens" in next(iter(connected.documents().values())).body, "of a teaser the page is read"
    guide.hugo.write("guide/page-0", "Page zero", date=_YESTERDAY)
    guide.hugo.remove("guide/page-1")
    guide.hugo.write("guide/page-9", "Page 9", date=_YESTERDAY)
    assert guide.run() == {"Page zero", "Page 1", "Page 2", "Page 9"}
    connected.notice(f"{guide.site.url}/guide/page-1/", f"{guide.site.url}/guide/page-2/")
    assert guide.run() == {"Page zero", "Page 2", "Page 9"}, "a hook made it look, and the page was gone"
    plain = guide.site.answer
    guide.site.answer = lambda asked: Reply(200, plain(asked).body[:200])
    connected.run()
    assert connected.row.message
    assert len(connected.titles()) == 3


def test_a_site_of_hooks_alone_is_read_page_by_page(hugo: tuple[Hugo, Site], connected: Connected) -> None:
    guide = Guide(*hugo, connected, "webhook")
    guide.hugo.write("guide/one", "One")
    guide.hugo.write("guide/two", "Two")
    assert guide.run() == set()
    connected.notice("/guide/one/", "/guide/two/", "/guide/none/")
    assert guide.run() == {"One", "Two"}
    guide.hugo.remove("guide/one")
    guide.hugo.write("guide/two", "Second")
    connected.notice("/guide/one/", "/guide/two/", "/guide/two/")
    assert guide.run() == {"Second"}


def test_a_large_site_is_read_in_slices(connected: Connected) -> None:
    pages = 10_000

    def answer(asked: Asked) -> Reply:
        if asked.path == "/sitemap.xml":
            urls = "".join(
                f"<url><loc>{place.url}/p/{n}</loc><lastmod>2026-01-01</lastmod></url>" for n in range(pages)
            )
            return Reply(200, f"<urlset>{urls}</urlset>".encode())
        if asked.path == "/robots.txt":
            return Reply(404)
        text = f"<html><title>Page {asked.path}</title><main>{'Rest after an infusion. ' * 20}</main></html>"
        return Reply(200, text.encode(), (("Content-Type", "text/html"),))

    place = Site(answer)
    try:
        connected.put("sitemap", url=place.url)
        connected.parts.connectors.request("site", full=True)
        assert connected.parts.runner.run_slice("site", "test-1-1", seconds=3) is True
        first = connected.items.counts().published
        assert 0 < first < pages
        assert connected.last.state == "running"
        listed = _count(place, "/sitemap.xml")
        assert connected.parts.runner.run_slice("site", "other-2-2", seconds=1) is True
        assert connected.items.counts().published > first
        assert _count(place, "/sitemap.xml") == listed, "the listing is kept"
    finally:
        place.close()


def _count(place: Site, path: str) -> int:
    return sum(asked.path == path for asked in place.asked)
