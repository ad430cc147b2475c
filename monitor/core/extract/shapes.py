"""Live pages whose markup is known: a table of shapes, and one reader for all of them.

A shape is recognised by ids, data attributes and readable beginnings of class names. Class names that a style
compiler hashed change with every build of the site and appear nowhere here. Lists of key events repeat headlines of
posts with their times; they are no posts, and no selector of the table meets them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser

from monitor.core.extract.fields import MAX_POSTS
from monitor.core.extract.marked import Marking, Place, fields, outermost, post_of, title_of
from monitor.model import Page, Post

_PLAIN = Marking()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How one platform marks its posts.

    ``least`` is how many dated posts there must be, where the marking alone is found on other pages too.
    """

    name: str
    posts: str
    marking: Marking = _PLAIN
    pinned: str = ""
    least: int = 0


SHAPES = (
    Shape(
        name="Guardian blocks",
        posts='article[id^="block-"], #pinned-post article, article.block',
        pinned="#pinned-post article",
        marking=Marking(
            key=fields("@id", 'a[href*="block-"]@href'),
            link=fields('a[href*="#block-"]@href'),
            author=fields("[rel=author]", "header div > span"),
            published=fields("header time@datetime", "time@datetime", "header a", "time"),
        ),
    ),
    Shape(
        name="Reach live events",
        posts="div.live-event-entry[id]",
        marking=Marking(
            headline=fields(".entry-content h3", ".entry-content h2"),
            author=fields(".entry-info mark"),
            published=fields("@data-post-time", "time@datetime", "time"),
            modified=fields("@data-last-modified-time"),
            body=".entry-content",
            gone=".entry-info",
        ),
    ),
    Shape(
        name="Express live events",
        posts="div.live-events__entry",
        marking=Marking(
            headline=fields(".live-events__entry-head"),
            author=fields(".live-events__entry-author"),
            published=fields("@data-sort-time", "time@datetime"),
            modified=fields("@data-update-time"),
            body=".live-events__entry-text",
        ),
    ),
    Shape(
        name="CNN live story",
        posts="article.live-story-post, div.live-story-post[data-last-updated]",
        marking=Marking(
            key=fields('[data-url*="post-id="]@data-url', '[href*="post-id="]@href', "@data-post-id", "@id"),
            link=fields('[data-url*="post-id="]@data-url', '[href*="post-id="]@href'),
            headline=fields(".live-story-post__headline", "h2"),
            author=fields(".live-story-post__byline"),
            published=fields("time@datetime", "@data-last-updated", "time"),
            modified=fields("@data-last-updated"),
            body=".live-story-post__content, .live-story-post__body",
        ),
    ),
    Shape(
        name="CNN post boxes",
        posts='article[id^="h_"], article[class*="poststyles__PostBox"]',
        marking=Marking(
            author=fields("header [data-type=byline-area]", "header p"),
            published=fields("header time@datetime", "header time", "header span"),
            body='[class*="render-stellar-content"], [class*="content-rendered"]',
        ),
    ),
    Shape(
        name="BBC stream",
        posts="li.lx-stream__post-container",
        marking=Marking(
            key=fields("article@id", "@id", "@data-post-id"),
            headline=fields("header h3", "h3", "h2"),
            author=fields("[class*=lx-stream-post__contributor-name]", "[class*=contributor-name]"),
            published=fields("time@datetime", "[class*=lx-stream-post__meta-time]", "time"),
            body="[class*=lx-stream-post-body], [class*=lx-stream-post__body]",
        ),
    ),
    Shape(
        name="BBC posts",
        posts='article[id^="asset:"], article[id^="post_"]',
        marking=Marking(key=fields("@id"), author=fields("[class*=contributor-name]", "[class*=byline]")),
        least=2,
    ),
    Shape(
        name="NYT live blog",
        posts='[data-testid="live-blog-post"], [data-test-id="live-blog-post"], .live-blog-post,'
        " .live-blog-reporter-update",
        pinned=".pinned-post",
        marking=Marking(
            key=fields("@id", '[itemprop=headline] a[href*="#"]@href', '[itemprop=headline] a@href'),
            headline=fields("[itemprop=headline]", "h2", "h3"),
            author=fields('[data-testid="live-blog-byline"]', "[itemprop=author]", "[class*=byline]"),
        ),
    ),
    Shape(
        name="Bloomberg live blog",
        posts='[class*="LiveblogPost_post__"]',
        marking=Marking(
            published=fields('[class*="LiveblogStatus_timestamp"] time@datetime', "time@datetime", "time"),
            gone='time, header, footer, [class*="LiveblogStatus_"]',
        ),
    ),
    Shape(
        name="WordPress Liveblog",
        posts='[id^="liveblog-entry-"]:not([id^="liveblog-entry-text"]), .liveblog-entry',
        marking=Marking(
            headline=fields(".liveblog-entry-title", ".liveblog-entry-content > h2"),
            author=fields(".liveblog-meta-author-name", ".liveblog-author-name", ".liveblog-meta-author"),
            published=fields("@data-timestamp", "time@datetime", ".liveblog-meta-time", "time"),
            body=".liveblog-entry-text, .liveblog-entry-content",
            gone=".liveblog-meta, time, .liveblog-entry-tools, .liveblog-share",
        ),
    ),
    Shape(
        name="Sourcefabric Live Blog",
        posts="article.lb-post[data-js-post-id], [data-post-id].lb-post",
        marking=Marking(
            key=fields("@data-js-post-id", "@data-post-id"),
            published=fields("time@datetime", "[data-js-timestamp]@data-js-timestamp", ".lb-post-date"),
            gone="time, header, footer, .lb-post-date",
        ),
    ),
    Shape(
        name="CBS updates",
        posts="section.post-update",
        marking=Marking(key=fields("@id", "a[name]@name")),
    ),
    Shape(
        name="dated live news",
        posts="div.live-news[data-story]",
        marking=Marking(
            key=fields("@data-story"),
            published=fields("[data-date]@data-date", "time@datetime"),
            gone="time, [data-date]",
        ),
    ),
    Shape(
        name="microdata",
        posts='[itemprop~="liveBlogUpdate"]',
        least=2,
        marking=Marking(
            key=fields("@itemid", "@id", "[itemprop=url]@href", "[itemprop=mainEntityOfPage]@itemid"),
            link=fields("[itemprop=url]@href"),
            headline=fields("[itemprop=headline]", "[itemprop=headline]@content", "h2", "h3"),
            author=fields("[itemprop=author] [itemprop=name]", "[itemprop=author]", "[class*=byline]"),
            published=fields(
                "[itemprop=datePublished]@datetime", "[itemprop=datePublished]@content", "time@datetime",
                "[itemprop=datePublished]",
            ),
            modified=fields("[itemprop=dateModified]@datetime", "[itemprop=dateModified]@content"),
            body="[itemprop=articleBody]",
            gone="time, header, footer, [itemprop=datePublished], [itemprop=dateModified]",
        ),
    ),
)  # fmt: skip


