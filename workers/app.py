"""The Celery application and the parts that its tasks share.

One of the two places that read the environment. Threads share one encoder and one index writer; the
queue only says that there is work, so a lost, doubled or late message costs at most one sweep.
"""

import os
import threading

from celery import Celery
from celery.signals import worker_init, worker_shutdown
from kombu import Queue

from indexing.bootstrap import Parts, check_settings, refuse_bad_engine
from indexing.errors import ConfigurationError
from indexing.logs import set_up_logs
from indexing.settings import read_settings
from workers.connect import ConnectorSweep
from workers.drain import Drain
from workers.enqueue import BULK_QUEUE, CONNECT, LIVE_QUEUE, broker_options, waiting_messages
from workers.watch import ALIVE_FILE, Watch

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


_CONNECT_EXPIRES_SECONDS = 60

stopped = threading.Event()
connectors = ConnectorSweep(
    parts,
    enqueue=lambda id: app.send_task(
        CONNECT, args=[id], queue=BULK_QUEUE, expires=_CONNECT_EXPIRES_SECONDS, retry=False
    ),
)


@worker_init.connect
def _start(**_: object) -> None:
    set_up_logs(settings.log_level)
    check_settings(settings)
    refuse_bad_engine(parts, writes=True)
    drain.start_sweeping()
    connectors.start()
    watch = Watch(
        drain.worker,
        pulse=drain.pulse,
        heartbeats=parts.heartbeats,
        alive_file=settings.data_dir / ALIVE_FILE,
        deaf_seconds=settings.deaf_seconds,
        unanswered=lambda: waiting_messages(settings.redis_url),
    )
    threading.Thread(target=watch.keep, args=(stopped,), name="watch", daemon=True).start()


@worker_shutdown.connect
def _stop(**_: object) -> None:
    stopped.set()
    connectors.stop()
    drain.stop()
    parts.close()
