"""Ringing the workers' bell from other processes.

Rings are sent by one background thread and merged while it is busy: a broker that is slow, frozen or
away costs a request nothing, and a thousand writes cost a handful of messages.
"""

import threading
from typing import Any

import structlog
from celery import Celery
from kombu import Connection

from indexing.content.outbox import Lane

LIVE_QUEUE, BULK_QUEUE = "live", "bulk"
SYNC_LIVE, SYNC_BULK = "indexing.sync_live", "indexing.sync_bulk"
CONNECT = "indexing.connect"
_TASKS: dict[Lane, tuple[str, str]] = {"live": (SYNC_LIVE, LIVE_QUEUE), "bulk": (SYNC_BULK, BULK_QUEUE)}
_EXPIRES_SECONDS = 60
_PAUSE_SECONDS = 0.02
_SOCKET_SECONDS = 1.0

log = structlog.get_logger()


def broker_options() -> dict[str, Any]:
    """Options of the Redis transport for both sides.

    Unacknowledged messages come back within seconds; kombu's defaults take minutes.
    """
    return {
        "visibility_timeout": 60,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "global_keyprefix": "ketamine-search:",
    }


def impatient_broker_options() -> dict[str, Any]:
    """The same for those who would rather go without the broker than wait for it."""
    return {**broker_options(), "socket_timeout": _SOCKET_SECONDS, "socket_connect_timeout": _SOCKET_SECONDS}


def waiting_messages(redis_url: str) -> int:
    """How many messages lie in the queues. Raises within seconds when the broker cannot be asked."""
    with Connection(redis_url, transport_options=impatient_broker_options()) as connection:
        channel = connection.channel()
        return sum(int(channel.queue_declare(queue).message_count) for queue in (LIVE_QUEUE, BULK_QUEUE))


class CeleryDoorbell:
    """See Doorbell."""

    def __init__(self, redis_url: str) -> None:
        self._app = Celery("doorbell", broker=redis_url, set_as_current=False)
        self._app.conf.update(
            broker_transport_options=impatient_broker_options(),
            task_ignore_result=True,
        )
        self._rung: set[Lane] = set()
        self._trouble: str | None = None
        self._wake = threading.Condition()
        threading.Thread(target=self._send_all, name="doorbell", daemon=True).start()

    def ring(self, lane: Lane) -> None:
        """See Doorbell."""
        with self._wake:
            self._rung.add(lane)
            self._wake.notify()

    def trouble(self) -> str | None:
        """See Doorbell."""
        return self._trouble

    def _send_all(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._rung))
                lanes, self._rung = self._rung, set()
            for lane in lanes:
                self._send(lane)
            threading.Event().wait(_PAUSE_SECONDS)

    def _send(self, lane: Lane) -> None:
        task, queue = _TASKS[lane]
        try:
            self._app.send_task(task, queue=queue, expires=_EXPIRES_SECONDS, retry=False)
            self._trouble = None
        except Exception as error:  # the sweep finds the work without the bell
            self._trouble = f"the last message did not reach the queue: {type(error).__name__}"
            log.warning("doorbell.failed", lane=lane, error=type(error).__name__)
