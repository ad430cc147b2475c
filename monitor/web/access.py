"""Who may come in: every request passes here, before any page sees it.

In this order: does the request mean us (``Host``), who asks (credentials, else a cookie), may they, and, where
something is changed, was it our own page that asked (``Origin``, and the token of the form).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import math
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from monitor.web.door import FORWARDED, Door
from monitor.web.parts import web_parts
from monitor.web.problem import Problem, in_api
from monitor.web.routes import Needs, Route
from monitor.web.sessions import LASTS_S, Seals, Visitor, new_id
from monitor.web.throttle import Throttle

DOOR: Final = web.AppKey("door", Door)
SEALS: Final = web.AppKey("seals", Seals)
THROTTLE: Final = web.AppKey("throttle", Throttle)
ROUTES_BY_PLACE: Final = web.AppKey("routes", dict[web.AbstractRoute, Route])

VISITOR: Final = web.RequestKey("visitor", Visitor)
_GIVEN: Final = web.RequestKey("given", Visitor)
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM_WITHIN_S: Final = 10.0
_BEARER_CURE: Final = "Send Authorization: Bearer with the operators' token, or with any word where none is configured."
_LOCK_CURE: Final = (
    "Set [web] operate_token_env (make a token with: openssl rand -hex 32), or open the page without the proxy."
)
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="stetwatch"'}


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request through to its page, or say why not."""
    route = request.app[ROUTES_BY_PLACE].get(request.match_info.route)
    if route is None:  # no such address or method: aiohttp says so
        request[VISITOR] = _cookie_visitor(request) or Visitor()
        return await handler(request)
    visitor = _visitor(request)
    request[VISITOR] = visitor
    if request.app[DOOR].open and route.path != "/healthz" and came_by_proxy(request):
        raise Problem(403, "No token is set, and a proxy may bring anybody here", _LOCK_CURE)
    # At an open door any word passes for a token, and a page led here by its own name could say one.
    proven = visitor.program and not request.app[DOOR].open
    if route.path != "/healthz" and not (proven or _means_us(request)):
        raise Problem(421, "This is not the name of this server", "Set [web] url to the address that people use.")
    if not visitor.may_do(route.needs):
        raise _refusal(request, visitor, route.needs)
    if request.method not in SAFE:
        await _check_origin(request, visitor)
    return await handler(request)


def visitor_of(request: web.Request) -> Visitor:
    """Who asks; one who may nothing on an answer to no route of ours."""
    return request[VISITOR] if VISITOR in request else Visitor()


def form_token(request: web.Request) -> str:
    """The token a form of this visitor sends back; a visitor without a cookie is given one with the answer.

    A program needs none, and is given none.
    """
    visitor = visitor_of(request)
    if visitor.program:
        return ""
    if not visitor.id:
        visitor = give_cookie(request, visitor.may if request.app[DOOR].open else "open")
    return request.app[SEALS].form_token(visitor)


def give_cookie(request: web.Request, may: Needs) -> Visitor:
    """From this answer on the visitor is known as one who may do this. Their forms of before are void."""
    visitor = Visitor(id=new_id(), may=may)
    request[VISITOR] = request[_GIVEN] = visitor
    return visitor


def set_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Hand out the cookie that ``give_cookie`` decided on, if it did."""
    visitor = request.get(_GIVEN)
    if visitor is None:
        return
    door = request.app[DOOR]
    told = Visitor(id=visitor.id) if door.open else visitor  # what everybody may do stands in no cookie
    response.set_cookie(
        _cookie_name(request),
        request.app[SEALS].cookie(told, now_s(request)),
        max_age=LASTS_S,
        httponly=True,
        samesite="Lax",
        secure=door.secure,
    )


def came_by_proxy(request: web.Request) -> bool:
    """Whether a proxy says that it passed this request on."""
    return any(name in request.headers for name in FORWARDED)


def client_of(request: web.Request) -> str:
    """The address of who asks."""
    return request.app[DOOR].client(request.remote or "", ",".join(request.headers.getall("X-Forwarded-For", ())))


def check_token(request: web.Request, token: str) -> Needs:
    """What a token allows; raises Problem 429 for an address that has given too many wrong ones."""
    throttle, address, at_s = request.app[THROTTLE], client_of(request), web_parts(request).monotonic_s()
    wait_s = throttle.wait_s(address, at_s)
    if wait_s:
        seconds = str(math.ceil(wait_s))
        raise Problem(429, "Too many wrong tokens", f"Wait {seconds} seconds.", headers={"Retry-After": seconds})
    may = request.app[DOOR].grants(token)
    if may == "open":
        throttle.wrong(address, at_s)
    return may


def now_s(request: web.Request) -> float:
    """Seconds since 1970, by the application's clock."""
    return web_parts(request).now().timestamp()


