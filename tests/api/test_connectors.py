"""Connectors over HTTP: made, looked at, run, confirmed, and told by signed hooks."""

import hashlib
import hmac
import json
import random
import time

import pytest

from indexing.content.clock import now
from tests.conftest import index_all
from tests.connectors.servers import Reply, Site, site

_PAGE = (
    "<html><head><title>{title} | A site</title><link rel=canonical href='{url}'></head><body><nav>Menu</nav>"
    "<main><h1>{title}</h1><p>{text}</p></main></body></html>"
)
_SECRET = "a secret of the site's own"


class Pages(Site):
    """A site with a sitemap, whose pages are titles by path."""

    def __init__(self, count):
        self.titles = {f"/page-{number}/": f"Page {number}" for number in range(count)}
        super().__init__(self.serve)

    def serve(self, asked):
        if asked.path == "/sitemap.xml":
            urls = "".join(f"<url><loc>{self.url}{path}</loc></url>" for path in self.titles)
            return Reply(200, f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode())
        if asked.path not in self.titles:
            return Reply(404, b"")
        text = "Ketamine therapy and what follows. " * 12
        body = _PAGE.format(title=self.titles[asked.path], url=self.url + asked.path, text=text).encode()
        return Reply(200, body, (("Content-Type", "text/html"),))


@pytest.fixture
def pages():
    made = Pages(8)
    yield made
    made.close()


private = pytest.mark.parametrize("service", [{"connector_private_hosts": "127.0.0.1"}], indirect=True)


def put(service, pages, **more):
    body = {"kind": "sitemap", "settings": {"url": pages.url, "seconds_between": 0}, **more}
    return service.client.put("/v1/connectors/guide", json=body, headers=service.editor)


def run(service):
    service.parts.runner.run_until_idle("guide", "test-1-1")
    return service.client.get("/v1/connectors/guide", headers=service.editor).json()


@private
def test_a_site_is_previewed_connected_and_forgotten(service, pages):
    body = {"kind": "sitemap", "settings": {"url": pages.url, "seconds_between": 0}}
    seen = service.client.post("/v1/connectors/guide/preview", json=body, headers=service.editor).json()
    assert seen["listed"] == 8
    assert seen["documents"][0]["title"] == "Page 0"
    assert seen["problems"] == []
    assert service.client.get("/v1/connectors", headers=service.editor).json() == {"connectors": []}

    made = put(service, pages)
    assert made.status_code == 200
    assert run(service)["documents"] == {"published": 8, "searchable": 0, "failed": 0, "held": 0}
    assert service.client.get("/v1/articles/guide-page-1-0ef3ba85", headers=service.editor).status_code in {200, 404}

    gone = service.client.delete("/v1/connectors/guide?documents=remove", headers=service.editor)
    assert gone.status_code == 204
    assert service.parts.store.counts("article").stored == 0
    assert service.client.get("/v1/connectors/guide", headers=service.editor).status_code == 404


@private
def test_removals_are_held_until_an_editor_confirms(service, pages):
    put(service, pages)
    run(service)
    pages.titles = dict(list(pages.titles.items())[:2])
    service.client.post("/v1/connectors/guide/run", json={"full": True}, headers=service.editor)
    held = run(service)
    assert held["documents"]["held"] == 6
    assert len(held["held"]) == 6
    assert "until an editor confirms" in held["message"]
    assert held["runs"][0]["state"] == "held"
    answer = service.client.post("/v1/connectors/guide/confirm", headers=service.editor)
    assert answer.json() == {"documents": 6}
    assert run(service)["documents"]["published"] == 2


@private
@pytest.mark.parametrize("route", ["", "/guide", "/guide/run", "/guide/confirm", "/guide/preview", "/guide/file"])
def test_only_editors_come_near_connectors(service, pages, route):
    put(service, pages)
    methods = {"": "GET", "/guide": "PUT", "/guide/file": "PUT"}
    for headers, status in ((None, 401), (service.search, 403), (service.write, 403)):
        method = methods.get(route, "POST")
        answer = service.client.request(method, f"/v1/connectors{route}", json={}, headers=headers)
        assert answer.status_code == status, (route, headers)


