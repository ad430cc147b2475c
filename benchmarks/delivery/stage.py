"""The stage of a measurement: the embedded store, a notifier, a receiver, and commits like a worker's."""

from __future__ import annotations

import base64
import contextlib
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from monitor.adapters.valkey.connect import endpoint, open_sync
from monitor.adapters.valkey.inbox import Retention, ValkeyInbox
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.observations import encode_observation, encode_source
from monitor.adapters.valkey.server import EmbeddedServer
from monitor.core.deliver.wire import encode
from monitor.model import Change, PostRef, Significance, SnapshotRef, Source, SourceRef, Unchanged, Version
from monitor.ports import Commit, Written

KEY: Final = b"a key of thirty-two bytes to sig"
CONCURRENCY: Final = 64
NOON: Final = datetime(2026, 5, 4, 12, tzinfo=UTC)
_KEYS: Final = Keys()
_SOURCE: Final = Source(name="live", url="https://news.example/live")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request at the receiver: when (``time.monotonic()``, the same in every process), where, and of what."""

    at: float
    name: str
    id: str


class Sink:
    """The receiver's process and what it told."""

    def __init__(self, hold_s: float = 0.0) -> None:
        self.port = _free_port()
        self.arrivals: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._hold_s = hold_s

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        command = [sys.executable, "-m", "benchmarks.delivery.sink", str(self.port), str(self._hold_s)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            reading = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
            reading.start()
            try:
                yield
            finally:
                process.kill()

    def take(self, count: int, within_s: float) -> list[Arrival]:
        """The next arrivals; TimeoutError when they do not come in time."""
        until = time.monotonic() + within_s
        taken: list[Arrival] = []
        while len(taken) < count:
            try:
                taken.append(self.arrivals.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                raise TimeoutError(f"{len(taken)} of {count} deliveries arrived within {within_s:g} s") from None
        return taken

    def _read(self, lines: Iterator[str]) -> None:
        for line in lines:
            at, name, id_ = line.rstrip("\n").split(" ")
            self.arrivals.put(Arrival(float(at), name, id_))


@dataclass(slots=True)
class Stage:
    """A store with its notifier. ``commit`` writes changes as a diff worker does, by the same script."""

    folder: Path
    inbox: ValkeyInbox
    config: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def commit(self, changes: Sequence[Change], destinations: tuple[str, ...]) -> float:
        """Commit changes in one step; when it had been done (``time.monotonic()``)."""
        store = open_sync(endpoint(None, self.folder))
        with contextlib.closing(store):
            store.rpush(_KEYS.key("inbox", _SOURCE.name), encode_observation(Unchanged(fetched_at=NOON)))
            store.zadd(_KEYS.key("ready"), {_SOURCE.name: 0})
        [claim] = self.inbox.claim(1, 30)
        written = [Written(change=one, body=encode(one), destinations=destinations) for one in changes]
        commit = Commit(
            taken=1, state=b"", texts={}, changes=written, eager=False, heat=0.0, heat_at=NOON,
        )  # fmt: skip
        assert self.inbox.commit(claim, commit)
        return time.monotonic()

    @contextlib.contextmanager
    def notifying(self) -> Iterator[None]:
        """One notifier process."""
        command = [sys.executable, "-m", "monitor", "notify", "--config", str(self.config), "--log-level", "error"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
            try:
                yield
            finally:
                process.kill()


@contextlib.contextmanager
def opened(port: int, destinations: Sequence[str]) -> Iterator[Stage]:
    """A store of its own in a folder that goes afterwards, and a configuration of these webhooks."""
    with tempfile.TemporaryDirectory(prefix="stet") as name:
        folder = Path(name)
        config = folder / "stetwatch.toml"
        config.write_text(_config(folder, port, destinations))
        with EmbeddedServer(folder):
            store = open_sync(endpoint(None, folder))
            store.hset(_KEYS.key("src", _SOURCE.name), mapping={"def": encode_source(_SOURCE)})
            retention = Retention(keep_s=86_400, max_changes=1_000_000)
            yield Stage(folder, ValkeyInbox(store, _KEYS, lambda: None, retention), config)
            store.close()


def changes(first: int, count: int) -> list[Change]:
    """Edits of as many posts, each about 1.2 kB on the wire."""
    return [_edit(number) for number in range(first, first + count)]


def _edit(number: int) -> Change:
    words = " ".join(f"word{place}" for place in range(30))
    before, after = (
        Version(headline="Ferry stuck", body=(f"{count} people wait. {words}",), author="Jo", published=None,
                modified=None, sha256="0" * 64)
        for count in (14, 17)
    )  # fmt: skip
    post = f"pst_{number:08}"
    return Change(
        id=f"chg_{number:08}",
        type="post.edited",
        at=NOON,
        source=SourceRef(name=_SOURCE.name, url=_SOURCE.url),
        subject=post,
        snapshot=SnapshotRef(name="001_20260504T120000Z.html", fetched_at=NOON),
        post=PostRef(id=post, key=str(number), url=None, headline="Ferry stuck", sequence=1, version=2),
        fields=("body",),
        significance=Significance(name="number", score=0.9, reasons=("14 → 17",)),
        silent=True,
        before=before,
        after=after,
        redline={"body": (("-", "14"), ("+", "17"), ("=", f" people wait. {words}"))},
    )


def _config(folder: Path, port: int, destinations: Sequence[str]) -> str:
    secret = "whsec_" + base64.b64encode(KEY).decode()
    whole = [f'data_dir = "{folder}"\n[network]\nallow = ["127.0.0.0/8"]\n']
    whole += [
        f'[[destination]]\nname = "{name}"\ntype = "webhook"\nurl = "http://127.0.0.1:{port}/hook/{name}"\n'
        f'allow_http = true\nsecret = "{secret}"\nrate = 10000\nburst = 10000\nconcurrency = {CONCURRENCY}\n'
        for name in destinations
    ]
    return "".join(whole)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
