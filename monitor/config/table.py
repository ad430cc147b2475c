"""Every key of the configuration in one table: how it is read, what it stands for when absent, what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from monitor.config import secrets
from monitor.config.addresses import API_URL, CIDR, LISTEN, PAGE_URL
from monitor.config.kinds import (
    BOOLEAN,
    NAME,
    PATH,
    PREFIX,
    TEXT,
    TIMEZONE,
    Kind,
    choice,
    css_fault,
    duration,
    integer,
    jmespath_fault,
    many,
    number,
)
from monitor.config.place import FAULTY, Place, Refused, did_you_mean, show
from monitor.config.secrets import FORMS, read_secret
from monitor.model import ChangeType

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``default`` is written as in the file; ``secret`` keys may be NAME, NAME_env or NAME_file.

    ``table`` is set when the key holds a table, ``tables`` when it holds an array of them: its variants by ``type``,
    or a single one under ``""``.
    """

    name: str
    kind: Kind | None
    meaning: str
    default: object = None
    required: bool = False
    secret: bool = False
    table: Table | None = None
    tables: Mapping[str, Table] | None = None

    def spellings(self) -> tuple[str, ...]:
        """The names the key goes by in a file."""
        return tuple(self.name + form for form in FORMS) if self.secret else (self.name,)


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one TOML table, and a check of what they say together (it sees only keys that were read well)."""

    keys: tuple[Key, ...]
    check: Callable[[Place, Row], None] | None = None


def read_table(place: Place, raw: object, table: Table) -> Row:
    """A table's values by key, defaults filled in; a key whose fault was told is absent."""
    if not isinstance(raw, dict):
        raise Refused(f"{show(raw)} is no table; write it as [{place.path}] or in braces")
    known = [spelling for key in table.keys for spelling in key.spellings()]
    for name in raw:
        if name not in known:
            place.key(name).fault(f"unknown key; {did_you_mean(name, known)}")
    row: Row = {}
    for key in table.keys:
        value = _read_key(place, raw, key)
        if value is not FAULTY:
            row[key.name] = value
    if table.check is not None:
        table.check(place, row)
    return row


def _read_key(place: Place, raw: Mapping[str, object], key: Key) -> object:
    if key.required and not any(spelling in raw for spelling in key.spellings()):
        place.key(key.name).fault(f"missing; add {' or '.join(key.spellings())} ({key.meaning})")
        return FAULTY
    if key.secret and key.kind is not None:
        return read_secret(place, raw, key.name, key.kind)
    here, value = place.key(key.name), raw.get(key.name, key.default)
    if key.table is not None:
        table = key.table
        return here.read(lambda at, found: read_table(at, found, table), {} if value is None else value)
    if key.tables is not None:
        variants = key.tables
        return here.read(lambda at, found: _read_tables(at, found, variants), [] if value is None else value)
    return None if value is None or key.kind is None else here.read(key.kind.read, value)


def _read_tables(place: Place, raw: object, variants: Mapping[str, Table]) -> object:
    if not isinstance(raw, list):
        raise Refused(f"{show(raw)} is no array of tables; write [[{place.path}]]")
    rows = [
        place.index(at).read(lambda here, one: read_table(here, one, _variant(one, variants)), single)
        for at, single in enumerate(raw)
    ]
    return [{} if row is FAULTY else row for row in rows]


def _variant(raw: object, variants: Mapping[str, Table]) -> Table:
    """The table a variant is read by; of an unknown or missing type, all that is known of any (its fault is told)."""
    if "" in variants:
        return variants[""]
    kind = raw.get("type") if isinstance(raw, dict) else None
    if isinstance(kind, str) and kind in variants:
        return variants[kind]
    every = {key.name: key for table in variants.values() for key in table.keys}
    optional = (Key(k.name, k.kind, k.meaning, k.default, k.name in {"name", "type"}, k.secret) for k in every.values())
    return Table(tuple(optional))


# --- what keys say together ---------------------------------------------------------------------------------------


def _check_redis(place: Place, row: Row) -> None:
    if row.get("blobs_url"):
        place.key("blobs_url").fault("this version keeps the bytes of pages beside the state; remove it")
    if row.get("url") and row.get("listen"):
        place.key("listen").fault("opens the embedded server, and with a url there is none; remove one of them")


