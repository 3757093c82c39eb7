"""A real browser on the real service: sample articles, some clinics, a worker in this process."""

import os
import shutil
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from deploy.demo import sample_articles
from deploy.sample.clinics import clinics
from indexing.bootstrap import Parts
from indexing.settings import Settings
from search_api.http.services import SilentDoorbell
from search_api.services import build_services
from tests.conftest import index_all, store
from tests.serving import served
from tests.working import working

# The page of another site is made up here and would count as one of the internet, which may not ask this machine.
_OPTIONS = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"]
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium: install Debian's package `chromium`, or set CHROMIUM to a program")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=_OPTIONS)
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The service with sample content; vectors are hashes, since nothing here asks for meaning."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("browser"),
        embedder="hashing",
        anonymous_per_minute=100_000,
        cors_origins="*",
        deadline_ms=30_000,
    )
    parts = Parts(settings)
    parts.synchroniser.sweep()
    store(parts, "article", *sample_articles(), lane="bulk")
    store(parts, "clinic", *clinics(40), lane="bulk")
    index_all(parts)
    key = parts.keys.create("browser", ["editor"])
    with working(parts, tick_seconds=0.5), served(build_services(parts, SilentDoorbell())) as port:
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", key=key, parts=parts)


Opener = Callable[..., Page]


@pytest.fixture
def context_of(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made.append(browser.new_context(**{"locale": "en-US", **options}))
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def opened(context_of: Callable[..., BrowserContext], site: SimpleNamespace) -> Opener:
    """Opens a page of the service; options are those of a browser context."""

    def open_page(path: str = "/", **options: Any) -> Page:
        page = context_of(**options).new_page()
        page.goto(site.url + path)
        return page

    return open_page
