"""What the keys of one table must say together; each check sees only keys that were read well."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from monitor.config.kinds import css_fault, jmespath_fault
from monitor.config.place import Place
from monitor.config.rows import Row
from monitor.core import urls
from monitor.core.deliver.quiet import LONGEST, length


def check_redis(place: Place, row: Row) -> None:
    """What this version cannot do, and a server of one's own beside the embedded one's door."""
    if row.get("blobs_url"):
        place.key("blobs_url").fault("this version keeps the bytes of pages beside the state; remove it")
    if row.get("url") and row.get("listen"):
        place.key("listen").fault("opens the embedded server, and with a url there is none; remove one of them")


def check_poll(place: Place, row: Row) -> None:
    """Bounds in their order."""
    if "min" in row and "max" in row and row["min"] > row["max"]:
        place.key("min").fault(f"is more than max ({row['min']:g} s > {row['max']:g} s); swap or change them")


def check_source(place: Place, row: Row) -> None:
    """What this version cannot do."""
    if row.get("render"):
        place.key("render").fault("this version has no browser to render with; set it to false")


FIELDS: Final = ("id", "headline", "body", "author", "published", "modified", "link", "media")


def check_extract(place: Place, row: Row) -> None:
    """A mapping goes with the formats that use one, written in their language."""
    shape = row.get("format")
    mapped = [name for name in ("posts", *FIELDS) if row.get(name) is not None]
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


def check_quiet(place: Place, row: Row) -> None:
    """Hours that leave some of every day open."""
    if "from" in row and "to" in row and (lasts := length(row["from"], row["to"])) > LONGEST:
        hours, most = lasts.total_seconds() / 3600, LONGEST.total_seconds() / 3600
        place.key("to").fault(f"makes quiet last {hours:g} hours; make it {most:g} at most, or remove the route")


def check_web(place: Place, row: Row) -> None:
    """Whoever reaches the pages from elsewhere needs a token, and each token is for one thing."""
    if not {"view_token", "operate_token"} <= row.keys():
        return
    view, operate = row["view_token"], row["operate_token"]
    if view is not None and view == operate:
        place.key("view_token").fault("is the operators' token too; give readers another one")
    if view is not None or operate is not None:
        return
    if row.get("listen"):
        check_listen(place.key("listen"), row["listen"])
    if row.get("url") and not urls.is_loopback(urlsplit(row["url"]).hostname or ""):
        place.key("url").fault(f"leads others here, and no token is set; {_LOCK_CURE}")
    if row.get("proxies"):
        place.key("proxies").fault(f"lets others in, and no token is set; {_LOCK_CURE}, or remove it")


def check_listen(place: Place, listen: str) -> None:
    """Without a token the pages are for this machine alone."""
    if not urls.is_loopback(listen.rpartition(":")[0].strip("[]")):
        place.fault(f'"{listen}" lets other machines in, and no token is set; {_LOCK_CURE}, or listen on 127.0.0.1')


_LOCK_CURE: Final = "set web.operate_token_env (make one with: openssl rand -hex 32)"


def check_webhook(place: Place, row: Row) -> None:
    """Plain http only where it was allowed."""
    url = row.get("url")
    if url is not None and url.reveal().startswith("http://") and not row.get("allow_http", True):
        place.key("url").fault("is plain http; use https://, or set allow_http = true where the network is trusted")


def check_slack(place: Place, row: Row) -> None:
    """Where to post, said once; the wait of later edits within its bound."""
    _check_where(place, row)
    if row.get("app_token") and row.get("url"):
        place.key("app_token").fault("goes with channel and token; an incoming webhook has no buttons, remove it")
    if "settle" in row and "settle_max" in row and row["settle"] > row["settle_max"]:
        settle, most = row["settle"], row["settle_max"]
        place.key("settle").fault(f"is more than settle_max ({settle:g} s > {most:g} s); swap or change them")


def _check_where(place: Place, row: Row) -> None:
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
