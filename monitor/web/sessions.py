"""Who a visitor is: cookies that sign themselves and the tokens of forms.

Nothing is stored, so that any web process reads what another wrote. A cookie is signed with a key made from the very
token it was given for: a new token in the configuration ends the sessions of the old one, and a reader's cookie says
nothing about the operators' token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from monitor.model import Secret
from monitor.web.routes import Needs

LASTS_S: Final = 7 * 86_400
"""After so long a visitor signs in again."""

_COOKIE: Final = re.compile(r"(open|view|operate)\.(\d{1,12})\.([\w-]{22})\.([\w-]{43})", re.ASCII)
_FORM_TOKEN: Final = re.compile(r"([\w-]{22})\.([\w-]{43})", re.ASCII)
_RANKS: Final[Mapping[Needs, int]] = {"open": 0, "view": 1, "operate": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks. ``may`` is the most they may do; ``id`` binds the tokens of their forms, "" for one without cookies.

    ``program``: came with credentials of its own rather than a cookie, which no foreign page can make a browser do.
    """

    id: str = ""
    may: Needs = "open"
    program: bool = False

    def may_do(self, needs: Needs) -> bool:
        return _RANKS[self.may] >= _RANKS[needs]


class Seals:
    """Signs and reads cookies and form tokens. Without any token the key is this process's own."""

    def __init__(self, view: Secret | None = None, operate: Secret | None = None) -> None:
        given = [token for token in (view, operate) if token is not None]
        visits = _stretched("\0".join(token.reveal() for token in given)) if given else secrets.token_bytes(32)
        self._keys: Mapping[Needs, bytes] = {
            "open": visits,
            **({"view": _stretched(view.reveal())} if view else {}),
            **({"operate": _stretched(operate.reveal())} if operate else {}),
        }

    def cookie(self, visitor: Visitor, at_s: float) -> str:
        """The visitor as a cookie's value; ``at_s`` is now, in seconds since 1970."""
        told = f"{visitor.may}.{int(at_s)}.{visitor.id}"
        return f"{told}.{_mac(self._keys[visitor.may], told)}"

    def visitor(self, cookie: str, at_s: float) -> Visitor | None:
        """Who brought this cookie; None when it is not ours, was changed, or is too old."""
        found = _COOKIE.fullmatch(cookie)
        if found is None:
            return None
        may: Needs = "operate" if found[1] == "operate" else "view" if found[1] == "view" else "open"
        key, told = self._keys.get(may), cookie.rpartition(".")[0]
        if key is None or not hmac.compare_digest(found[4], _mac(key, told)):
            return None
        if not -60 <= at_s - int(found[2]) <= LASTS_S:
            return None
        return Visitor(id=found[3], may=may)

    def form_token(self, visitor: Visitor) -> str:
        """What a form of this visitor sends back; another one each time, so that compression tells nothing (BREACH)."""
        salt = new_id()
        return f"{salt}.{_mac(self._keys['open'], f'form.{visitor.id}.{salt}')}"

    def is_form_token(self, visitor: Visitor, token: str) -> bool:
        found = _FORM_TOKEN.fullmatch(token)
        if found is None or not visitor.id:
            return False
        return hmac.compare_digest(found[2], _mac(self._keys["open"], f"form.{visitor.id}.{found[1]}"))


def new_id() -> str:
    """128 random bits in 22 characters."""
    return secrets.token_urlsafe(16)


def same_token(given: str, token: Secret | None) -> bool:
    """Whether it is this token; takes as long for a near miss as for any other."""
    wanted = "" if token is None else token.reveal()
    one, other = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (given, wanted))
    return hmac.compare_digest(one, other) and token is not None


def _stretched(token: str) -> bytes:
    """A key from a token; 50 ms, so that a cookie is no quick way to try tokens out."""
    return hashlib.scrypt(token.encode(), salt=b"stetwatch web session 1", n=2**14, r=8, p=1, dklen=32)


def _mac(key: bytes, told: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, told.encode(), "sha256")).decode().rstrip("=")
