"""``python -m workers``: one diff worker. SIGTERM lets it finish its turn; without Redis it ends with status 1."""

from __future__ import annotations

import argparse
import sys

import redis
import structlog

from monitor import logs
from monitor.adapters.processes import die_with_parent
from monitor.adapters.rq import quieten
from monitor.bootstrap import beating, open_worker
from monitor.bootstrap.once import settings_from_process
from monitor.errors import StetwatchError

_log = structlog.get_logger("workers")


def main() -> int:
    """Work until a signal comes (0) or something outside fails (the error's exit code)."""
    die_with_parent()
    level = _log_level()
    logs.configure(level=level)
    quieten()
    try:
        settings = settings_from_process()
        logs.configure(level=level, secrets=settings.secrets())
        with beating(settings, "work") as heart:
            worker = open_worker(settings)
            heart.leaving = lambda: worker.stopped_on_request
            worker.work()
    except StetwatchError as error:
        _log.error("worker ended", reason=str(error))
        return error.exit_code
    except (redis.ConnectionError, redis.TimeoutError) as error:
        _log.error("worker ended", reason=f"Redis does not answer ({type(error).__name__}): start it")
        return 1
    return 0 if worker.stopped_on_request else 1


def _log_level() -> str:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--log-level", default="info")
    level: str = parser.parse_known_args()[0].log_level
    return level


if __name__ == "__main__":
    sys.exit(main())
