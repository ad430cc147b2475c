"""Labels that say a post is pinned: taken off its text, and kept as a fact of the post.

A label is one of a closed table and stands alone, in an element or on a line at the head of a post. In a sentence
the same word is a word ("Pinned to the ground, he …").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from selectolax.lexbor import LexborNode

from monitor.core.extract.infer_lines import is_byline, is_name
from monitor.core.extract.infer_marks import MODIFIED, PUBLISHED, UNREAD
from monitor.core.normalize import text as tidy
from monitor.core.times import line_kind

PIN = "📌"
_WORDS = (
    "pinned, pinned post, pinned update, pinned entry, pinned message, pinned to top, pinned to the top,"
    "angeheftet, oben angeheftet, angehefteter beitrag, angepinnt, angepinnter beitrag, gepinnt, fixiert,"
    "épinglé, épinglée, post épinglé, message épinglé, publication épinglée, article épinglé,"
    "fijado, fijada, anclado, publicación fijada, post fijado, mensaje fijado, entrada fijada,"
    "fissato, fissato in alto, post fissato, messaggio fissato, appuntato,"
    "fixado, afixado, fixado no topo, post fixado, publicação fixada, publicação afixada,"
    "vastgezet, vastgepind, vastgezet bericht, vastgepind bericht,"
    "fäst, fastnålad, fastnålat, fäst inlägg, festet, festet innlegg, festet til toppen,"
    "fastgjort, fastgjort opslag, fastgjort indlæg, kiinnitetty, kiinnitetty julkaisu, kiinnitetty viesti,"
    "przypięty, przypięte, przypięty post, przypięty wpis, připnuto, připnutý, připnutý příspěvek,"
    "закреплено, закреплённый, закрепленный, закреплённый пост, закрепленный пост, закреплённая запись,"
    "закріплено, закріплений, закріплений допис, закріплений пост,"
    "sabitlendi, sabitlenmiş, sabitlenmiş gönderi, disematkan, disematkan di atas, postingan disematkan,"
    "مثبت, مثبّت, منشور مثبت, منشور مثبّت, נעוץ, פוסט נעוץ, מוצמד,"
    "पिन किया गया, पिन की गई पोस्ट, पिन किया हुआ,"
    "固定, 固定表示, 固定された投稿, ピン留め, ピン留めされた投稿, 置顶, 已置顶, 置頂, 已置頂,"
    "고정됨, 고정된 게시물, 상단 고정"
)
_LABELS = frozenset(tidy(word) for word in _WORDS.split(","))
_STEMS = (PIN, *sorted(one for one in _LABELS if not any(other in one for other in _LABELS - {one})))
_ASCII_STEMS = tuple(stem for stem in _STEMS if stem.isascii())
_LONGEST = 60
_HEAD = 1_500
_ABOVE = 300
"""Characters of a post that may stand before a label in it; and lines, of text captures and of unknown pages."""
_HEAD_LINES = 3
_EDGE = " :–—-|•·,/()[]\u00a0\ufe0e\ufe0f"
_BLOCKS = frozenset(
    "address article aside blockquote body dd details div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header"  # noqa: SIM905
    " hgroup hr br li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_QUOTES = frozenset({"blockquote", "figure"})
_BOXES = frozenset({"div", "header", "section", "article", "hgroup", "footer", "summary", "figcaption", *_HEADINGS})
_BADGES = frozenset({"span", "small", "mark", "label", "sup"})
_HOLDS = "img, amp-img, picture, video, audio, iframe, time"


def is_pin(line: str) -> bool:
    """Whether a line says that a post is pinned, and nothing else."""
    if len(line) > _LONGEST:
        return False
    bare = tidy(line).strip(_EDGE)
    word = bare.replace(PIN, "").strip(_EDGE)
    return word.casefold() in _LABELS if word else bare != ""


def off(lines: Sequence[str], bare: Callable[[str], str] = str) -> tuple[list[str], bool]:
    """Lines of a post without labels among the first, and whether there was one.

    ``bare`` takes off a line what may stand beside a label, such as a time.
    """
    kept = [line for place, line in enumerate(lines) if place >= _HEAD_LINES or not is_pin(bare(line))]
    return kept, len(kept) < len(lines)


def take(node: LexborNode) -> bool:
    """Take the labels at the head of a post's element out of the tree; whether there was one."""
    head = node.text()[:_HEAD].lower()
    stems = _ASCII_STEMS if head.isascii() else _STEMS
    if not any(stem in head for stem in stems):
        return False
    found = list(_labels(node))
    for part in found:
        part.decompose()
    return bool(found)


def _labels(node: LexborNode) -> Iterator[LexborNode]:
    said = 0
    judged: set[int] = set()
    for part in node.traverse(include_text=True):
        above = part.parent
        if part.mem_id == node.mem_id or above is None:
            continue
        if part.is_text_node:
            said += len((part.text_content or "").strip())
        elif above.mem_id in judged or part.tag in _QUOTES:
            judged.add(part.mem_id)
        elif part.is_element_node and is_pin(part.text()[: _LONGEST * 2]) and _holds_nothing_else(part):
            judged.add(part.mem_id)
            if _stands_alone(part, above):
                yield part
        if said > _ABOVE:
            return


def _holds_nothing_else(part: LexborNode) -> bool:
    """Whether an element is no picture and no time beside its label."""
    attributes = part.attributes
    told = any(name in attributes for name in (*PUBLISHED, *MODIFIED))
    return part.tag not in {*UNREAD, "time"} and not told and part.css_first(_HOLDS) is None


def _stands_alone(part: LexborNode, above: LexborNode) -> bool:
    """Whether nothing but times and names shares the line of an element, or it is a badge before a headline."""
    if part.tag in _BLOCKS:
        return True
    before, after = _beside(part, forward=False), _beside(part, forward=True)
    if before is not None and not _is_meta(_said(before)):
        return False
    if after is None or _is_meta(_said(after)):
        return above.tag in _BOXES or _is_meta(tidy(above.text(separator=" ")).replace(tidy(part.text()), "", 1))
    opens = _said(after)[:1]
    if above.tag not in _BOXES or not (opens.isupper() or opens.isdigit() or opens in "“„«\"'‘"):
        return False
    return after.is_element_node or (above.tag in _HEADINGS and part.tag in _BADGES)


def _beside(part: LexborNode, *, forward: bool) -> LexborNode | None:
    """What stands next to an element on its line; None at either end of it."""
    node = part.next if forward else part.prev
    while node is not None and not (node.is_element_node and node.tag in _BLOCKS):
        readable = node.is_text_node or (node.is_element_node and node.tag not in UNREAD)
        if readable and _said(node).strip(_EDGE):
            return node
        node = node.next if forward else node.prev
    return None


def _said(node: LexborNode) -> str:
    return tidy(((node.text_content if node.is_text_node else node.text(separator=" ")) or "")[:_ABOVE])


def _is_meta(line: str) -> bool:
    """Whether a text beside a label is no text of the post: a time, a name, another label."""
    bare = line.strip(_EDGE)
    if not bare or is_pin(bare):
        return True
    return len(bare) <= _LONGEST and (line_kind(bare) is not None or is_name(bare) or is_byline(bare))
