"""What an edit is on its surface: one class, a score and reasons in words. Never a guess at intent.

The first class that fits, in the order of ``_RULES``, is the edit's: a changed number matters more than the
rewording around it, and a correction notice more than either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.core import normalize
from monitor.core.compare import places, surface
from monitor.core.compare.notices import notice
from monitor.core.compare.places import Place
from monitor.core.compare.reversal import cancel, reverses, turns
from monitor.model import Redline, Significance, Version

SCORES: Mapping[str, float] = {
    "correction": 1.0,
    "number": 0.9,
    "quote": 0.85,
    "name": 0.8,
    "reversal": 0.8,
    "headline": 0.75,
    "rewrite": 0.75,
    "paragraph-removed": 0.65,
    "paragraph-added": 0.6,
    "wording": 0.4,
    "author": 0.3,
    "media": 0.3,
    "typo": 0.2,
    "punctuation": 0.1,
    "typography": 0.05,
    "time-only": 0.05,
    "whitespace": 0.02,
}
"""Class → score. ``min_significance`` of a route is compared with it."""

UNKNOWN = Significance(name="wording", score=SCORES["wording"], reasons=("the earlier text is no longer kept",))
TIME_ONLY = Significance(name="time-only", score=SCORES["time-only"])

MIN_KEPT = 0.4
"""An edit that keeps a smaller share of the words, of the old text and of the new, is a rewrite."""

REWRITE_WORDS = 8
PASSAGE_WORDS = 25
"""So many new words in one place weigh as much as a paragraph does, wherever the page breaks its paragraphs."""

MOSTLY = 4
"""A passage came or went where one side of a place has so many times the words of the other."""

MAX_REASONS = 3
MAX_REASON_CHARS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Two versions, the fields that differ, and the places where headline and body do.

    ``rewritten``: so little of the body was kept that its small places mean nothing by themselves; ``replaced``: and
    of the headline too.
    """

    before: Version
    after: Version
    fields: Sequence[str]
    in_headline: Sequence[Place] = ()
    in_body: Sequence[Place] = ()
    body: Redline = ()
    rewritten: bool = False
    replaced: bool = False

    @property
    def places(self) -> Sequence[Place]:
        return (*self.in_headline, *self.in_body)

    @property
    def details(self) -> Sequence[Place]:
        """The small places that may mean something by themselves."""
        telling = () if self.replaced else self.in_headline if self.rewritten else self.places
        return [place for place in telling if place.is_small]


Reasons = list[str]
Rule = Callable[[Edit], Reasons | None]
"""None: the class does not fit."""


def judge(before: Version, after: Version, fields: Sequence[str], redlines: Mapping[str, Redline]) -> Significance:
    """The class of an edit from ``before`` to ``after``; ``redlines`` maps ``headline`` and ``body`` to theirs."""
    headline, body = redlines.get("headline", ()), redlines.get("body", ())
    replaced = _is_replaced(headline, body)
    edit = Edit(
        before=before,
        after=after,
        fields=fields,
        in_headline=tuple(places.of(headline)),
        in_body=tuple(places.of(body)),
        body=body,
        rewritten=replaced or _is_rewritten(body),
        replaced=replaced,
    )
    for name, rule in _RULES:
        reasons = rule(edit)
        if reasons is not None:
            return Significance(name=name, score=SCORES[name], reasons=tuple(map(_short, reasons[:MAX_REASONS])))
    return TIME_ONLY


def _correction(edit: Edit) -> Reasons | None:
    known = normalize.text(" ".join((edit.before.headline, *edit.before.body))).casefold()
    announced = [notice(text) for text in (edit.after.headline, *edit.after.body)]
    return [f"“{words}”" for words in announced if words and words not in known] or None


def _number(edit: Edit) -> Reasons | None:
    reasons = []
    for place in edit.details:
        gone, come = surface.numbers(place.deleted), surface.numbers(place.inserted)
        lost, gained = gone - come, come - gone
        if place.replaces and (lost or gained):
            reasons.append(surface.change_of_numbers(list(lost.elements()), list(gained.elements())))
        elif place.replaces:
            reasons += surface.same_digits(place.deleted, place.inserted)
    return reasons + _signs(edit) or None


def _signs(edit: Edit) -> Reasons:
    """Numbers that lost or gained nothing but their minus."""
    if not any(surface.is_sign(place.deleted + place.inserted) for place in edit.details):
        return []
    was, now = surface.negatives(_text(edit.before)), surface.negatives(_text(edit.after))
    return [f"−{number} → {number}" for number in was - now] + [f"{number} → −{number}" for number in now - was]


def _quote(edit: Edit) -> Reasons | None:
    if edit.rewritten:
        return None
    was, now = surface.quotes(_text(edit.before)), surface.quotes(_text(edit.after))
    lost = [quote for key, quote in was.items() if key not in now]
    gained = [quote for key, quote in now.items() if key not in was]
    return [f"“{old}” → “{new}”" for old, new in surface.reworded(lost, gained)] or None


def _name(edit: Edit) -> Reasons | None:
    headline, body = (
        ([] if edit.replaced else _names(edit.in_headline)),
        ([] if edit.rewritten else _names(edit.in_body)),
    )
    if headline and surface.is_title_case(edit.before.headline, edit.after.headline):
        headline = []
    if not (headline or body) or surface.capitalises_nouns(_text(edit.before)):
        return None
    return [*headline, *body]


def _names(changed: Sequence[Place]) -> Reasons:
    """The small places where a capitalised word gave way to another."""
    pairs = [(place.names_lost(), place.names_gained()) for place in changed if place.is_small]
    return [f"{' '.join(lost)} → {' '.join(gained)}" for lost, gained in pairs if lost and gained]


