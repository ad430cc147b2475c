"""Words that turn a statement into its opposite: a negation that comes or goes, a word that gives way to its antonym.

Closed lists, so that it is what the surface shows: nobody weighs what the sentence means by it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rapidfuzz.distance import Prefix

from monitor.core.compare.places import Place
from monitor.core.compare.tokens import is_word, tokens

_NEGATIONS = frozenset((
    "not", "cannot", "never", "neither", "nicht", "nie", "niemals", "kein", "keine", "keinen", "keiner", "keinem",
    "keines", "pas", "jamais", "nunca", "jamás", "non", "não", "niet", "geen", "nooit", "inte", "aldrig", "ikke",
    "ingen", "не", "нет", "никогда", "değil", "لا", "لم", "לא", "नहीं",
))  # fmt: skip
_NO = frozenset(("no", "ni", "sin", "mai", "ei", "不", "未", "没", "沒"))
"""Negations in one language, or alone, and something else in the next, or in a longer word: the month *mai*, 未来.

They count only where nothing else is new or gone.
"""

_SIDES = """
up rise rises rose risen rising climb climbs climbed climbing increase increases increased increasing gain gains \
gained grow grows grew growing growth higher soar soars soared | down fall falls fell fallen falling drop drops \
dropped dropping decrease decreases decreased decreasing decline declines declined declining shrink shrinks shrank \
lower slump slumps slumped loses lost
win wins won winning winner winners victory beat beats | lose loses lost losing loser losers defeat
guilty convicted convicts convict | innocent acquitted acquits acquit cleared clears exonerated exonerates
upheld upholds uphold | overturned overturns overturn quashed quashes quash
alive living survive survives survived survivors | dead die dies died killed
open opens opened opening reopen reopens reopened | close closes closed closing shut shuts
confirm confirms confirmed confirming admit admits admitted admitting | deny denies denied denying
accept accepts accepted approve approves approved pass passes passed adopt adopts adopted allow allows allowed back \
backs backed support supports supported | reject rejects rejected block blocks blocked refuse refuses refused decline \
declines declined veto vetoes vetoed oppose opposes opposed ban bans banned
above over more most | below under less fewer fewest least
succeed succeeds succeeded success successful | fail fails failed failure unsuccessful
arrest arrests arrested detain detains detained jail jails jailed imprisoned | release releases released \
free frees freed
true right correct | false untrue wrong incorrect
agree agrees agreed decides decided | refuse refuses refused decline declines declined disagree disagrees disagreed
better best stronger strengthens | worse worst weaker weakens
possible | impossible
start starts started begin begins began | end ends ended stop stops stopped
before | after
for | against
with | without
ahead | behind
steigt stieg steigen stiegen gestiegen wächst höher mehr über gewinnt gewann gewinnen gewonnen | fällt fiel fallen \
fielen gefallen sinkt sank sinken gesunken niedriger weniger unter verliert verlor verlieren verloren
bestätigt bestätigte bestätigen | dementiert dementierte dementieren bestreitet bestritt bestreiten bestritten
angenommen zugestimmt genehmigt genehmigte gebilligt billigt billigte erlaubt verabschiedet | abgelehnt verweigert \
verweigerte verboten
geöffnet | geschlossen
schuldig verurteilt verurteilte verurteilten | freigesprochen freispricht unschuldig
lebt lebte leben lebend lebendig überlebt überlebte überlebten überleben | tot tote toten starb starben stirbt \
sterben gestorben getötet
festgenommen verhaftet inhaftiert | freigelassen
vor | nach
für | gegen
mit | ohne
monte montent hausse augmente augmentent augmenté plus | baisse baissent diminue diminuent diminué moins
gagne gagnent gagné remporte remportent remporté | perd perdent perdu
confirme confirment confirmé | dément démentent démenti nie nient nié
adopté* accepté* approuvé* autorisé* adopte accepte approuve autorise | \
rejeté* refusé* interdit interdite rejette refuse
coupable coupables condamné* condamne | innocent innocente innocents acquitté* relaxé* blanchi blanchie acquitte relaxe
arrêté* détenu* | libéré* relâché*
ouvert | fermé
vivant vivante vivants vivantes survécu | mort morte morts mortes décédé* tué*
pour | contre
avec | sans
avant | après
sube suben subió aumenta aumentó crece más | baja bajan bajó cae cayó disminuye disminuyó menos
gana ganan ganó ganaron ganado | pierde pierden perdió perdieron perdido
confirma confirman confirmó confirmado | desmiente desmienten desmintió desmentido niega niegan negó negado
aprobado* aprueba aprueban aprobó aceptado* acepta aceptó autorizado* | rechazado* rechaza rechazan rechazó prohibido*
culpable culpables condenado* condena condenó | inocente inocentes absuelto* absuelve absolvió exonerado*
detenido* arrestado* encarcelado* | liberado* excarcelado*
abierto | cerrado
vivo* sobrevive sobreviven sobrevivió | muerto* muere mueren murió murieron fallecido* falleció
con | sin senza
antes | después
sale aumenta più | scende cala meno
vince vincono vinto | perde perdono perso
conferma confermano confermato | smentisce smentiscono smentito nega negano negato
approvato* approva accettato* accetta autorizzato* | respinto* respinge bocciato* boccia rifiutato* rifiuta vietato*
colpevole colpevoli condannato* condanna | innocente innocenti assolto* assolve prosciolto* scagionato*
arrestato* detenuto* incarcerato* | rilasciato* liberato* scarcerato*
vivo* sopravvive sopravvissuto* | morto* muore muoiono morì deceduto*
aperto | chiuso
prima | dopo
"""
"""Each word of one side is an opposite of each of the other; ``*`` stands for the endings of gender and number."""

_SIGNS = """
可 上 増 增 升 勝 胜 | 否 下 減 减 降 敗 败
有 | 无 無 没 沒
已 | 未 没 沒
"""
"""Opposites that are parts of many other words: they count only where nothing else is new or gone."""

_ENDINGS = {"é": ("é", "ée", "és", "ées"), "u": ("u", "ue", "us", "ues"), "o": ("o", "a", "os", "as", "i", "e")}


def _forms(words: str) -> Iterator[str]:
    for word in words.split():
        stem, star = word.rstrip("*"), word.endswith("*")
        yield from (stem[:-1] + ending for ending in _ENDINGS[stem[-1]]) if star else (stem,)


def _opposites(sides: str) -> frozenset[frozenset[str]]:
    return frozenset(
        frozenset((one, other))
        for side, _, opposite in (line.partition("|") for line in sides.splitlines())
        for one in _forms(side)
        for other in _forms(opposite)
    )


_OPPOSITES, _OPPOSITE_SIGNS = _opposites(_SIDES), _opposites(_SIGNS)
_VERDICTS = frozenset(_forms(
    "guilty convicted convicts acquitted acquits cleared clears exonerated exonerates dead alive survived "
    "schuldig verurteilt freigesprochen coupable coupables condamné* condamne acquitté* acquitte relaxé* relaxe "
    "culpable culpables condenado* condena condenó absuelto* absuelve absolvió "
    "colpevole colpevoli condannato* condanna assolto* assolve"
))  # fmt: skip
"""What is told in two places of a sentence: found … guilty, acquitted …"""

_REFUSALS = frozenset(_forms(
    "refuse refuses refused refusing decline declines declined declining weigert weigerte weigern weigerten geweigert "
    "refusé* refusent niega niegan negó negaron negado rehúsa rehusó rechaza rechazó rifiuta rifiutano "
    "rifiutò rifiutato*"
))  # fmt: skip
_TO = frozenset(("to", "de", "a", "di", "zu", "sich", "se", "si"))
_PREFIXES = ("un", "il", "ir", "in", "non")
_NO_STEMS = frozenset(("side", "form", "deed", "come", "tend", "less", "port", "land", "stead", "sight", "spire"))
"""What is no opposite of itself with a prefix before it: ``form`` and ``inform``."""
_NO_IN = frozenset(("valuable", "flammable", "patient", "patients", "state", "stance", "grate", "cite"))
_IN = re.compile(
    r".+(?:[aiu]ble|[ae]nt[eios]?|ate|ato|ive|ifs?|ale?|ous|ct[ae]?|ite|ete|ane|ure|ile|ice|[ae]nce|[ae]ncy|ity|ly)"
    r"|human[ao]?|formal|utile|útil|juste|justo|giusto|experienced|action|connue?|changée?"
)
"""Stems that ``in`` makes the opposite of, mostly adjectives; it makes other words of most: ``stalled``, ``vested``."""

_STEM = 4
_NEGATED_STEM = 3
"""Letters of a stem at least; where a negation gives way to its prefix, fewer are enough."""

_VERB = 4
_SAME_VERB = 0.6
"""Letters, and the share of the longer word, that two forms of one verb begin with."""


def reverses(deleted: str, inserted: str) -> bool:
    """Whether one text says the opposite of the other by a word of these lists; both are a few words.

    An opposite under a negation says the same: ``acquitted`` for ``not guilty``.
    """
    lost, gained = _exchanged(deleted, inserted)
    told = lost | gained
    if not (lost and gained) and told and (told <= _NEGATIONS | _NO or (told & _REFUSALS and told <= _REFUSALS | _TO)):
        return True
    if _refuses(lost, gained) or _refuses(gained, lost):
        return True
    if told in _OPPOSITE_SIGNS:
        return True
    negated = sum(map(_negates, lost)) != sum(map(_negates, gained))
    least = _NEGATED_STEM if negated else _STEM
    return negated != any(_are_opposites(old, new, least) for old in lost for new in gained)


def cancel(one: Place, other: Place) -> bool:
    """Whether a negation in one place gave way to the negative prefix of a word in the other."""
    sides = [_exchanged(place.deleted, place.inserted) for place in (one, other)]
    for (lost, gained), (old, new) in (sides, reversed(sides)):
        if len(lost | gained) == 1 and all(map(_negates, lost | gained)):
            shorter, longer = (old, new) if lost else (new, old)
            return any(b.endswith(a) and _are_opposites(a, b) for a in shorter for b in longer)
    return False


def turns(one: Place, other: Place) -> bool:
    """Whether a verdict turned, told by words so plain that they may stand in two places of one sentence."""
    lost, gained = _exchanged(f"{one.deleted} {other.deleted}", f"{one.inserted} {other.inserted}")
    negated = any(map(_negates, lost | gained))
    return not negated and any(_are_opposites(a, b) for a in lost & _VERDICTS for b in gained & _VERDICTS)


def _exchanged(deleted: str, inserted: str) -> tuple[set[str], set[str]]:
    before, after = Counter(_words(deleted)), Counter(_words(inserted))
    return set(before - after), set(after - before)


def _are_opposites(old: str, new: str, least: int = _STEM) -> bool:
    return frozenset((old, new)) in _OPPOSITES or _prefixed(old, new, least)


def _refuses(done: set[str], refused: set[str]) -> bool:
    """``apologised`` and ``refused to apologise``: one word in two forms, one of them after a refusal."""
    return bool(refused & _REFUSALS) and not done & _REFUSALS and any(_same_verb(a, b) for a in done for b in refused)


def _same_verb(one: str, other: str) -> bool:
    one, other = one.rpartition("'")[2], other.rpartition("'")[2]
    return Prefix.similarity(one, other) >= max(_VERB, _SAME_VERB * max(len(one), len(other)))


def _words(text: str) -> Iterator[str]:
    return (token.casefold().replace("’", "'") for token in tokens(text) if is_word(token))


def _negates(word: str) -> bool:
    return word in _NEGATIONS or word.endswith("n't")


def _prefixed(one: str, other: str, least: int = _STEM) -> bool:
    """``likely`` and ``unlikely``, ``legal`` and ``illegal``, ``möglich`` and ``unmöglich``."""
    stem, longer = sorted((one, other), key=len)
    if len(stem) < least or stem in _NO_STEMS or not longer.endswith(stem):
        return False
    prefix = longer.removesuffix(stem).rstrip("-")
    if prefix == "in":
        return stem not in _NO_IN and _IN.fullmatch(stem) is not None
    return prefix in _PREFIXES and (prefix[-1] == stem[0] or prefix not in ("il", "ir"))
