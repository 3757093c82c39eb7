"""Every setting of the service, read from the environment in two places and passed on as one value."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from indexing.errors import ConfigurationError

_PREFIX = "SEARCH_"
_UNPREFIXED = {
    "redis_url": "REDIS_URL",
    "database_url": "DATABASE_URL",
    "meili_url": "MEILI_URL",
    "meili_api_key": "MEILI_API_KEY",
    "meili_prefix": "MEILI_PREFIX",
}

Positive = Annotated[int, Meta(ge=1)]


class Settings(Struct, frozen=True, kw_only=True):
    """All settings; an empty text means "not set"."""

    data_dir: Path = Path("data")
    """Where the content store and the index lie."""
    database_url: str = ""
    """SQLAlchemy address of the content store; a SQLite file in the data directory by default."""
    redis_url: str = ""
    """Broker of the workers; `deploy/demo` starts an embedded Valkey when it is not set."""
    meili_url: str = ""
    """Address of a Meilisearch server (1.15 or newer) to index into; the embedded engine by default."""
    meili_api_key: str = ""
    """Its key: one that may write for workers, one that may only search for the API; see "Production"."""
    meili_prefix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,100}$")] = "ketamine-channel-"
    """Beginning of the names of all indexes there."""
    embedder: Literal["openvino", "onnx", "sentence-transformers", "hashing"] = "openvino"
    """How texts become vectors; `hashing` is for tests of plumbing only, `onnx` an older name of `openvino`."""
    model: str = ""
    """A sentence-transformers model by folder or name; the packaged all-MiniLM-L6-v2 by default."""
    precision: Literal["auto", "mixed", "fp32", "int8"] = "mixed"
    """Numbers that the model computes in; `mixed`: integers for questions where they are fast; see encoding.md."""
    query_prompt: str | None = None
    """Text put before a question when it is embedded; the model's own by default."""
    document_prompt: str | None = None
    """Text put before a passage when it is embedded; the model's own by default."""
    passage_tokens: Annotated[int, Meta(ge=32, le=8192)] = 128
    """Longest passage in tokens of the model, title and headings included."""
    threads: Annotated[int, Meta(ge=0, le=256)] = 0
    """Threads of the encoder in each process; 0 takes the processors that the process may use, at most four."""
    query_vectors: Annotated[int, Meta(ge=0, le=1_000_000)] = 4_096
    """Vectors of questions that a process keeps in memory, so that none is encoded twice; 0 keeps none."""
    bulk_threads: Positive = 1
    """Threads of a worker that index bulk loads; edits have two of their own."""
    taxonomy_file: str = ""
    """A taxonomy of your own in place of the built-in one."""
    anonymous_search: bool = True
    """Whether callers without a key may search."""
    anonymous_per_minute: Positive = 240
    """Requests a minute that one anonymous client may make."""
    cors_origins: str = ""
    """Comma-separated origins of websites whose pages may call the service, or `*`."""
    related_max_age: Annotated[int, Meta(ge=0, le=86_400)] = 60
    """Seconds for which caches may keep an answer on related articles."""
    deadline_ms: Annotated[int, Meta(ge=100)] = 2_000
    """A search that is not answered by then is refused with an error that says so."""
    permits: Positive = 4
    """Searches that run at the same time; others wait within their deadline."""
    most_waiting: Positive = 100_000
    """Documents waiting to be indexed beyond which bulk loads are refused with 429."""
    deaf_seconds: Positive = 30
    """A worker whose queue holds messages for this long without hearing one ends, so that it is started again."""
    trusted_proxies: str = ""
    """Comma-separated addresses and networks of proxies in front whose `X-Forwarded-For` is believed."""
    trust_proxy: bool = False
    """Whether the direct peer is such a proxy, whatever its address; going away, set `SEARCH_TRUSTED_PROXIES`."""
    analytics_visitors: Annotated[int, Meta(ge=0, le=10_000)] = 10
    """Different visitors a day from whom on a query is counted at all; 0 counts nothing."""
    analytics_days: Annotated[int, Meta(ge=1, le=3_650)] = 90
    """Days after which counts of queries are forgotten."""
    connector_private_hosts: str = ""
    """Comma-separated hosts at private addresses that connectors may read; none by default."""
    connector_folders: str = ""
    """Comma-separated folders on this machine below which connectors may read Markdown; none by default."""
    connector_contact: str = ""
    """Address or e-mail that connectors send in their `User-Agent`, for the owners of sites that they read."""
    secret_keys: str = ""
    """Comma-separated keys that seal connectors' secrets, the newest first; see "Secrets of connectors"."""
    site_name: Annotated[str, Meta(min_length=1, max_length=80)] = "The Ketamine Channel"
    """Name of the site, in the header and the titles of our pages."""
    site_logo: str = ""
    """File of a logo (SVG, PNG, WebP or JPEG) that our pages show before the name; none by default."""
    site_url: Annotated[str, Meta(pattern=r"^(https?://[^\s/]\S*)?$")] = ""
    """Address of the site that the name in the header leads to; our own start page by default."""
    public_url: Annotated[str, Meta(pattern=r"^(https?://[^\s/]\S*)?$")] = ""
    """Address under which visitors reach this service, for `sitemap.xml` and its like; by default the one asked."""
    security_contact: Annotated[str, Meta(pattern=r"^((mailto:|https://)\S+)?$")] = ""
    """Where faults of security are told (`mailto:` or `https:`), for `security.txt`; without it there is none."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level of the log."""

    @property
    def store_url(self) -> str:
        """The address of the content store."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'content.db'}"

    @property
    def engine_dir(self) -> Path:
        """The folder of the embedded engine."""
        return self.data_dir / "engine"

    @property
    def secret_key_file(self) -> Path | None:
        """Where the key of connectors' secrets lies by default; nowhere where other hosts may share the store."""
        return None if self.database_url else self.data_dir / "secrets.key"

    @property
    def derived_dir(self) -> Path:
        """Where what is computed from installed packages is kept."""
        return self.data_dir / "derived"

    @property
    def models_dir(self) -> Path:
        """The folder that remembers which models were used."""
        return self.data_dir / "models"

    @property
    def encoder_threads(self) -> int:
        """The number of threads an encoder runs with."""
        return self.threads or min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2, 4)


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return _UNPREFIXED.get(field, _PREFIX + field.upper())


