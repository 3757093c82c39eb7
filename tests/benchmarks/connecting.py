"""How long a real WordPress takes from one command to the last of its posts being found.

    python -m tests.benchmarks.connecting --posts 1000

Makes a WordPress with that many posts, connects it by `python -m indexing connect add` with default settings while a
worker indexes, and ends when a search finds every post. Making the site is not counted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from indexing.bootstrap import Parts
from indexing.content.connector_items import ItemStore
from indexing.settings import read_settings
from search_api.http.services import SilentDoorbell
from search_api.services import build_services
from tests.conftest import ROOT
from tests.connectors.wordpress import WordPress, is_installed
from tests.serving import served
from tests.working import working

_PARAGRAPHS = 6
"""About 300 words a post."""
_LONGEST_SECONDS = 900


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m tests.benchmarks.connecting") -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=1_000)
    posts = parser.parse_args(arguments).posts
    if not is_installed():
        sys.exit("WordPress is not installed: apt-get install wordpress mariadb-server php-cli php-mysql")
    wordpress = WordPress()
    try:
        wordpress.start()
        wordpress.add_many(posts, paragraphs=_PARAGRAPHS)
        with tempfile.TemporaryDirectory() as folder:
            _measure(wordpress.url, posts, Path(folder))
    finally:
        wordpress.stop()


def _measure(url: str, posts: int, folder: Path) -> None:
    environment = {"SEARCH_DATA_DIR": str(folder), "SEARCH_CONNECTOR_PRIVATE_HOSTS": "127.0.0.1"}
    parts = Parts(read_settings(environment))
    parts.synchroniser.sweep()
    with working(parts), served(build_services(parts, SilentDoorbell())) as port:
        command = [sys.executable, "-m", "indexing", "connect", "add", "blog", "wordpress", f"url={url}"]
        began = time.monotonic()
        done = subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **environment}, capture_output=True)
        read = time.monotonic() - began
        while _found(port) < posts and time.monotonic() - began < _LONGEST_SECONDS:
            time.sleep(2)
        searchable = time.monotonic() - began
        print(done.stdout.decode().strip().splitlines()[-1])
        print(f"{posts} posts: read in {read:.0f} s ({posts / read:.0f}/s), {_found(port)} of them found by a search")
        print(f"after {searchable:.0f} s ({posts / searchable:.0f}/s); {ItemStore(parts.database, 'blog').counts()}")


def _found(port: int) -> int:
    """How many documents a search for a word of every post finds."""
    query = f"http://127.0.0.1:{port}/v1/search?type=article&mode=keyword&q=%22posts+many%22"
    try:
        with urllib.request.urlopen(query, timeout=30) as answer:
            total: int = json.loads(answer.read())["total"]
            return total
    except urllib.error.HTTPError:  # in this process the worker takes all it can: not answered in time
        return 0


if __name__ == "__main__":
    main()