def _visitor(request: web.Request) -> Visitor:
    door = request.app[DOOR]
    token = _credentials(request.method, request.headers)
    if door.open:
        known = _cookie_visitor(request)
        return Visitor(id=known.id if known else "", may="operate", program=token is not None)
    if token is not None:
        may = check_token(request, token)
        if may == "open":
            raise Problem(401, "This token is not known here", "Check it against [web].", headers=_CHALLENGE)
        return Visitor(may=may, program=True)
    return _cookie_visitor(request) or Visitor()


def _cookie_visitor(request: web.Request) -> Visitor | None:
    return request.app[SEALS].visitor(request.cookies.get(_cookie_name(request), ""), now_s(request))


def _cookie_name(request: web.Request) -> str:
    """Browsers part cookies by host, not by port: two of us on one machine would sign each other's visitors out."""
    if request.app[DOOR].secure:
        return "__Host-stetwatch"
    return f"stetwatch-{request.app[DOOR].port}"


def _credentials(method: str, headers: Mapping[str, str]) -> str | None:
    """The token a program sends: as Bearer, or, where nothing is changed, as a password (feed readers know no other).

    A browser sends a remembered password along with what a foreign page asks of it, so it may change nothing.
    """
    scheme, _, rest = headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip()
        case "basic" if method in SAFE:
            try:
                return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
            except (binascii.Error, ValueError):
                return ""
        case _:
            return None


def _means_us(request: web.Request) -> bool:
    host = request.headers.get("Host")
    return host is None or request.app[DOOR].answers_to(host)


def _refusal(request: web.Request, visitor: Visitor, needs: Needs) -> Exception:
    known = visitor.may != "open"
    if (
        not known
        and request.method in SAFE
        and not in_api(request)
        and "text/html" in request.headers.get("Accept", "")
    ):
        return web.HTTPSeeOther(URL("/login").with_query(next=request.path_qs))
    if not known:
        return Problem(401, "A token is needed", "Send it as Authorization: Bearer, or sign in.", headers=_CHALLENGE)
    if request.app[DOOR].operate_token is None:
        return Problem(403, "Nobody may change anything here", "Set [web] operate_token_env to let operators in.")
    return Problem(403, "This is for operators", f"Sign in with the token that may {needs}.")


async def _check_origin(request: web.Request, visitor: Visitor) -> None:
    """Raises Problem when a foreign page may have asked (CSRF): by what the browser says, and by the form's token."""
    if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"} or not _own_origin(request):
        raise Problem(403, "Another site asked for this", "Open Stetwatch itself and do it there.")
    if visitor.program:
        return
    token = request.headers.get("X-CSRF", "")
    if not token and request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        try:
            async with asyncio.timeout(_FORM_WITHIN_S):
                token = str((await request.post()).get("csrf", ""))
        except TimeoutError:
            raise Problem(408, "The form did not arrive", "Send it again.") from None
        except (ValueError, LookupError):  # an unknown charset, bytes that are none of it, broken multipart
            raise Problem(400, "The form cannot be read", "Send it again from its own page.") from None
    if not request.app[SEALS].is_form_token(visitor, token):
        if in_api(request):
            raise Problem(403, "Nothing says that this is no foreign page's doing", _BEARER_CURE)
        raise Problem(403, "The form is out of date", "Go back, reload the page, and send it again.")


def _own_origin(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    ours = {f"{scheme}://{request.headers.get('Host', '')}".lower() for scheme in ("http", "https")}
    return origin.lower() in ours | {request.app[DOOR].url.lower()} - {""}
