"""HTML to paragraphs and pictures, with lexbor.

A line breaks at block elements only: a link or a bold word added to a sentence must not split it in two.
Nothing here recurses, since a hostile page may nest deeper than the stack is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.normalize import text as tidy

_ATTRIBUTES = r'(?=[\s/>])[^>"]*(?:"[^"]*"[^>"]*)*>'
_BLOCK = re.compile(
    r"</?(?:address|article|aside|blockquote|body|br|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure"
    r"|footer|form|h[1-6]|header|hgroup|hr|html|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
    r"|amp-carousel|amp-live-list)" + _ATTRIBUTES
)
_CELL = re.compile(r"<(?:td|th)" + _ATTRIBUTES)
_INLINE = re.compile(r"</?[a-zA-Z][^\s/>]*" + _ATTRIBUTES)
_SKIPPED_NAMES = (
    "script|style|noscript|template|svg|math|head|title|iframe|object|canvas|audio|video|button|select|textarea|xmp"
    "|noembed|noframes|plaintext|amp-ad|amp-embed|amp-analytics"
)
_SKIPPED = re.compile(rf"<!--.*?-->|<({_SKIPPED_NAMES}){_ATTRIBUTES}.*?</\1>", re.DOTALL)
# Closes whatever a cut may have left open, so that no pattern looks for an end that is not there.
_TAIL = "<!---->" + "".join(f"</{name}>" for name in _SKIPPED_NAMES.split("|"))
_REMEMBERED = 16_000
_MEDIA = "img[src], amp-img[src], video[src], audio[src], source[src], iframe[src], amp-iframe[src], embed[src]"
_MARKUP = re.compile(r"<(?:[a-zA-Z][a-zA-Z0-9-]*[\s/>]|/[a-zA-Z]|!--)")
# Possessive, and applied up to the last ">" only: a tag that never ends must not be looked at twice.
_TAGS = re.compile(rb"<(/?)([a-zA-Z][^\s/>]*+)([^>]*+)>")
# Elements that are empty, or whose end tag may be left out: their number says nothing about depth.
_FLAT = frozenset(
    re.findall(
        rb"\S+",
        b"area base br col embed hr img input link meta param source track wbr p li dd dt tr td th thead tbody tfoot"
        b" option optgroup rp rt colgroup",
    )
)
# HTML takes no notice of the slash in <div/>; only SVG and MathML do.
_NEVER_EMPTY = frozenset(
    re.findall(
        rb"\S+",
        b"div span a b i u s em strong small big font code tt nobr section article aside nav main header footer ul ol"
        b" dl table form button label center blockquote figure address details fieldset pre h1 h2 h3 h4 h5 h6",
    )
)
MAX_DEPTH = 1_000
_PAGE_TAGS, _FRAGMENT_TAGS = 30_000, 3_000
_TINY = frozenset({"0", "1", "0px", "1px"})


def has_markup(text: str) -> bool:
    """Whether a string is written in HTML rather than plain text."""
    return "<" in text and _MARKUP.search(text) is not None


def parse(html: str | bytes) -> LexborNode | None:
    """The root element of a fragment; None when it holds nothing, or nests too deep to be read in time."""
    page = parse_page(html.encode("utf-8", "replace") if isinstance(html, str) else html, tags=_FRAGMENT_TAGS)
    return page.root if page is not None else None


def parse_page(html: bytes, tags: int = _PAGE_TAGS) -> LexborHTMLParser | None:
    """The document of UTF-8 bytes; None when elements nest deeper than ``MAX_DEPTH``.

    The HTML algorithm takes quadratic time on deep nesting (a ``div`` looks for an open ``p`` above it, an end tag
    for its start): 200,000 open ``div`` took six minutes. Depth is only measured where there are tags enough to matter.
    """
    if html.count(b"<") > tags and _depth(html) > MAX_DEPTH:
        return None
    return LexborHTMLParser(html)


def _depth(html: bytes) -> int:
    """How deep elements nest at most, each name counted by itself."""
    running: dict[bytes, int] = {}
    total = deepest = 0
    for closing, name, rest in _TAGS.findall(html[: html.rfind(b">") + 1]):
        tag = name.lower()
        empty = rest.endswith(b"/") and tag not in _NEVER_EMPTY
        count = running.get(tag, 0)
        if closing and count:
            running[tag], total = count - 1, total - 1
        elif not closing and not empty and tag not in _FLAT:
            running[tag], total = count + 1, total + 1
            deepest = max(deepest, total)
    return deepest


def paragraphs(root: LexborNode, limit: int = 200_000) -> list[str]:
    """The text under an element, a string a block, tidied, empty ones dropped, about ``limit`` characters at most.

    It is read from the parser's own serialisation, in which every tag is closed, every attribute quoted and every
    ``<`` of the text escaped: six times faster than walking the nodes, and no deeper than the document is long.
    """
    html = root.html or ""
    if len(html) > limit * 4:
        html = html[: limit * 4] + _TAIL
    return list(_remembered_lines(html, limit) if len(html) <= _REMEMBERED else _lines(html, limit))


def _lines(html: str, limit: int) -> tuple[str, ...]:
    if "\n" in html or "\r" in html:
        html = html.replace("\n", " ").replace("\r", " ")
    if "<td" in html or "<th" in html:
        html = _CELL.sub(" ", html)
    text = _INLINE.sub("", _BLOCK.sub("\n", _SKIPPED.sub("", html)))
    if "&" in text:
        text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return tuple([line for part in text[:limit].split("\n") if (line := tidy(part))])


_remembered_lines = lru_cache(maxsize=4096)(_lines)
"""Most posts of a changed page are as they were in the copy before."""


def flat(root: LexborNode) -> str:
    """The text under an element as one line."""
    return " ".join(paragraphs(root, 20_000))


def media(root: LexborNode, limit: int = 40) -> list[str]:
    """The raw addresses of pictures and embeds under an element, tracking pixels left out, in page order."""
    found: list[str] = []
    for node in root.css(_MEDIA)[:limit]:
        attributes = node.attributes
        source = attributes.get("src")
        if source and attributes.get("width") not in _TINY and attributes.get("height") not in _TINY:
            found.append(source)
    return found
