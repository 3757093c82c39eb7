"""The application on a free port, in a thread of this process."""

import contextlib
import threading
import time
from collections.abc import Iterator

import uvicorn

from search_api.app import create_app
from search_api.http.services import Services


@contextlib.contextmanager
def served(services: Services) -> Iterator[int]:
    """The port on which the services answer."""
    config = uvicorn.Config(
        create_app(services), port=0, log_level="warning", access_log=False, proxy_headers=False, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()