def _check_poll(place: Place, row: Row) -> None:
    if "min" in row and "max" in row and row["min"] > row["max"]:
        place.key("min").fault(f"is more than max ({row['min']:g} s > {row['max']:g} s); swap or change them")


def _check_source(place: Place, row: Row) -> None:
    if row.get("render"):
        place.key("render").fault("this version has no browser to render with; set it to false")


_FIELDS: Final = ("id", "headline", "body", "author", "published", "modified", "link", "media")


def _check_extract(place: Place, row: Row) -> None:
    shape = row.get("format")
    mapped = [name for name in ("posts", *_FIELDS) if row.get(name) is not None]
    if shape in {"json", "css"}:
        if "posts" in row and row["posts"] is None:
            place.key("posts").fault(f'missing; format "{shape}" needs to be told where posts are')
    elif shape is not None:
        for name in mapped:
            place.key(name).fault(f'goes with format "json" or "css", not with "{shape}"; set format, or remove it')
    for name in mapped if shape in {"json", "css"} else ():
        fault = jmespath_fault(row[name]) if shape == "json" else css_fault(row[name])
        if fault is not None:
            place.key(name).fault(fault)


def _check_webhook(place: Place, row: Row) -> None:
    url = row.get("url")
    if url is not None and url.reveal().startswith("http://") and not row.get("allow_http", True):
        place.key("url").fault("is plain http; use https://, or set allow_http = true where the network is trusted")


def _check_slack(place: Place, row: Row) -> None:
    if not {"channel", "token", "url"} <= row.keys():
        return
    by_token, by_url = row["channel"] or row["token"], row["url"]
    if by_token and by_url:
        place.key("url").fault("stands beside channel or token; give channel and token, or url alone")
    elif by_token and not row["token"]:
        place.key("token").fault("missing; a channel needs the bot's token, best as token_env")
    elif by_token and not row["channel"]:
        place.key("channel").fault("missing; a token needs the channel to post in")
    elif not by_token and not by_url:
        place.fault("says not where to post; give channel and token_env, or url_env of an incoming webhook")


# --- the table ----------------------------------------------------------------------------------------------------

_DAY_S = 86_400.0
_PORT = integer(1, 65_535)

REDIS = Table((
    Key("url", secrets.REDIS_URL, "redis://, rediss:// or unix:// of a server; else an embedded Valkey", secret=True),
    Key("listen", LISTEN, "host:port that opens the embedded server on TCP too"),
    Key("prefix", PREFIX, "what every key in Redis begins with", "stet:"),
    Key("blobs_url", secrets.REDIS_URL, "a second server for the bytes of pages; not in this version", secret=True),
), _check_redis)  # fmt: skip

NETWORK = Table((
    Key("allow", many(CIDR), "networks that may be connected to beyond public addresses", []),
    Key("ports", many(_PORT, at_least=1), "ports that public addresses may be asked on", [80, 443, 8080, 8443]),
))  # fmt: skip

RETENTION = Table((
    Key("days", integer(1, 36_500), "days that changes and post histories are kept", 30),
    Key("max_changes", integer(1, 1_000_000_000), "how many changes are kept at most", 1_000_000),
    Key("snapshot_hours", integer(1, 8_760), "hours that the bytes of pages are kept", 24),
))  # fmt: skip

WORK = Table((Key("processes", integer(0, 1_024), "diff worker processes; 0 means one a core", 0),))

POLL = Table((
    Key("min", duration(0.05, _DAY_S), "never poll more often than this", "15s"),
    Key("max", duration(0.05, 7 * _DAY_S), "never poll more seldom than this", "10m"),
), _check_poll)  # fmt: skip

_FORMATS = choice("auto", "jsonld", "amp", "feed", "json", "css", "text", "article")

EXTRACT = Table((
    Key("format", _FORMATS, "how the page marks its posts up; auto finds out", "auto"),
    Key("posts", TEXT, "where the posts are: JMESPath (json) or a CSS selector (css)"),
    *(Key(name, TEXT, f"a post's {name}, from the post: JMESPath, or selector@attribute") for name in _FIELDS),
), _check_extract)  # fmt: skip

