"""Every key of the configuration in one table: how it is read, what it stands for when absent, what it means."""

from __future__ import annotations

from typing import get_args

from monitor.config import secrets
from monitor.config.addresses import API_URL, CIDR, LISTEN, PAGE_URL, PUBLIC_URL, WEB_LISTEN
from monitor.config.checks import (
    FIELDS,
    check_extract,
    check_poll,
    check_quiet,
    check_redis,
    check_slack,
    check_source,
    check_web,
    check_webhook,
)
from monitor.config.kinds import (
    BOOLEAN,
    CLOCK,
    DAYS,
    KEYWORD,
    NAME,
    PATH,
    PREFIX,
    SOURCE_NAME,
    TEXT,
    TIMEZONE,
    choice,
    duration,
    integer,
    many,
    number,
)
from monitor.config.rows import Key, Table
from monitor.model import ChangeType

_DAY_S = 86_400.0
_PORT = integer(1, 65_535)
CHANGED = ("headline", "body", "author", "media", "published", "modified", "title", "summary")

REDIS = Table((
    Key("url", secrets.REDIS_URL, "redis://, rediss:// or unix:// of a server; else an embedded Valkey", secret=True),
    Key("listen", LISTEN, "host:port that opens the embedded server on TCP too"),
    Key("prefix", PREFIX, "what every key in Redis begins with", "stet:"),
    Key("blobs_url", secrets.REDIS_URL, "a second server for the bytes of pages; not in this version", secret=True),
), check_redis)  # fmt: skip

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

WEB = Table((
    Key("listen", WEB_LISTEN, "host:port of the pages and the API; port 0 takes a free one", "127.0.0.1:8080"),
    Key("url", PUBLIC_URL, "the address people use, without a path; links in messages lead there"),
    Key("view_token", secrets.WEB_TOKEN, "lets readers in", secret=True),
    Key("operate_token", secrets.WEB_TOKEN, "lets operators in, who may change things", secret=True),
    Key("proxies", many(CIDR), "reverse proxies whose X-Forwarded-For is believed; needs a token", []),
), check_web)  # fmt: skip

POLL = Table((
    Key("min", duration(0.05, _DAY_S), "never poll more often than this", "15s"),
    Key("max", duration(0.05, 7 * _DAY_S), "never poll more seldom than this", "10m"),
), check_poll)  # fmt: skip

_FORMATS = choice("auto", "jsonld", "amp", "feed", "json", "css", "text", "article")

EXTRACT = Table((
    Key("format", _FORMATS, "how the page marks its posts up; auto finds out", "auto"),
    Key("posts", TEXT, "where the posts are: JMESPath (json) or a CSS selector (css)"),
    *(Key(name, TEXT, f"a post's {name}, from the post: JMESPath, or selector@attribute") for name in FIELDS),
), check_extract)  # fmt: skip

SOURCE = Table((
    Key("name", SOURCE_NAME, "what the source is called everywhere", required=True),
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
), check_source)  # fmt: skip

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
    Key("rate", number(0.01, 10_000), "requests a second, in the long run", 5.0),
    Key("burst", integer(1, 10_000), "requests that may go at once after a rest", 10),
    Key("concurrency", integer(1, 100), "requests in flight at a time, over all notifiers", 4),
    Key("timeout", duration(0.1, 300), "how long an attempt may take", "15s"),
    Key("retry", many(duration(0.05, 7 * _DAY_S), at_least=1, repeats=True),
        "waits after the first, second, … failed attempt; then the delivery is dead",
        ["5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"]),
), check_webhook)  # fmt: skip

SLACK = Table((
    _NAMED,
    _TYPE,
    Key("channel", TEXT, "the channel's id, with token"),
    Key("token", secrets.TOKEN, "the bot token (xoxb-…), with channel: threads", secret=True),
    Key("url", secrets.SLACK_URL, "an incoming webhook's URL, without channel and token: flat messages",
        secret=True),
    Key("api_url", API_URL, "Slack's Web API elsewhere", "https://slack.com/api/"),
    Key("app_token", secrets.APP_TOKEN, "the app-level token (xapp-…): buttons, by Socket Mode", secret=True),
    Key("rate", number(0.01, 20), "messages a second; Slack takes one a channel", 1.0),
    Key("settle", duration(0, 3_600), "how long a later edit of a post waits for more of them", "20s"),
    Key("settle_max", duration(0, 3_600), "how long it waits at most", "90s"),
    Key("broadcast_at", number(0, 1), "replies of this significance are shown in the channel too", 0.7),
), check_slack)  # fmt: skip

QUIET = Table((
    Key("from", CLOCK, "when quiet begins, by the clock", required=True),
    Key("to", CLOCK, "when it ends, on the next day if that is earlier", required=True),
    Key("timezone", TIMEZONE, "whose clock", required=True),
    Key("days", many(choice(*DAYS)), "days on which it begins; empty: every day", []),
), check_quiet)  # fmt: skip

MATCH = Table((
    Key("types", many(choice(*get_args(ChangeType))), "change types; empty: every type", []),
    Key("tags", many(TEXT), "sources with any of these tags; empty: every source", []),
    Key("sources", many(NAME), "sources by name; empty: every source", []),
    Key("fields", many(choice(*CHANGED)), "edits of any of these; empty: every edit", []),
    Key("keywords", many(KEYWORD), "posts with any of these words or phrases; empty: every post", []),
    Key("min_significance", number(0, 1), "edits below this score are left out", 0.0),
    Key("modified_only", BOOLEAN, "also take changes of the modified time alone", False),
))  # fmt: skip

ROUTE = Table((
    Key("match", None, "what a change must be", table=MATCH),
    Key("to", many(NAME, at_least=1), "the destinations it goes to", required=True),
    Key("quiet", None, "hours in which its deliveries are held", optional=True, table=QUIET),
))  # fmt: skip

ROOT = Table((
    Key("data_dir", PATH, "where the embedded Valkey keeps state, from this file's folder"),
    Key("redis", None, "where state lives", table=REDIS),
    Key("network", None, "what may be connected to", table=NETWORK),
    Key("retention", None, "how long things are kept", table=RETENTION),
    Key("work", None, "the diff workers", table=WORK),
    Key("web", None, "the pages, the API and the feeds", table=WEB),
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
