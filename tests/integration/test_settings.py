import re
import subprocess
import sys

import msgspec
import pytest

from indexing.errors import ConfigurationError
from indexing.settings import Settings, read_settings, settings_for, variable
from tests.conftest import ROOT


def test_settings_come_from_the_environment():
    settings = read_settings({"SEARCH_THREADS": "3", "REDIS_URL": "redis://x", "SEARCH_ANONYMOUS_SEARCH": "false"})
    assert (settings.threads, settings.redis_url, settings.anonymous_search) == (3, "redis://x", False)


@pytest.mark.parametrize(
    "environment", [{"SEARCH_THREADS": "many"}, {"SEARCH_TREADS": "1"}, {"SEARCH_EMBEDDER": "magic"}]
)
def test_a_wrong_setting_is_named(environment):
    with pytest.raises(ConfigurationError, match=next(iter(environment))):
        read_settings(environment)


@pytest.mark.parametrize(
    ("environment", "choices"),
    [
        ({"SEARCH_LOG_LEVEL": "loud"}, "must be one of debug, info, warning, error"),
        ({"SEARCH_TRUST_PROXY": "yes"}, "must be one of true, false, 1, 0"),
    ],
)
def test_a_wrong_choice_is_told_what_there_is_to_choose(environment, choices):
    with pytest.raises(ConfigurationError, match=choices):
        read_settings(environment)


def test_choices_are_read_in_any_case():
    settings = read_settings({"SEARCH_LOG_LEVEL": "INFO", "SEARCH_TRUST_PROXY": "True"})
    assert (settings.log_level, settings.trust_proxy) == ("info", True)


def test_what_measures_takes_the_server_of_the_environment_and_leaves_its_stores_alone(monkeypatch, tmp_path):
    given = {
        "MEILI_URL": "http://m",
        "MEILI_API_KEY": "k",
        "DATABASE_URL": "postgresql://live",
        "REDIS_URL": "redis://live",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    chosen = settings_for(tmp_path, meili_prefix="apart-")
    assert (chosen.meili_url, chosen.meili_api_key, chosen.meili_prefix) == ("http://m", "k", "apart-")
    assert (chosen.data_dir, chosen.database_url, chosen.redis_url) == (tmp_path, "", "")


def test_the_documentation_lists_every_setting_with_its_default():
    page = (ROOT / "deploy" / "docs" / "operations.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", page, flags=re.MULTILINE))
    expected = {}
    for field in msgspec.structs.fields(Settings):
        default = field.default
        text = str(default).lower() if isinstance(default, bool) else str(default)
        expected[variable(field.name)] = "" if default in ("", None) else f"`{text}`"
    assert {name: default.strip() for name, default in rows.items()} == expected


@pytest.mark.parametrize("module", ["search_api.app", "search_api.services", "workers.enqueue", "indexing.bootstrap"])
def test_importing_the_service_loads_no_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules or 'sentence_transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
