"""How good related articles are, beside plain nearest vectors, on the index of a data directory.

    python -m search_api.related_evaluation --data-dir data --judged related.jsonl

`--judged` has a line an article: `{"id": …, "related": {id: grade}}`. `--subjects` measures on a collection
whose titles name a subject in set phrases, such as MedQuAD's: articles on the same subject are related.
"""

import argparse
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from indexing.bootstrap import Parts
from indexing.engines.base import Library
from indexing.settings import settings_for
from search_api.evaluation import json_lines, ndcg
from search_api.recommend.profiles import profile, tell_one_story
from search_api.recommend.requests import RecommendationRequest
from search_api.services import build_recommendations, embedder_of_index

DEPTH = 5
_SUBJECT = re.compile(
    r"(?:what is \(are\)|what causes|what (?:is|are) the [a-z ]+? (?:of|for|to)|how to (?:prevent|diagnose)|"
    r"who is at risk for|is(?=.* inherited)|how many people are affected by|what to do for|"
    r"do you have information about|where to find support for people with|"
    r"what research \(or clinical trials\) is being done for) "
    r"(?P<subject>.+?)(?: inherited)? ?(?:\([^?]*)?\?"
)

Recommend = Callable[[str], Sequence[str]]


class Quality(Struct, frozen=True):
    """Figures of lists of five."""

    ndcg_5: float | None
    """Against judged lists; None without."""
    same_subject: float | None
    """Share of recommended articles on the subject of their source that repeat nothing, as far as there are
    others; None without."""
    repeats: float
    """Share of recommended articles that tell the story of their source, or of one before them."""
    diversity: float
    """One minus the mean cosine between articles of one list."""
    coverage: float
    """Share of all articles that some list recommends."""
    hub: float
    """Share of lists that hold the most recommended article."""


def subject_of(title: str) -> str | None:
    """The subject that a title of set form names, folded."""
    match = _SUBJECT.match(" ".join(title.lower().split()))
    return match["subject"].strip() if match else None


def measure(
    recommend: Recommend,
    library: Library,
    sources: Sequence[str],
    *,
    judged: Mapping[str, Mapping[str, int]] | None = None,
    subjects: Mapping[str, str] | None = None,
) -> Quality:
    """The quality of `recommend` over `sources`."""
    lists = {id: list(recommend(id))[:DEPTH] for id in sources}
    counts = Counter(id for ids in lists.values() for id in ids)
    repeats = _repeats(lists, library)
    gains = [ndcg(ids, judged[id], depth=DEPTH) for id, ids in lists.items() if id in judged] if judged else []
    return Quality(
        ndcg_5=sum(gains) / len(gains) if gains else None,
        same_subject=_same_subject(lists, subjects, repeats) if subjects else None,
        repeats=sum(map(len, repeats.values())) / max(sum(map(len, lists.values())), 1),
        diversity=float(np.mean([_spread(ids, library) for ids in lists.values() if len(ids) > 1] or [0.0])),
        coverage=len(counts) / max(len(library.titles), 1),
        hub=max(counts.values(), default=0) / max(len(lists), 1),
    )


def _same_subject(
    lists: Mapping[str, Sequence[str]], subjects: Mapping[str, str], repeats: Mapping[str, set[str]]
) -> float:
    sizes = Counter(subjects.values())
    right = possible = 0
    for source, ids in lists.items():
        if source in subjects and (others := min(sizes[subjects[source]] - 1, DEPTH)) > 0:
            fresh = (id for id in ids[:others] if id not in repeats[source])
            right += sum(subjects.get(id) == subjects[source] for id in fresh)
            possible += others
    return right / max(possible, 1)


def _repeats(lists: Mapping[str, Sequence[str]], library: Library) -> dict[str, set[str]]:
    """By source, what tells its story or that of one before in the list once more."""
    wanted = {id for source, ids in lists.items() for id in (source, *ids)}
    vectors, contents = library.vectors(wanted), library.contents(wanted)
    known = {id: profile(contents[id], library.words, len(library.titles)) for id in wanted}

    def is_told(id: str, before: Sequence[str]) -> bool:
        return any(tell_one_story(known[id], known[other], float(vectors[id] @ vectors[other])) for other in before)

    return {
        source: {id for place, id in enumerate(ids) if is_told(id, (source, *ids[:place]))}
        for source, ids in lists.items()
    }


def _spread(ids: Sequence[str], library: Library) -> float:
    vectors = np.stack(list(library.vectors(ids).values()))
    pairs = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    return 1.0 - float(pairs.mean())


def plain_cosine(library: Library) -> Recommend:
    """The nearest articles by their vectors, and nothing else."""

    def recommend(id: str) -> Sequence[str]:
        (near,) = library.nearest(library.vectors([id])[id][None, :], limit=DEPTH + 1)
        return [other for other in near if other != id][:DEPTH]

    return recommend


def ours(parts: Parts) -> Recommend:
    """What the service recommends."""
    service = build_recommendations(parts, embedder_of_index(parts))

    def recommend(id: str) -> Sequence[str]:
        answer = service.recommend(RecommendationRequest(articles=(id,), limit=DEPTH))
        return [each.id for each in answer.recommendations]

    return recommend


def _ids(library: Library) -> list[str]:
    return [title.id for title in library.titles]


def subjects_of(library: Library) -> dict[str, str]:
    """The subject of each article whose title names one."""
    titles = {id: content.title for id, content in library.contents(_ids(library)).items()}
    return {id: subject for id, title in titles.items() if (subject := subject_of(title))}


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m search_api.related_evaluation") -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog=prog, description="Measure related articles beside plain nearest vectors.")
    parser.add_argument("--data-dir", type=Path, required=True, help="a data directory with a filled index")
    parser.add_argument("--judged", type=Path, help="JSON lines: id, related {id: grade}")
    parser.add_argument("--subjects", action="store_true", help="titles name subjects in MedQuAD's phrases")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth article is a source")
    options = parser.parse_args(arguments)
    judged = {row["id"]: row["related"] for row in json_lines(options.judged)} if options.judged else None
    with contextlib.closing(Parts(settings_for(options.data_dir))) as parts:
        library = parts.engine.library("article")
        subjects = subjects_of(library) if options.subjects else None
        sources = sorted(judged or subjects or _ids(library))[:: options.every]
        for name, recommend in (("plain cosine", plain_cosine(library)), ("ours", ours(parts))):
            print(f"{name:13} {_row(measure(recommend, library, sources, judged=judged, subjects=subjects))}")


def _row(quality: Quality) -> str:
    named = {name: getattr(quality, name) for name in Quality.__struct_fields__}
    return "  ".join(f"{name} {value:.3f}" for name, value in named.items() if value is not None)


if __name__ == "__main__":
    main()
