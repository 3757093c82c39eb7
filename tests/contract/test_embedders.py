"""What every embedder must do, and that the exported model is the model."""

import numpy as np
import pytest

from indexing.bootstrap import model_folder
from indexing.embedders.hashing import HashingEmbedder
from indexing.embedders.onnx import OnnxEmbedder
from indexing.embedders.sentence_transformer import SentenceTransformerEmbedder
from indexing.errors import EmbedderUnavailable
from indexing.settings import Settings

TEXTS = ["What does Spravato cost?", "", "ketamine " * 400, "Ünïcode 💊 text", "x" * 3_000, "a\nb"]


@pytest.fixture(scope="module")
def onnx(model_dir):
    return OnnxEmbedder(model_folder(Settings(data_dir=model_dir)), threads=2)


@pytest.fixture(scope="module")
def torch_model():
    return SentenceTransformerEmbedder("")


@pytest.fixture(params=["hashing", "onnx"])
def embedder(request):
    return HashingEmbedder() if request.param == "hashing" else request.getfixturevalue("onnx")


def test_vectors_have_the_recipes_size_and_length_one(embedder):
    vectors = embedder.embed_documents(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.recipe.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed_documents([]).shape == (0, embedder.recipe.dimensions)


def test_company_does_not_change_a_vector(embedder):
    together = embedder.embed_documents(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert float(embedder.embed_documents([text])[0] @ vector) > 0.9999


def test_near_texts_get_near_vectors(embedder):
    query = embedder.embed_query("cost of a ketamine infusion")
    near, far = embedder.embed_documents(["the cost of one ketamine infusion", "gardens in spring"])
    assert query @ near > query @ far + 0.2


def test_the_exported_model_gives_the_vectors_of_sentence_transformers(onnx, torch_model):
    ours, theirs = onnx.embed_documents(TEXTS), torch_model.embed_documents(TEXTS)
    assert (ours * theirs).sum(axis=1).min() >= 0.9999
    assert float(onnx.embed_query(TEXTS[0]) @ torch_model.embed_query(TEXTS[0])) >= 0.9999
    assert onnx.recipe == torch_model.recipe


def test_both_count_the_same_tokens(onnx, torch_model):
    assert list(onnx.count_tokens(TEXTS)) == list(torch_model.count_tokens(TEXTS))


def test_prompts_are_part_of_the_recipe_and_of_what_is_encoded(onnx, torch_model):
    prompted = SentenceTransformerEmbedder("", query_prompt="query: ", document_prompt="passage: ")
    assert prompted.recipe.id != torch_model.recipe.id
    assert float(prompted.embed_query("cost") @ torch_model.embed_documents(["query: cost"])[0]) > 0.9999
    assert float(prompted.embed_documents(["cost"])[0] @ torch_model.embed_query("passage: cost")) > 0.9999


def test_a_broken_export_is_unavailable(tmp_path):
    with pytest.raises(EmbedderUnavailable):
        OnnxEmbedder(tmp_path, threads=1)