def read(page: LexborHTMLParser, place: Place) -> Page | None:
    """The posts of the first shape that the page has, in page order; None when it has none. Uses the elements up."""
    for shape in SHAPES:
        posts = _posts(page, shape, place)
        if posts is None:
            continue
        kept, copies = unpinned(posts)
        reasons = [
            f"known shape: {shape.name}",
            *([f"{copies} pinned cop{'ies' if copies > 1 else 'y'} ignored"] if copies else []),
        ]
        return Page(
            posts=tuple(kept),
            rung="shape",
            shape="blog",
            title=title_of(page),
            reasons=tuple(reasons),
        )
    return None


def _posts(page: LexborHTMLParser, shape: Shape, place: Place) -> list[Post] | None:
    nodes = outermost(page.css(shape.posts)[: MAX_POSTS * 2])[:MAX_POSTS]
    if not nodes:
        return None
    pinned = {node.mem_id for node in page.css(shape.pinned)} if shape.pinned else set()
    posts = [
        replace(post, pinned=True) if node.mem_id in pinned else post
        for node in nodes
        for post in (post_of(node, shape.marking, place, "shape"),)
    ]
    posts = [post for post in posts if post.headline or post.body or post.media]
    known = sum(post.key is not None or post.published is not None for post in posts)
    dated = sum(post.published is not None for post in posts)
    # Without ids and times it is the marking alone that tells a post, and one element proves nothing.
    return posts if posts and dated >= shape.least and (known or len(posts) >= 3) else None


def unpinned(posts: Sequence[Post]) -> tuple[list[Post], int]:
    """Posts with pinned copies taken for their originals, where those are on the page; and how many copies went."""
    copies = [post for post in posts if post.pinned]
    if not copies:
        return list(posts), 0
    kept = [post for post in posts if not post.pinned]
    named: dict[object, int] = {}
    for place, post in reversed(list(enumerate(kept))):
        words = (post.headline, post.body)
        names: tuple[object, ...] = (
            (post.key, (words, True)) if post.key is not None else ((words, False), (words, True))
        )
        named.update(dict.fromkeys(names, place))
    extra: list[Post] = []
    gone = 0
    for copy in copies:
        # The same id, or the same words where one of the two has no id.
        words = (copy.headline, copy.body)
        names = ((words, True),) if copy.key is None else (copy.key, (words, False))
        places = [named[name] for name in names if name in named]
        if places:
            kept[min(places)] = replace(kept[min(places)], pinned=True)
            gone += 1
        else:
            extra.append(copy)
    return [*extra, *kept], gone
