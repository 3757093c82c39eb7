import pytest

from indexing.queries import words_of
from indexing.taxonomy import DEFAULT_FILE, Taxonomy

taxonomy = Taxonomy()

CONTRACT = {
    "treatment": {"iv-infusion", "im-injection", "spravato", "oral", "ketamine-assisted-psychotherapy"},
    "condition": {
        "treatment-resistant-depression", "depression", "bipolar-depression", "suicidal-ideation", "ptsd", "anxiety",
        "ocd", "chronic-pain", "fibromyalgia", "neuropathic-pain", "crps", "migraine", "opioid-resistant-pain",
        "substance-use",
    },
    "payment": {"financing", "sliding-scale", "hsa-fsa", "out-of-network", "clinical-trial"},
    "insurance": {
        "aetna", "blue-cross-blue-shield", "cigna", "humana", "kaiser-permanente", "medicaid", "medicare", "tricare",
        "united-healthcare", "va",
    },
}  # fmt: skip


@pytest.mark.parametrize("facet", CONTRACT)
def test_every_filter_value_of_the_contract_is_there(facet):
    assert {entry.slug for entry in taxonomy.entries(facet)} >= CONTRACT[facet]


@pytest.mark.parametrize(
    ("facet", "text", "slug"),
    [
        ("condition", "PTSD", "ptsd"),
        ("condition", "TRD", "treatment-resistant-depression"),
        ("condition", "Long COVID", "long-covid"),
        ("treatment", "esketamine", "spravato"),
        ("insurance", "BCBS", "blue-cross-blue-shield"),
    ],
)
def test_names_lead_to_slugs(facet, text, slug):
    assert taxonomy.slug(facet, text) == slug


def test_names_stand_for_one_another_and_misspellings_for_what_is_meant():
    assert ("treatment", "resistant", "depression") in taxonomy.synonyms[("trd",)]
    assert taxonomy.synonyms[("spravatto",)] == (("spravato",),)


def test_an_untagged_text_is_recognised_by_its_title_or_by_frequent_mentions():
    title, body = words_of("Ketamine for CRPS"), words_of("fibro fibro fibromyalgia and once ptsd")
    assert taxonomy.recognise("condition", title=title, texts=[body]) == ("fibromyalgia", "crps")


def test_a_name_of_signs_alone_names_nothing(tmp_path):
    file = tmp_path / "taxonomy.toml"
    file.write_text(DEFAULT_FILE.read_text("utf-8").replace('names = ["', 'names = ["—", "', 1), "utf-8")
    own = Taxonomy(file)
    assert [mention.entry.slug for mention in own.mentions(["crps"], facets=("condition",))] == ["crps"]


def test_the_longest_name_wins():
    words = words_of("treatment-resistant depression")
    assert [m.entry.slug for m in taxonomy.mentions(words, facets=("condition",))] == ["treatment-resistant-depression"]


def test_lay_words_are_spelt_out_for_the_model():
    assert taxonomy.spelt_out("can i take xanax") == "can i take xanax (alprazolam, benzodiazepine, drug interactions)"
    assert taxonomy.spelt_out("ketamine and sleep") == "ketamine and sleep"


def test_no_word_means_nothing_at_all():
    assert all(meant and all(meant) for meant in Taxonomy().synonyms.values())
