"""Secrets: written as NAME, NAME_env or NAME_file; checked without ever being shown."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from monitor.config.addresses import secure_url, split_url, web_url
from monitor.config.kinds import Kind
from monitor.config.place import FAULTY, Place, Refused
from monitor.model import Secret

FORMS: Final = ("", "_env", "_file")

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110 §5.6.2
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")  # RFC 9110 §5.5, without CR, LF, NUL
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")  # RFC 6265 §4.1.1
_SHORTEST_TOKEN: Final = 16
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "expect"})


def read_secret(place: Place, table: Mapping[str, object], name: str, kind: Kind) -> object:
    """The secret ``name`` of a table in whichever of its three forms; None when absent, FAULTY when told."""
    given = [name + form for form in FORMS if name + form in table]
    if not given:
        return None
    if len(given) > 1:
        place.key(given[1]).fault(f'stands beside "{given[0]}"; keep exactly one of them')
        return FAULTY
    written = given[0]
    form = written[len(name) :]
    return place.key(written).read(lambda here, value: kind.read(here, _resolve(here, form, value)), table[written])


def _resolve(place: Place, form: str, value: object) -> str:
    if not isinstance(value, str):
        raise Refused("is no text; put it in quotes")
    match form:
        case "_env":
            text = _from_environment(place, value)
        case "_file":
            text = _from_file(place, value)
        case _:
            text = value.strip()
    if not text:
        raise Refused("is empty; give it a value, or leave the key out")
    return text


def _from_environment(place: Place, name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise Refused("is not the name of an environment variable; name the variable, not the secret")
    if name not in place.reading.environ:
        raise Refused(f"the environment has no {name}; export it before starting")
    return place.reading.environ[name].strip()


def _from_file(place: Place, name: str) -> str:
    if not name or "\0" in name:
        raise Refused("is no path; name the file that holds the secret")
    path = place.reading.folder / Path(name)
    try:
        return place.reading.read_file(path).strip()
    except OSError as error:
        cure = "" if ";" in str(error) else "; check the path and its rights"
        raise Refused(f"cannot use {path}: {error.strerror or error}{cure}") from None
    except ValueError:
        raise Refused(f"cannot use {path}: it is not UTF-8 text; write the secret into it as text") from None


def _secret(name: str, check: Callable[[Place, str], object]) -> Kind:
    def read(place: Place, value: object) -> Secret:
        text = str(value)
        check(place, text)
        return Secret(text)

    return Kind(name, read, {"type": "string", "minLength": 1})


def _redis(_: Place, text: str) -> None:
    if text.startswith("unix://"):
        if not urlsplit(text).path.strip("/"):
            raise Refused("names no socket; write unix:///path/to/socket")
        return
    split_url(text, schemes=("redis", "rediss", "unix"))


def _proxy(_: Place, text: str) -> None:
    split_url(text, schemes=("http", "https"))


def _auth(_: Place, text: str) -> None:
    user, colon, _password = text.partition(":")
    if not user or not colon or not _FIELD_VALUE.fullmatch(text):
        raise Refused('will not do; write "user:password"')


def _token(_: Place, text: str) -> None:
    if not _VISIBLE.fullmatch(text):
        raise Refused("is no token; it may hold no spaces")
    if text.startswith("xapp-"):
        raise Refused("is an app-level token; use the bot token, which begins with xoxb-")


def _app_token(_: Place, text: str) -> None:
    if not _VISIBLE.fullmatch(text) or not text.startswith("xapp-"):
        raise Refused("is no app-level token; make one with connections:write, it begins with xapp-")


def _web_token(_: Place, text: str) -> None:
    if not _VISIBLE.fullmatch(text) or len(text) < _SHORTEST_TOKEN:
        raise Refused(
            f"is too easy to guess, or holds spaces; give {_SHORTEST_TOKEN} characters or more "
            "(make one with: openssl rand -hex 32)"
        )


def _header(_: Place, text: str) -> None:
    if not _FIELD_VALUE.fullmatch(text):
        raise Refused("is no header value; remove line breaks and control characters")


def _cookie(_: Place, text: str) -> None:
    if not _COOKIE_VALUE.fullmatch(text):
        raise Refused("is no cookie value; encode spaces, quotes, commas, semicolons and backslashes")


def _signing(_: Place, value: object) -> tuple[Secret, ...]:
    words = str(value).split()
    for word in words:
        try:
            size = len(base64.b64decode(word.removeprefix("whsec_"), validate=True))
        except (ValueError, binascii.Error):
            size = 0
        if not word.startswith("whsec_") or not 24 <= size <= 64:
            raise Refused("is no signing secret; make one with: stetwatch webhook secret (24 to 64 random bytes)")
    return tuple(Secret(word) for word in dict.fromkeys(words))


def _named(what: str, kind: Kind, *, refused: frozenset[str] = frozenset()) -> Kind:
    """A table of NAME = secret, each in one of its forms."""

    def read(place: Place, value: object) -> object:
        if not isinstance(value, dict):
            raise Refused(f'is no table; write {{ Name = "value" }} or {{ Name_env = "VARIABLE" }} ({what})')
        before = len(place.reading.faults)
        found: dict[str, object] = {}
        for written in value:
            name = next((written.removesuffix(form) for form in FORMS[1:] if written.endswith(form)), written)
            if name in found:
                continue
            found[name] = read_secret(place, value, name, kind)
            if not _TOKEN.fullmatch(name):
                place.key(written).fault("is no name for it; use letters, digits and dashes")
            elif name.lower() in refused:
                place.key(written).fault("is set by Stetwatch itself; remove it")
            elif name.lower() in {other.lower() for other in found if other != name}:
                place.key(written).fault("stands there twice, in another case; keep one")
        return found if len(place.reading.faults) == before else FAULTY

    return Kind(what, read, {"type": "object", "additionalProperties": {"type": "string"}})


REDIS_URL: Final = _secret("URL", _redis)
WEBHOOK_URL: Final = _secret("URL", web_url)
SLACK_URL: Final = _secret("URL", secure_url)
PROXY_URL: Final = _secret("URL", _proxy)
AUTH: Final = _secret("user:password", _auth)
TOKEN: Final = _secret("token", _token)
WEB_TOKEN: Final = _secret("token", _web_token)
APP_TOKEN: Final = _secret("token", _app_token)
SIGNING: Final = Kind("whsec_…", _signing, {"type": "string", "minLength": 1})
PAGE_HEADERS: Final = _named("headers", _secret("header value", _header), refused=_OURS)
HOOK_HEADERS: Final = _named(
    "headers",
    _secret("header value", _header),
    refused=_OURS | {"content-type", "webhook-id", "webhook-timestamp", "webhook-signature"},
)
COOKIES: Final = _named("cookies", _secret("cookie value", _cookie))