@private
def test_secrets_are_never_answered(service, pages):
    shown = put(service, pages, secrets={"hook_secret": _SECRET, "application_password": "abcd efgh"}).json()
    assert shown["secrets"] == ["application_password", "hook_secret"]
    for path in ("", "/guide"):
        text = service.client.get(f"/v1/connectors{path}", headers=service.editor).text
        assert _SECRET not in text
        assert "abcd efgh" not in text
    put(service, pages)
    assert run(service)["secrets"] == ["application_password", "hook_secret"], "what is not sent stays"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "ftp", "settings": {}}, "kind"),
        ({"kind": "sitemap", "settings": {}}, "settings.url"),
        ({"kind": "sitemap", "settings": {"url": "http://user:pw@x.example/"}}, "settings.url"),
        ({"kind": "sitemap", "settings": {"url": "http://x.example/", "pace": 1}}, "settings.pace"),
        ({"kind": "feed", "settings": {"url": "http://x.example/", "every_seconds": 1}}, "settings.every_seconds"),
        (
            {"kind": "clinics", "settings": {"site": "http://x.example", "columns": {"fax": "Fax"}}},
            "settings.columns.fax",
        ),
        ({"kind": "feed", "settings": {"url": "http://x.example/"}, "secrets": {"password": "x"}}, "secrets.password"),
        (
            {"kind": "feed", "settings": {"url": "http://x.example/"}, "secrets": {"hook_secret": "x"}},
            "secrets.hook_secret",
        ),
    ],
)
def test_wrong_settings_are_named(service, body, field):
    answer = service.client.put("/v1/connectors/guide", json=body, headers=service.editor)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_folder_that_no_operator_named_is_not_read(service):
    body = {"kind": "markdown", "settings": {"url": "https://x.example/", "folder": "/etc"}}
    answer = service.client.post("/v1/connectors/guide/preview", json=body, headers=service.editor)
    assert answer.status_code == 400
    assert "SEARCH_CONNECTOR_FOLDERS" in answer.json()["detail"]


def test_a_private_address_is_not_read(service, pages):
    body = {"kind": "sitemap", "settings": {"url": pages.url}}
    answer = service.client.post("/v1/connectors/guide/preview", json=body, headers=service.editor)
    assert answer.status_code == 400
    assert "SEARCH_CONNECTOR_PRIVATE_HOSTS" in answer.json()["detail"]
    assert pages.asked == []


def signed(body, *, secret=_SECRET, at=None):
    stamp = str(int(time.time() if at is None else at))
    mark = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Search-Timestamp": stamp, "Search-Signature": f"sha256={mark}"}


@private
def test_a_signed_notice_makes_its_document_be_read_again(service, pages):
    put(service, pages, secrets={"hook_secret": _SECRET})
    run(service)
    pages.titles["/page-1/"] = "Renamed"
    pages.titles["/new/"] = "Brand new"
    del pages.titles["/page-2/"]
    body = json.dumps({"documents": [{"url": f"{pages.url}{path}"} for path in ("/page-1/", "/new/", "/page-2/")]})
    headers = signed(body.encode())
    answer = service.client.post("/v1/hooks/guide", content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"documents": 3})
    again = service.client.post("/v1/hooks/guide", content=body, headers=headers)
    assert again.json() == {"documents": 0}, "a notice that came twice counts once"
    found = run(service)
    assert found["documents"]["published"] == 8
    titles = {
        document.title for row in service.parts.store.pages("article") for each in row if (document := each.document)
    }
    assert {"Renamed", "Brand new"} <= titles
    assert "Page 2" not in titles


