"""How newsrooms say that something was corrected, in twenty languages. "Updated" alone is no correction."""

from __future__ import annotations

import re

from monitor.core import normalize

_PHRASES = (
    # English
    "an earlier version of this", "a previous version of this", "an earlier version incorrectly",
    "in an earlier version", "this post has been corrected", "this post was corrected", "has been amended to",
    "was amended to correct", "this article was amended", "this post was amended", "this story has been corrected",
    "was corrected to", "this entry has been corrected", "this article has been corrected",
    "has been updated to correct", "corrects that", "corrects to", "we have corrected", "we apologise for the error",
    "we apologize for the error", "we regret the error",
    # German
    "in einer früheren version", "in einer früheren fassung", "in einer ersten version",
    "in einer vorherigen version", "in einer älteren version", "in einer ersten fassung", "in einer vorigen version",
    "dieser beitrag wurde korrigiert", "dieser artikel wurde korrigiert", "wir haben den fehler korrigiert",
    "wir haben das korrigiert", "wir haben die angabe korrigiert", "wir bitten, den fehler zu entschuldigen",
    "wir bitten den fehler zu entschuldigen",
    # French
    "une version précédente de", "une première version de", "une version antérieure de", "cet article a été corrigé",
    "ce message a été corrigé", "ce billet a été corrigé", "contrairement à ce que nous avons écrit",
    "contrairement à ce que nous écrivions", "nous prions nos lecteurs",
    # Spanish
    "fe de errata", "fe de erratas", "una versión anterior de", "una versión previa de", "en una versión anterior",
    "esta noticia ha sido corregida", "este artículo ha sido corregido", "esta entrada ha sido corregida",
    # Portuguese
    "uma versão anterior", "uma versão prévia", "este texto foi corrigido", "esta notícia foi corrigida",
    "este artigo foi corrigido", "esta publicação foi corrigida", "o texto foi corrigido",
    # Italian
    "una versione precedente", "una prima versione di", "errata corrige", "questo articolo è stato corretto",
    "questo post è stato corretto", "ci scusiamo per l'errore", "ci scusiamo per l’errore",
    # Dutch
    "een eerdere versie van", "in een eerdere versie", "in een vorige versie", "dit artikel is gecorrigeerd",
    "dit bericht is gecorrigeerd", "dit is gecorrigeerd",
    # Swedish, Danish, Norwegian, Finnish
    "en tidigare version av", "i en tidigare version", "artikeln har rättats", "inlägget har rättats",
    "texten har rättats", "en tidligere version af", "i en tidligere version", "artiklen er rettet",
    "en tidligere versjon av", "i en tidligere versjon", "artikkelen er rettet", "saken er rettet",
    "jutun aiemmassa versiossa", "juttua korjattu",
    # Polish, Czech
    "we wcześniejszej wersji", "w poprzedniej wersji", "wpis został poprawiony", "artykuł został poprawiony",
    "v dřívější verzi", "v předchozí verzi",
    # Russian, Ukrainian
    "в предыдущей версии", "в более ранней версии", "в первоначальной версии", "у попередній версії",
    # Turkish
    "önceki sürümünde", "haberin önceki halinde",
    # Japanese
    "お詫びと訂正", "おわびと訂正", "お詫びして訂正", "おわびして訂正", "以前の記事では", "訂正しました",
    "訂正いたします", "訂正します",
    # Chinese, Korean
    "特此更正", "本文已更正", "本文較早版本", "本文较早版本", "此前的版本", "先前版本", "较早前的版本",
    "較早前的版本", "이전 버전에서는", "바로잡습니다",
)  # fmt: skip

_OPENERS = frozenset((
    "correction", "corrections", "corrected", "clarification", "corrigendum", "erratum", "errata",
    "korrektur", "berichtigung", "richtigstellung", "klarstellung", "rectificatif", "rectification", "mise au point",
    "corrección", "rectificación", "aclaración", "correção", "retificação", "rettifica", "correzione", "precisazione",
    "rectificatie", "correctie", "rättelse", "förtydligande", "rettelse", "korrigering", "oikaisu", "korjaus",
    "sprostowanie", "korekta", "errata", "oprava", "исправлено", "исправление", "уточнение", "поправка", "виправлено",
    "düzeltme", "訂正", "修正", "更正", "勘误", "勘誤", "정정", "바로잡습니다",
))  # fmt: skip
"""Words that announce a correction only where they open a paragraph: a "correction" of a market is none."""

_AROUND = " :-–—(.：。（）【】「」[]*•"
_INSIDE = re.compile("|".join(map(re.escape, _PHRASES)))
_OPENING = re.compile(rf"\W*(?:{'|'.join(sorted(_OPENERS))})\b\s*(?:[:\-–—(.：。（】」\]]|$)")


def notice(text: str) -> str | None:
    """The words of ``text`` that announce a correction, None when there are none."""
    folded = normalize.text(text).casefold()
    found = _INSIDE.search(folded) or _OPENING.match(folded)
    return found[0].strip(_AROUND) if found else None
