"""The doorbell on real RQ: what rings, what a worker runs, what it refuses, how it ends."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import DefaultSerializer, JSONSerializer

from monitor.adapters.rq import DRAIN, MOST_JOBS, bell, drain_queue
from tests.kit.server import running_server
from tests.kit.waiting import wait_for_sync

WORKER = """
import sys, time, types
import redis
from monitor.adapters.rq import DrainWorker, drain_queue, quieten

url, burst, patience_s = sys.argv[1], sys.argv[2] == "burst", float(sys.argv[3])
client = redis.Redis.from_url(url)

def drain():
    client.incr("begun")
    while client.get("hold"):
        time.sleep(0.01)
    client.incr("done")

sys.modules["workers.jobs"] = types.ModuleType("workers.jobs")
sys.modules["workers.jobs"].drain = drain
quieten()
worker = DrainWorker(drain_queue(redis.Redis.from_url(url), "stet:"), patience_s=patience_s)
worker.work(burst=burst)
sys.exit(0 if burst or worker.stopped_on_request else 3)
"""


@contextlib.contextmanager
def worker(url: str, *, burst: bool = False, patience_s: float = 60) -> Iterator[subprocess.Popen[str]]:
    """A diff worker's process with a drain that counts, and that holds while the key ``hold`` stands."""
    command = [sys.executable, "-c", WORKER, url, "burst" if burst else "stay", str(patience_s)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def field(client: Any, name: str) -> bytes | None:
    """A field of the one registered worker's hash."""
    return next((client.hget(key, name) for key in client.smembers("rq:workers")), None)


def run_all(url: str) -> str:
    """Let one worker run every job there is; its output."""
    with worker(url, burst=True) as process:
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 0, output
    return output


def test_a_bell_makes_one_worker_drain(valkey: Any, valkey_url: str) -> None:
    """Each ring is one job without arguments; its traces are gone within seconds, and RQ stays quiet."""
    ring = bell(valkey, "stet:")
    ring()
    [job] = drain_queue(valkey, "stet:").jobs
    assert (job.func_name, job.args, job.kwargs, job.timeout, job.failure_ttl) == (DRAIN, [], {}, 60, 3600)
    assert job.data == b'["workers.jobs.drain", null, [], {}]'

    assert run_all(valkey_url) == ""

    assert valkey.get("done") == b"1"
    assert 0 < valkey.ttl(Job.key_for(job.id)) <= 5


def test_a_bell_that_nobody_hears_fills_no_queue(valkey: Any, valkey_url: str) -> None:
    """Without a worker the jobs are few and end some day; the first worker to come drains."""
    ring = bell(valkey, "stet:")
    for _ in range(MOST_JOBS + 10):
        ring()

    jobs = drain_queue(valkey, "stet:").jobs
    assert len(jobs) == MOST_JOBS
    assert all(0 < valkey.ttl(job.key) <= 3600 for job in jobs)
    assert run_all(valkey_url) == ""
    assert int(valkey.get("done")) == MOST_JOBS


def test_jobs_that_expired_unheard_lose_no_ring(valkey: Any, valkey_url: str) -> None:
    """A queue full of ids whose jobs have expired still takes a ring, and grows by none."""
    ring = bell(valkey, "stet:")
    for _ in range(MOST_JOBS):
        ring()
    valkey.delete(*(job.key for job in drain_queue(valkey, "stet:").jobs))

    for _ in range(3):
        ring()

    assert drain_queue(valkey, "stet:").count == MOST_JOBS
    assert run_all(valkey_url) == ""
    assert valkey.get("done") == b"1"


def hostile(queue: Queue, marker: Path) -> list[Job]:
    """Jobs of somebody who can write to the server."""
    touch = f"touch {marker}"
    plain = Queue(queue.name, connection=queue.connection, serializer=JSONSerializer)
    pickled = Queue(queue.name, connection=queue.connection, serializer=DefaultSerializer)
    called_back = Job.create(DRAIN, connection=queue.connection, serializer=JSONSerializer, origin=queue.name)
    called_back._failure_callback_name = "subprocess.getoutput"
    method = Job.create("upper", connection=queue.connection, serializer=JSONSerializer, origin=queue.name)
    method.instance = "a string"
    return [
        plain.enqueue("subprocess.getoutput", touch),
        plain.enqueue(DRAIN, "an argument"),
        pickled.enqueue("subprocess.getoutput", touch),
        plain.enqueue_job(called_back),
        plain.enqueue_job(method),
    ]


def test_a_worker_runs_nothing_but_a_plain_drain(valkey: Any, valkey_url: str, tmp_path: Path) -> None:
    """Other functions, arguments, pickles, callbacks and methods land in the failed registry; the worker lives on."""
    queue = drain_queue(valkey, "stet:")
    jobs = hostile(queue, tmp_path / "touched")
    bell(valkey, "stet:")()

    output = run_all(valkey_url)

    assert not list(tmp_path.iterdir())
    assert valkey.get("begun") == b"1"
    assert sorted(queue.failed_job_registry.get_job_ids()) == sorted(job.id for job in jobs)
    assert "wants 'subprocess.getoutput': diff workers run workers.jobs.drain only, plain" in output


def test_a_worker_finishes_its_turn_at_sigterm(valkey: Any, valkey_url: str) -> None:
    """SIGTERM in the middle of a drain lets it end and then the worker, with status 0."""
    valkey.set("hold", 1)
    bell(valkey, "stet:")()
    with worker(valkey_url) as process:
        wait_for_sync(lambda: valkey.get("begun"), within_s=10)
        process.send_signal(signal.SIGTERM)
        wait_for_sync(lambda: field(valkey, "shutdown_requested_date"))
        assert process.poll() is None
        valkey.delete("hold")

        assert process.wait(10) == 0

    assert valkey.get("done") == b"1"


def test_an_idle_worker_ends_at_sigterm(valkey: Any, valkey_url: str) -> None:
    """SIGTERM while waiting for the bell ends the worker at once, with status 0, and unregisters it."""
    with worker(valkey_url) as process:
        wait_for_sync(lambda: field(valkey, "state") == b"idle", within_s=10)
        process.send_signal(signal.SIGTERM)

        assert process.wait(10) == 0

    assert not valkey.smembers("rq:workers")


@pytest.mark.timeout(30)
def test_a_worker_without_a_server_loses_patience() -> None:
    """When Redis stays away an idle worker ends with a status of its own accord, so that its supervisor knows."""
    with contextlib.ExitStack() as server:
        url = server.enter_context(running_server())
        client: Any = redis.Redis.from_url(url)
        process = server.enter_context(worker(url, patience_s=0.2))
        wait_for_sync(lambda: field(client, "state") == b"idle", within_s=10)
        client.shutdown(nosave=True)

        assert process.wait(20) not in {0, -signal.SIGKILL}
        client.close()


def seen(queue: Queue, registry: Any) -> list[str]:
    """The job ids that a registry of RQ's shows."""
    return [str(one) for one in registry.get_job_ids(cleanup=False)] if registry else list(queue.job_ids)


def test_dashboards_and_exporters_of_rq_see_queue_jobs_and_workers(valkey: Any, valkey_url: str) -> None:
    """RQ's public registries, read without our classes as rq-dashboard and rq-exporter read them, show the queue
    ``stet:diff``, what waits in it, what runs, what ended well and what was refused, and who works.
    """
    ring = bell(valkey, "stet:")
    valkey.set("hold", 1)
    ring()
    ring()
    refused = Queue("stet:diff", connection=valkey, serializer=JSONSerializer).enqueue("subprocess.getoutput", "true")

    with worker(valkey_url):
        wait_for_sync(lambda: valkey.get("begun"), within_s=10)
        [queue] = Queue.all(connection=valkey)
        [one] = Worker.all(connection=valkey)
        assert (queue.name, queue.key, queue.count) == ("stet:diff", "rq:queue:stet:diff", 2)
        assert valkey.llen("rq:queue:stet:diff") == 2
        assert seen(queue, None)[-1] == refused.id
        assert len(seen(queue, queue.started_job_registry)) == 1
        assert (one.queue_names(), one.get_state()) == (["stet:diff"], "busy")
        assert one.get_current_job_id() in [job.partition(":")[0] for job in seen(queue, queue.started_job_registry)]
        valkey.delete("hold")
        wait_for_sync(lambda: queue.failed_job_registry.count == 1, within_s=10)
        wait_for_sync(lambda: Worker.all(connection=valkey)[0].get_state() == "idle", within_s=10)
        [one] = Worker.all(connection=valkey)
        assert (one.successful_job_count, one.failed_job_count) == (2, 1)
        assert seen(queue, queue.failed_job_registry) == [refused.id]
        assert len(seen(queue, queue.finished_job_registry)) == 2
        assert queue.count == 0
