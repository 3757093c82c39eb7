"""What visitors type, measured through the service's own search, completion and understanding.

On the sample content, indexed in `--data-dir` (`deploy/demo` does that):

    python -m search_api.visitors_evaluation --data-dir data --clinics clinics.tsv --suggestions suggestions.tsv

Each list is tab-separated with a header. `clinics`: a search, then what is to be understood: `name:value` with `|`
between alternatives (a regular expression), `,` between values that are all needed, `?` behind what is optional,
and `-` for nothing; then a note, of which `NOT name:value` and `title:…` count. `suggestions`: a beginning and what
should come first, `/` between alternatives. `articles`: a question, its kind, and `article#section` with `;` between.
"""

import argparse
import contextlib
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from indexing.analysis import STOP_WORDS, stem
from indexing.bootstrap import Parts
from indexing.queries import words_of
from indexing.schema.types import FLAGS, LABELS
from indexing.settings import settings_for
from search_api.curation.curation import Curation
from search_api.search.answers import ArticleHit, SearchAnswer
from search_api.search.requests import SearchRequest
from search_api.search.service import SearchService
from search_api.search.suggest import Suggester, Suggestion
from search_api.services import build_search

_NAME = re.compile(r"(?:^|\s)(\w+)(\??):")
_FILTERS = frozenset({"near", "price_min", "price_max", *LABELS, *FLAGS})
_NOT_SAID = frozenset("article articles topic topics place notice notices clinics es".split())
"""Words of a suggestions list that say of what kind a completion is, not what it says."""
_SHORTEST_LIST = 3


class Understood(Struct, frozen=True):
    """What became of one clinic search: expectations missed, filters that nobody asked for, clinics found.

    Where the place is abroad and the answer says so, no clinic is missed.
    """

    query: str
    missed: tuple[str, ...]
    unasked: tuple[str, ...]
    clinics: int

    @property
    def is_complete(self) -> bool:
        """Whether everything was understood."""
        return not self.missed


def rows(path: Path) -> Iterator[Sequence[str]]:
    """The rows of a tab-separated file with a header, each with three fields."""
    for line in path.read_text("utf-8").splitlines()[1:]:
        if line.strip():
            yield [*line.split("\t"), "", ""][:3]