def _value(text: str, kind: Any) -> object:
    """A setting's value; of words to choose from, in whatever case. Raises ValidationError that names them."""
    choices = ("true", "false", "1", "0") if kind is bool else get_args(kind) if get_origin(kind) is Literal else ()
    if choices and text.lower() not in choices:
        raise msgspec.ValidationError(f"must be one of {', '.join(choices)}")
    return msgspec.convert(text.lower() if choices else text, kind, strict=False)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` gives. Raises ConfigurationError naming the variable at fault."""
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(Settings):
        name = variable(field.name)
        text = environment.get(name, "")
        if text == "":
            continue
        try:
            values[field.name] = Path(text) if field.type is Path else _value(text, field.type)
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"{name}={text!r}: {error}") from error
    unknown = sorted(name for name in environment if name.startswith(_PREFIX) and name not in _KNOWN)
    if unknown:
        raise ConfigurationError(
            f"unknown setting {unknown[0]}; see the table of settings in deploy/docs/operations.md"
        )
    return Settings(**values)  # type: ignore[arg-type]


def settings_for(data_dir: Path, **chosen: object) -> Settings:
    """Settings that measure what lies in a folder, on the Meilisearch server of the environment where it names one.

    The environment's database and queue are left alone.
    """
    given = read_settings(os.environ)
    server = Settings(meili_url=given.meili_url, meili_api_key=given.meili_api_key, meili_prefix=given.meili_prefix)
    return msgspec.structs.replace(server, data_dir=data_dir, **chosen)


_KNOWN = {variable(field.name) for field in msgspec.structs.fields(Settings)}
