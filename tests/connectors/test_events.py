"""Every event of a source at every kind of connector: what happens is what the documentation's table says."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.connectors.conftest import Connected
from tests.connectors.origins import NAMES, STATIC, Origin, StaticOrigin
from tests.connectors.wordpress_origin import WordPressOrigin

_KINDS = {"wordpress": "wordpress", **{name: kind for name, (kind, _, _) in STATIC.items()}}
"""The sources of this test with the kind of connector that reads each."""

pytestmark = pytest.mark.timeout(60)


def _table() -> dict[tuple[str, str], str]:
    """The documentation's table of events, by event and kind."""
    page = (ROOT / "deploy" / "docs" / "connectors.md").read_text("utf-8")
    _, _, part = page.partition("## Events")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", part, re.M)]
    head, _, *body = rows
    kinds = [name.strip("`") for name in head[1:]]
    return {(row[0], kind): cell for row in body for kind, cell in zip(kinds, row[1:], strict=True)}


TABLE = _table()


class Case:
    """One source with the service that follows it, both with the same five pages."""

    def __init__(self, connected: Connected, origin: Origin, kind: str) -> None:
        self.connected, self.origin, self.kind = connected, origin, kind
        self.connect()
        self.notify(*self._all())
        self.connected.run()
        self.before = self.first = self.shown()
        assert list(self.before.values()) == sorted(name.capitalize() for name in NAMES)
        origin.touched.clear()

    def _all(self) -> list[str]:
        return [f"/{name}/" for name in NAMES] if self.kind == "webhook" else []

    def connect(self) -> None:
        self.connected.put(self.kind, **self.origin.settings)

    def shown(self) -> dict[str, str]:
        """What visitors may find: titles by id, in their order."""
        found = {
            id: document.title if self.kind != "clinics" else document.name
            for id, document in self.connected.documents("clinic" if self.kind == "clinics" else "article").items()
            if document.status == "published"
        }
        return dict(sorted(found.items(), key=lambda pair: pair[1]))

    def notify(self, *keys: str) -> None:
        self.connected.notice(*dict.fromkeys(keys))

    def run(self) -> str:
        return self.connected.run().state

    def told(self) -> None:
        """Notices of everything that was edited."""
        self.notify(*self.origin.touched)
        self.run()

    def keeps(self) -> None:
        """Whatever happened at the source, nothing has changed here."""
        assert self.shown() == self.before

    def equals(self) -> None:
        """What is shown is what the source shows."""
        assert list(self.shown().values()) == self.origin.visible()


def _follows(case: Case) -> None:
    case.run()
    case.equals()


def _on_notice(case: Case) -> None:
    case.run()
    case.keeps()
    case.told()
    case.equals()


def _brought(case: Case) -> None:
    """Whether by itself or by a notice."""
    _on_notice(case) if case.kind == "webhook" else _follows(case)


def _waits(case: Case) -> None:
    """A notice of it brings it no sooner."""
    case.run()
    case.told()
    case.keeps()
    case.origin.put("new", "Brand new")
    _brought(case)


def _same_id(case: Case) -> None:
    _brought(case)
    assert set(case.shown()) == set(case.first)


def _other_id(case: Case) -> None:
    known = set(case.before)
    _brought(case)
    assert len(set(case.shown()) - known) == len(known - set(case.shown())) == 1


def _second(case: Case) -> None:
    known = set(case.before)
    _brought(case)
    assert len(set(case.shown()) - known) == 1
    assert known <= set(case.shown())


def _held(case: Case) -> None:
    """Also when it is read again; once an editor confirms, exactly this goes."""
    assert [case.run(), case.run()] == ["held", "held"]
    case.keeps()
    assert "until an editor confirms" in case.connected.row.message
    assert case.connected.items.release() == len(case.before) - len(case.origin.visible())
    case.run()
    case.equals()


def _held_on_notice(case: Case) -> None:
    assert case.run() == "succeeded"
    case.keeps()
    case.notify(*case.origin.touched)
    _held(case)


def _stays(case: Case) -> None:
    assert case.run() == "succeeded"
    case.keeps()


