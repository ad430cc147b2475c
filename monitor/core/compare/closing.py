"""Whether a page says that its coverage has ended, and where it says it goes on. Read from words, in many languages.

An end that the page dates (``coverageEndTime``) counts once it is past, unless the page itself belies it. A title
counts by its ending (“… – as it happened”, “(closed)”), a post only by a whole phrase and near an end of the page: “the
strike has ended” ends no coverage.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from urllib.parse import urljoin, urlsplit

from monitor.core import normalize
from monitor.core.compare.identity import address
from monitor.core.compare.state import Floating, SourceState
from monitor.model import Extraction, Page, Post

_ENDED = (
    "as it happened|closed|ended|archived|beendet|geschlossen|zum nachlesen|gesloten|beëindigd|terminé|fermé"
    "|finalizado|finalizada|terminado|cerrado|encerrado|encerrada|concluso|conclusa|terminata|chiusa|chiuso|avslutad"
    "|avslutat|afsluttet|lukket"
    "|zakończona|zakończono|päättynyt|завершена|завершен|завершено|終了|结束|已结束|已結束"
)
_COVERAGE = (
    r"live[ -]?(?:blogs?|tickers?|coverage|updates?|text|stream|feed)?|(?:news)?ticker|coverage|updates"
    r"|direct|directo|diretta|cobertura|minuto a minuto|direto|verslag|rapporten|relacja|трансляция"
)
_BE = "is|has|have|been|ist|est|è|está|jest|är|now|nun|jetzt|nu|ora|maintenant|er|wurde|hat"
_TITLE = re.compile(
    # “… – as it happened”, “… (closed)”, “Liveblog beendet”, “live coverage – ended”
    rf"(?:[-–—:|,(\[（【]\s*(?:as it happened|zum nachlesen)"
    rf"|[(\[（【]\s*(?:{_ENDED})\s*[)\]）】]"
    rf"|\b(?:{_COVERAGE}|\w*(?:blog|ticker))\W{{0,3}}(?:(?:{_BE})\s+){{0,3}}(?:{_ENDED}))\s*[)\]）】.!]*\s*$"
)
_SITE = re.compile(r"\s[|·•]\s[^|·•]{1,40}$|\s[-–—]\s(?!as it happened)[^-–—|]{1,30}$")

_LIVE = "(?:live[ -]?blog(?: coverage)?|live (?:ticker|coverage|updates?|page|story|feed)|blog|coverage)"
_SAYINGS = (
    # English
    rf"(?:this|our|the) {_LIVE} (?:is|has|have|are) (?:now )?(?:been )?(?:closed|ended|over|concluded|moved|finished)",
    rf"(?:we are|we're|we’re|i am|i'm|i’m) (?:now )?(?:closing|wrapping up|ending) (?:this|our|the) {_LIVE}",
    r"(?:that ends|this concludes|this ends|that concludes) (?:our|the|this) (?:live|blog|coverage)",
    r"our live coverage has moved",
    # German
    r"(?:live-?(?:blog|ticker)|ticker|blog) (?:ist|wird) (?:nun |jetzt |damit |hiermit )?(?:beendet|geschlossen)",
    r"(?:beenden|schließen) (?:wir )?(?:nun |jetzt |damit |hiermit )?(?:diesen|den|unseren) (?:live|ticker|blog|news)",
    # French
    r"(?:ce|notre|le) (?:direct|live) est (?:maintenant |désormais )?(?:terminé|fini|clos|fermé)",
    r"fin (?:de ce|du|de notre) (?:direct|live)",
    # Spanish, Portuguese
    r"(?:termina|finaliza|concluye|cerramos) (?:aquí )?(?:esta|la|nuestra) cobertura",
    r"finaliza(?:mos)? (?:este|el) (?:directo|en vivo)",
    r"encerramos (?:aqui )?(?:a|esta|nossa) cobertura",
    r"(?:esta|a nossa|a) cobertura (?:ao vivo )?(?:foi |está )?encerrada",
    # Italian, Dutch
    r"(?:la|questa|nostra) diretta (?:finisce|termina|si chiude|si conclude|è (?:finita|chiusa|conclusa|terminata))",
    r"fine della diretta",
    r"(?:dit|ons|het) live ?blog is (?:nu )?(?:gesloten|afgesloten|beëindigd)",
    r"(?:we|wij) sluiten (?:dit|het|ons) live",
    # Swedish, Danish, Norwegian, Polish
    r"(?:live|direkt)(?:bloggen|rapporteringen|rapporten|uppdateringen) (?:är|har) (?:nu )?avsluta(?:d|ts)",
    r"(?:live|direkte)(?:bloggen|dækningen|dekningen|rapporten) er (?:nu |nå )?(?:afsluttet|avsluttet|lukket|slutt)",
    r"(?:kończymy|zakończyliśmy) (?:tę |naszą )?relację",
    r"relacja (?:na żywo )?(?:została )?zakończona",
    # Russian, Japanese, Chinese
    r"(?:завершаем|закончили|завершили) (?:нашу |онлайн-?|эту )?(?:онлайн|трансляцию)",
    r"трансляция (?:завершена|окончена)",
    r"(?:ライブ|速報|実況|中継|更新).{0,8}終了(?:し|いた)",
    r"(?:直播|报道|報道)(?:已|到此|至此)?(?:结束|結束)",
)
_PHRASES = re.compile("|".join(_SAYINGS), re.IGNORECASE)

SITE_NAMES = 3
"""A title ends in up to so many names: of a section, of the site."""

FROM_AN_END = 2
"""How many posts from either end of the page may say that it is over; pinned ones may wherever they stand."""

SHORT = 700
"""Characters of a closing post at most."""

_ANCHOR = re.compile(r"<a\b[^<>]*?\bhref\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
NEAR = 600
"""How many characters of HTML before the words the link may begin, and after them stand."""

MOST_TRIED = 20
"""Of more places that say so none is looked at, so that a page that repeats itself costs no more for it."""


APART = timedelta(minutes=1)
LULL = timedelta(hours=1)
"""Some software dates the end of coverage by the last change of the page: believed when nothing follows for an hour,
and never again once something did."""

AWAITED = timedelta(days=1)
"""An end further ahead is not waited for on a page that stands still."""


def noticed(extraction: Extraction, at: datetime, state: SourceState) -> Extraction:
    """The page, closed when its own words say so, or the end it dates was past when the copy was made (``at``)."""
    if not isinstance(extraction, Page) or extraction.closed:
        return extraction
    closes_at, _ = dated(extraction, state)
    if says_so(extraction.title) or _posts_say(extraction) or (closes_at is not None and closes_at <= at):
        return replace(extraction, closed=True)
    return extraction


def dated(page: Page, state: SourceState) -> tuple[datetime | None, Floating]:
    """When coverage counts as ended by what the page dates, and whether that is the page's last change.

    None for when: the page dates no end, or posts belie it, or belied such ends of this source before.
    """
    end, floating = page.ends_at, state.floating
    if floating == "perhaps" and state.closes_at is not None and _goes_on(page, state.closes_at - LULL):
        floating = "surely"
    if end is None:
        return None, floating
    floats = page.built_at is not None and abs(page.built_at - end) <= APART
    believed: Floating = "surely" if floating == "surely" else "perhaps" if floats else ""
    if _goes_on(page, end) or (floats and believed == "surely"):
        return None, believed
    return (end + LULL if floats else end), believed


def awaited(state: SourceState, at: datetime) -> bool:
    """Whether an end is near, so that a page that stands still until then must be heard of."""
    return state.closes_at is not None and not state.closed and state.closes_at - at <= AWAITED


def is_due(state: SourceState, at: datetime) -> bool:
    """Whether a page that stood still until then has ended its coverage."""
    return state.closes_at is not None and not state.closed and state.closes_at <= at


def _goes_on(page: Page, end: datetime) -> bool:
    times = (span for post in page.posts for span in (post.published, post.modified))
    return any(span is not None and span.earliest > end + APART for span in times)


@lru_cache(maxsize=1_024)  # the title and the last posts say the same from visit to visit
def says_so(title: str | None) -> bool:
    """Whether a page title says that its coverage is over."""
    if not title:
        return False
    folded = normalize.text(title).casefold()
    for _ in range(SITE_NAMES + 1):
        if _TITLE.search(folded):
            return True
        folded = _SITE.sub("", folded)
    return False


def successor(markup: str, url: str) -> str | None:
    """The page that a closing banner or post of this HTML links to: on the same site, and not the page itself.

    The link stands in the words that say so, or shortly after them.
    """
    own = urlsplit(url)
    for found in islice(_PHRASES.finditer(markup), MOST_TRIED):
        start = markup.rfind("<a", max(0, found.start() - NEAR), found.start())
        around = start >= 0 and "</a" not in markup[start : found.start()]
        for link in _ANCHOR.finditer(markup, start if around else found.start(), found.end() + NEAR):
            target = urljoin(url, html.unescape(link[1]))
            parts = urlsplit(target)
            same_site = _site(parts.hostname) == _site(own.hostname) and parts.scheme in ("http", "https")
            if (
                same_site
                and parts.path.strip("/")
                and address(target).partition("#")[0] != address(url).partition("#")[0]
            ):
                return target
    return None


def _site(host: str | None) -> str:
    return ".".join((host or "").rsplit(".", 3)[-2:])


def _posts_say(page: Page) -> bool:
    return any(_is_farewell(_words(post)) for post in _last_words(page))


@lru_cache(maxsize=4_096)
def _is_farewell(words: str) -> bool:
    return _PHRASES.search(normalize.text(words).casefold()) is not None


def _last_words(page: Page) -> Iterator[Post]:
    """The posts that may be a page's farewell: short ones at its ends, and pinned ones."""
    last = len(page.posts) - FROM_AN_END
    for place, post in enumerate(page.posts):
        if (place < FROM_AN_END or place >= last or post.pinned) and sum(map(len, post.body)) <= SHORT:
            yield post


def _words(post: Post) -> str:
    return " ".join((post.headline, *post.body))
