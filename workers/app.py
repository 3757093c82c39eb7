"""The Celery application and the parts that its tasks share.

One of the two places that read the environment. Threads share one encoder and one index writer; the
queue only says that there is work, so a lost, doubled or late message costs at most one tick of the clock.
"""

import os
import threading
from typing import Any

from celery import Celery, bootsteps
from celery.signals import worker_init, worker_shutdown, worker_shutting_down
from kombu import Queue

from indexing.bootstrap import Parts, check_settings, refuse_bad_engine
from indexing.errors import ConfigurationError
from indexing.logs import set_up_logs
from indexing.private_files import keep_private
from indexing.settings import read_settings
from workers.clock import Clock
from workers.duties import QUEUES
from workers.enqueue import Sender, broker_options, waiting_messages
from workers.schedule import Schedule
from workers.watch import ALIVE_FILE, Watch
from workers.work import Work

settings = read_settings(os.environ)
if not settings.redis_url:
    raise ConfigurationError("REDIS_URL is not set: workers need a broker; deploy/demo starts one by itself")
keep_private(settings.data_dir)
parts = Parts(settings)
work = Work(parts)
sender = Sender(settings.redis_url)
stopped = threading.Event()

app = Celery("workers", broker=settings.redis_url, include=["workers.tasks"])
app.conf.update(
    broker_connection_max_retries=None,
    broker_connection_retry_on_startup=True,
    broker_transport_options=broker_options(),
    task_default_queue="bulk",
    task_ignore_result=True,
    task_queues=[Queue(name) for name in QUEUES],
    worker_concurrency=work.threads,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_pool="threads",
    worker_prefetch_multiplier=1,
)


class Ticking(bootsteps.StartStopStep):  # type: ignore[misc]
    """The clock of this worker; it ticks before there is a connection to the broker, and while there is none."""

    requires = {"celery.worker.components:Pool"}

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._clock = Clock(
            Schedule(parts),
            send=sender.send,
            perform=lambda duty: app.tasks[duty.task_name](*duty.arguments),
            heard_at=lambda: work.pulse.heard_at,
        )

    def start(self, worker: Any) -> None:
        """See StartStopStep."""
        self._clock.start()

    def stop(self, worker: Any) -> None:
        """See StartStopStep."""
        self._clock.stop()


app.steps["worker"].add(Ticking)


@worker_init.connect
def _start(**_: object) -> None:
    set_up_logs(settings.log_level)
    check_settings(settings)
    refuse_bad_engine(parts, writes=True)
    work.release_dead()
    watch = Watch(
        work.worker,
        pulse=work.pulse,
        heartbeats=parts.heartbeats,
        alive_file=settings.data_dir / ALIVE_FILE,
        deaf_seconds=settings.deaf_seconds,
        unanswered=lambda: waiting_messages(settings.redis_url),
    )
    threading.Thread(target=watch.keep, args=(stopped,), name="watch", daemon=True).start()


@worker_shutting_down.connect
def _begin_nothing_more(**_: object) -> None:
    work.end_slices()


@worker_shutdown.connect
def _stop(**_: object) -> None:
    stopped.set()
    work.stop()
    parts.close()
