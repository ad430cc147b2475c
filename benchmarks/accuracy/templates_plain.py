"""Pages that say nothing of themselves, documents with a mapping, feeds and text captures; and the table of all."""

from __future__ import annotations

import json
from email.utils import format_datetime
from xml.sax.saxutils import escape

from benchmarks.accuracy import templates_marked as marked
from benchmarks.accuracy import words
from benchmarks.accuracy.frame import (
    TITLE,
    URL,
    Frame,
    Template,
    Times,
    advert,
    ago,
    between,
    churned,
    clock,
    escaped,
    iso,
    page,
    paragraphs,
)
from benchmarks.accuracy.newsroom import Story
from monitor.model import ExtractRules


def divs(frame: Frame) -> bytes:
    """Nested divs with hashed classes that change with every build; adverts between, a copy that says so on top."""
    rows: list[str] = []
    pinned = frame.pinned()
    for story, key in [*([(pinned, None)] if pinned is not None else []), *frame.stories()]:
        label = "<span>Pinned</span>" if pinned is not None and not rows else ""
        name = f" id='{key}'" if key is not None else ""
        line = f"<div class='{frame.hashed('h')}'>{escaped(story.text.headline)}</div>" if story.text.headline else ""
        body = "".join(f"<div>{churned(part, frame.noise)}</div>" for part in story.text.body)
        rows.append(
            f"<div class='{frame.hashed('row')}'{name}><div class='{frame.hashed('meta')}'>{label}{_when(frame, story)}"
            f"</div>{line}<div class='{frame.hashed('text')}'>{body}</div></div>"
        )
        if between(frame.noise):
            rows.append(f"<div class='{frame.hashed('ad')}'><div>{advert(frame.noise)}</div></div>")
    return page(frame, f"<div class='{frame.hashed('list')}'>{''.join(rows)}</div>")


def table(frame: Frame) -> bytes:
    """Table rows with a clock in the first cell, advert rows and scripts between them."""
    rows = []
    for story, key in frame.stories():
        name = f" id='r{key}'" if key is not None else ""
        line = f"<b>{escaped(story.text.headline)}</b>" if story.text.headline else ""
        rows.append(
            f"<tr{name} valign=top><td><div>{_when(frame, story, machine=False)}</div></td>"
            f"<td>{line}{paragraphs(story, frame.noise)}</td></tr>"
        )
        if between(frame.noise):
            script = f"<script>document.write({frame.noise.randrange(10**6)}+new Date().getTime())</script>"
            rows.append(f"<tr class=livecom><td colspan=2>{script}<i>{advert(frame.noise)}</i></td></tr>")
    return page(frame, f"<table class=ticker><tbody>{''.join(rows)}</tbody></table>")


def mapped(frame: Frame) -> bytes:
    """A JSON document with a mapping; unknown fields change in every rendering."""
    posts = []
    for story, key in frame.stories():
        post: dict[str, object] = {"uid": key} if key is not None else {}
        post |= {"title": story.text.headline, "by": story.author, "likes": frame.noise.randrange(999)}
        post["html"] = paragraphs(story, frame.noise)
        if frame.times == "kept":
            post |= {"at": iso(story.published), "changed": iso(story.modified)}
        elif frame.times == "relative":
            post["at"] = ago(story.published, frame.view.at)
        posts.append(post)
    document = {"posts": posts, "served": frame.noise.random(), "ad": advert(frame.noise)}
    return json.dumps(document).encode()


def selected(frame: Frame) -> bytes:
    """A page read by CSS selectors from the configuration."""
    rows = []
    for story, key in frame.stories():
        name = f" data-key='{key}'" if key is not None else ""
        time = f"<em class=when>{_when(frame, story)}</em>" if frame.times != "none" else ""
        head = f"<h4>{escaped(story.text.headline)}</h4>" if story.text.headline else ""
        rows.append(
            f"<li class=update{name}>{time}{head}<div class=words>{paragraphs(story, frame.noise)}</div>"
            f"<address>{story.author}</address></li>"
        )
        if between(frame.noise):
            rows.append(f"<li class=promo>{advert(frame.noise)}</li>")
    return page(frame, f"<ul>{''.join(rows)}</ul>")


