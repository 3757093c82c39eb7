"""The judged medical questions, over what was judged and a sample of the rest, through the service's own search.

The whole collection takes some twelve minutes to encode; `python -m search_api.evaluation` runs it.
"""

import gzip
import json

import pytest

from indexing.bootstrap import Parts
from indexing.settings import Settings
from search_api.evaluation import answer_all, load_corpus, load_judgements, score
from search_api.related_evaluation import measure, ours, plain_cosine, subjects_of
from search_api.services import build_search
from tests.conftest import SHARED_DATA

FOLDER = SHARED_DATA / "medquad"
EVERY_NTH_OTHER = 12

pytestmark = [
    pytest.mark.skipif(not FOLDER.exists(), reason=f"the judged collection is not at {FOLDER}"),
    pytest.mark.timeout(1_200),
]


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    folder = tmp_path_factory.mktemp("medical")
    judgements = load_judgements(FOLDER / "qrels.tsv")
    judged = {document for grades in judgements.values() for document in grades}
    with gzip.open(FOLDER / "corpus.jsonl.gz", "rt", encoding="utf-8") as corpus:
        lines = [line for n, line in enumerate(corpus) if json.loads(line)["_id"] in judged or n % EVERY_NTH_OTHER == 0]
    (folder / "corpus.jsonl").write_text("".join(lines), "utf-8")
    parts = Parts(Settings(data_dir=folder))
    names = load_corpus(parts, folder / "corpus.jsonl")
    yield parts, names, judgements
    parts.close()


@pytest.mark.parametrize("field", ["text", "original"])
def test_real_questions_find_the_best_answers(collection, hold, field):
    parts, names, judgements = collection
    queries = [json.loads(line) for line in (FOLDER / "queries.jsonl").read_text("utf-8").splitlines()]
    found = answer_all(build_search(parts), {query["_id"]: query[field] for query in queries})
    answers = {query: [names[id] for id in ids if id in names] for query, ids in found.items()}
    hold(f"medical questions, {field}, nDCG@10", score(answers, judgements).ndcg_10)


def test_related_articles_stay_with_the_subject_and_repeat_nothing(collection, hold):
    parts, _, _ = collection
    library = parts.engine.library("article")
    subjects = subjects_of(library)
    sources = sorted(subjects)[::2]
    found = measure(ours(parts), library, sources, subjects=subjects)
    plain = measure(plain_cosine(library), library, sources, subjects=subjects)
    assert found.same_subject > plain.same_subject
    assert found.repeats == 0
    hold("medical articles, same subject", found.same_subject)
