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
    except Exception as error:
        begun = request.writer.output_size > 0  # the far end sees a broken stream, aiohttp tells the log
        redirect = isinstance(error, web.HTTPException) and error.status < 400
        if begun or redirect or isinstance(error, ConnectionError):
            raise
        return problem_answer(request, _problem(request, error))


def _problem(request: web.Request, error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case web.HTTPException():
            return _of_aiohttp(error)
        case InfrastructureError():
            _log.warning("a page could not be made", path=request.path, reason=str(error))
            return Problem(503, "The store does not answer", "Try again soon.", headers={"Retry-After": "5"})
        case _:
            _log.error("a page could not be made", path=request.path, exc_info=error)
            return Problem(500, "Something is wrong here", "The log of the web role says what.")


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
            return Problem(404, "There is no such page", "Check the address; what is too old is forgotten.")
        case 405:
            methods = kept.get("Allow", "another method").replace(",", ", ")
            return Problem(405, "This cannot be done here", f"Use {methods}.", headers=kept)
        case 413:
            return Problem(413, "This is too large", "Send less.")
        case status:
            return Problem(status, HTTPStatus(status).phrase, headers=kept)
