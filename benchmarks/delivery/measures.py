"""Delay, rate and isolation, each as one object of figures beside its bar."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import uvloop

from benchmarks.delivery.stage import CONCURRENCY, Sink, Stage, changes, opened
from monitor.adapters.guard import Guard
from monitor.adapters.webhook import timeout_of
from monitor.core.deliver.wire import encode

Progress = Callable[[str], object]
Figures = dict[str, Any]
Measure = Callable[[Progress], Figures]

_WARM_UP: Final = 20


def latency(progress: Progress, samples: int = 300) -> Figures:
    """From the end of a commit to the request at the receiver, one change at a time on an idle system."""
    sink = Sink()
    delays_ms: list[float] = []
    with sink.listening(), opened(sink.port, ["hook"]) as stage, stage.notifying():
        for number in range(_WARM_UP + samples):
            committed_at = stage.commit(changes(number, 1), ("hook",))
            [arrival] = sink.take(1, within_s=30)
            if number >= _WARM_UP:
                delays_ms.append((arrival.at - committed_at) * 1000)
            if number % 50 == 0:
                progress(f"delay: {number} of {samples + _WARM_UP}")
            time.sleep(0.02)  # idle again
    median, p99 = statistics.median(delays_ms), _percentile(delays_ms, 0.99)
    return {
        "what": "commit → request received",
        "samples": samples,
        "median_ms": round(median, 2),
        "p99_ms": round(p99, 2),
        "bar": "median ≤ 15 ms, p99 ≤ 60 ms",
        "met": median <= 15 and p99 <= 60,
    }


def throughput(progress: Progress, rounds: int = 3, count: int = 6_000) -> Figures:
    """Deliveries a second of one notifier, and of a bare POST loop with the same session, bodies and receiver."""
    ours: list[float] = []
    bare: list[float] = []
    for turn in range(rounds):
        progress(f"rate: round {turn + 1} of {rounds}")
        sink = Sink()
        with sink.listening(), opened(sink.port, ["hook"]) as stage:
            bare.append(_bare_rate(sink, count))
            ours.append(_our_rate(sink, stage, count))
    rate, floor = statistics.median(ours), statistics.median(bare)
    return {"what": "deliveries a second", "rounds": rounds, "deliveries": count, "rate": round(rate),
            "bare": round(floor), "share": round(rate / floor, 3), "bar": "≥ 600/s and ≥ 50 % of bare POSTs",
            "met": rate >= 600 and rate >= 0.5 * floor}  # fmt: skip


def isolation(progress: Progress, samples: int = 200) -> Figures:
    """The p95 delay of one destination while another answers at once, and while it hangs 15 s on every call."""
    p95: dict[str, float] = {}
    for other in ("quick", "hang"):
        progress(f"isolation: beside one that is {other}")
        sink = Sink(hold_s=15.0)
        delays_ms: list[float] = []
        with sink.listening(), opened(sink.port, ["hook", other]) as stage, stage.notifying():
            for number in range(_WARM_UP + samples):
                committed_at = stage.commit(changes(number, 1), ("hook", other))
                while (arrival := sink.take(1, within_s=30)[0]).name != "hook":
                    pass
                if number >= _WARM_UP:
                    delays_ms.append((arrival.at - committed_at) * 1000)
                time.sleep(0.02)
        p95[other] = _percentile(delays_ms, 0.95)
    ratio = p95["hang"] / p95["quick"]
    return {"what": "p95 beside a destination that hangs 15 s", "samples": samples,
            "p95_ms_beside_quick": round(p95["quick"], 2), "p95_ms_beside_hanging": round(p95["hang"], 2),
            "ratio": round(ratio, 3), "bar": "≤ 1.2 ×", "met": ratio <= 1.2}  # fmt: skip


def _our_rate(sink: Sink, stage: Stage, count: int) -> float:
    """All deliveries wait before the notifier starts; timed from the first arrival to the last."""
    for first in range(0, count, 200):
        stage.commit(changes(first, 200), ("hook",))
    with stage.notifying():
        return _rate([one.at for one in sink.take(count, within_s=120)])


def _bare_rate(sink: Sink, count: int) -> float:
    bodies = [(one.id, encode(one)) for one in changes(1_000_000, count)]
    uvloop.run(_post(f"http://127.0.0.1:{sink.port}/hook/bare", bodies))
    return _rate([one.at for one in sink.take(count, within_s=120)])


async def _post(url: str, bodies: list[tuple[str, bytes]]) -> None:
    """A bare loop: POST, read, the next; the product's own session and limits, no signature, no bookkeeping."""
    waiting = iter(bodies)
    async with Guard(["127.0.0.0/8"]).session() as session:

        async def one_after_another() -> None:
            for id_, body in waiting:
                headers = {"content-type": "application/json", "webhook-id": id_}
                async with session.post(
                    url, data=body, headers=headers, allow_redirects=False, timeout=timeout_of(15)
                ) as response:
                    await response.read()

        await asyncio.gather(*(one_after_another() for _ in range(CONCURRENCY)))


def _rate(times: list[float]) -> float:
    return (len(times) - 1) / (max(times) - min(times))


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