SOURCE = Table((
    Key("name", NAME, "what the source is called everywhere", required=True),
    Key("url", PAGE_URL, "the page to watch, http or https", required=True),
    Key("timezone", TIMEZONE, "the zone of times that carry none"),
    Key("tags", many(TEXT), "words that routes can match", []),
    Key("poll", None, "bounds of the cadence; inside them it is learned", table=POLL),
    Key("headers", secrets.PAGE_HEADERS, "request headers to send along", {}),
    Key("cookies", secrets.COOKIES, "cookies to send along", {}),
    Key("auth", secrets.AUTH, "user:password for HTTP basic authentication", secret=True),
    Key("proxy", secrets.PROXY_URL, "an HTTP proxy to fetch through", secret=True),
    Key("user_agent", TEXT, "another User-Agent than Stetwatch's own"),
    Key("render", BOOLEAN, "render the page in a browser first; not in this version", False),
    Key("baseline", choice("silent", "alert"), "alert: tell of the posts found at first sight", "silent"),
    Key("extract", None, "how the posts are found", table=EXTRACT),
), _check_source)  # fmt: skip

_NAMED = Key("name", NAME, "what routes call the destination", required=True)
_TYPE = Key("type", choice("webhook", "slack"), "webhook or slack", required=True)

WEBHOOK = Table((
    _NAMED,
    _TYPE,
    Key("url", secrets.WEBHOOK_URL, "where changes are posted, https", required=True, secret=True),
    Key("secret", secrets.SIGNING, "signing secret whsec_…; several, newest first, while one is replaced",
        required=True, secret=True),
    Key("headers", secrets.HOOK_HEADERS, "request headers to send along", {}),
    Key("allow_http", BOOLEAN, "allow a url with plain http", False),
), _check_webhook)  # fmt: skip

SLACK = Table((
    _NAMED,
    _TYPE,
    Key("channel", TEXT, "the channel's id, with token"),
    Key("token", secrets.TOKEN, "the bot token (xoxb-…), with channel: threads", secret=True),
    Key("url", secrets.SLACK_URL, "an incoming webhook's URL, without channel and token: flat messages",
        secret=True),
    Key("api_url", API_URL, "Slack's Web API elsewhere", "https://slack.com/api/"),
), _check_slack)  # fmt: skip

MATCH = Table((
    Key("types", many(choice(*get_args(ChangeType))), "change types; empty: every type", []),
    Key("tags", many(TEXT), "sources with any of these tags; empty: every source", []),
    Key("sources", many(NAME), "sources by name; empty: every source", []),
    Key("keywords", many(TEXT), "posts with any of these words; empty: every post", []),
    Key("min_significance", number(0, 1), "edits below this score are left out", 0.0),
    Key("modified_only", BOOLEAN, "also take changes of the modified time alone", False),
))  # fmt: skip

ROUTE = Table((
    Key("match", None, "what a change must be", table=MATCH),
    Key("to", many(NAME, at_least=1), "the destinations it goes to", required=True),
))  # fmt: skip

ROOT = Table((
    Key("data_dir", PATH, "where the embedded Valkey keeps state, from this file's folder"),
    Key("redis", None, "where state lives", table=REDIS),
    Key("network", None, "what may be connected to", table=NETWORK),
    Key("retention", None, "how long things are kept", table=RETENTION),
    Key("work", None, "the diff workers", table=WORK),
    Key("source", None, "a page to watch", tables={"": SOURCE}),
    Key("destination", None, "who is told", tables={"webhook": WEBHOOK, "slack": SLACK}),
    Key("route", None, "which changes go where", tables={"": ROUTE}),
))  # fmt: skip


def paths(table: Table = ROOT, prefix: str = "") -> dict[str, list[Key]]:
    """Every key by its path (``source.poll.min``); a path that destinations share has a key for each."""
    found: dict[str, list[Key]] = {}
    for key in table.keys:
        path = prefix + key.name
        found.setdefault(path, []).append(key)
        for below in (*([key.table] if key.table else []), *(key.tables or {}).values()):
            for deeper, keys in paths(below, f"{path}.").items():
                found.setdefault(deeper, []).extend(keys)
    return found
