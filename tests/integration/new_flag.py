"""Run on a copy of the packages in which `wheelchair_accessible` is declared: says `all seen`, or fails.

Its arguments are an empty folder for data and the folder of the copy.
"""

import re
import sys
from pathlib import Path

import msgspec
from litestar.testing import TestClient

import indexing
from indexing.bootstrap import Parts
from indexing.composition import Composer
from indexing.connectors.clinics_csv import ClinicFileSource
from indexing.documents import parse_document
from indexing.engines.meilisearch.filters import expressions
from indexing.engines.meilisearch.records import records_of, settings
from indexing.fingerprints import SCHEMA
from indexing.queries import Filters
from indexing.settings import Settings
from search_api.app import create_app
from search_api.client import ClinicOrArticle, SearchAnswer
from search_api.http.services import SilentDoorbell
from search_api.services import build_services
from tests.conftest import clinic, index_all, store

FLAG = "wheelchair_accessible"
FILTERED = Filters(flags={FLAG: True})


def check_searches(client):
    found = client.get("/v1/search", params={FLAG: "true", "type": "clinic", "facets": FLAG}).json()
    assert [hit["id"] for hit in found["hits"]] == ["level"], found
    assert found["hits"][0][FLAG] is True
    assert {each["value"]: each["count"] for each in found["facets"][FLAG]} == {"true": 1, "false": 1}
    assert not found["warnings"]
    all_of_them = client.get("/v1/search", params={"type": "clinic", "facets": FLAG}).json()
    assert {hit["id"]: hit[FLAG] for hit in all_of_them["hits"]} == {"level": True, "stairs": False}
    words = client.get("/v1/search", params={"q": "wheelchair accessible ketamine clinic in austin"}).json()
    assert words["query"]["interpreted"][FLAG] is True
    relaxed = client.get("/v1/search", params={FLAG: "true", "type": "clinic", "q": "ketamine clinic"}).json()[
        "relaxed"
    ]
    assert [(each["dropped"], each["label"]) for each in relaxed] == [
        ({FLAG: True}, "not known to be wheelchair accessible")
    ], relaxed


def check_client(client):
    answer = client.get("/v1/search", params={FLAG: "true", "type": "clinic"})
    hit = msgspec.json.decode(answer.content, type=SearchAnswer).hits[0]
    assert getattr(hit, FLAG) is True
    assert FLAG in {field.name for field in msgspec.structs.fields(ClinicOrArticle)}


def check_description(client):
    described = client.get("/schema/openapi.json").json()
    parameters = {each["name"]: each for each in described["paths"]["/v1/search"]["get"]["parameters"]}
    assert {"type": "boolean"} in parameters[FLAG]["schema"]["oneOf"]
    for name in ("Clinic", "ClinicHit", "PublicClinic"):
        assert described["components"]["schemas"][name]["properties"][FLAG]["type"] == "boolean"
    assert FLAG in described["components"]["schemas"]["ClinicHit"]["required"]


def check_pages(client):
    page = client.get("/", params={"type": "clinic", FLAG: "true"}).text
    assert re.search(rf'<input form="ktc-search" type="checkbox" id="{FLAG}" name="{FLAG}" value="true" checked>', page)
    assert "Wheelchair accessible" in page
    assert "Level entry" in page
    assert 'href="/clinics/stairs' not in page.partition("not known to be")[0]
    spanish = client.get("/", params={"type": "clinic"}, headers={"Accept-Language": "es"}).text
    assert "Accesible en silla de ruedas" in spanish
    of_one = client.get("/clinics/level").text
    assert re.search(r"<dt>Wheelchair accessible</dt><dd>Yes</dd>", of_one)
    compared = client.get("/compare", params={"compare": ["level", "stairs"]}).text
    assert re.search(r'<th scope="row"[^>]*>Wheelchair accessible</th><td[^>]*>Yes</td><td[^>]*>No</td>', compared)


def check_meilisearch(parts):
    """What would be sent to a server."""
    filterable = settings(parts.stamp)["filterableAttributes"]
    assert any(FLAG in each["attributePatterns"] for each in filterable if isinstance(each, dict))
    assert expressions(FILTERED, SCHEMA) == [f"{FLAG} = true"]
    document = parse_document("clinic", clinic("level", "Level entry", **{FLAG: True})).document
    composer = Composer(
        parts.taxonomy, parts.gazetteer, count_tokens=parts.embedder.count_tokens, passage_tokens=parts.passage_tokens
    )
    composed = composer.compose(document, 1)
    vectors = parts.embedder.embed_documents(composed.texts)
    assert {record.get(FLAG) for record in records_of(composed.with_vectors(vectors), "g", 1)} == {True}
    assert "Is wheelchair accessible." in composed.texts[1]


def check_sheets():
    sheet = b"Clinic,Street,City,State,Zip,Wheelchair\nLevel entry,1 Main St,Austin,TX,78701,yes\n"
    source = ClinicFileSource(lambda: sheet, name="sheet", site="https://example.org")
    (entry,) = source.listing(None).entries
    assert source._answers()[entry.key].fields[FLAG] is True


def main(data_dir: Path) -> None:
    parts = Parts(Settings(data_dir=data_dir, embedder="hashing"))
    parts.synchroniser.sweep()
    store(parts, "clinic", clinic("level", "Level entry", **{FLAG: True}), clinic("stairs", "Many stairs"))
    index_all(parts)
    check_meilisearch(parts)
    check_sheets()
    with TestClient(create_app(build_services(parts, SilentDoorbell()))) as client:
        for check in (check_searches, check_client, check_description, check_pages):
            check(client)


if __name__ == "__main__":
    assert Path(indexing.__file__).is_relative_to(sys.argv[2])
    main(Path(sys.argv[1]))
    print("all seen")
