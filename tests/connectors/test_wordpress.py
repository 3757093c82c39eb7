"""A real WordPress, edited over its REST API, behind a proxy that injects faults."""

import json
import os
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from indexing.bootstrap import Parts
from indexing.connectors.kinds import KindSettings, parse_settings
from indexing.errors import SourceForbidden
from search_api.http.services import SilentDoorbell
from search_api.services import build_services
from tests.conftest import index_all
from tests.connectors.conftest import Connected
from tests.connectors.servers import Asked, Proxy, Reply, Site
from tests.connectors.wordpress import WordPress
from tests.serving import served

_MANY = int(os.environ.get("TEST_POSTS", "250"))
"""Posts of the large site."""

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]


@pytest.fixture
def proxy(wordpress: WordPress) -> Iterator[tuple[Proxy, Site]]:
    made = Proxy(f"127.0.0.1:{wordpress.port}")
    site = Site(made)
    yield made, site
    site.close()


@pytest.fixture
def blog(wordpress: WordPress, proxy: tuple[Proxy, Site], connected: Connected) -> Iterator["Blog"]:
    made = Blog(wordpress, proxy[0], proxy[1], connected)
    yield made
    made.clear()


class Blog:
    """The site and the service that follows it."""

    def __init__(self, wordpress: WordPress, proxy: Proxy, site: Site, connected: Connected) -> None:
        self.wordpress, self.proxy, self.site, self.connected = wordpress, proxy, site, connected
        connected.put("wordpress", url=site.url)

    def post(self, title: str, **fields: Any) -> int:
        body = {"title": title, "content": f"<p>On {title}.</p>", "status": "publish", **fields}
        number: int = self.wordpress.call("POST", "posts", body)["id"]
        return number

    def edit(self, number: int, **fields: Any) -> Any:
        return self.wordpress.call("POST", f"posts/{number}", fields)

    def delete(self, number: int, *, force: bool = True) -> None:
        self.wordpress.call("DELETE", f"posts/{number}", force=str(force).lower())

    def published(self) -> set[str]:
        """What the public sees, as the site itself tells it."""
        titles: set[str] = set()
        for kind in ("posts", "pages"):
            page = 1
            while True:
                found = self.wordpress.call("GET", kind, per_page=100, page=page, status="publish", _fields="title")
                titles |= {each["title"]["rendered"].replace("&#038;", "&").replace("&#8217;", "’") for each in found}
                if len(found) < 100:
                    break
                page += 1
        return titles

    def clear(self) -> None:
        for kind in ("posts", "pages"):
            for status in ("publish", "draft", "future", "trash"):
                for each in self.wordpress.call("GET", kind, per_page=100, status=status, _fields="id"):
                    self.wordpress.call("DELETE", f"{kind}/{each['id']}", force="true")


def test_every_event_of_a_post_reaches_the_store(blog: Blog) -> None:
    run, titles = blog.connected.run, blog.connected.titles
    first, second, third = blog.post("First & foremost"), blog.post("Second"), blog.post("Third")
    page = blog.wordpress.call("POST", "pages", {"title": "A page", "content": "<p>Hi</p>", "status": "publish"})
    draft = blog.post("Unfinished", status="draft")
    later = blog.post(
        "Tomorrow", status="future", date=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 86_400))
    )
    assert run().counts["stored"] == 4
    assert titles() == {"First & foremost", "Second", "Third", "A page"} == blog.published()

    blog.edit(first, title="First again", content="<p>Now on ketamine &amp; sleep<script>alert(1)</script></p>")
    changed = run(full=False)
    stored = blog.connected.documents()[f"site-{first}"]
    assert changed.counts["stored"] == 1
    assert stored.title == "First again"
    assert "script" not in stored.body

    slug = blog.edit(second, slug="another-address")["link"]
    run(full=False)
    assert blog.connected.documents()[f"site-{second}"].url == slug

    blog.edit(draft, status="publish")
    blog.edit(later, status="publish", date=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 60)))
    run(full=False)
    assert titles() == {"First again", "Second", "Third", "A page", "Unfinished", "Tomorrow"} == blog.published()

    blog.edit(first, status="draft")
    blog.edit(second, status="private")
    blog.edit(third, password="secret")
    blog.wordpress.call("DELETE", f"pages/{page['id']}")
    run(full=False)
    assert titles() == {"First again", "Second", "A page", "Unfinished", "Tomorrow"}, "others just vanish from the list"
    assert run().counts["removed"] == 3
    assert titles() == {"Unfinished", "Tomorrow"}

    blog.edit(first, status="publish")
    blog.wordpress.call("POST", f"pages/{page['id']}", {"status": "publish"})
    copy = blog.post("Unfinished")
    run(full=False)
    stored_ids = blog.connected.documents().keys()
    assert {f"site-{first}", f"site-{page['id']}", f"site-{draft}", f"site-{copy}"} <= stored_ids
    assert titles() == {"Unfinished", "Tomorrow", "First again", "A page"}


