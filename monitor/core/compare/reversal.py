"""Words that turn a statement into its opposite: a negation that comes or goes, a word that gives way to its antonym.

Closed lists, so that it is what the surface shows: nobody weighs what the sentence means by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from monitor.core.compare.tokens import is_word, tokens

_NEGATIONS = frozenset((
    "not", "cannot", "never", "neither", "nicht", "nie", "niemals", "kein", "keine", "keinen", "keiner", "keinem",
    "keines", "pas", "jamais", "nunca", "jamás", "non", "mai", "não", "niet", "geen", "nooit", "inte", "aldrig", "ikke",
    "ingen", "ei", "не", "нет", "никогда", "değil", "لا", "لم", "לא", "नहीं", "不", "未", "没", "沒",
))  # fmt: skip
_NO = frozenset(("no", "ni", "sin"))
"""Negations in one language and something else in the next: they count only where nothing else is new or gone."""

_SIDES = """
up rise rises rose risen rising climb climbs climbed climbing increase increases increased increasing gain gains \
gained grow grows grew growing growth higher soar soars soared | down fall falls fell fallen falling drop drops \
dropped dropping decrease decreases decreased decreasing decline declines declined declining shrink shrinks shrank \
lower slump slumps slumped loses lost
win wins won winning winner winners victory | lose loses lost losing loser losers defeat
guilty convicted | innocent acquitted cleared
alive living survive survives survived survivors | dead die dies died killed
open opens opened opening reopen reopens reopened | close closes closed closing shut shuts
confirm confirms confirmed admit admits admitted | deny denies denied
accept accepts accepted approve approves approved pass passes passed adopt adopts adopted allow allows allowed back \
backs backed support supports supported | reject rejects rejected block blocks blocked refuse refuses refused veto \
vetoes vetoed oppose opposes opposed ban bans banned
above over more most | below under less fewer fewest least
succeed succeeds succeeded success successful | fail fails failed failure unsuccessful
arrested detained | released freed
true right correct | false untrue wrong incorrect
agree agrees agreed | disagree disagrees disagreed
better best stronger strengthens | worse worst weaker weakens
possible | impossible
start starts started begin begins began | end ends ended stop stops stopped
before | after
for | against
with | without
ahead | behind
steigt stieg steigen stiegen gestiegen wächst höher mehr über gewinnt gewann gewinnen gewonnen | fällt fiel fallen \
fielen gefallen sinkt sank sinken gesunken niedriger weniger unter verliert verlor verlieren verloren
bestätigt angenommen zugestimmt | dementiert abgelehnt
geöffnet | geschlossen
schuldig | freigesprochen
vor | nach
für | gegen
mit | ohne
monte montent hausse augmente augmentent augmenté plus | baisse baissent diminue diminuent diminué moins
gagne gagné confirme adopté accepté | perd perdu dément rejeté
coupable | innocent acquitté
ouvert | fermé
vivant | mort
pour | contre
avec | sans
avant | après
sube suben subió aumenta aumentó crece más | baja bajan bajó cae cayó disminuye disminuyó menos
gana ganó confirma aprobado | pierde perdió desmiente rechazado
culpable | inocente absuelto
abierto | cerrado
vivo | muerto
con | sin senza
antes | después
sale aumenta più | scende cala meno
vince vinto conferma approvato | perde perso smentisce respinto
colpevole | innocente assolto
aperto | chiuso
prima | dopo
可 上 増 增 升 勝 胜 | 否 下 減 减 降 敗 败
"""
"""Each word of one side is an opposite of each of the other."""

_OPPOSITES = frozenset(
    frozenset((one, other))
    for side, _, opposite in (line.partition("|") for line in _SIDES.splitlines())
    for one in side.split()
    for other in opposite.split()
)
_PREFIXES = ("un", "il", "ir", "in", "non")
_NO_STEMS = frozenset(("side", "form", "deed", "come", "tend", "less", "port", "land", "stead", "sight", "spire"))
"""What is no opposite of itself with ``in`` before it: ``form`` and ``inform``."""

_STEM = 4


def reverses(deleted: str, inserted: str) -> bool:
    """Whether one text says the opposite of the other by a word of these lists; both are a few words."""
    before, after = Counter(_words(deleted)), Counter(_words(inserted))
    lost, gained = set(before - after), set(after - before)
    if not (lost and gained) and lost | gained and (lost | gained) <= _NEGATIONS | _NO:
        return True
    if sum(map(_negates, lost)) != sum(map(_negates, gained)):
        return True
    return any(frozenset((old, new)) in _OPPOSITES or _prefixed(old, new) for old in lost for new in gained)


def _words(text: str) -> Iterator[str]:
    return (token.casefold().replace("’", "'") for token in tokens(text) if is_word(token))


def _negates(word: str) -> bool:
    return word in _NEGATIONS or word.endswith("n't")


def _prefixed(one: str, other: str) -> bool:
    """``likely`` and ``unlikely``, ``legal`` and ``illegal``, ``möglich`` and ``unmöglich``."""
    stem, longer = sorted((one, other), key=len)
    if len(stem) < _STEM or stem in _NO_STEMS or not longer.endswith(stem):
        return False
    prefix = longer.removesuffix(stem).rstrip("-")
    return prefix in _PREFIXES and (prefix[-1] == stem[0] or prefix not in ("il", "ir"))
