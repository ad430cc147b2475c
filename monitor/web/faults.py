"""What went wrong, told to whom it concerns: a page, or problem+json (RFC 9457) under /api/."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from monitor.errors import InfrastructureError
from monitor.web.answers import json_answer, page
from monitor.web.problem import Problem, in_api

_log = structlog.get_logger(__name__)


@web.middleware
async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever was raised into an answer, unless one has begun."""
    try:
        return await handler(request)
    except Problem as found:
        problem = found
    except web.HTTPException as error:
        if error.status < 400:
            raise
        problem = _of_aiohttp(error)
    except InfrastructureError as error:
        _log.warning("a page could not be made", path=request.path, reason=str(error))
        problem = Problem(503, "The store does not answer", "Try again soon.", headers={"Retry-After": "5"})
    except Exception:
        if request.writer.output_size > 0:  # the far end sees a broken stream, aiohttp tells the log
            raise
        _log.exception("a page could not be made", path=request.path)
        problem = Problem(500, "Something is wrong here", "The log of the web role says what.")
    return problem_answer(request, problem)


def problem_answer(request: web.Request, problem: Problem) -> web.Response:
    """A problem as the one who asked reads it."""
    if in_api(request):
        told = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
        told = {name: value for name, value in told.items() if value != ""}
        response = json_answer(told, status=problem.status, content_type="application/problem+json")
    else:
        response = page(request, "problem.html", status=problem.status, problem=problem)
    response.headers.update(problem.headers)
    return response


def _of_aiohttp(error: web.HTTPException) -> Problem:
    kept = {name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers}
    match error.status:
        case 404:
            return Problem(404, "There is no such page", "It may have been forgotten: see [retention].")
        case 405:
            return Problem(405, "This cannot be done here", f"Use {kept.get('Allow', 'another method')}.", headers=kept)
        case 413:
            return Problem(413, "This is too large", "Send less.")
        case status:
            return Problem(status, HTTPStatus(status).phrase, headers=kept)