def wanted(text: str) -> list[tuple[str, str, bool]]:
    """Name, value and whether it is optional, of each expectation."""
    found = list(_NAME.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    values = [text[match.end() : end].strip() for match, end in zip(found, ends, strict=True)]
    return [
        (match[1], value.removesuffix("?"), bool(match[2]) or value.endswith("?"))
        for match, value in zip(found, values, strict=True)
    ]


def is_understood(name: str, value: str, answer: SearchAnswer) -> bool:
    """Whether an answer's interpretation says what is expected."""
    said = answer.query.interpreted
    if name == "near":
        return re.search(value, said.get("near", {}).get("label", ""), re.IGNORECASE) is not None
    if name == "radius":
        return bool(said.get("near", {}).get("radius_miles") == float(value))
    if name == "title":
        return bool(answer.hits) and re.search(value, answer.hits[0].title, re.IGNORECASE) is not None
    given = said.get(name)
    held = {str(each).lower() for each in (given if isinstance(given, list) else [given])}
    if name.startswith("price"):
        return given == float(value)
    return all(any(re.fullmatch(part.lower(), each) for each in held) for part in value.split(","))


def understand(search: SearchService, query: str, expected: str, note: str) -> Understood:
    """Ask for clinics and compare what was understood with what was expected."""
    answer = search.search(SearchRequest(text=query))
    clinics = search.search(SearchRequest(text=query, types=("clinic",)))
    needed = [] if expected == "-" else wanted(expected)
    missed = [
        f"{name}:{value}" for name, value, optional in needed if not optional and not is_understood(name, value, answer)
    ]
    if note.startswith("NOT "):
        missed += [f"NOT {name}:{value}" for name, value, _ in wanted(note[4:]) if is_understood(name, value, answer)]
    if note.startswith("title:") and not is_understood("title", note[6:], clinics):
        missed.append(note)
    names = {name for name, _, _ in needed}
    unasked = [name for name in answer.query.interpreted if name in _FILTERS - names]
    relaxed = sum(group.total for group in getattr(answer, "relaxed", ()))
    abroad = int("abroad" in answer.query.interpreted)
    return Understood(query, tuple(missed), tuple(unasked), clinics.total + relaxed + abroad)


def place_of(suggestions: Sequence[Suggestion], expected: str) -> int | None:
    """At which place (from 0) the first completion stands that is one of those expected."""
    for place, suggestion in enumerate(suggestions):
        said = {stem(word) for word in words_of(f"{suggestion.text} {suggestion.section_of or ''}")}
        for option in re.sub(r"\(.*?\)", "", expected).replace("+", "/").split("/"):
            words = [word for word in words_of(option) if word not in _NOT_SAID | STOP_WORDS]
            if words and all(_is_said(word, said) for word in words):
                return place
    return None


def _is_said(word: str, said: set[str]) -> bool:
    return stem(word) in said or any(each.startswith(word) for each in said)


def place_of_article(answer: SearchAnswer, expected: str) -> tuple[int | None, bool]:
    """At which place a right article stands, and whether the right section of the first is linked."""
    options = [option.strip().partition("#") for option in expected.split(";")]
    place = next((n for n, hit in enumerate(answer.hits) if any(hit.id == id for id, _, _ in options)), None)
    first = answer.hits[0] if answer.hits else None
    if not isinstance(first, ArticleHit):
        return place, False
    heading = first.section.heading if first.section else ""
    section = any(
        first.id == id and (not pattern or re.search(pattern, heading, re.IGNORECASE)) for id, _, pattern in options
    )
    return place, section


def share(values: Sequence[bool]) -> str:
    """A share, with the counts that it is of."""
    return f"{sum(values) / max(len(values), 1):.3f} ({sum(values)} of {len(values)})"


def measure_clinics(search: SearchService, path: Path, *, per_query: bool) -> None:
    """Print how completely clinic searches are understood, and how many find no clinic at all."""
    found = [understand(search, *row) for row in rows(path)]
    print(f"understood completely {share([each.is_complete for each in found])}")
    print(f"without a filter that nobody asked for {share([not each.unasked for each in found])}")
    print(f"without any clinic {sum(not each.clinics for each in found)} of {len(found)}")
    for each in found:
        if per_query or not each.is_complete or each.unasked or not each.clinics:
            print(f"  {each.clinics:4} {each.query!r} missed {list(each.missed)} unasked {list(each.unasked)}")


def measure_suggestions(suggester: Suggester, path: Path, *, per_query: bool) -> None:
    """Print at which place what is expected is offered."""
    places, seconds = [], []
    for typed, expected, _ in rows(path):
        started = time.perf_counter()
        offered = suggester.suggest(typed, limit=8)
        seconds.append(time.perf_counter() - started)
        places.append(place_of(offered, expected))
        if per_query or places[-1] != 0:
            print(f"  {places[-1]} {typed!r} wants {expected!r}: {[f'{s.kind[0]} {s.text}' for s in offered[:4]]}")
    print(f"wanted first {share([place == 0 for place in places])}")
    print(f"wanted in three {share([place is not None and place < _SHORTEST_LIST for place in places])}")
    print(f"p50 {statistics.median(seconds) * 1e3:.2f} ms")


def measure_articles(search: SearchService, path: Path, *, per_query: bool) -> None:
    """Print at which place right articles stand, and whether the right section is linked, by kind of question."""
    kinds: dict[str, list[tuple[bool, bool, bool]]] = {}
    for query, kind, expected in rows(path):
        place, section = place_of_article(search.search(SearchRequest(text=query, types=("article",))), expected)
        result = (place == 0, place is not None and place < _SHORTEST_LIST, section)
        kinds.setdefault(kind, []).append(result)
        if per_query or not result[0]:
            print(f"  {place} {'' if section else 'other section'} {query!r} wants {expected[:70]}")
    everything = [each for results in kinds.values() for each in results]
    for kind, results in [*kinds.items(), ("all", everything)]:
        shares = [share([result[place] for result in results]) for place in range(3)]
        print(f"{kind:12} article first {shares[0]}  in three {shares[1]}  section first {shares[2]}")


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m search_api.visitors_evaluation") -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog=prog, description="Measure how visitors' words are understood and answered.")
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--clinics", type=Path, action="append", default=[])
    parser.add_argument("--suggestions", type=Path, action="append", default=[])
    parser.add_argument("--articles", type=Path, action="append", default=[])
    parser.add_argument("--per-query", action="store_true", help="print every line, not only what went wrong")
    options = parser.parse_args(arguments)
    with contextlib.closing(Parts(settings_for(options.data_dir))) as parts:
        _measure(parts, options)


def _measure(parts: Parts, options: Any) -> None:
    per_query = {"per_query": options.per_query}
    search = build_search(parts)
    for path in options.clinics:
        print(f"clinic searches of {path.name}")
        measure_clinics(search, path, **per_query)
    for path in options.articles:
        print(f"questions of {path.name}")
        measure_articles(search, path, **per_query)
    if options.suggestions:
        suggester = Suggester(
            engine=parts.engine, taxonomy=parts.taxonomy, gazetteer=parts.gazetteer, curation=Curation(parts.curation)
        )
        suggester.suggest("warm", limit=8)
        for path in options.suggestions:
            print(f"beginnings of {path.name}")
            measure_suggestions(suggester, path, **per_query)


if __name__ == "__main__":
    main()
