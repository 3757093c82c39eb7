"""A folder of Markdown files with front matter (YAML, TOML or JSON), as Hugo, Jekyll and others keep them.

A file is published unless it says `draft`, lies ahead or has expired. Its key is its path.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin

import frontmatter
from frontmatter.default_handlers import BaseHandler, JSONHandler, YAMLHandler
from msgspec import Struct

from indexing.connectors.base import (
    Absent,
    Answer,
    Changes,
    Cursor,
    Entry,
    Known,
    Listing,
    Notice,
    RowProblem,
    SourcedDocument,
)
from indexing.connectors.cells import several, without_empty
from indexing.errors import SourceForbidden, SourceUnavailable
from indexing.fields import in_utc
from indexing.text import storable

_ENDINGS = frozenset({".md", ".markdown"})
_MOST_BYTES = 5_000_000
_MOST_FILES = 50_000
_NOT_PAGES = frozenset({"_index", "readme", "license", "changelog", "contributing"})


class TomlHandler(BaseHandler):
    """Front matter between lines of `+++`, read by the standard library."""

    FM_BOUNDARY = re.compile(r"^\+{3,}\s*$", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "+++"

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """See BaseHandler."""
        return tomllib.loads(fm)


_HANDLERS = (YAMLHandler(), TomlHandler(), JSONHandler())


class _File(Struct, frozen=True):
    """A file as it was read."""

    key: str
    told: Mapping[str, Any]
    text: str
    version: str

    def is_published(self, moment: datetime) -> bool:
        told = {name.lower(): value for name, value in self.told.items()}
        begins = _moment(told.get("publishdate") or told.get("published_at") or told.get("date"))
        ends = _moment(told.get("expirydate"))
        is_draft = told.get("draft") is True or told.get("published") is False or told.get("status") in _UNPUBLISHED
        return not (is_draft or (begins and begins > moment) or (ends and ends <= moment))


_UNCLOSED = re.compile(r"(-{3,}|\+{3,})[ \t]*\r?\n\s*\w[\w ]*[:=]")
"""Front matter by its first two lines: what is read of it as text, without its end, is a file that is being written."""
_UNPUBLISHED = ("draft", "archived", "private")


class MarkdownSource:
    """See Source."""

    can_list = True

    def __init__(self, folder: Path, *, site: str, roots: Sequence[Path]) -> None:
        self._folder = folder
        self._site = site if site.endswith("/") else f"{site}/"
        self._roots = roots

    def changes(self, since: Cursor | None) -> Changes:
        """See Source; the listing tells what changed."""
        return Changes((), since or {})

    def listing(self, after: Cursor | None) -> Listing:
        """See Source; drafts and what lies ahead are not in it. A file that cannot be read is taken as it was."""
        moment = datetime.now(UTC)
        entries = []
        for path in self._paths():
            found = self._read(path)
            if isinstance(found, RowProblem):
                entries.append(Entry(found.key))
            elif found.is_published(moment):
                entries.append(Entry(found.key, found.version))
        return Listing(entries)

    def fetch(self, known: Sequence[Known]) -> Iterator[Answer]:
        """See Source."""
        folder = self._root()
        for each in known:
            path = folder / each.key
            if not path.is_file() or not path.resolve().is_relative_to(folder):
                yield Absent(each.key, "the file is gone")
                continue
            found = self._read(path)
            if isinstance(found, RowProblem):
                yield found
            elif not found.is_published(datetime.now(UTC)):
                yield Absent(each.key, "it is a draft, lies ahead or has expired")
            else:
                yield self._document(found)

    def absent(self, known: Sequence[Known]) -> list[str]:
        """See Source."""
        return [each.key for each in known]

    def key_of(self, notice: Notice) -> str | None:
        """See Source; the notice's id is the path of the file."""
        return notice.id if PurePosixPath(notice.id).suffix in _ENDINGS else None

    def _root(self) -> Path:
        folder = self._folder.resolve()
        if not any(folder.is_relative_to(root.resolve()) for root in self._roots):
            raise SourceForbidden(
                f"{self._folder} is not below a folder that SEARCH_CONNECTOR_FOLDERS names; an operator sets it"
            )
        if not folder.is_dir():
            raise SourceUnavailable(f"there is no folder {self._folder}", is_worth_retrying=False)
        return folder

    def _paths(self) -> list[Path]:
        folder = self._root()
        found = [
            path
            for path in sorted(folder.rglob("*"))
            if path.suffix.lower() in _ENDINGS
            and path.stem.lower() not in _NOT_PAGES
            and path.is_file()
            and path.resolve().is_relative_to(folder)
        ]
        if len(found) > _MOST_FILES:
            raise SourceForbidden(f"the folder holds more than {_MOST_FILES} files of Markdown")
        return found

    def _read(self, path: Path) -> _File | RowProblem:
        key = path.relative_to(self._root()).as_posix()
        try:
            if path.stat().st_size > _MOST_BYTES:
                return RowProblem(key, f"the file is longer than {_MOST_BYTES // 1_000_000} MB", key)
            raw = path.read_bytes()
            told, text = _parsed(raw.decode("utf-8-sig"))
            if not told and not text.strip():
                return RowProblem(key, "the file is empty", key, is_passing=True)
        except UnicodeDecodeError:
            return RowProblem(key, "the file is not UTF-8", key)
        except OSError as error:
            raise SourceUnavailable(f"{key} cannot be read: {error.strerror}") from error
        except Exception as error:  # of three parsers
            return RowProblem(key, f"the front matter cannot be read: {error}"[:300], key)
        return _File(key, told, text, hashlib.sha256(raw).hexdigest()[:32])

    def _document(self, found: _File) -> Answer:
        told = {name.lower(): value for name, value in found.told.items()}
        path = PurePosixPath(found.key)
        fields = {
            "title": str(told.get("title") or "")
            or _first_heading(found.text)
            or path.stem.replace("-", " ").capitalize(),
            "body": storable(found.text),
            "body_format": "markdown",
            "url": self._url(told, path),
            "summary": str(told.get("summary") or told.get("description") or ""),
            "author": _one(told.get("author") or told.get("authors")),
            "image": _absolute(self._site, _one(told.get("image") or told.get("images") or told.get("featured_image"))),
            "language": _one(told.get("language") or told.get("lang")),
            "tags": _list([told.get("tags"), told.get("categories")]),
            "questions": _questions(told.get("questions")),
            "conditions": _list([told.get("conditions")]) or None,
            "treatments": _list([told.get("treatments")]) or None,
            "published_at": _text(_moment(told.get("publishdate") or told.get("published_at") or told.get("date"))),
            "updated_at": _text(_moment(told.get("lastmod") or told.get("updated_at") or told.get("updated"))),
        }
        return SourcedDocument(
            key=found.key, type="article", fields=without_empty(fields), version=found.version, id=_one(told.get("id"))
        )

    def _url(self, told: Mapping[str, Any], path: PurePosixPath) -> str:
        own = _one(told.get("url") or told.get("permalink"))
        if own:
            return urljoin(self._site, own)
        slug = _one(told.get("slug"))
        folder = path.parent
        if path.stem == "index":  # a bundle: the folder is the page
            folder, name = folder.parent, slug or folder.name
        else:
            name = slug or path.stem
        return urljoin(self._site, f"{(folder / name).as_posix().lower().replace(' ', '-')}/")


def _parsed(text: str) -> tuple[dict[str, Any], str]:
    handler = next((each for each in _HANDLERS if each.detect(text)), None)
    if handler is None:
        return {}, text
    told, body = frontmatter.parse(text, handler=handler)
    if not told and _UNCLOSED.match(text):
        raise ValueError("it has no end")
    return {str(name): value for name, value in told.items()}, body


def _first_heading(text: str) -> str:
    return next((line.lstrip("#").strip() for line in text.splitlines() if line.startswith("# ")), "")


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return in_utc(value) if isinstance(value, datetime) else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _one(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name", "")
    return "" if value is None else str(value).strip()


def _list(values: Sequence[Any]) -> list[str]:
    found: list[str] = []
    for value in values:
        found += several(value) if isinstance(value, str) else [str(each) for each in value or []]
    return [text for text in dict.fromkeys(found) if text]


def _questions(told: Any) -> list[Any]:
    """What the article is known to answer: texts alone, or each with the heading of its section."""
    listed = told if isinstance(told, list) else [told]
    return [each if isinstance(each, dict) else str(each) for each in listed if each]


def _absolute(site: str, link: str) -> str | None:
    return urljoin(site, link) if link else None
