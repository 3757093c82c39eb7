"""The real application over real parts; workers are played by indexing at once when a test says so."""

from types import SimpleNamespace

import pytest
from litestar.testing import TestClient

from indexing.bootstrap import Parts
from indexing.settings import Settings
from search_api.app import create_app
from search_api.services import build_services
from tests.conftest import article, clinic, index_all, store


class RecordingDoorbell:
    """Counts rings; a queue's messages carry nothing else."""

    def __init__(self):
        self.rings = []

    def ring(self, lane):
        self.rings.append(lane)

    def trouble(self):
        return None


@pytest.fixture
def service(tmp_path, request, database_url):
    """Client, parts, doorbell, and headers by scope; indirect parameters of a test are settings."""
    settings = {"database_url": database_url, "deadline_ms": 30_000, **getattr(request, "param", {})}
    parts = Parts(Settings(data_dir=tmp_path, embedder="hashing", **settings))
    parts.synchroniser.sweep()
    doorbell = RecordingDoorbell()
    keys = {
        scope: {"Authorization": f"Bearer {parts.keys.create(scope, [scope])}"}
        for scope in ("search", "write", "editor")
    }
    app = create_app(build_services(parts, doorbell))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield SimpleNamespace(client=client, parts=parts, doorbell=doorbell, app=app, **keys)


@pytest.fixture
def filled(service):
    """A small site: articles on three subjects, a draft, and clinics in three cities."""
    evidence = "<h2>Evidence</h2><p>Trauma and flashbacks ease.</p><h2>Side effects</h2><p>Nausea and dizziness.</p>"
    ptsd = {"conditions": ["ptsd"], "treatments": ["iv-infusion"], "tags": ["conditions"]}
    untagged: dict[str, list[str]] = {"conditions": [], "treatments": []}
    store(
        service.parts,
        "article",
        article("ptsd", "Ketamine for PTSD", evidence, **ptsd, published_at="2026-01-01T00:00:00Z"),
        article(
            "ptsd-2",
            "Trauma, PTSD and ketamine therapy",
            "<p>Trauma and flashbacks in veterans ease.</p>",
            conditions=["ptsd"],
            published_at="2025-01-01T00:00:00Z",
        ),
        article("bladder", "Bladder health", "<p>Heavy use harms the bladder.</p>", **untagged),
        article("cost", "What ketamine costs", "<p>Infusions cost $400 to $800 a session.</p>", **untagged),
        article("draft", "Draft on PTSD", "<p>Unfinished trauma text.</p>", status="draft"),
    )
    austin = {"insurance": ["aetna"], "price_min": 400, "price_max": 500}
    dallas = {"price_min": 300, "price_max": 350, "treatments": ["spravato"], "conditions": [], "telehealth": True}
    dallas |= {"languages": ["English", "Spanish"], "providers": [{"name": "Maria Delgado", "credentials": "MD"}]}
    aspen = {"price_min": 700, "accepting_patients": False, "treatments": ["oral"], "conditions": []}
    store(
        service.parts,
        "clinic",
        clinic("austin", "Aspen Ridge Wellness", conditions=["ptsd"], treatments=["iv-infusion"], **austin),
        clinic("dallas", "Lone Star Ketamine", "Dallas", "TX", "75201", **dallas),
        clinic("aspen", "Mountain Clinic", "Aspen", "CO", "81611", **aspen),
    )
    index_all(service.parts)
    return service
