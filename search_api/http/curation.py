"""What editors decide, over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
import structlog
from litestar import Controller, Request, Response, delete, get, post, put
from litestar.params import FromQuery, JSONBody, PathParameter
from litestar.types import ExceptionHandlersMap
from msgspec import Meta, Struct

from indexing.content.curation import Decision, DecisionChanged
from indexing.errors import FieldError, InvalidInput
from indexing.fields import ID_IN_WORDS, ID_PATTERN
from indexing.sheet_files import fault_of_sheet
from search_api.curation.curation import InForce
from search_api.curation.protection import hidden_help, refuse_lost_notices, refuse_unknown_needs
from search_api.curation.rules import Pin, TaughtAnswer, parse_rule, rule_class
from search_api.curation.sheets import read_sheet
from search_api.http.auth import access
from search_api.http.callers import caller_of
from search_api.http.descriptions import PinOperation
from search_api.http.documents import decoded
from search_api.http.services import Injected, Services
from search_api.http.versions import conflict, expected_revision, tagged
from search_api.safety.notices import Notice, built_in_notices, reworded
from search_api.safety.rules import KINDS
from search_api.search.answers import Hit
from search_api.search.requests import MAX_QUERY_CHARACTERS, SearchRequest
from search_api.search.suggest import Suggestion
from search_api.search.taught import lost

log = structlog.get_logger()

_PREVIEWED = 10
_MOST_SHEET_BYTES = 2_000_000

Id = Annotated[str, PathParameter(pattern=ID_PATTERN, description=ID_IN_WORDS)]
Kind = Annotated[
    str,
    PathParameter(
        max_length=20, description="`pins`, `synonyms`, `notices`, `suggestions`, `answers`, `notes` or `help_pages`"
    ),
]
HttpRequest = Request[Any, Any, Any]
_HANDLERS: ExceptionHandlersMap = {DecisionChanged: conflict}


class StoredPin(Struct, frozen=True, kw_only=True):
    """A pin with who made it, and what became of it."""

    id: str
    pin: Pin
    is_active: bool
    """Whether its time has come and is not over."""
    missing: list[str]
    """Ids that are not published: these have no effect."""
    updated_at: datetime | None
    updated_by: str
    revision: int
    """To be sent back as `If-Match`, so that nobody's change is lost."""


class PinList(Struct, frozen=True):
    """Pins by id."""

    pins: list[StoredPin]


class StoredRule(Struct, frozen=True, kw_only=True):
    """A decision with who made it."""

    id: str
    rule: dict[str, Any]
    is_active: bool
    """Whether its time has come and is not over."""
    updated_at: datetime | None
    updated_by: str
    built_in: bool = False
    """Whether the service has it by itself; `rule` then says what visitors read now."""
    protected: bool = False
    """Whether it can be reworded only: numbers and links are always added, and it cannot be removed."""
    missing: list[str] = []
    """Of answers, what is not published: an article, or a section of it; without it they have less effect, or none."""
    revision: int = 0
    """To be sent back as `If-Match`, so that nobody's change is lost; 0 is what is not stored."""


class RuleList(Struct, frozen=True):
    """Decisions of one kind by id."""

    rules: list[StoredRule]


class Imported(Struct, frozen=True):
    """How many decisions a sheet made or replaced; with `preview`, what it would do, and none."""

    imported: int
    new: int
    replaced: list[str]
    """Ids of decisions that were there before."""


class PreviewRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision as it would be, and a search to try it on; a `rule` of null would take it back."""

    kind: Literal["pins", "synonyms", "notices", "suggestions", "answers", "notes", "help_pages"]
    id: Annotated[str, Meta(pattern=ID_PATTERN, description=ID_IN_WORDS)]
    q: Annotated[str, Meta(min_length=1, max_length=MAX_QUERY_CHARACTERS)]
    rule: dict[str, Any] | None = None


class Looks(Struct, frozen=True):
    """What a visitor gets for a search."""

    total: int
    hits: tuple[Hit, ...]
    notices: tuple[Notice, ...]
    suggestions: list[Suggestion]


class Preview(Struct, frozen=True):
    """The same search without and with a decision."""

    now: Looks
    then: Looks


class CurationController(Controller):
    """Pins, synonyms, notices and suggestions; in force within seconds on every process, without a reindex."""

    path = "/v1/curation"
    tags = ["Curation"]
    request_max_body_size = _MOST_SHEET_BYTES + 1_000
    opt = access("editor")
    exception_handlers = _HANDLERS

    @get("/pins", operation_id="listPins", summary="All pins")
    async def pins(self, services: Injected) -> PinList:
        """In force or not."""
        return PinList(await services.writing.run(lambda: _pins(services, services.curation.all("pins"))))

    @get("/pins/{id:str}", operation_id="getPin", summary="One pin")
    async def pin(self, services: Injected, id: Id) -> Response[StoredPin]:
        """With who made it, and ids that lead nowhere."""
        found = (await services.writing.run(lambda: _pins(services, [services.curation.get("pins", id)])))[0]
        return tagged(found, found.revision)

    @put("/pins/{id:str}", operation_id="putPin", summary="Make or replace a pin", operation_class=PinOperation)
    async def put_pin(self, services: Injected, request: HttpRequest, id: Id) -> Response[StoredPin]:
        """For a search, for readers of articles, for newcomers; from when to when. See `putRule` for `If-Match`."""
        body, by, expected = await request.body(), _caller(request), expected_revision(request)

        def store() -> StoredPin:
            rule = parse_rule("pins", decoded(body))
            _check(services, "pins", {id: rule}, by)
            services.curation.put("pins", id, rule, by=by, expected=expected)
            return _pins(services, [services.curation.get("pins", id)])[0]

        stored = await services.writing.run(store)
        return tagged(stored, stored.revision)

    @delete("/pins/{id:str}", operation_id="deletePin", summary="Take a pin back")
    async def delete_pin(self, services: Injected, request: HttpRequest, id: Id) -> None:
        """Answers are as if it had never been, within seconds."""
        expected = expected_revision(request)
        await services.writing.run(lambda: services.curation.delete("pins", id, expected=expected))

    @get("/{kind:str}", operation_id="listRules", summary="All decisions of a kind")
    async def rules(self, services: Injected, kind: Kind) -> RuleList:
        """In force or not."""
        return RuleList(await services.writing.run(lambda: _listed(services, kind)))

    @get("/{kind:str}/{id:str}", operation_id="getRule", summary="One decision")
    async def rule(self, services: Injected, kind: Kind, id: Id) -> Response[StoredRule]:
        """With who made it."""
        found = await services.writing.run(lambda: _found(services, kind, id))
        return tagged(found, found.revision)

    @put("/{kind:str}/{id:str}", operation_id="putRule", summary="Make or replace a decision")
    async def put_rule(self, services: Injected, request: HttpRequest, kind: Kind, id: Id) -> Response[StoredRule]:
        """Synonyms: `words`. Notices: `title`, `body`, `links`, `queries`. Suggestions: `text`. Answers:
        `questions`, `article`, `section`.

        With `If-Match` (the `ETag` that was read; 0 where nothing is to be there) 409 where somebody else was faster,
        with the other version in `current`.
        """
        body, by, expected = await request.body(), _caller(request), expected_revision(request)

        def store() -> StoredRule:
            rule = parse_rule(kind, decoded(body))
            _check(services, kind, {id: rule}, by)
            services.curation.put(kind, id, rule, by=by, expected=expected)
            return _found(services, kind, id)

        stored = await services.writing.run(store)
        return tagged(stored, stored.revision)

    @delete("/{kind:str}/{id:str}", operation_id="deleteRule", summary="Take a decision back")
    async def delete_rule(self, services: Injected, request: HttpRequest, kind: Kind, id: Id) -> None:
        """Answers are as if it had never been, within seconds; a built-in notice has its own words again."""
        rule_class(kind)
        expected = expected_revision(request)
        await services.writing.run(lambda: services.curation.delete(kind, id, expected=expected))

    @post("/import/{kind:str}", status_code=200, operation_id="importRules", summary="Many decisions from a CSV sheet")
    async def import_rules(
        self, services: Injected, request: HttpRequest, kind: Kind, preview: FromQuery[bool] = False
    ) -> Imported:
        """All or none. The first row names the columns: `id` and the fields; `|` separates values of one cell.

        With `preview=true` nothing is stored, and the answer tells what would be.
        """
        body, by = await request.body(), _caller(request)
        rule_class(kind)

        def store() -> Imported:
            rules = read_sheet(kind, _text(body))
            _check(services, kind, rules, by)
            replaced = sorted(rules.keys() & {decision.id for decision, _ in services.curation.all(kind)})
            if not preview:
                services.curation.put_all(kind, rules, by=by)
            return Imported(0 if preview else len(rules), len(rules) - len(replaced), replaced)

        return await services.writing.run(store)

    @post(
        "/preview", status_code=200, operation_id="previewRule", summary="A search with a decision, before it is made"
    )
    async def preview(self, services: Injected, data: JSONBody[PreviewRequest]) -> Preview:
        """Nothing is stored."""
        rule = None if data.rule is None else parse_rule(data.kind, data.rule)

        def look() -> Preview:
            then = services.curation.with_rule(data.kind, data.id, rule)
            services.search.prepare(then.answers)
            return Preview(_looks(services, data.q, services.curation.in_force()), _looks(services, data.q, then))

        return await services.reading.run(look)


def _check(services: Services, kind: str, rules: Mapping[str, Any], by: str) -> None:
    """Raise InvalidInput for decisions that would take help away, or that nothing would show."""
    if kind == "notices":
        refuse_lost_notices(rules, built_in_notices())
    elif kind == "help_pages":
        refuse_unknown_needs(rules, KINDS)
    elif kind == "pins":
        ids = services.help_pages.all_ids(services.curation.in_force())
        for id in sorted(hidden_help(rules, ids)):
            log.warning("curation.help_article_hidden", article=id, by=by)


def _listed(services: Services, kind: str) -> list[StoredRule]:
    """The decisions of a kind; among the notices also built-in ones, reworded or not."""
    stored = _stored(services, services.curation.all(kind))
    if kind != "notices":
        return stored
    others = [each for each in stored if each.id not in built_in_notices()]
    return [*(_built_in(services, id) for id in built_in_notices()), *others]


def _found(services: Services, kind: str, id: str) -> StoredRule:
    if kind == "notices" and id in built_in_notices():
        return _built_in(services, id)
    return _stored(services, [services.curation.get(kind, id)])[0]


def _built_in(services: Services, id: str) -> StoredRule:
    """A built-in notice as visitors read it, with who reworded it."""
    notice = built_in_notices()[id]
    stored = next((each for each in services.curation.all("notices") if each[0].id == id), None)
    title, body, links = notice.title, notice.body, notice.links
    rule: dict[str, Any] = {}
    if stored is not None:
        rule = msgspec.to_builtins(stored[1])
        title, body, links = reworded(notice, stored[1])
    return StoredRule(
        id=id,
        rule=rule | {"title": title, "body": body, "links": msgspec.to_builtins(links), "queries": []},
        is_active=True,
        updated_at=stored[0].updated_at if stored is not None else None,
        updated_by=stored[0].updated_by if stored is not None else "",
        revision=stored[0].revision if stored is not None else 0,
        built_in=True,
        protected=True,
    )


def _looks(services: Services, text: str, curated: InForce) -> Looks:
    answer = services.search.search(SearchRequest(text=text, per_page=_PREVIEWED), curated=curated)
    suggestions = services.suggester.suggest(text, limit=_PREVIEWED, curated=curated)
    return Looks(answer.total, answer.hits, answer.notices, suggestions)


def _caller(request: HttpRequest) -> str:
    """The name of the key that calls."""
    return caller_of(request).name


def _text(body: bytes) -> str:
    if len(body) > _MOST_SHEET_BYTES:
        raise InvalidInput([FieldError("", f"a sheet has at most {_MOST_SHEET_BYTES // 1_000_000} MB")])
    if fault := fault_of_sheet(body):
        raise InvalidInput([FieldError("", fault)])
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput([FieldError("", "the sheet is not UTF-8; save it as CSV UTF-8")]) from error


def _stored(services: Services, decisions: Sequence[tuple[Decision, Any]]) -> list[StoredRule]:
    moment = datetime.now(UTC)
    return [
        StoredRule(
            id=decision.id,
            rule=msgspec.to_builtins(rule),
            is_active=rule.is_active(moment),
            updated_at=decision.updated_at,
            updated_by=decision.updated_by,
            revision=decision.revision,
            missing=lost(rule, services.parts.engine) if isinstance(rule, TaughtAnswer) else [],
        )
        for decision, rule in decisions
    ]


def _pins(services: Services, pins: Sequence[tuple[Decision, Pin]]) -> list[StoredPin]:
    moment = datetime.now(UTC)
    store = services.parts.store
    wanted = {(pin.type, id) for _, pin in pins for id in (*pin.pinned, *pin.hidden)}
    rows = store.get_many(wanted)
    published = {key for key, row in rows.items() if row.document is not None and row.document.status == "published"}
    return [
        StoredPin(
            id=decision.id,
            pin=pin,
            is_active=pin.is_active(moment),
            missing=sorted(id for id in (*pin.pinned, *pin.hidden) if (pin.type, id) not in published),
            updated_at=decision.updated_at,
            updated_by=decision.updated_by,
            revision=decision.revision,
        )
        for decision, pin in pins
    ]