def _reversal(edit: Edit) -> Reasons | None:
    pairs = [(one, other) for one, other in pairwise(edit.details) if other.goes_on]
    same = {id(place) for pair in pairs if cancel(*pair) for place in pair}
    told = [
        place.words() for place in edit.details if id(place) not in same and reverses(place.deleted, place.inserted)
    ]
    return told or [f"{one.words()}, {other.words()}" for one, other in pairs if turns(one, other)] or None


def _headline(edit: Edit) -> Reasons | None:
    if edit.replaced or normalize.loose(edit.before.headline) == normalize.loose(edit.after.headline):
        return None
    return [_headlines(edit)]


def _headlines(edit: Edit) -> str:
    return f"“{edit.before.headline}” → “{edit.after.headline}”"


def _rewrite(edit: Edit) -> Reasons | None:
    kept, old, new = places.word_counts(edit.body)
    counts = f"{kept} of {old} words kept, {new - kept} new"
    if edit.replaced:
        return [f"headline and text are new: {counts}", _headlines(edit)]
    return [counts] if edit.rewritten else None


def _is_rewritten(text: Redline, least: int = REWRITE_WORDS) -> bool:
    """Whether little is left of the old text, and little of the new was there before: a cut is no rewrite."""
    kept, old, new = places.word_counts(text)
    return min(old, new) > 0 and max(old, new) >= least and kept < MIN_KEPT * min(old, new)


def _is_replaced(headline: Redline, body: Redline) -> bool:
    """Whether another text stands in the post's place, headline and all."""
    if not (_is_rewritten(headline, 1) and _is_rewritten(body, 1)):
        return False
    return sum(max(places.word_counts(text)) for text in (headline, body)) >= REWRITE_WORDS


def _paragraph_removed(edit: Edit) -> Reasons | None:
    gone, come = places.whole_paragraphs(edit.body, "-"), places.whole_paragraphs(edit.body, "+")
    _, _, left = places.word_counts(edit.body)
    passages = [place.deleted for place in edit.in_body if _is_passage(place.deleted, place.inserted, left)]
    return _quoted("removed", gone if len(gone) > len(come) else passages)


def _paragraph_added(edit: Edit) -> Reasons | None:
    gone, come = places.whole_paragraphs(edit.body, "-"), places.whole_paragraphs(edit.body, "+")
    _, old, _ = places.word_counts(edit.body)
    passages = [place.inserted for place in edit.in_body if _is_passage(place.inserted, place.deleted, old)]
    return _quoted("added", come if len(come) > len(gone) else passages)


def _is_passage(moved: str, other: str, rest: int) -> bool:
    """Whether what came or went in one place is a paragraph's worth, or twice the words of all the ``rest``."""
    words = places.words_in(moved)
    enough = words >= PASSAGE_WORDS or words >= max(REWRITE_WORDS, 2 * rest)
    return enough and words >= MOSTLY * places.words_in(other)


def _quoted(what: str, texts: Sequence[str]) -> Reasons | None:
    return [f"{what}: “{text.strip()}”" for text in texts] or None


def _typo(edit: Edit) -> Reasons | None:
    if not edit.places or not all(surface.is_slip(place.deleted, place.inserted) for place in edit.places):
        return None
    return [f"{place.deleted.strip()} → {place.inserted.strip()}" for place in edit.places]


def _wording(edit: Edit) -> Reasons | None:
    if not edit.places or normalize.loose(_text(edit.before)) == normalize.loose(_text(edit.after)):
        return None
    return [place.words() for place in edit.places]


def _author(edit: Edit) -> Reasons | None:
    return [f"{edit.before.author or 'nobody'} → {edit.after.author or 'nobody'}"] if "author" in edit.fields else None


def _media(edit: Edit) -> Reasons | None:
    if "media" not in edit.fields:
        return None
    lost, gained = set(edit.before.media) - set(edit.after.media), set(edit.after.media) - set(edit.before.media)
    return [f"{len(gained)} added, {len(lost)} removed"]


def _whitespace(edit: Edit) -> Reasons | None:
    same = "".join(_text(edit.before).split()) == "".join(_text(edit.after).split())
    return [place.spaces() for place in edit.places] if edit.places and same else None


def _breaks(edit: Edit) -> Reasons | None:
    return ["a break between paragraphs moved"] if "body" in edit.fields else None


def _typography(edit: Edit) -> Reasons | None:
    same = surface.plain(_text(edit.before)) == surface.plain(_text(edit.after))
    return [place.words() for place in edit.places] if edit.places and same else None


def _punctuation(edit: Edit) -> Reasons | None:
    return [place.words() for place in edit.places] if edit.places else None


_RULES: tuple[tuple[str, Rule], ...] = (
    ("correction", _correction),
    ("number", _number),
    ("quote", _quote),
    ("name", _name),
    ("reversal", _reversal),
    ("headline", _headline),
    ("rewrite", _rewrite),
    ("paragraph-removed", _paragraph_removed),
    ("paragraph-added", _paragraph_added),
    ("typo", _typo),
    ("whitespace", _whitespace),
    ("wording", _wording),
    ("author", _author),
    ("media", _media),
    ("typography", _typography),
    ("punctuation", _punctuation),
    ("whitespace", _breaks),
)


def _text(version: Version) -> str:
    return "\n".join((version.headline, *version.body))


def _short(reason: str) -> str:
    return reason if len(reason) <= MAX_REASON_CHARS else reason[: MAX_REASON_CHARS - 1].rstrip() + "…"
