"""The five pages as posts of a real WordPress, behind a proxy that falls, cuts and moves."""

import time
from collections.abc import Mapping
from typing import Any

from tests.connectors.origins import NAMES, State
from tests.connectors.servers import Asked, Proxy, Reply, Site
from tests.connectors.wordpress import WordPress

_STATUS = {"published": "publish", "draft": "draft", "future": "future"}
_API = ("/wp-json/wp/v2/posts", "/wp-json/wp/v2/pages")


class WordPressOrigin:
    """See Origin."""

    def __init__(self, wordpress: WordPress) -> None:
        self.wordpress = wordpress
        self.proxy = Proxy(f"127.0.0.1:{wordpress.port}")
        self.site = Site(self.proxy)
        self.url = self.site.url
        self.touched: list[str] = []
        self.numbers: dict[str, int] = {}
        for name in NAMES:
            self.put(name, name.capitalize())

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"url": self.url}

    def put(self, name: str, title: str, state: State = "published") -> None:
        if state == "gone":
            self.wordpress.call("DELETE", f"posts/{self.numbers[name]}", force="true")
            self.touched.append(f"posts:{self.numbers.pop(name)}")
            return
        day = time.time() + (86_400 if state == "future" else -60)
        body = {"title": title, "content": f"<p>On {title}.</p>", "status": _STATUS[state]}
        if state == "future" or name not in NAMES:
            body["date_gmt"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(day))
        route = f"posts/{self.numbers[name]}" if name in self.numbers else "posts"
        self.numbers[name] = self.wordpress.call("POST", route, body)["id"]
        self.touched.append(f"posts:{self.numbers[name]}")

    def readdress(self, name: str) -> None:
        self.wordpress.call("POST", f"posts/{self.numbers[name]}", {"slug": f"{name}-anew"})

    def visible(self) -> list[str]:
        """As the site itself tells it."""
        found = self.wordpress.call("GET", "posts", per_page=100, status="publish", _fields="title")
        return [] if self.proxy.fault is _nothing else sorted(each["title"]["rendered"] for each in found)

    def move(self) -> str:
        elsewhere = Reply(301, b"", (("Location", f"{self.wordpress.url}/"),))
        self.proxy.fault = lambda asked, reply: elsewhere
        self.url = self.wordpress.url
        return self.url

    def fall(self) -> None:
        self.proxy.fault = lambda asked, reply: Reply(200, b"nothing", cut=0)

    def halve(self) -> None:
        self.proxy.fault = _half

    def empty(self) -> None:
        self.proxy.fault = _nothing

    def mend(self) -> None:
        self.proxy.fault = lambda asked, reply: None

    def close(self) -> None:
        self.site.close()
        for number in self.numbers.values():
            self.wordpress.call("DELETE", f"posts/{number}", force="true")


def _half(asked: Asked, reply: Reply | None) -> Reply | None:
    if reply is None or not asked.path.startswith(_API):
        return None
    return reply._replace(body=reply.body[: len(reply.body) // 2])


def _nothing(asked: Asked, reply: Reply | None) -> Reply | None:
    if not asked.path.startswith(_API):
        return None
    return Reply(200, b"[]", (("Content-Type", "application/json"), ("X-WP-TotalPages", "0")))
