"""RQ as the doorbell of the diff workers: a job says only that work is ready, never what it is.

Whoever can write to the server could otherwise have any function called: RQ imports whatever dotted name a job
carries, with the JSON serializer too. Hence a Job that runs allow-listed functions without arguments and knows no
callbacks, instances and webhooks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import import_attribute

from monitor.errors import StetwatchError, StoreUnavailable

DRAIN = "workers.jobs.drain"

ALLOWED = frozenset({DRAIN})

JOB_TIMEOUT_S = 60
"""SIGALRM after this long; a C call runs to its end first. Drains give up their turn after a few seconds."""

MOST_JOBS = 32
"""Drain jobs that may wait: one is enough for a worker that comes, more for as many workers that come at once."""

_UNHEARD_S = 3_600  # a job that no worker came for; the next ring makes another
_RESULT_S = 5  # cheaper than 0, which costs nine more round trips a job
_FAILURE_S = 3_600
_MAINTENANCE_S = 15  # RQ's default lets a dead worker's job lie for ten minutes
_WORKER_S = 30  # also how long a blocking pop may last: RQ raises the socket timeout beyond it


class RefusedJob(Exception):
    """A job that this installation does not run."""


class DrainJob(Job):
    """A job that may only name an allow-listed function, plain: no arguments, no instance, no callbacks."""

    @property
    def func(self) -> Callable[..., Any]:
        name = self.func_name
        callbacks = (self._success_callback_name, self._failure_callback_name, self._stopped_callback_name)
        if name not in ALLOWED or self.instance is not None or self.args or self.kwargs or any(callbacks):
            raise RefusedJob(f"job {self.id} wants {name!r}: diff workers run {', '.join(sorted(ALLOWED))} only, plain")
        function: Callable[..., Any] = import_attribute(name)
        return function

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def send_webhooks(self, *_: object, **__: object) -> None:
        """RQ would post to any URL a job carries; ours carry none."""


class DrainWorker(SimpleWorker):
    """RQ's worker without fork, with one queue: on two, a crash between pop and start loses the job for good.

    RQ waits for a lost server for ever; this one ends after ``patience_s``, so that its supervisor knows.
    """

    job_class = DrainJob
    queue_class = Queue
    log_result_lifespan = False
    max_connection_wait_time = 4.0

    def __init__(self, queue: Queue, *, patience_s: float = 60.0) -> None:
        self._patience_s = patience_s
        self._heard_at = time.monotonic()
        super().__init__(
            [queue],
            connection=queue.connection,
            default_result_ttl=_RESULT_S,
            maintenance_interval=_MAINTENANCE_S,
            worker_ttl=_WORKER_S,
            job_class=DrainJob,
            serializer=JSONSerializer,
            log_job_description=False,
        )

    def subscribe(self) -> None:
        """RQ would take orders (shut down, stop a job) from a channel; ours come as signals."""

    @property
    def stopped_on_request(self) -> bool:
        """Whether a signal ended the work, and not a fault."""
        return self._shutdown_requested_date is not None

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        """RQ's sign of life, which it gives around every pop; here also the moment to lose patience."""
        try:
            super().heartbeat(*args, **kwargs)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            away_s = time.monotonic() - self._heard_at
            if away_s > self._patience_s:
                raise StoreUnavailable(f"Redis has not answered for {away_s:.0f} s: start it") from error
            raise
        self._heard_at = time.monotonic()


def drain_queue(connection: redis.Redis, prefix: str) -> Queue:
    """The one queue of an installation. RQ keeps its own keys under ``rq:``, whatever the prefix."""
    return Queue(
        f"{prefix}diff",
        connection=connection,
        default_timeout=JOB_TIMEOUT_S,
        job_class=DrainJob,
        serializer=JSONSerializer,
    )


def bell(connection: redis.Redis, prefix: str) -> Callable[[], None]:
    """What rings for a worker: enqueues one plain drain job, unless enough wait (three round trips, blocking)."""
    queue = drain_queue(connection, prefix)

    def ring() -> None:
        if queue.count < MOST_JOBS or _unheard(connection, queue):
            queue.enqueue(DRAIN, ttl=_UNHEARD_S, result_ttl=_RESULT_S, failure_ttl=_FAILURE_S)

    return ring


def _unheard(connection: redis.Redis, queue: Queue) -> bool:
    """Whether even the last job of a full queue has expired. Its id, which RQ leaves, makes room for another."""
    last: Any = connection.lindex(queue.key, -1)
    if last is None or connection.exists(DrainJob.key_for(last.decode())):
        return last is None
    connection.lrem(queue.key, -1, last)
    return True


def quieten() -> None:
    """Let only RQ's warnings through, by the root logger's handlers instead of its own coloured ones.

    RQ sets the level of its loggers at import; a server that is away is told in a line, not in a traceback.
    """
    for name in ("rq.worker", "rq.job", "rq.queue", "rq.registry"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.handlers.clear()
        logger.propagate = True
        logger.addFilter(_in_one_line)


def _in_one_line(record: logging.LogRecord) -> bool:
    fault = record.exc_info[1] if record.exc_info else None
    if isinstance(fault, redis.ConnectionError | redis.TimeoutError | StetwatchError):
        record.msg, record.args, record.exc_info = "%s %s", (record.getMessage(), fault), None
    return True
