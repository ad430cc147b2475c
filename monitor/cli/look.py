"""``stetwatch check`` and ``diff``: one page, or two copies of it, looked at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import msgspec

from monitor.cli import copies
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.show import (
    change_lines,
    console,
    page_lines,
    pending_document,
    pending_lines,
    plain,
    post_lines,
    proposal_lines,
)
from monitor.core.deliver.wire import encode, span_document
from monitor.core.look import Looked, look
from monitor.core.replay import keep, pending, replay
from monitor.errors import StetwatchError
from monitor.model import Page, Post, Unreadable, Version


@click.command()
@click.argument("target", metavar="URL|FILE")
@click.option("--url", help="The address the FILE was saved from; else the one its canonical link names.")
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
    source = copies.source_for(settings, name, url)
    snapshot, body = copies.read(target, source, settings, at=copies.instant(at))
    source = replace(source, url=source.url or snapshot.url)
    match look(body, snapshot, source):
        case Unreadable(reason=reason):
            raise StetwatchError(f"{target}: {plain(reason)}")
        case Looked() as looked:
            show_page(looked.page, as_json=as_json)
            if looked.inferred:
                console(stderr=as_json).print(proposal_lines(looked.table))


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--url", help="The address both copies were saved from; else the one a canonical link names.")
@click.option("--at", help="When OLD was made (ISO 8601, with zone); NEW then counts as made a minute later.")
@click.option("--source", "name", help="Use this configured source's rules.")
@configured
@as_json
def diff(
    old: str,
    new: str,
    url: str | None,
    at: str | None,
    name: str | None,
    config_path: Path | None,
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Show what changed from one copy of a page to another, post by post, and what awaits a third to be told.

    Without --at a copy was made when its file was last written, or now if it is fetched; NEW a minute after OLD where
    its file is not the younger by a second.

    \b
    Example:  stetwatch diff monday.html tuesday.html --url https://news.example/live/budget-day
    """
    settings = settings_for(config_path, data_dir)
    source = copies.source_for(settings, name, url)
    source, frames = copies.read_two((old, new), source, settings, at=copies.instant(at))
    out, texts, told = console(), dict[str, Version](), 0
    for target, detection in zip((old, new), replay(source, frames), strict=True):
        if detection.state.unreadable:
            reason = plain(detection.state.unreadable)
            raise StetwatchError(f"{target}: {reason}; look at it with `stetwatch check {target}`")
        if detection.state.stale_since is not None:
            raise StetwatchError(f"{target}: older than {old} by its own clock, and so ignored; swap the two")
        keep(texts, detection)
        for change in detection.changes:
            told += 1
            click.echo(encode(change)) if as_json else out.print(change_lines(change))
    open_still = pending(detection.state, texts)
    for one in open_still:
        click.echo(msgspec.json.encode(pending_document(one))) if as_json else out.print(pending_lines(one))
    if not (told or open_still or as_json):
        out.print("no change")


def show_page(page: Page, *, as_json: bool = False) -> None:
    """The posts, how they were found, and what was ignored; or a line of JSON a post."""
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
