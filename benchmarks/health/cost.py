"""What heartbeats and rounds cost the store and the processes, with 10,000 sources, all due, and 20 destinations."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Final

import redis

from monitor.adapters.valkey.connect import endpoint, open_sync
from monitor.adapters.valkey.inbox import Retention
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.observations import encode_source
from monitor.adapters.valkey.rounds import ValkeyRounds
from monitor.adapters.valkey.server import EmbeddedServer
from monitor.model import Source

SOURCES: Final = 10_000
_DESTINATIONS: Final = 20
_TIMES: Final = 200
_ROUND_BAR_MS: Final = 5.0
_KEYS: Final = Keys()


def cost() -> dict[str, Any]:
    """Milliseconds of the store and of the process a call: of a mere heartbeat, and of one that makes the rounds."""
    with tempfile.TemporaryDirectory(prefix="stetwatch-health-") as name, EmbeddedServer(Path(name)):
        store = open_sync(endpoint(None, Path(name)))
        _fill(store)
        kept = Retention(keep_s=86_400, max_changes=1_000)
        mine = ValkeyRounds(store, _KEYS, "poll", retention=kept, bell_queue="rq:queue:stet:diff", hinted=True)
        mine.beat({}, alive=True, judging=True)
        beat = _measured(store, mine, rounds=False)
        whole = _measured(store, mine, rounds=True)
    return {
        "sources": SOURCES,
        "destinations": _DESTINATIONS,
        "beat_store_ms": beat[0],
        "beat_process_ms": beat[1],
        "round_store_ms": whole[0],
        "round_process_ms": whole[1],
        "share_of_a_core": round((whole[0] + whole[1]) / 3_000, 5),
        "bar": f"a round costs the store at most {_ROUND_BAR_MS:g} ms",
        "met": whole[0] <= _ROUND_BAR_MS,
    }


def _fill(store: redis.Redis) -> None:
    now_ms = store.time()[0] * 1000
    pipe = store.pipeline(transaction=False)
    for number in range(SOURCES):
        name = f"source-{number:05}"
        definition = encode_source(Source(name=name, url=f"https://news.example/{name}"))
        pipe.hset(_KEYS.key("src", name), "def", definition)
        pipe.zadd(_KEYS.key("due"), {name: now_ms - number})
        pipe.zadd(_KEYS.key("ready"), {name: now_ms - number})
    for number in range(_DESTINATIONS):
        destination = f"destination-{number}"
        pipe.sadd(_KEYS.key("destinations"), destination)
        for lane in range(200):
            change, post = f"chg_{number}_{lane}", f"source/pst_{lane}"
            kept = f'{{"lane":"{post}","attempts":0,"first_at_ms":{now_ms},"committed_at_ms":{now_ms}}}'
            pipe.hset(_KEYS.key("delivery", destination), change, kept)
            pipe.rpush(_KEYS.key("lane", destination, post), change)
            pipe.zadd(_KEYS.key("lanes", destination), {post: now_ms + lane})
    pipe.execute()


def _measured(store: redis.Redis, mine: ValkeyRounds, *, rounds: bool) -> tuple[float, float]:
    """Milliseconds a call: of the store's main thread, and of this process."""
    began, used = time.process_time(), _store_s(store)
    for _ in range(_TIMES):
        if rounds:  # the last ones are as long ago as they would be
            store.hset(_KEYS.key("rounds"), "at_ms", 0)
        mine.beat({}, alive=True, judging=rounds)
    return (
        round(1000 * (_store_s(store) - used) / _TIMES, 3),
        round(1000 * (time.process_time() - began) / _TIMES, 3),
    )


def _store_s(store: redis.Redis) -> float:
    cpu: Any = store.info("cpu")
    return float(cpu["used_cpu_sys_main_thread"] + cpu["used_cpu_user_main_thread"])
