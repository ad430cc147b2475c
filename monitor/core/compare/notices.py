"""How newsrooms say that something was corrected, in eleven languages. "Updated" alone is no correction."""

from __future__ import annotations

import re

from monitor.core import normalize

_PHRASES = (
    # English
    "an earlier version of this", "a previous version of this", "this post has been corrected", "has been amended to",
    "this article was amended", "this post was amended", "was corrected to", "this entry has been corrected",
    "this article has been corrected", "corrects that", "corrects to",
    # German
    "in einer früheren version", "in einer früheren fassung", "dieser beitrag wurde korrigiert",
    "wir haben den fehler korrigiert",
    # French
    "une version précédente de", "une première version de", "cet article a été corrigé",
    # Spanish
    "fe de errata", "fe de erratas", "una versión anterior de", "esta noticia ha sido corregida",
    # Portuguese
    "uma versão anterior", "este texto foi corrigido",
    # Italian
    "una versione precedente", "errata corrige", "questo articolo è stato corretto",
    # Dutch
    "een eerdere versie van", "in een vorige versie",
    # Swedish, Danish, Norwegian
    "en tidigare version av", "en tidligere version af", "en tidligere versjon av",
    # Polish
    "we wcześniejszej wersji",
    # Russian
    "в предыдущей версии",
    # Japanese
    "お詫びと訂正", "以前の記事では",
)  # fmt: skip

_OPENERS = frozenset((
    "correction", "clarification", "korrektur", "berichtigung", "richtigstellung", "rectificatif", "erratum",
    "corrección", "correção", "errata", "rettifica", "rectificatie", "rättelse", "rettelse", "sprostowanie",
    "исправлено", "уточнение", "訂正",
))  # fmt: skip
"""Single words that announce a correction only where they open a paragraph: a "correction" of a market is none."""

_INSIDE = re.compile("|".join(map(re.escape, _PHRASES)))
_OPENING = re.compile(rf"\W*(?:{'|'.join(sorted(_OPENERS))})\b\s*(?:[:\-–—(.]|$)")


def notice(text: str) -> str | None:
    """The words of ``text`` that announce a correction, None when there are none."""
    folded = normalize.text(text).casefold()
    found = _INSIDE.search(folded) or _OPENING.match(folded)
    return found[0].strip(" :-–—(.") if found else None