def _later(case: Case) -> None:
    """The reason is told, and when the source works again, also what was noticed meanwhile is read."""
    if case.kind == "webhook":
        case.notify(*case.origin.touched)
    state = case.run()
    case.keeps()
    assert case.connected.row.message if state != "succeeded" else case.connected.last.problems
    case.origin.mend()
    case.run()
    case.equals()


def _set_anew(case: Case) -> None:
    """An editor sets the new address; the documents keep their ids and have new addresses."""
    target = case.origin.settings["url"]
    case.run()
    case.keeps()
    case.connect()
    case.run()
    assert case.shown() == case.before
    kind = "clinic" if case.kind == "clinics" else "article"
    host = target.split("/")[2]
    assert all(f"//{host}/" in document.url for document in case.connected.documents(kind).values())


OUTCOMES: Mapping[str, Callable[[Case], None]] = {
    "follows": _follows,
    "on notice": _on_notice,
    "waits": _waits,
    "same id": _same_id,
    "other id": _other_id,
    "second document": _second,
    "held": _held,
    "held on notice": _held_on_notice,
    "stays": _stays,
    "later": _later,
    "set anew": _set_anew,
}
"""What the words of the table mean."""


def _delete_most(case: Case) -> None:
    for name in NAMES[:4]:
        case.origin.put(name, "", "gone")


def _hide_one(case: Case) -> None:
    case.origin.put("one", "One", "draft")


def _hide_one_and_show_it_again(case: Case) -> None:
    _hide_one(case)
    case.run()
    case.told()
    case.equals()
    case.before = case.shown()
    case.origin.put("one", "One")


def _move(case: Case) -> None:
    case.origin.move()


def _fall_in_the_middle(case: Case) -> None:
    case.connected.parts.connectors.request("site", full=True)
    case.connected.parts.runner.run_slice("site", "test-1-1", seconds=0)
    assert case.connected.last.state == "running"
    case.origin.put("one", "Edited meanwhile")
    case.origin.fall()


def _halve(case: Case) -> None:
    case.origin.put("one", "Edited meanwhile")
    case.origin.halve()


EVENTS: Mapping[str, Callable[[Case], None]] = {
    "publish": lambda case: case.origin.put("new", "Brand new"),
    "update": lambda case: case.origin.put("one", "Another title"),
    "unpublish": _hide_one,
    "draft": lambda case: case.origin.put("new", "Brand new", "draft"),
    "schedule": lambda case: case.origin.put("new", "Brand new", "future"),
    "slug change": lambda case: case.origin.readdress("one"),
    "bulk delete": _delete_most,
    "restore": _hide_one_and_show_it_again,
    "duplicate": lambda case: case.origin.put("copy", "One"),
    "moved host": _move,
    "server down in the middle": _fall_in_the_middle,
    "half a page": _halve,
    "suddenly nothing": lambda case: case.origin.empty(),
}
"""What is done at the source."""


@pytest.fixture
def case(
    request: pytest.FixtureRequest, tmp_path: Path, connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Case]:
    monkeypatch.setattr("indexing.connectors.fetcher._FIRST_PAUSE_SECONDS", 0.01)
    name: str = request.param
    origin: Origin
    if name == "wordpress":
        origin = WordPressOrigin(request.getfixturevalue("wordpress"))
    else:
        kind, files, half = STATIC[name]
        origin = StaticOrigin(tmp_path / "origin", kind, files, half=half)
    try:
        yield Case(connected, origin, _KINDS[name])
    finally:
        origin.close()


def _cases() -> list[Any]:
    wanted = [(source, event) for source in _KINDS for event in EVENTS]
    return [
        pytest.param(source, event, id=f"{source}-{event}", marks=[pytest.mark.system] if source == "wordpress" else [])
        for source, event in wanted
        if source != "page of a sitemap" or event == "half a page"
    ]


@pytest.mark.parametrize(("case", "event"), _cases(), indirect=["case"])
def test_what_happens_is_what_the_documentation_says(case: Case, event: str) -> None:
    word = TABLE[event, case.kind]
    EVENTS[event](case)
    OUTCOMES[word](case)


def test_the_table_speaks_of_every_event_and_kind() -> None:
    assert set(TABLE) == {(event, kind) for event in EVENTS for kind in _KINDS.values()}
    assert set(TABLE.values()) <= set(OUTCOMES)
