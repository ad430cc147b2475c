"""Child processes that do not outlive their parent, nor hear its Ctrl-C.

A terminal sends SIGINT to every process of its foreground group; a child in a session of its own hears only what its
parent forwards. On Linux the kernel sends the child SIGTERM when its parent is gone (``PR_SET_PDEATHSIG``, prctl(2));
elsewhere :func:`die_with_parent` does it for our own roles, and a server left behind is put away by the next start.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO

_PARENT = "STETWATCH_PARENT"

# A new interpreter asks the kernel and then becomes the command. ``preexec_fn`` would do it in a fork of this process,
# which may deadlock when other threads run. SIGTERM, not SIGKILL: a server flushes, a role drains. The parent is
# checked last, because it may have gone before the kernel was asked. Python ignores SIGPIPE and exec keeps that.
_LAUNCHER = """
import ctypes, os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(f"cannot start {sys.argv[2]}: {error.strerror}")
"""


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    output: IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
    umask: int = -1,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own, to end when this process ends.

    ``stdin`` is closed unless given. ``output`` takes both its standard streams; without it they are
    inherited. Raises RuntimeError off the main thread: the kernel's parent-death signal fires when the *thread* that
    started the child ends.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children are started from the main thread only: their parent-death signal hangs on it")
    here = str(os.getpid())
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, here] if sys.platform == "linux" else []
    return subprocess.Popen(
        [*launcher, *command],
        env={**(os.environ if env is None else env), _PARENT: here},
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=output,
        stderr=output,
        pass_fds=pass_fds,
        umask=umask,
        start_new_session=True,
    )


def die_with_parent(grace_s: float = 10.0, *, every_s: float = 1.0) -> None:
    """Called early by a role: once the parent that spawned it is gone, drain as for SIGTERM, and end after ``grace_s``.

    The second belt beside the parent-death signal: it bounds the drain, and it is the only belt where there is no
    such signal. Does nothing in a process that :func:`spawn` did not start.
    """
    parent = os.environ.pop(_PARENT, None)
    if parent is None:
        return
    if os.getppid() != int(parent):
        raise SystemExit(1)
    threading.Thread(target=_watch, args=(int(parent), grace_s, every_s), name="parent-watch", daemon=True).start()


def _watch(parent: int, grace_s: float, every_s: float) -> None:
    while os.getppid() == parent:
        time.sleep(every_s)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace_s)
    os._exit(1)


def end(child: subprocess.Popen[bytes], wait_s: float) -> bool:
    """SIGTERM, wait, then SIGKILL to its whole group; True when it went by itself."""
    child.terminate()
    try:
        child.wait(wait_s)
    except subprocess.TimeoutExpired:
        kill_group(child)
        return False
    return True


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL the child and what it started in its own group, and collect it."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def ending(returncode: int) -> str:
    """How a process ended, in words: ``exit 1``, ``SIGKILL``."""
    if returncode >= 0:
        return f"exit {returncode}"
    try:
        return signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"
