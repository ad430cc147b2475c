"""The crew: the processes under ``stetwatch run`` and ``stetwatch work``, kept alive until told to stop.

Beside it the caller is free to run tasks of its own in the same loop::

    async def run() -> int:
        crew = Crew({"poll": [...], "notify": [...], "work-1": [...]}, watch=server.keep_alive)
        printing = asyncio.create_task(print_changes())
        try:
            return await crew.run()
        finally:
            printing.cancel()

    with EmbeddedServer(data_dir) as server:  # stops after the crew
        return asyncio.run(run())
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from monitor.adapters import processes
from monitor.errors import InfrastructureError

_log = structlog.get_logger(__name__)

CONFIGURATION_EXIT = 2
"""A role that ends with this would end with it again: the configuration is off."""

HEALTHY_S = 60.0
_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_LOOK_EVERY_S = 0.1


def pause_before_restart(deaths: int) -> float:
    """Seconds to wait after the n-th death in a row (from 1): 1, 2, 4, 8, 16, then 30."""
    return _PAUSES_S[min(max(deaths, 1), len(_PAUSES_S)) - 1]


@dataclass(slots=True)
class _Member:
    """One command of the crew and what became of it; ``deaths`` counts those without a healthy minute between."""

    name: str
    command: Sequence[str]
    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    deaths: int = 0


@dataclass(slots=True)
class _Orders:
    """What the signals have asked for so far."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    kill: asyncio.Event = field(default_factory=asyncio.Event)

    def give(self) -> None:
        (self.kill if self.stop.is_set() else self.stop).set()


class Crew:
    """Named commands, each a child in a session of its own that does not outlive this process.

    A child that ends is started again after a pause; one that ends with exit code 2 stops the whole crew. SIGTERM,
    SIGINT or SIGHUP is forwarded once as SIGTERM, and after ``drain_s`` SIGKILL; a second one kills at once.
    ``watch`` is called every tenth of a second from the main thread; what it raises stops the crew and is raised.
    """

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        *,
        env: Mapping[str, str] | None = None,
        watch: Callable[[], None] = lambda: None,
        drain_s: float = 20.0,
        pause_s: Callable[[int], float] = pause_before_restart,
    ) -> None:
        self._members = [_Member(name, command) for name, command in commands.items()]
        self._env = None if env is None else dict(env)
        self._watch = watch
        self._drain_s = drain_s
        self._pause_s = pause_s
        self._orders = _Orders()

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of the members that run."""
        return {m.name: m.child.pid for m in self._members if m.child is not None and m.child.poll() is None}

    def stop(self) -> None:
        """What SIGTERM does; the second time, what a second SIGTERM does."""
        self._orders.give()

    async def run(self) -> int:
        """Start all, keep them alive, return the exit code: 0 after a clean drain, 1 after a kill, 2 (see above)."""
        with self._hearing_signals():
            try:
                try:
                    code = await self._keep_alive()
                finally:
                    drained = await self._drain()
            finally:
                self._kill()
        return code or (0 if drained else 1)

    async def _keep_alive(self) -> int:
        while not self._orders.stop.is_set():
            self._watch()
            for member in self._members:
                if self._look_after(member) == CONFIGURATION_EXIT:
                    return CONFIGURATION_EXIT
            await _set_within(self._orders.stop, _LOOK_EVERY_S)
        return 0

    def _look_after(self, member: _Member) -> int | None:
        """Start a member that is due; return the exit code of one that has just ended."""
        now = time.monotonic()
        if member.child is None:
            if now >= member.due_at:
                member.child = processes.spawn(member.command, env=self._env)
                member.started_at = now
                _log.debug("role started", role=member.name, pid=member.child.pid)
            return None
        code = member.child.poll()
        if code is None:
            return None
        member.child = None
        how = processes.ending(code)
        if code == CONFIGURATION_EXIT:
            _log.error("role stopped on its configuration; stopping all", role=member.name)
            return code
        member.deaths = 1 if now - member.started_at >= HEALTHY_S else member.deaths + 1
        pause_s = self._pause_s(member.deaths)
        member.due_at = now + pause_s
        _log.warning("role ended; starting it again", role=member.name, how=how, in_s=pause_s)
        return code

    async def _drain(self) -> bool:
        """SIGTERM to all; True when all went by themselves in time."""
        for child in self._running():
            child.terminate()
        until = time.monotonic() + self._drain_s
        while self._running():
            if self._orders.kill.is_set() or time.monotonic() > until:
                _log.warning("roles killed before they had drained", roles=sorted(self.pids))
                return False
            with contextlib.suppress(InfrastructureError):  # roles that drain still need the store
                self._watch()
            await _set_within(self._orders.kill, _LOOK_EVERY_S / 2)
        return True

    def _kill(self) -> None:
        for child in self._running():
            processes.kill_group(child)

    def _running(self) -> list[subprocess.Popen[bytes]]:
        return [m.child for m in self._members if m.child is not None and m.child.poll() is None]

    @contextlib.contextmanager
    def _hearing_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("a crew runs in the main thread: signals and its children hang on it")
        loop = asyncio.get_running_loop()
        heard = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks us to outlive the terminal
            heard.append(signal.SIGHUP)
        for number in heard:
            loop.add_signal_handler(number, self._orders.give)
        try:
            yield
        finally:
            for number in heard:
                loop.remove_signal_handler(number)


async def _set_within(event: asyncio.Event, timeout_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), timeout_s)
