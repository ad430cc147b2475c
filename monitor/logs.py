"""Logs: readable on a terminal, JSON elsewhere, on stderr; no secret in any line, and no line that was not logged.

Page text, URLs and far ends' answers reach the log, so every value is masked (what looks like a credential, and every
secret of the configuration, wherever it stands) and its control characters are escaped. structlog's and the standard
library's records (aiohttp, rq, asyncio, warnings) pass the same steps.
"""

from __future__ import annotations

import base64
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from monitor.model import Secret

HIDDEN: Final = "[hidden]"
_LONGEST: Final = 4_000
_LONGEST_TRACE: Final = 40_000
_DEEPEST: Final = 6

_CREDENTIALS: Final = (
    # Slack's hooks carry their secret in the path (also percent-encoded); tokens and signing secrets tell themselves.
    (re.compile(r"(hooks\.slack(?:-gov)?\.com)(?:/|%2f)[^\s\"'<>]*", re.IGNORECASE), rf"\1/{HIDDEN}"),
    (re.compile(r"\b(xox[a-z](?:\.xox[a-z])?-|xapp-|whsec_|whsk_)[A-Za-z0-9+/=_%-]+"), rf"\1{HIDDEN}"),
    # A URL's userinfo, up to the last @ of its authority (RFC 3986 §3.2.1) …
    (re.compile(r"(?<=://)[^\s/?#\"'<>]{1,500}@"), f"{HIDDEN}@"),
    # … and a password with an unescaped slash: what stands behind the colon is no port.
    (re.compile(r"(?<=://)[^\s/?#@:\"'<>]{0,100}:(?!\d{1,5}(?:[/?#]|$))[^\s\"'<>]{0,300}@"), f"{HIDDEN}@"),
    (re.compile(r"\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (
        re.compile(
            r"\b((?:proxy-)?authorization|(?:set-)?cookie)(['\"]?\s*[:=]\s*|['\"],\s*)(?!\[hidden\])[^\r\n]+",
            re.IGNORECASE,
        ),
        rf"\1\2{HIDDEN}",
    ),
)

_SECRET_KEY = re.compile(
    r"(?:^|_)(?:tokens?|secrets?|passw(?:or)?d|authorization|cookies?|auth|credentials?|api_?key|signature|proxy)(?:_|$)"
    r"|(?:destination|webhook|slack|hook|redis|blobs|proxy)_?ur[il]s?$"
)
_DESTINATION_KEY = re.compile(r"(?:^|_)(?:destination|webhook|slack|redis|proxy)s?$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

# C0, C1, DEL, line and paragraph separators, direction overrides, lone surrogates.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NAMED: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def mask(text: str) -> str:
    """The text without what can be told to be a credential: Slack hooks and tokens, signing secrets, userinfo."""
    for pattern, shown in _CREDENTIALS:
        text = pattern.sub(shown, text)
    return text


def escape(text: str) -> str:
    """The text on one line: every character that could end a line, move a cursor or turn the text round is spelled."""
    return _UNPRINTABLE.sub(_spelled, text)


def configure(
    *,
    json: bool | None = None,
    level: str = "info",
    stream: TextIO | None = None,
    secrets: Iterable[Secret] = (),
) -> None:
    """Set logs up for this process; may be called again. ``stream`` is stderr unless given; ``json`` None: JSON when
    the stream is no terminal. ``secrets`` (``Settings.secrets()``) are hidden wherever they appear."""
    stream = sys.stderr if stream is None else stream
    terminal = stream.isatty()
    clean = _cleaner(secrets)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_FIRST,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                clean,
                _renderer(as_json=not terminal if json is None else json, colors=terminal),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # rq tells of every job; a drain is a job, and there are many.
    for name in ("rq", "rq.worker", "rq.job", "rq.queue", "rq.registry"):  # rq gives each a level when it is imported
        logging.getLogger(name).setLevel("DEBUG" if level == "debug" else "WARNING")
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=_CHAIN,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


_FIRST: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

_CHAIN: Final[list[Processor]] = [  # one list for good: loggers keep the one they were first bound with
    structlog.stdlib.filter_by_level,
    *_FIRST,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def _renderer(*, as_json: bool, colors: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(default=repr)
    # plain_traceback only keeps structlog from warning of its own: tracebacks are text by then.
    return structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)


def _cleaner(secrets: Iterable[Secret]) -> Processor:
    """The processor that hides and escapes; it runs last before the renderer, on every record."""
    hide = _hider(secrets)

    def clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        traces = {key: event.pop(key) for key in ("exception", "stack") if key in event}
        cleaned = {_line(key, hide): _clean(value, key, "", hide, 0) for key, value in event.items()}
        return cleaned | {key: _trace(str(trace), hide) for key, trace in traces.items()}

    return clean


def _clean(value: object, key: str, parent: str, hide: Callable[[str], str], depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    name = _CAMEL.sub("_", key).lower().replace("-", "_")
    if isinstance(value, Secret) or _SECRET_KEY.search(name) or (name == "url" and _DESTINATION_KEY.search(parent)):
        return HIDDEN
    match value:
        case int() | float():
            return value
        case Mapping() if depth < _DEEPEST:
            return {_line(str(k), hide): _clean(v, str(k), name, hide, depth + 1) for k, v in value.items()}
        case list() | tuple() | AbstractSet() if depth < _DEEPEST:
            return [_clean(one, "", name, hide, depth + 1) for one in value]
        case bytes() | bytearray():
            return _line(bytes(value).decode("utf-8", "backslashreplace"), hide)
        case BaseException():
            return _line(f"{type(value).__name__}: {value}", hide)
        case _:
            return _line(str(value), hide)


def _line(text: str, hide: Callable[[str], str]) -> str:
    shown = escape(hide(text))  # hidden before it is cut: half a secret no longer looks like one
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}… ({len(shown)} characters)"


def _trace(text: str, hide: Callable[[str], str]) -> str:
    """A traceback keeps its lines, indented: no line of it can pass for a record, which begins with its time."""
    lines = hide(text).split("\n")
    return "\n".join(f"    | {escape(line)}" for line in lines)[:_LONGEST_TRACE]


def _hider(secrets: Iterable[Secret]) -> Callable[[str], str]:
    spellings = sorted({one for secret in secrets for one in _spellings(secret.reveal())}, key=len, reverse=True)
    if not spellings:
        return mask
    known = re.compile("|".join(map(re.escape, spellings)))
    return lambda text: mask(known.sub(HIDDEN, text))


def _spellings(value: str) -> Iterable[str]:
    """A secret and what of it turns up alone: a URL's path, a header's last word, a password, basic credentials."""
    found = [value]
    if "://" in value:
        _, _, path = value.partition("://")[2].partition("/")
        found += [f"/{path}"] if len(path) > 15 else []  # a shorter one is a word that stands in other paths too
    else:
        found += value.split()[-1:]
        found += [value.partition(":")[2], base64.b64encode(value.encode()).decode()]
    return [one for one in found if len(one) >= 6]


def _spelled(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