def rss(frame: Frame) -> bytes:
    """An RSS feed, shuffled now and then."""
    stories = frame.stories()
    if frame.noise.random() < 0.15:
        frame.noise.shuffle(stories)
    rows = []
    for story, key in stories:
        guid = f"<guid isPermaLink='false'>tag:coast.example,{key}</guid>" if key is not None else ""
        link = f"{URL}/{key}" if key is not None else URL
        date = f"<pubDate>{format_datetime(story.published, usegmt=True)}</pubDate>" if frame.times == "kept" else ""
        body = "".join(f"<p>{escaped(line)}</p>" for line in story.text.body)
        body += f"<img src='https://tracker.example/pixel/{frame.noise.randrange(10**6)}' width='1' height='1'/>"
        rows.append(
            f"<item><title>{escape(story.text.headline)}</title><link>{link}</link>{guid}{date}"
            f"<description><![CDATA[{body}]]></description></item>"
        )
    built = f"<lastBuildDate>{format_datetime(frame.view.at, usegmt=True)}</lastBuildDate>"
    head = f"<title>{TITLE}</title><link>{URL}</link>{built if frame.times == 'kept' else ''}"
    inner = f"<rss version='2.0'><channel>{head}{''.join(rows)}</channel></rss>"
    return f"<?xml version='1.0' encoding='utf-8'?>{inner}".encode()


def capture(frame: Frame) -> bytes:
    """A page copied as text: a time line, the headline, a byline, a line a paragraph."""
    lines = [*words.CHROME[: frame.noise.randint(3, 9)], "", TITLE, ""]
    for story, _ in frame.stories():
        kept = frame.times == "kept"
        lines += [clock(story.published) if kept else ago(story.published, frame.view.at), ""]
        if story.text.headline:
            lines += [story.text.headline, ""]
        lines += [f"From Coast Radio’s {story.author}", ""]
        for part in story.text.body:
            lines += [part, ""]
    return "\n".join((*lines, f"Source: {URL}", "")).encode()


def _when(frame: Frame, story: Story, *, machine: bool = True) -> str:
    if frame.times == "none":
        return ""
    if frame.times == "relative":
        return ago(story.published, frame.view.at)
    shown = clock(story.published)
    return f"<time datetime='{iso(story.published)}'>{shown}</time>" if machine else shown


_JSON = ExtractRules(
    format="json", posts="posts", id="uid", headline="title", body="html", author="by", published="at",
    modified="changed",
)  # fmt: skip
_CSS = ExtractRules(
    format="css", posts="li.update", id="@data-key", headline="h4", body=".words", author="address", published=".when"
)
_NO_RELATIVE: tuple[Times, ...] = ("kept", "none")

TEMPLATES = (
    Template("jsonld", marked.jsonld, modified=True, about="JSON-LD with bodies, beside its DOM"),
    Template("jsonld-empty", marked.jsonld_empty, about="JSON-LD without bodies, page date on every post"),
    Template("amp", marked.amp, modified=True, about="AMP live list with adverts as children"),
    Template(
        "blocks",
        marked.blocks,
        modified=True,
        modified_late=True,
        about="article#block-… with times, pinned copy without id",
    ),
    Template("prefix", marked.prefix, sorts=False, about="readable class prefixes with hashed tails"),
    Template("wordpress", marked.wordpress, about="WordPress Liveblog markup"),
    Template("state", marked.state, modified=True, times=_NO_RELATIVE, about="posts in embedded JSON state only"),
    Template("divs", divs, about="unknown page: divs with hashed classes, pinned copy"),
    Template("table", table, about="unknown page: table rows, advert rows"),
    Template("json", mapped, "json", _JSON, modified=True, about="JSON with a mapping"),
    Template("css", selected, rules=_CSS, about="HTML with a CSS mapping"),
    Template("rss", rss, "xml", times=_NO_RELATIVE, removals=False, about="RSS feed"),
    Template("text", capture, "txt", regimes=("absent",), times=("kept", "relative"), about="copied text"),
)
