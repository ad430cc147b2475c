"""The functions a diff worker runs; ``monitor.adapters.rq.ALLOWED`` lists them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import structlog

from monitor.bootstrap import open_detector
from monitor.bootstrap.once import settings_from_process
from monitor.errors import InfrastructureError
from monitor.roles.detector import Drained

_log = structlog.get_logger("workers")


@cache
def detector() -> Callable[[], Drained]:
    """This process's detector, opened at its first job."""
    return open_detector(settings_from_process())


def drain() -> dict[str, int]:
    """One turn of the detector; the numbers show in RQ's job result. A store that is away ends the turn, not more."""
    try:
        drained = detector()()
    except InfrastructureError as error:
        _log.warning("turn ended", reason=str(error))
        return {}
    return {"sources": drained.sources, "observations": drained.observations, "changes": drained.changes}
