"""Asking the workers for something, from their own processes and from others.

Rings of the bell are sent by one background thread and merged while it is busy: a broker that is slow, frozen or
away costs a request nothing, and a thousand writes cost a handful of messages.
"""

import threading
from typing import Any

import structlog
from celery import Celery
from kombu import Connection

from indexing.content.outbox import Lane
from workers.duties import QUEUES, Duty, indexing

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
        return sum(int(channel.queue_declare(queue).message_count) for queue in QUEUES)


class Sender:
    """Sends messages for duties. Thread-safe."""

    def __init__(self, redis_url: str) -> None:
        self._app = Celery("sender", broker=redis_url, set_as_current=False)
        self._app.conf.update(broker_transport_options=impatient_broker_options(), task_ignore_result=True)

    def send(self, duty: Duty) -> None:
        """Send a message. Raises what the broker's client raises, within seconds, where that is not possible."""
        self._app.send_task(
            duty.task_name, args=duty.arguments, queue=duty.queue, expires=_EXPIRES_SECONDS, retry=False
        )

    def try_to_send(self, duty: Duty) -> None:
        """The same where a lost message costs a moment: the workers' clock finds what is due."""
        try:
            self.send(duty)
        except Exception as error:
            log.warning("queue.refuses", task=duty.task, error=type(error).__name__)


class CeleryDoorbell:
    """See Doorbell."""

    def __init__(self, redis_url: str) -> None:
        self._sender = Sender(redis_url)
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
        try:
            self._sender.send(indexing(lane))
            self._trouble = None
        except Exception as error:  # the workers' clock finds the work without the bell
            self._trouble = f"the last message did not reach the queue: {type(error).__name__}"
            log.warning("doorbell.failed", lane=lane, error=type(error).__name__)
