"""A site built by a real Hugo: pages, sitemap and feed from a folder of Markdown."""

import shutil
import subprocess
from pathlib import Path

from tests.connectors.servers import Asked, Reply

_CONFIG = 'baseURL = "{url}/"\ntitle = "A guide"\nlanguageCode = "en"\nenableRobotsTXT = true\n'
_SINGLE = """<!doctype html><html lang="en"><head><title>{{ .Title }} | A guide</title>
<link rel="canonical" href="{{ .Permalink }}">{{ if .Params.noindex }}<meta name="robots" content="noindex">{{ end }}
<meta name="description" content="{{ .Description }}"></head>
<body><header><nav><a href="/">Start</a> <a href="/about/">About us and our team</a></nav></header>
<main><article><h1>{{ .Title }}</h1>{{ .Content }}</article></main>
<footer>Terms, cookies and a newsletter</footer></body></html>"""
_LIST = "<!doctype html><html><head><title>{{ .Title }}</title></head><body>{{ .Title }}</body></html>"
_TYPES = {".html": "text/html", ".xml": "application/xml", ".txt": "text/plain"}
TEXT = "Ketamine is given as an infusion, and people rest afterwards. It is not for everybody. " * 6


def is_installed() -> bool:
    """Whether the program is there."""
    return shutil.which("hugo") is not None


class Hugo:
    """A site in a folder; `build` makes it anew, and the object answers requests with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = "http://127.0.0.1"
        self.content = folder / "content"
        for name, text in (("single", _SINGLE), ("list", _LIST)):
            layout = folder / "layouts" / "_default" / f"{name}.html"
            layout.parent.mkdir(parents=True, exist_ok=True)
            layout.write_text(text)

    def write(self, name: str, title: str, text: str = TEXT, **told: str) -> None:
        """A page with its front matter."""
        path = self.content / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{key}: {value}\n" for key, value in told.items())
        path.write_text(f'---\ntitle: "{title}"\n{lines}---\n\n## What happens\n\n{text}\n')

    def remove(self, name: str) -> None:
        """A page less."""
        (self.content / f"{name}.md").unlink()

    def build(self) -> None:
        """Make the site."""
        (self.folder / "config.toml").write_text(_CONFIG.format(url=self.url))
        shutil.rmtree(self.folder / "public", ignore_errors=True)
        done = subprocess.run(["hugo", "--quiet"], cwd=self.folder, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr + done.stdout

    def __call__(self, asked: Asked) -> Reply:
        """See Answerer."""
        path = self.folder / "public" / asked.path.partition("?")[0].lstrip("/")
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            return Reply(404, b"<html>nothing</html>", (("Content-Type", "text/html"),))
        mark = f'"{hash(path.read_bytes())}"'
        if asked.headers.get("if-none-match") == mark:
            return Reply(304)
        return Reply(200, path.read_bytes(), (("Content-Type", _TYPES[path.suffix]), ("ETag", mark)))
