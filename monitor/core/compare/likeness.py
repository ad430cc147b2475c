"""How alike two texts are, when what most posts of the page have in common counts for little.

0.6 × the cosine of their words, each weighed by how rare it is on the page (idf), + 0.4 × their three-word shingles
in common (A. Broder, "On the resemblance and containment of documents", 1997): the larger of resemblance and four
fifths of containment. A text that only grew at its end is known by its beginning.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from monitor.core import normalize
from monitor.core.compare.seen import Seen
from monitor.model import Post, Version

SHINGLE = 3
LONGEST_WORD = 12
"""Characters; a longer run that is not ASCII is a sentence of a script without spaces."""

MAX_SAMPLED = 40
"""How many posts are read to learn which words are common on the page."""

_Weights = dict[str, float]


@dataclass(frozen=True, slots=True)
class Terms:
    """A text as its words in order, its distinct words and its shingles."""

    words: tuple[str, ...]
    distinct: frozenset[str]
    shingles: frozenset[tuple[str, ...]]


def terms(paragraphs: Sequence[str]) -> Terms:
    """The words of a text; a script without spaces counts by overlapping pairs of characters."""
    words = _words(paragraphs)
    size = min(SHINGLE, len(words))
    shingles = zip(*(words[i:] for i in range(size)), strict=False) if size else ()
    return Terms(tuple(words), frozenset(words), frozenset(shingles))


def terms_of(shown: Post | Version) -> Terms:
    """The terms of a post's headline and body."""
    return terms((shown.headline, *shown.body))


class Rarity:
    """How much each word tells on this page: the logarithm of how few of the texts hold it."""

    def __init__(self, texts: Collection[Collection[str]]) -> None:
        found = Counter(word for words in texts for word in words)
        self._unseen = math.log(1 + len(texts) / 0.5)
        self._weights: _Weights = {word: math.log(1 + len(texts) / (count - 0.5)) ** 2 for word, count in found.items()}
        self._unseen **= 2
        self._texts: dict[frozenset[str], float] = {}

    def of(self, words: Iterable[str]) -> float:
        """The weight of a set of words."""
        known, unseen = self._weights, self._unseen
        return sum([known.get(word, unseen) for word in words])

    def of_text(self, words: frozenset[str]) -> float:
        """The weight of all words of a text, made once however many texts it is compared with."""
        weight = self._texts.get(words)
        if weight is None:
            weight = self._texts[words] = self.of(words)
        return weight


def rarity_of(posts: Sequence[Seen]) -> Rarity:
    """The rarity of words among the posts of a copy, or a sample of them."""
    sample = posts[:: 1 + len(posts) // MAX_SAMPLED]
    return Rarity([set(_words((seen.post.headline, *seen.post.body))) for seen in sample])


def likeness(one: Terms, other: Terms, rarity: Rarity) -> float:
    """0 (nothing in common) to 1 (the same words in the same order)."""
    if not one.words or not other.words:
        return 1.0 if one.words == other.words else 0.0
    common = one.distinct & other.distinct
    if not common:
        return 0.0
    cosine = rarity.of(common) / math.sqrt(rarity.of_text(one.distinct) * rarity.of_text(other.distinct))
    shared = len(one.shingles & other.shingles)
    resemblance = shared / (len(one.shingles) + len(other.shingles) - shared)
    containment = shared / min(len(one.shingles), len(other.shingles))
    return 0.6 * cosine + 0.4 * max(resemblance, 0.8 * containment)


def grew(one: Terms, other: Terms) -> float:
    """0.35 to 0.65 when the shorter text begins the longer one, by its length; else 0."""
    short, long = sorted((one.words, other.words), key=len)
    if not short or long[: len(short)] != short:
        return 0.0
    return 0.35 + 0.3 * min(1.0, len(short) / 4)


def _words(paragraphs: Sequence[str]) -> list[str]:
    loose = normalize.loose(paragraphs)
    if loose.isascii():
        return loose.split()
    words: list[str] = []
    for word in loose.split():
        if word.isascii() or len(word) < LONGEST_WORD:
            words.append(word)
        else:
            words += [word[i : i + 2] for i in range(len(word) - 1)]
    return words