def test_a_bulk_deletion_waits_for_an_editor(blog: Blog) -> None:
    numbers = [blog.post(f"Post {number}") for number in range(8)]
    blog.connected.run()
    for number in numbers[:5]:
        blog.delete(number)
    held = blog.connected.run()
    assert (held.state, held.counts["removed"]) == ("held", 0)
    assert len(blog.connected.titles()) == 8
    blog.connected.run()
    assert blog.connected.items.counts().held == 5
    assert blog.connected.items.release() == 5
    assert blog.connected.run().counts["removed"] == 5
    assert blog.connected.titles() == blog.published()


def test_a_site_that_suddenly_answers_with_nothing_loses_nothing(blog: Blog) -> None:
    for number in range(3):
        blog.post(f"Post {number}")
    blog.connected.run()
    empty = Reply(200, b"[]", (("Content-Type", "application/json"), ("X-WP-TotalPages", "0")))
    blog.proxy.fault = lambda asked, reply: empty if "/posts" in asked.path or "/pages" in asked.path else None
    assert blog.connected.run().state == "held"
    assert len(blog.connected.titles()) == 3
    blog.proxy.fault = lambda asked, reply: None
    assert blog.connected.run().state == "succeeded"
    assert blog.connected.items.counts().held == 0


def _broken(asked: Asked, reply: Reply | None) -> Reply | None:
    """Every third answer is a server's error, and every fourth one is broken off."""
    if reply is None:
        return Reply(500, b"down") if random.random() < 0.34 else None
    return reply._replace(cut=len(reply.body) // 2) if random.random() < 0.25 else None


def test_faults_of_the_server_cost_only_time(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexing.connectors.fetcher._FIRST_PAUSE_SECONDS", 0.01)
    random.seed(7)
    numbers = [blog.post(f"Post {number}") for number in range(30)]
    blog.proxy.fault = _broken
    states = set()
    for _ in range(40):
        states.add(blog.connected.run().state)
        if blog.connected.titles() == blog.published():
            break
    assert blog.connected.titles() == blog.published()
    blog.delete(numbers[0])
    blog.edit(numbers[1], title="Renamed meanwhile")
    for _ in range(12):
        states.add(blog.connected.run().state)
    assert states >= {"failed", "succeeded"}
    assert blog.connected.titles() == blog.published()


def test_a_listing_that_lacks_some_removes_only_what_is_gone(blog: Blog) -> None:
    numbers = [blog.post(f"Post {number}") for number in range(6)]
    blog.connected.run()

    def half_a_page(asked: Asked, reply: Reply | None) -> Reply | None:
        if reply is None or "orderby=id" not in asked.path or "/posts" not in asked.path:
            return None
        return reply._replace(body=json.dumps(json.loads(reply.body)[2:]).encode())

    blog.proxy.fault = half_a_page
    blog.delete(numbers[0])
    assert blog.connected.run().counts["removed"] == 1
    assert blog.connected.titles() == blog.published()


def test_a_site_that_moved_says_so_and_keeps_its_ids_after_the_change(blog: Blog) -> None:
    number = blog.post("Stays the same")
    blog.connected.run()
    elsewhere = Reply(301, b"", (("Location", "https://new.example.org/"),))
    blog.proxy.fault = lambda asked, reply: elsewhere
    blog.connected.run()
    assert "new.example.org" in blog.connected.row.message
    assert "hosts" in blog.connected.row.message
    assert blog.connected.titles() == {"Stays the same"}
    blog.proxy.fault = lambda asked, reply: None
    blog.connected.put("wordpress", url=blog.wordpress.url)
    assert blog.connected.run().counts["removed"] == 0
    assert blog.connected.documents().keys() == {f"site-{number}"}


def test_lost_doubled_and_late_notices_are_made_good(blog: Blog) -> None:
    chance = random.Random(11)
    numbers = [blog.post(f"Post {number}") for number in range(12)]
    blog.connected.run()
    late: list[int] = []
    for step in range(40):
        number = chance.choice(numbers)
        what = chance.choice(["edit", "draft", "publish"])
        blog.edit(number, **({"title": f"Edited {step}"} if what == "edit" else {"status": what}))
        fate = chance.random()
        if fate < 0.07:
            continue
        if fate < 0.14:
            late.append(number)
            continue
        blog.connected.notice(*[f"posts:{number}"] * (2 if fate < 0.2 else 1))
        if step % 5 == 0:
            blog.connected.run(full=False)
    blog.connected.notice(*(f"posts:{number}" for number in late))
    if blog.connected.run().state == "held":
        blog.connected.items.release()
        blog.connected.run()
    assert blog.connected.titles() == blog.published()


def test_the_plugin_tells_what_changed(blog: Blog, connected: Connected) -> None:
    secret = "a secret of the site"
    numbers = [blog.post(f"Post {number}") for number in range(4)]
    page = blog.wordpress.call("POST", "pages", {"title": "A page", "content": "<p>Hi</p>", "status": "publish"})
    connected.put("wordpress", {"hook_secret": secret}, url=blog.wordpress.url)
    connected.run()
    with served(build_services(connected.parts, SilentDoorbell())) as port:
        blog.wordpress.tell(f"http://127.0.0.1:{port}/v1/hooks/site", secret)
        try:
            blog.edit(numbers[0], title="Edited")
            blog.edit(numbers[1], status="draft")
            blog.delete(numbers[2], force=False)
            blog.wordpress.call("DELETE", f"pages/{page['id']}", force="true")
            fresh = blog.post("Fresh")
            wanted = {f"posts:{number}" for number in (*numbers[:3], fresh)} | {f"pages:{page['id']}"}
            ends = time.monotonic() + 20
            while {item.key for item in connected.items.pending(100)} != wanted:
                assert time.monotonic() < ends, [item.key for item in connected.items.pending(100)]
                time.sleep(0.05)
        finally:
            blog.wordpress.tell("", "")
    assert connected.run(full=False).counts["removed"] == 3
    assert connected.titles() == {"Edited", "Fresh", "Post 3"} == blog.published()


def test_with_a_password_only_what_is_published_is_read_and_the_password_goes_nowhere_else(blog: Blog) -> None:
    blog.post("Public")
    blog.post("Private", status="private")
    secret = {"application_password": blog.wordpress.password}
    blog.connected.put("wordpress", secret, url=blog.site.url, username="admin")
    blog.connected.run()
    assert blog.connected.titles() == {"Public"}
    assert any("authorization" in asked.headers for asked in blog.site.asked)
    assert blog.wordpress.password not in repr(blog.connected.last)


def test_a_site_without_a_rest_api_is_named(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    blog.proxy.fault = lambda asked, reply: Reply(404, b"<html>nothing</html>")
    blog.connected.run()
    assert "no REST API" in blog.connected.row.message
    with pytest.raises(SourceForbidden):
        blog.connected.parts.source_of(blog.connected.row, _settings(blog)).changes(None)


def _settings(blog: Blog) -> KindSettings:
    return parse_settings("wordpress", dict(blog.connected.row.settings))


def test_many_posts_are_connected_and_searchable(blog: Blog, connected: Connected) -> None:
    blog.wordpress.add_many(_MANY)
    started = time.monotonic()
    assert connected.run().counts["stored"] == _MANY
    assert time.monotonic() - started < 90
    again = connected.run()
    assert again.counts["stored"] == 0
    parts: Parts = connected.parts
    parts.synchroniser.sweep()
    index_all(parts)
    counts = connected.items.counts()
    assert (counts.published, counts.searchable) == (_MANY, _MANY)
