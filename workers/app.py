"""The Celery application and the parts that its tasks share.

One of the two places that read the environment. Threads share one encoder and one index writer; the
queue only says that there is work, so a lost, doubled or late message costs at most one sweep.
"""

import os

from celery import Celery
from celery.signals import worker_init, worker_shutdown
from kombu import Queue

from indexing.bootstrap import Parts, check_settings
from indexing.errors import ConfigurationError
from indexing.logs import set_up_logs
from indexing.settings import read_settings
from workers.drain import Drain
from workers.enqueue import BULK_QUEUE, LIVE_QUEUE, broker_options

settings = read_settings(os.environ)
if not settings.redis_url:
    raise ConfigurationError("REDIS_URL is not set: workers need a broker; deploy/demo starts one by itself")
parts = Parts(settings)
drain = Drain(parts)

app = Celery("workers", broker=settings.redis_url, include=["workers.tasks"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options=broker_options(),
    task_acks_late=True,
    task_default_queue=BULK_QUEUE,
    task_ignore_result=True,
    task_queues=[Queue(LIVE_QUEUE), Queue(BULK_QUEUE)],
    task_reject_on_worker_lost=True,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
)


@worker_init.connect
def _start(**_: object) -> None:
    set_up_logs(settings.log_level)
    check_settings(settings)
    drain.start_sweeping()


@worker_shutdown.connect
def _stop(**_: object) -> None:
    drain.stop()
    parts.close()
