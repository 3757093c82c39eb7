"""The process behind the HTTP port: reads the settings, rings the workers' bell.

uvicorn search_api.asgi:create --factory --no-proxy-headers --ws none --no-access-log
"""

import os

from litestar import Litestar

from indexing.allocator import few_arenas
from indexing.bootstrap import Parts, check_settings, refuse_bad_engine
from indexing.logs import set_up_logs
from indexing.private_files import keep_private
from indexing.settings import read_settings
from search_api.app import create_app
from search_api.http.services import Doorbell, SilentDoorbell
from search_api.services import build_services


def create() -> Litestar:
    """The application with the settings of the environment."""
    few_arenas()
    settings = read_settings(os.environ)
    keep_private(settings.data_dir)
    check_settings(settings)
    set_up_logs(settings.log_level)
    doorbell: Doorbell = SilentDoorbell()
    if settings.redis_url:
        from workers.enqueue import CeleryDoorbell

        doorbell = CeleryDoorbell(settings.redis_url)
    parts = Parts(settings)
    refuse_bad_engine(parts, writes=False)
    return create_app(build_services(parts, doorbell))
