"""How much of one text is in another."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core import normalize

MIN_CONTAINED = 3
"""Distinct words a text must have for its being contained in another to mean anything."""


def similarity(one: Sequence[str], other: Sequence[str], min_contained: int = MIN_CONTAINED) -> float:
    """0 (no word in common) to 1 (the same words). A text that only grew stays close to what it was.

    The larger of the words' Jaccard index and four fifths of their containment: the share of the shorter text that
    is in the longer, unless that has fewer than ``min_contained`` words. Scripts without spaces are compared by
    pairs of characters.
    """
    a, b = _terms(one), _terms(other)
    if not a or not b:
        return 1.0 if a == b else 0.0
    common, shorter = len(a & b), min(len(a), len(b))
    contained = 0.8 * common / shorter if shorter >= min_contained else 0.0
    return max(common / len(a | b), contained)


def _terms(paragraphs: Sequence[str]) -> set[str]:
    terms = set[str]()
    for word in normalize.loose(paragraphs).split():
        if word.isascii() or len(word) < 12:
            terms.add(word)
        else:
            terms.update(word[i : i + 2] for i in range(len(word) - 1))
    return terms