@private
def test_an_entry_of_a_feed_is_named_by_its_address(service):
    def serve(asked):
        if asked.path == "/feed.xml":
            entry = f"<item><guid>tag:1</guid><link>{place.url}/a/</link><title>One</title></item>"
            return Reply(200, f'<rss version="2.0"><channel><title>News</title>{entry}</channel></rss>'.encode())
        is_there = asked.path == "/a/" and len(place.asked) < 4
        return Reply(200, b"<main>Text</main>", (("Content-Type", "text/html"),)) if is_there else Reply(404)

    with site(serve) as place:
        body = {"kind": "feed", "settings": {"url": f"{place.url}/feed.xml", "seconds_between": 0}}
        body["secrets"] = {"hook_secret": _SECRET}
        service.client.put("/v1/connectors/guide", json=body, headers=service.editor)
        assert run(service)["documents"]["published"] == 1
        place.asked += place.asked
        notice = json.dumps({"url": f"{place.url}/a/"})
        answer = service.client.post("/v1/hooks/guide", content=notice, headers=signed(notice.encode()))
        assert answer.json() == {"documents": 1}
        assert run(service)["documents"] == {"published": 0, "searchable": 0, "failed": 0, "held": 0}


def stored_titles(service, pages):
    rows = (row for page in service.parts.store.pages("article") for row in page)
    return {row.document.url.removeprefix(pages.url): row.document.title for row in rows if row.document}


@private
@pytest.mark.parametrize("seed", [1, 2])
def test_of_many_notices_a_fifth_is_lost_doubled_or_late_and_nothing_is_missed(service, pages, seed):
    chance = random.Random(seed)
    pages.titles = {f"/page-{number}/": f"Page {number}" for number in range(20)}
    put(service, pages, secrets={"hook_secret": _SECRET})
    run(service)
    waiting, refused = [], 0
    for step in range(60):
        path = chance.choice(list(pages.titles)) if step % 3 else f"/new-{step}/"
        if step % 7 == 6:
            pages.titles.pop(path, None)
        else:
            pages.titles[path] = f"Edited {step}"
        body = json.dumps({"url": pages.url + path}).encode()
        fate = chance.choice(["in time"] * 4 + ["amiss"])
        waiting.append((body, signed(body), step) if fate == "in time" else (body, None, step))
        if step % 6 == 5:
            chance.shuffle(waiting)
            for body, headers, _ in waiting:
                amiss = chance.choice(["lost", "doubled", "late"]) if headers is None else ""
                if amiss == "lost":
                    continue
                headers = headers or signed(body, at=time.time() - (400 if amiss == "late" else 0))
                for _ in range(2 if amiss == "doubled" else 1):
                    code = service.client.post("/v1/hooks/guide", content=body, headers=headers).status_code
                    refused += code == 401
            waiting = []
            run(service)
    assert stored_titles(service, pages) != pages.titles, "what was lost shows"
    row = service.parts.connectors.get("guide")
    assert row.full_due_at - now() <= 15 * 60 * 1_000_000, "everything is compared within fifteen minutes"
    assert refused
    service.client.post("/v1/connectors/guide/run", json={"full": True}, headers=service.editor)
    found = run(service)
    if found["documents"]["held"]:
        service.client.post("/v1/connectors/guide/confirm", headers=service.editor)
        run(service)
    assert stored_titles(service, pages) == pages.titles
    index_all(service.parts)
    counts = service.client.get("/v1/connectors/guide", headers=service.editor).json()["documents"]
    assert counts == {"published": len(pages.titles), "searchable": len(pages.titles), "failed": 0, "held": 0}


@private
def test_notices_that_are_not_signed_or_old_are_refused(service, pages):
    put(service, pages, secrets={"hook_secret": _SECRET})
    body = json.dumps({"url": pages.url + "/page-1/"}).encode()
    refused = [
        {},
        signed(body, secret="another secret of somebody"),
        signed(body + b" "),
        signed(body, at=time.time() - 400),
        signed(body, at=time.time() + 400),
        {**signed(body), "Search-Timestamp": "now"},
    ]
    for headers in refused:
        assert service.client.post("/v1/hooks/guide", content=body, headers=headers).status_code == 401
    assert service.client.post("/v1/hooks/other", content=body, headers=signed(body)).status_code == 401
    assert service.client.post("/v1/hooks/guide", content=b"[", headers=signed(b"[")).status_code == 400


def test_a_site_of_pages_that_is_down_is_told(service):
    with site(lambda asked: Reply(404, b"")) as place:
        body = {"kind": "feed", "settings": {"url": f"{place.url}/feed.xml", "seconds_between": 0}}
        answer = service.client.post("/v1/connectors/guide/preview", json=body, headers=service.editor)
        assert answer.status_code == 400
