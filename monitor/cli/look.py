"""``stetwatch check`` and ``diff``: one page, or two copies of it, looked at once."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec

from monitor.bootstrap import fetch_once
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.show import change_lines, console, page_lines, plain, post_lines, proposal_lines
from monitor.config import Settings
from monitor.core.deliver.wire import encode, span_document
from monitor.core.extract import extract, proposal
from monitor.core.replay import replay
from monitor.errors import StetwatchError, UsageError
from monitor.model import Page, Post, Snapshot, Source, Unreadable
from monitor.ports import Failed, Fetched, NotModified

_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".xml": "application/xml",
    ".txt": "text/plain",
}


@click.command()
@click.argument("target", metavar="URL|FILE")
@click.option("--url", help="The address the FILE was saved from, for links and permalinks.")
@click.option("--at", help="When the copy was made (ISO 8601, with zone); relative times are anchored here.")
@click.option("--source", "name", help="Use this configured source's rules.")
@configured
@as_json
def check(
    target: str,
    url: str | None,
    at: str | None,
    name: str | None,
    config_path: Path | None,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show the posts a page holds, with their times, how they were found and what was ignored.

    Where the posts had to be inferred, a [source.extract] table to keep is proposed; with --json on stderr.

    \b
    Example:  stetwatch check page.html --at 2023-03-21T12:00:00Z
              stetwatch check https://news.example/live/budget-day --json
    """
    settings = settings_for(config_path, data_dir)
    source = _source(settings, name, url or target)
    snapshot, body = _copy(target, source, settings, url=url, at=_instant(at))
    match extract(body, snapshot, source):
        case Unreadable(reason=reason):
            raise StetwatchError(f"{target}: {plain(reason)}")
        case Page() as page:
            _show(page, as_json=as_json)
            if source.extract.format == "auto" and page.rung in proposal.RUNGS:
                table = proposal.of(body, snapshot, source, page)
                console(stderr=as_json).print(proposal_lines(table))


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--url", help="The address both copies were saved from.")
@click.option("--source", "name", help="Use this configured source's rules.")
@configured
@as_json
def diff(
    old: str,
    new: str,
    url: str | None,
    name: str | None,
    config_path: Path | None,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show what changed from one copy of a page to another, post by post.

    \b
    Example:  stetwatch diff monday.html tuesday.html --url https://news.example/live/budget-day
    """
    settings = settings_for(config_path, data_dir)
    source = _source(settings, name, url or old)
    frames = [_copy(target, source, settings, url=url, at=None) for target in (old, new)]
    first, second = frames[0][0], frames[1][0]
    if second.fetched_at <= first.fetched_at:
        frames[1] = (
            replace(second, fetched_at=first.fetched_at + timedelta(minutes=1), generated_at=None),
            frames[1][1],
        )
    out = console()
    for place, detection in enumerate(replay(source, frames)):
        for change in detection.changes:
            if change.type == "source.failing":
                raise StetwatchError(f"{(old, new)[place]}: {plain(change.reason or 'unreadable')}")
            click.echo(encode(change)) if as_json else out.print(change_lines(change))
        if place == 1 and not detection.changes and not as_json:
            out.print("no change")


def _show(page: Page, *, as_json: bool) -> None:
    if as_json:
        for post in page.posts:
            click.echo(msgspec.json.encode(_document(post)))
        return
    out = console()
    for number, post in enumerate(page.posts, 1):
        out.print(post_lines(number, post))
    out.print(page_lines(page))


def _document(post: Post) -> dict[str, object]:
    return {
        "key": post.key,
        "url": post.url,
        "headline": post.headline,
        "author": post.author,
        "body": post.body,
        "published": span_document(post.published),
        "modified": span_document(post.modified),
        "found_by": post.found_by,
    }


def _source(settings: Settings, name: str | None, url: str) -> Source:
    if name is None:
        return Source(name="page", url=url)
    for source in settings.sources:
        if source.name == name:
            return source
    known = ", ".join(source.name for source in settings.sources) or "none"
    raise UsageError(f"no source named {name!r} in the configuration (known: {known})")


def _copy(
    target: str, source: Source, settings: Settings, *, url: str | None, at: datetime | None
) -> tuple[Snapshot, bytes]:
    if target.startswith(("http://", "https://")):
        match fetch_once(replace(source, url=target), settings):
            case Fetched(snapshot=snapshot, body=body):
                return (replace(snapshot, fetched_at=at, generated_at=None) if at else snapshot), body
            case Failed(reason=reason):
                raise StetwatchError(f"{target}: {reason}")
            case NotModified():
                raise StetwatchError(f"{target}: answered 304 to an unconditional request; try again")
    path = Path(target)
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{target}: {error.strerror}; give a file or an http(s) URL") from None
    if path.suffix == ".gz":
        body, path = gzip.decompress(body), path.with_suffix("")
    modified_at = datetime.fromtimestamp(Path(target).stat().st_mtime, UTC)
    snapshot = Snapshot(
        name=path.name,
        url=url or (source.url if source.url.startswith("http") else Path(target).absolute().as_uri()),
        sha256=hashlib.sha256(body).hexdigest(),
        fetched_at=at or modified_at,
        content_type=_TYPES.get(path.suffix.lower(), ""),
    )
    return snapshot, body


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--at {text}: not a time; write it as 2023-03-21T12:00:00Z") from None
    if at.tzinfo is None:
        raise UsageError(f"--at {text}: has no zone; write it as {text}Z for UTC")
    return at.astimezone(UTC)
